"""`forget`: what is asked of the library, and how its answer is told."""

from textwrap import dedent

from m2msync.core.errors import UsageError
from m2msync.core.forgetting import Forgotten

from .standin import CHOSEN, FORGOTTEN, KEY


def test_it_tells_what_is_forgotten_and_what_is_left_of_it(command, sync):
    ended = command("forget", "coast.yaml", KEY.format("B2"), "x/*", "--reason", "too cloudy")
    assert ended.code == 0
    assert ended.out == dedent(f"""\
        tombstoned: forgotten 2026-11-25: too cloudy
          {KEY.format("B2")}

        1 product forgotten.
        Still in the store: 1 file (62.3 MB).
        To delete them: m2msync prune coast.yaml
        """)
    assert sync.asked[-1] == ("forget", (KEY.format("B2"), "x/*"), {"undo": False, "reason": "too cloudy"})


def test_undo(command, sync):
    sync.answers["forget"] = Forgotten("coast", undo=True, products=(CHOSEN,))
    out = command("forget", "coast.yaml", KEY.format("B2"), "--undo").out
    assert out.endswith("\n1 product no longer forgotten.\n")
    assert sync.asked[-1][2] == {"undo": True, "reason": ""}


def test_json_is_the_answer_and_nothing_else(command):
    assert command("forget", "coast.yaml", "x", "--json").json == FORGOTTEN.to_json()


def test_unknown_keys_are_told_line_by_line(command, sync):
    sync.answers["forget"] = UsageError(
        "2 names mean no product", hint="x: did you mean y?\nz: nothing is called like that"
    )
    ended = command("forget", "coast.yaml", "x", "z")
    assert (ended.code, ended.out) == (4, "")
    assert ended.err == ("Error: 2 names mean no product\n  x: did you mean y?\n  z: nothing is called like that\n")


def test_it_needs_a_key(command):
    ended = command("forget", "coast.yaml")
    assert ended.code == 4
    assert "Missing argument 'KEY...'" in ended.err
