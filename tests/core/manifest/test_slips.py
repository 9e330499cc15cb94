"""Slips of the finger, and what word processors and merges leave in a manifest, are told where they are."""

import pytest

from m2msync.core.manifest.yaml12 import NotYaml, read


@pytest.mark.parametrize(
    ("text", "spot", "sign"),
    [
        ("version: 1\nname:coast\nstore: data\n", (2, 1), "name must be followed by a colon"),
        ("version: 1\nname = coast\nstore: data\n", (2, 1), "name must be followed by a colon"),
        ("a: 1\nb:\n  - c:2\n    d: 3\n", (3, 3), "c must be followed by a colon"),
        ("version: 1\nname： coast\nstore: data\n", (2, 1), "the colon after name is not a plain one"),
        ("a:\n  – b: 1\n    c: 2\n", (2, 3), "a typographic dash begins this line"),
        ("a:\n\u00a0\u00a0- b: 1\n    c: 2\n", (2, 3), "a blank that is none indents this line"),
        ("a: 1\n<<<<<<< HEAD\nb: 2\n=======\nb: 3\n", (2, 1), "a merge left the marker <<<<<<< here"),
        ("```yaml\na: 1\n", (1, 1), "``` is a mark of Markdown"),
        ("a: {b: 1\nc: 2\n", (2, 2), "a comma or a closing bracket is missing"),
        ("a:\n  b: 1\n c: 2\n", (3, 2), "this line is not indented like those it belongs to"),
        ("a: [*]\n", (1, 6), "a value cannot begin with * or &"),
        ('a: "C:\\Users"\n', (1, 9), "a backslash in double quotes begins an escape"),
    ],
)
def test_a_slip_is_told_where_it_is(text, spot, sign):
    with pytest.raises(NotYaml) as caught:
        read(text)
    problem = caught.value.problem
    assert ((problem.line, problem.column), problem.message[: len(sign)]) == (spot, sign)
    assert problem.hint


@pytest.mark.parametrize("text", ["“coast”", "„coast“", "‘coast’", "«coast»"])
def test_typographic_quotes_are_no_quotes(text):
    (problem,) = read(f"name: {text}\n").problems.values()
    assert (problem.line, problem.column, problem.hint) == (1, 7, 'write "coast"')


@pytest.mark.parametrize("text", ["co\u200bast: 1", "a: co\u00adast", "a: coast\u00a0", "b: [c\u2060]"])
def test_what_nobody_sees_is_told(text):
    problems = list(read(f"x: 1\n{text}\n").problems.values())
    assert len(problems) == 1
    assert "invisible character" in problems[0].message


@pytest.mark.parametrize(
    "name", ["\u200f\u05e9\u05dc\u05d5\u05dd", "\U0001f468\u200d\U0001f680", "\u0645\u06cc\u200c\u0634\u0648\u062f"]
)
def test_marks_that_scripts_and_emoji_are_written_with_are_letters(name):
    document = read(f"{name}: {name}\n")
    assert not document.problems
    assert document.value == {name: name}


def test_what_stands_in_plain_quotes_or_a_comment_is_left_alone():
    document = read("a: \"“coast”\"\nb: '10\u00a0%'  # 10\u00a0%\n")
    assert not document.problems
    assert document.value == {"a": "“coast”", "b": "10\u00a0%"}
