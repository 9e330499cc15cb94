"""`adopt`: flags, the outcome as text and as JSON, exit codes."""

import pytest

from m2msync.core.adoption import Adoption, Fated
from m2msync.core.errors import StorageFull

from .standin import ADOPTION, KEY


@pytest.mark.parametrize(
    ("words", "asked"),
    [
        ([], ("link", False, False, False)),
        (["--link", "--locked"], ("link", False, False, True)),
        (["--move", "--by-digest"], ("move", True, False, False)),
        (["--copy", "--dry-run"], ("copy", False, True, False)),
    ],
)
def test_flags_reach_the_library(words, asked, command, sync):
    assert command("adopt", "coast.yaml", "nb", *words).code == 0
    assert sync.asked[-1] == ("adopt", "nb", *asked)


@pytest.mark.parametrize("words", [["--link", "--copy"], ["--link", "--move", "--copy"]])
def test_one_file_cannot_be_taken_in_two_ways(words, command, sync):
    ended = command("adopt", "coast.yaml", "nb", *words)
    assert ended.code == 4
    assert ended.err == f"Error: a file can be linked, moved or copied\n  give one of {', '.join(words)}\n"
    assert sync.asked == []


def test_a_file_is_no_folder(command):
    assert command("adopt", "coast.yaml", "coast.yaml").code == 4


def test_what_was_done_and_what_is_left_to_do_is_told(command):
    ended = command("adopt", "coast.yaml", "nb")
    assert "Adopted 1 file (62.3 MB): 1 linked.\n" in ended.out
    assert ended.out.endswith("1 wanted file is still to be fetched: m2msync apply coast.yaml\n")
    assert "looking through /nb" in ended.err
    assert "found 1 file to compare (62.3 MB)" in ended.err


def test_what_is_left_of_a_lock_is_fetched_with_the_lock(command):
    assert command("adopt", "coast.yaml", "nb", "--locked").out.endswith("m2msync apply coast.yaml --locked\n")


def test_json_is_the_adoption_and_nothing_else(command):
    assert command("adopt", "coast.yaml", "nb", "--json").json == ADOPTION.to_json()


def test_verbose_names_every_file_quiet_none(command):
    assert "adopted: B2.TIF (linked)" in command("adopt", "coast.yaml", "nb", "-v").err
    assert "adopted: B2.TIF" not in command("adopt", "coast.yaml", "nb").err
    assert command("adopt", "coast.yaml", "nb", "-q").err == ""


def test_the_exit_code_is_the_outcomes_own(command, sync):
    sync.answers["adopt"] = Adoption("coast", "/nb", "link", False, 1, (Fated("x", "unreadable", "why", KEY),))
    assert command("adopt", "coast.yaml", "nb").code == 3
    sync.answers["adopt"] = StorageFull("the disk is full")
    ended = command("adopt", "coast.yaml", "nb", "--json")
    assert (ended.code, ended.json["kind"], ended.json["exit_code"]) == (7, "error", 7)
