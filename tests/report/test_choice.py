"""Why images are chosen, as people read it."""

from __future__ import annotations

from m2msync.core.verdicts import Verdict
from m2msync.report.text import unpainted
from m2msync.report.verdicts import verdict_lines


def verdict(scene, name, ground, reason):
    return Verdict("ds", scene, name, ground, reason)


def test_scenes_are_counted_and_each_image_has_a_line():
    several = [
        verdict("coast", "a", "kept", "newest of 1 wanted"),
        *(verdict("coast", f"b{n}", "outranked", f"{n}th") for n in range(1200)),
        verdict("reef", "longer", "outdated", "RT, its T1 exists"),
    ]
    lines = list(verdict_lines(several, paint=unpainted))
    assert lines[:5] == [
        "ds in coast: 1 of 1,201 images kept",
        "  kept: 1",
        "    a      newest of 1 wanted",
        "  passed over: 1,200, as others come first",
        "    b0     0th",
    ]
    assert lines[-5:] == [
        "",
        "ds in reef: 0 of 1 image kept",
        "  passed over: 1, as a later processing exists",
        "    longer  RT, its T1 exists",
        "",
    ]
    assert len(lines) == 1201 + 4 + 4


def test_no_name_can_steer_the_terminal():
    lines = verdict_lines([verdict("x\x1b[2J", "y\x1b[2J", "tier", "z\x1b[2J")], paint=unpainted)
    assert "\x1b" not in "".join(lines)


def test_nothing_was_asked():
    assert list(verdict_lines([], paint=unpainted)) == []
