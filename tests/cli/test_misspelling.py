"""What is said of command lines that click does not understand."""

import pytest

from m2msync.cli.program import VERBS, _unknown


@pytest.mark.parametrize(
    ("words", "hint"),
    [
        (["apply", "coast.yaml", "--force"], "`m2msync apply --help` tells what it takes"),
        (["status", "coast.yaml", "--only", "x"], "`m2msync status --help` tells what it takes"),
        (["apply", "coast.yaml", "--max-bytes"], "`m2msync apply --help` tells what it takes"),
        (["plan", "coast.yaml", "--json=yes"], "`m2msync plan --help` tells what it takes"),
        (["-j", "4", "apply", "coast.yaml"], "options go after the command, e.g. m2msync plan coast.yaml --json"),
        (["plan", "coast.yaml", "–-json"], "write --json"),
        (["apply", "plan.json"], "`m2msync plan MANIFEST --out plan.json` writes one"),
    ],
)
def test_the_way_out_is_that_of_the_command(words, hint, command):
    ended = command(*words)
    assert (ended.code, ended.err.splitlines()[1:]) == (4, [f"  {hint}"])


@pytest.mark.parametrize("name", ["run", "download", "repair", "delete", "version", "ls", "APPLY", "statsu"])
def test_what_is_suggested_exists(name):
    *_, suggested = _unknown(name).hint.removesuffix("`?").partition("`m2msync ")
    assert suggested == "--version" or suggested.split()[0] in VERBS


def test_nothing_that_deletes_is_suggested_for_what_fetches():
    assert "prune" not in _unknown("run").hint
