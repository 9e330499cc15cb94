"""docs/errors-you-may-see.md: wrong questions, and what is answered. After a wanted change: GOLDEN=write pytest THIS_FILE."""

import io
import os
import re
import shlex
from contextlib import redirect_stderr, redirect_stdout
from pathlib import Path

import pytest
from keyring.backends.null import Keyring
from pockets import in_use
from questions import BASE, COMMANDS, GROUPS, Wrong

from m2msync.cli.program import run
from m2msync.sandbox.serve import Sandbox, running

PAGE = Path(__file__).parents[2] / "docs" / "errors-you-may-see.md"
HEAD = """\
# Errors you may see

Questions that go wrong, and what is answered: what is wrong and where, and the way out. The answers stand below the
lines of the manifest that they are about (in a comment), or below the command; a manifest is checked with
`m2msync validate coast.yaml`. All of them are asked by a test, which also writes this page.
"""


Answers = dict[tuple[str, str], tuple[Wrong, int, str]]
"""Per group and title: the question, how the command ended, and what it said."""


@pytest.fixture(scope="module")
def answers(tmp_path_factory) -> Answers:
    """Ask all questions, in the folder of a manifest that has been applied."""
    folder = tmp_path_factory.mktemp("questions")
    with running(pixels=16) as box, in_use(Keyring()), pytest.MonkeyPatch.context() as patch:
        patch.chdir(folder)
        for name, value in box.env.items():
            patch.setenv(name, value)
        Path("coast.yaml").write_text("\n".join(BASE.values()), encoding="utf-8")
        assert run(["apply", "-q", "coast.yaml"]) == 0
        return {(group, one.title): (one, *ask(one, box)) for group, several in GROUPS.items() for one in several}


def ask(wrong: Wrong, box: Sandbox) -> tuple[int, str]:
    """Ask one question and return how the command ended and what it said."""
    of_command = wrong in COMMANDS
    Path("coast.yaml").write_text("\n".join(BASE.values()) if of_command else written(wrong), encoding="utf-8")
    for name in wrong.folders:
        Path(name).mkdir()
    for name, text in wrong.files.items():
        Path(name).write_text(text, encoding="utf-8")
    words = shlex.split(wrong.says) if of_command else ["validate", "coast.yaml"]
    account = box.env_of(wrong.env["M2M_USERNAME"]) if wrong.env.get("M2M_USERNAME") else {}
    said, wailed = io.StringIO(), io.StringIO()
    with pytest.MonkeyPatch.context() as patch, redirect_stdout(said), redirect_stderr(wailed):
        for name, value in (account | wrong.env).items():
            patch.setenv(name, value)
        code = run(["-q", *words])
    for name in wrong.files:
        Path(name).unlink()
    for name in wrong.folders:
        Path(name).rmdir()
    return code, (wailed.getvalue() or said.getvalue()).replace(str(Path.cwd()), "/home/you").rstrip("\n")


def written(wrong: Wrong) -> str:
    """Return the wrong manifest: what is asked comes first, so that its lines are those of the page."""
    own = set(re.findall(r"^(\w+):", wrong.says, re.MULTILINE))
    return "\n".join([wrong.says, *(text for key, text in BASE.items() if key not in own)]) + "\n"


def part(wrong: Wrong, told: str) -> str:
    """Return a question and its answer as they stand on the page."""
    if wrong in COMMANDS:
        before = "".join(f"{name}={shlex.quote(value)} " for name, value in wrong.env.items())
        return f"**{wrong.title}**\n\n```text\n$ {before}m2msync {wrong.says}\n{told}\n```"
    beside = "".join(f"# {name}: {text.splitlines()[0]}\n" for name, text in wrong.files.items())
    answer = "\n".join(f"# {line}" for line in told.splitlines())
    return f"**{wrong.title}**\n\n```text\n{beside}{wrong.says}\n{answer}\n```"


def page(answers: Answers) -> str:
    told = {
        group: [part(wrong, answers[group, wrong.title][2]) for wrong in several]
        for group, several in GROUPS.items()
    }
    return (
        "\n\n".join([HEAD.strip(), *("\n\n".join([f"## {group}", *parts]) for group, parts in told.items())]) + "\n"
    )


def test_the_page_is_what_is_answered(answers):
    if os.environ.get("GOLDEN") == "write":
        PAGE.write_text(page(answers), encoding="utf-8")
    assert PAGE.read_text(encoding="utf-8") == page(answers)


def test_every_command_ends_as_it_should(answers):
    assert {title: code for (_, title), (_, code, _) in answers.items()} == {
        title: wrong.code for (_, title), (wrong, _, _) in answers.items()
    }


def test_every_answer_is_one_line_with_the_way_out(answers):
    for wrong, code, told in answers.values():
        *_, last = lines = told.splitlines()
        if code == 0:
            assert re.match("warning: .+; .+", last), wrong.title
        elif told.startswith("Error: "):
            assert re.fullmatch("  .+", last), wrong.title
            assert len(lines) == 2, wrong.title
        else:
            assert re.fullmatch(r"[\w./]+:\d+:\d+: .+; .+", told), wrong.title


def test_there_are_many(answers):
    assert len(answers) == sum(map(len, GROUPS.values())) >= 150
