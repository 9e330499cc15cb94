"""How an archive grew, as shapes."""

import re

import pytest

from m2msync.core.overview import PastRun
from m2msync.report.growth import HIGH, WIDE, growth


def run(number, day, got, status="success"):
    return PastRun(number, f"2026-11-{day:02}T12:00:00.000Z", None, status, got, 0, got * 1000, 5)


def test_steps_go_up_over_time_and_end_at_the_top():
    told = growth([run(3, 21, 0), run(2, 11, 3, "partial"), run(1, 1, 1)])
    assert (told.first, told.last, told.files, told.bytes) == ("2026-11-01", "2026-11-21", 4, 4000)
    assert [(mark.x, mark.status) for mark in told.marks] == [(8, "success"), (500, "partial")]
    assert [mark.y for mark in told.marks] == [108.5, 8]
    assert told.line == "M8,142H8.0V108.5H500.0V8.0H992.0V8.0"
    assert told.marks[1].told == "2026-11-11 12:00: got 3 files, 3.0 kB; partial"
    numbers = [float(n) for n in re.findall(r"[\d.]+", told.area)]
    assert 0 <= min(numbers) <= max(numbers) <= max(WIDE, HIGH)


def test_runs_with_nothing_to_do_are_counted_and_not_drawn():
    told = growth([run(n, 1 + n % 28, 0) for n in range(4000, 0, -1)] + [run(0, 1, 5)])
    assert (told.runs, len(told.marks)) == (4001, 1)
    assert len(told.line) < 100


@pytest.mark.parametrize("runs", [[], [run(1, 1, 5)], [run(2, 2, 0), run(1, 1, 0)]])
def test_nothing_to_draw(runs):
    assert growth(runs) is None


def test_runs_at_one_moment_are_drawn_too():
    told = growth([run(2, 1, 2), run(1, 1, 1)])
    assert [mark.x for mark in told.marks] == [8, 8]
