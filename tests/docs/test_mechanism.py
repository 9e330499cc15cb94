"""What carries out the pages finds what is wrong in them."""

import pytest

from .pages import Block, Step, allowed, blocks, is_as_shown, steps, unknown_words

PAGE = """\
Text.

<!-- not run: needs a real account -->
```sh
m2msync login
```

   ```console
   $ m2msync plan coast.yaml \\
     --json
   {…}
   $ echo $?
   2
   ```

<!-- file: coast.yaml -->
```yaml
version: 1
```
"""


@pytest.fixture
def page(tmp_path):
    path = tmp_path / "page.md"
    path.write_text(PAGE, encoding="utf-8")
    return path


def block(text, kind="sh"):
    return Block(None, 1, kind, text)


def test_blocks_and_what_is_said_of_them(page):
    login, plan, manifest = blocks(page)
    assert (login.excuse, login.line) == ("needs a real account", 4)
    assert [step.command.split() for step in steps(plan)] == [
        ["m2msync", "plan", "coast.yaml", "--json"],
        ["echo", "$?"],
    ]
    assert [step.shown for step in steps(plan)] == [["{…}"], ["2"]]
    assert (manifest.file, manifest.text) == ("coast.yaml", "version: 1\n")


@pytest.mark.parametrize(
    ("shown", "told"),
    [
        (["Got 2 files in 1.0 s."], "Got 2 files in 0.3 s.\n"),
        (["a … c", "d"], "a b c\nd\n"),
        (["…", "d"], "a\nb\nd\n"),
        (["Moved to", "/home/you"], "Moved to /home/you\n"),
        ([], ""),
    ],
)
def test_what_is_the_same(shown, told):
    assert is_as_shown(shown, told)


@pytest.mark.parametrize(
    ("shown", "told"),
    [(["Got 2 files"], "Got 3 files\n"), (["a"], "a\nb\n"), ([], "a\n"), (["a … c"], "a b d\n"), (["a"], "")],
)
def test_what_is_not(shown, told):
    assert not is_as_shown(shown, told)


def test_which_exit_codes_are_right():
    assert allowed(Step("m2msync plan m  # exit code 2 says that"), None) == {0, 2}
    assert allowed(Step("m2msync plan m"), Step("m2msync apply m")) == {0}
    assert allowed(Step("m2msync plan m"), Step("echo $?")) is None


def test_verbs_and_flags_that_do_not_exist():
    assert unknown_words(block("m2msync plan m --out x  # --nope\nm2msync apply --wait m")) == []
    assert unknown_words(block("cd x && m2msync fetch m")) == ["fetch"]
    assert unknown_words(block("m2msync plan m --wait")) == ["--wait"]
