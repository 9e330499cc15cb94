import json
import math
from datetime import timedelta

import pytest
import yaml
from hypothesis import given, settings
from hypothesis import strategies as st

from m2msync.core.errors import Problem
from m2msync.core.manifest import yaml12
from m2msync.core.manifest.yaml12 import NotYaml, read, resolve, spot_of

TEXT = st.text(st.characters(exclude_categories=["C", "Zl", "Zp"]), max_size=8)
SCALARS = (
    st.none() | st.booleans() | st.integers(-(10**17), 10**17) | st.floats(allow_nan=False, allow_infinity=False)
)
SOUP = st.recursive(
    SCALARS | TEXT,
    lambda below: st.lists(below, max_size=4) | st.dictionaries(TEXT, below, max_size=4),
    max_leaves=20,
)


def problems(text):
    return [(p.line, p.column, p.message) for p in read(text).problems.values()]


def refused(text):
    with pytest.raises(NotYaml) as caught:
        read(text)
    return caught.value.problem


def outcome(text):
    try:
        return read(text)
    except NotYaml as bad:
        return bad.problem


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("true", True),
        ("FALSE", False),
        ("Null", None),
        ("~", None),
        ("", None),
        ("12", 12),
        ("-7", -7),
        ("+7", 7),
        ("0", 0),
        ("1.5", 1.5),
        (".5", 0.5),
        ("2.", 2.0),
        ("1e3", 1000.0),
        ("-081.071", -81.071),
        ("1" * 400, math.inf),
    ],
)
def test_what_means_something(text, value):
    assert resolve(text) == value
    assert type(resolve(text)) is type(value)


@pytest.mark.parametrize(
    "text",
    [
        *("012", "00", "-012", "0o17", "0x1F", "1_000", "12:30:00", "2022-01-01", "2022-01-01T00:00:00Z"),
        *("NO", "no", "yes", "on", "Off", "y", "n", ".inf", ".nan", "=", "tRUE", "e5", ".", "\u0661\u0662"),
    ],
)
def test_what_stays_text(text):
    assert resolve(text) == text
    assert read(f"key: {text}").value == {"key": text}


def test_keys_are_always_text():
    assert read("{012: a, NO: b, 1e3: c, 5: d, ~: e, true: f}").value == dict(
        zip(["012", "NO", "1e3", "5", "~", "true"], "abcdef", strict=True)
    )


def test_quotes_and_blocks_are_text():
    assert read("a: \"12\"\nb: 'true'\nc: |\n  12\nd: !!str 12\n").value == {
        "a": "12",
        "b": "true",
        "c": "12\n",
        "d": "12",
    }


@given(SOUP)
def test_json_is_yaml(soup):
    assert read(json.dumps(soup, ensure_ascii=False)).value == soup


def test_spots_count_characters_from_one():
    document = read("é: {ü: x}\nlist:\n- a\n-  - b\n")

    assert document.values == {
        (): (1, 1),
        ("é",): (1, 4),
        ("é", "ü"): (1, 8),
        ("list",): (3, 1),
        ("list", 0): (3, 3),
        ("list", 1): (4, 4),
        ("list", 1, 0): (4, 6),
    }
    assert document.keys == {("é",): (1, 1), ("é", "ü"): (1, 5), ("list",): (2, 1)}


@given(st.text("ab\n", max_size=20), st.data())
def test_spots_of_offsets(text, data):
    offset = data.draw(st.integers(0, len(text)))
    line, column = spot_of(text, offset)

    assert len("\n".join([*text.split("\n")[: line - 1], "x" * column])) == offset + 1


def test_aliases_bring_their_value_and_stand_where_they_are_used():
    document = read("a: &x {b: [1]}\nc: *x\n")

    assert document.value == {"a": {"b": [1]}, "c": {"b": [1]}}
    assert document.values["c",] == (2, 4)


def test_duplicate_keys_keep_the_first():
    text = "a: 1\nb: {c: 1, c: {d: 1}}\na: {d: 1, d: 2}\na: 3\n"

    assert read(text).value == {"a": 1, "b": {"c": 1}}
    assert problems(text) == [
        (2, 11, "duplicate key 'c', first on line 2"),
        (3, 1, "duplicate key 'a', first on line 1"),
        (3, 11, "duplicate key 'd', first on line 3"),
        (4, 1, "duplicate key 'a', first on line 1"),
    ]


def test_merge_keys_are_refused_unless_they_are_text():
    assert problems("a: &a {b: 1}\nc:\n  <<: *a\n  d: 1\n") == [(3, 3, "merging with << is not part of YAML 1.2")]
    assert read('"<<": 1').value == {"<<": 1}


def test_deep_nesting_is_refused_before_the_stack_overflows():
    for text in ("[" * 100_000, "{a: " * 100_000, "- " * 10_000):
        assert refused(text).message == "this is nested more than 50 deep"


def test_aliases_cannot_unfold_to_gigabytes():
    bomb = "a0: &a0 [x, x]\n" + "\n".join(f"a{n}: &a{n} [*a{n - 1}, *a{n - 1}]" for n in range(1, 100))

    assert refused(bomb).message == "the manifest unfolds to more than 100000 values"


def test_an_anchor_cannot_contain_itself():
    assert refused("&a [*a]").message == "there is no anchor &a above"


@settings(deadline=timedelta(seconds=2))
@given(st.text(max_size=40) | st.text("ab:-[]{}&*!|>'\"%@`#,? \n\t012~<=.", max_size=40))
def test_any_text_is_read_or_refused_with_a_place(text):
    told = outcome(text)

    if isinstance(told, Problem):
        assert min(told.line, told.column) >= 1
        assert told.message
    else:
        assert told.values[()]


def test_the_parser_without_libyaml_agrees(monkeypatch):
    texts = [
        "a: {b: [1, 012]}\nc: *x\n",
        "a: &x 1\nb: *x\na: 2\n",
        "a: 1]\n",
        "\ta: 1",
        "a: b: c",
        "--- 1\n--- 2\n",
        "",
    ]

    def told():
        return [problem.line if isinstance(problem := outcome(text), Problem) else problem for text in texts]

    with_libyaml = told()
    monkeypatch.setattr(yaml12, "_Loader", yaml.SafeLoader)

    assert told() == with_libyaml
