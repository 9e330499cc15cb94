"""A verify as text; the expected texts are what a person sees."""

from dataclasses import replace
from textwrap import dedent

import pytest

from m2msync.core.result import Failure, Result
from m2msync.core.verification import Finding, Verification
from m2msync.report.tables import FEW
from m2msync.report.verification import Commands, verification_lines

IMAGE = "LC09_L1TP_011059_20230328_20230329_02_T1"
COMMANDS = Commands(
    repair="m2msync verify coast.yaml --repair",
    resume="m2msync verify coast.yaml --since 2026-11-22T12:00:00Z",
    apply="m2msync apply coast.yaml",
)


def finding(band, symbol="-", reason="file missing on disk"):
    return Finding(f"ds/{IMAGE}_{band}.TIF", f"ds/{IMAGE}/{IMAGE}_{band}.TIF", symbol, reason)


CLEAN = Verification("coast", "digest", same=("a",) * 2400, bytes=145_000_000_000, seconds=243.0)
DAMAGED = replace(
    CLEAN,
    damaged=(
        finding("B2"),
        finding("B3", "*", "the sha512 digest differs from the recorded one"),
        finding("B4"),
        finding("B5", "!", "it cannot be read: Input/output error"),
    ),
    extra=("notes.txt", "a\x1b[2J"),
)


def told(found, **how):
    return "\n".join(verification_lines(found, store="/data/coast", commands=COMMANDS, **how)) + "\n"


@pytest.mark.parametrize(
    ("found", "line"),
    [
        (CLEAN, "All is well: 2,400 files as recorded (145 GB read in 4 min 3 s)."),
        (replace(CLEAN, depth="quick"), "All is well: 2,400 files there, in the recorded size (4 min 3 s)."),
        (replace(CLEAN, same=()), "Nothing is held, so there is nothing to verify."),
        (replace(CLEAN, same=("a",)), "All is well: 1 file as recorded (145 GB read in 4 min 3 s)."),
    ],
)
def test_what_is_clean_takes_two_lines(found, line):
    assert told(found) == f"{line}\nStore: /data/coast\n"


def test_damage_is_named_with_its_reasons_and_the_way_out():
    assert told(DAMAGED) == dedent(f"""\
        4 of 2,404 files damaged (145 GB read in 4 min 3 s).
        Store: /data/coast
        differing: the sha512 digest differs from the recorded one
          ds/{IMAGE}/{IMAGE}_B3.TIF
        missing: file missing on disk
          ds/{IMAGE}/{IMAGE}_B2.TIF
          ds/{IMAGE}/{IMAGE}_B4.TIF
        unreadable: it cannot be read: Input/output error
          ds/{IMAGE}/{IMAGE}_B5.TIF

        Beside them 2 files that the catalog does not know (-v lists them).
        To repair it: m2msync verify coast.yaml --repair
        """)


def test_everything_is_listed_on_request_and_harmless_to_a_terminal():
    assert told(replace(CLEAN, extra=DAMAGED.extra), full=True) == dedent("""\
        All is well: 2,400 files as recorded (145 GB read in 4 min 3 s).
        Store: /data/coast
        extra: on disk, not in the catalog
          notes.txt
          a?[2J

        """)
    many = replace(CLEAN, damaged=tuple(finding(f"B{n}") for n in range(FEW + 5)))
    assert "  and 5 more (-v lists them all)\n" in told(many)
    assert told(many, full=True).count("_B") == FEW + 5


def test_what_was_passed_over_is_told():
    assert told(replace(CLEAN, fresh=1200, unopened=("a", "b"))) == dedent("""\
        All is well: 2,400 files as recorded (145 GB read in 4 min 3 s).
        Store: /data/coast
        1,200 files had been verified lately; only presence and size were compared again.
        Of 2 files some blocks were not opened: needs m2msync[raster].
        """)


def test_an_interrupt_says_how_to_go_on():
    stopped = replace(CLEAN, same=("a",) * 400, unreached=2000, resume=1.0)
    assert told(stopped) == dedent("""\
        Interrupted after 400 of 2,400 files (145 GB read in 4 min 3 s).
        Store: /data/coast
        What was read is recorded. To go on: m2msync verify coast.yaml --since 2026-11-22T12:00:00Z
        """)
    assert told(replace(stopped, damaged=(finding("B2"),))).startswith(
        "Interrupted after 401 of 2,401 files (145 GB read in 4 min 3 s), 1 of them damaged.\n"
    )
    assert told(replace(stopped, resume=None)).endswith("Nothing was recorded; the next verify begins anew.\n")


def test_a_repair_tells_what_came_of_it():
    repaired = replace(DAMAGED, extra=(), repair=Result("success", 0, got=4, bytes=187_000_000, seconds=9.0))
    assert told(repaired).endswith(
        dedent("""\

        Got 4 files (187 MB) in 9.0 s.
        What was damaged lies in .m2msync/quarantine of the store, with the reason beside it.
        """)
    )
    failure = Failure(f"ds/{IMAGE}_B2.TIF", "x", "USGS no longer lists this file", rerun_helps=True)
    partial = replace(repaired, repair=Result("partial", 3, got=3, seconds=9.0, failed=(failure,)))
    assert told(partial).endswith(
        dedent(f"""\
        Got 3 files (0 B) in 9.0 s; 1 failed.
        failed: USGS no longer lists this file
          ds/{IMAGE}_B2.TIF

        Running again may get 1 of the 1 failed file: m2msync apply coast.yaml
        What was damaged lies in .m2msync/quarantine of the store, with the reason beside it.
        """)
    )


def test_the_lines_fit_80_columns_but_for_what_is_long_by_itself():
    short = replace(DAMAGED, damaged=(finding("B2"),), fresh=0)
    lines = [line for line in verification_lines(short, store="/data", commands=COMMANDS) if IMAGE not in line]
    assert max(map(len, lines)) <= 80
