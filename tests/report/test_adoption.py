"""An adoption as text."""

from collections import Counter
from dataclasses import replace
from textwrap import dedent

from m2msync.core.adoption import Adoption, Fated
from m2msync.report.adoption import adoption_lines
from m2msync.report.tables import FEW

COMMAND = "m2msync apply coast.yaml"
IMAGE = "LC09_L1TP_011059_20230328_20230329_02_T1"
MIXED = Adoption(
    "coast",
    "/home/me/notebook",
    "link",
    dry_run=False,
    wanted=6,
    files=(
        Fated(f"{IMAGE}_B2.TIF", "adopted", "linked", f"l1/{IMAGE}_B2.TIF", 62_300_000),
        Fated(f"{IMAGE}_MTL.TIF", "adopted", "copied", f"l1/{IMAGE}_MTL.txt", 12_000),
        Fated("new/B3.TIF", "adopted", "linked", f"l1/{IMAGE}_B3.TIF", 61_000_000),
        Fated("b.TIF", "refused", "an HTML page came instead of the file", "l1/b.TIF", 500),
        Fated("a.TIF", "refused", "an HTML page came instead of the file", "l1/a.TIF", 500),
        Fated("closed", "unreadable", "the folder cannot be read: Permission denied"),
        Fated("B2 (1).TIF", "duplicate", "another file of the same product is adopted", f"l1/{IMAGE}_B2.TIF", 9),
    ),
    others=Counter({("unwanted", "of no wanted image"): 1204, ("held", "the store has it already"): 12}),
)


def told(adoption, **how):
    return "\n".join(adoption_lines(adoption, command=COMMAND, **how)) + "\n"


def test_an_adoption():
    assert told(MIXED) == dedent("""\
        duplicate: another file of the same product is adopted
          B2 (1).TIF
        refused: an HTML page came instead of the file
          a.TIF
          b.TIF
        unreadable: the folder cannot be read: Permission denied
          closed

        Adopted 3 files (123 MB): 1 copied, 2 linked.
        Left alone:
             12 held: the store has it already
              1 duplicate: another file of the same product is adopted
              2 refused
              1 unreadable
          1,204 unwanted: of no wanted image
        3 wanted files are still to be fetched: m2msync apply coast.yaml
    """)


def test_in_full_what_was_adopted_is_listed_too():
    assert told(MIXED, full=True).startswith(
        f"adopted: copied\n  {IMAGE}_MTL.TIF\nadopted: linked\n  {IMAGE}_B2.TIF\n  new/B3.TIF\nduplicate: "
    )


def test_a_dry_run_says_would():
    assert "Would adopt 3 files (123 MB): 1 copied, 2 linked.\n" in told(replace(MIXED, dry_run=True))


def test_when_everything_was_there_nothing_is_left_to_do():
    every = replace(MIXED, wanted=1, files=MIXED.files[:1], others=Counter())
    assert told(every) == "Adopted 1 file (62.3 MB): 1 linked.\nNothing is left to be fetched.\n"


def test_when_nothing_was_there_it_is_said_where():
    nothing = replace(MIXED, wanted=1, files=(), others=Counter())
    assert told(nothing) == dedent("""\
        Adopted nothing from /home/me/notebook.
        1 wanted file is still to be fetched: m2msync apply coast.yaml
    """)


def test_an_interrupted_one_goes_on_with_the_same_command():
    assert told(replace(MIXED, interrupted=True)).endswith(
        "Interrupted; the same command goes on where this one ended.\n"
    )


def test_long_lists_are_cut_but_the_counts_are_not():
    many = tuple(Fated(f"{n}.TIF", "refused", "why", f"l1/{n}.TIF") for n in range(FEW + 5))
    text = told(replace(MIXED, files=many))
    assert "  and 5 more (-v lists them all)\n" in text
    assert f"{FEW + 5} refused\n" in text
    assert "more" not in told(replace(MIXED, files=many), full=True)


def test_names_cannot_steer_the_terminal():
    evil = "\x1b[2J"
    text = told(
        Adoption("m", evil, "link", False, 1, (Fated(evil, "refused", evil, evil),), Counter({("held", evil): 1}))
    )
    assert "\x1b" not in text


def test_fates_are_coloured():
    assert "<red>refused: an HTML" in told(MIXED, paint=lambda text, colour: f"<{colour}>{text}")
