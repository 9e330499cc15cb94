from __future__ import annotations

from datetime import date, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from m2msync.core.periods import called, period_of


@pytest.mark.parametrize(
    ("day", "per", "name"),
    [
        (date(2022, 6, 30), "month", "2022-06"),
        (date(2022, 12, 1), "year", "2022"),
        (date(2022, 11, 30), "season", "SON 2022"),
        (date(2022, 12, 1), "season", "DJF 2023"),
        (date(2023, 2, 28), "season", "DJF 2023"),
        (date(2023, 3, 1), "season", "MAM 2023"),
        (date(2023, 8, 31), "season", "JJA 2023"),
        (None, "season", "no known date"),
    ],
)
def test_names(day, per, name):
    assert called(period_of(day, per), per) == name


def test_without_per_all_time_is_one():
    assert period_of(date(2022, 1, 1), None) is period_of(date(1985, 1, 1), None) is None


@given(st.dates(date(1972, 7, 23), date(2090, 1, 1)), st.sampled_from(["month", "season", "year"]))
def test_periods_follow_each_other(day, per):
    """Tomorrow is the same period or the next, and a period has its days in one piece of the right length."""
    days = [day + timedelta(days=n) for n in range(800)]
    periods = [period_of(d, per) for d in days]
    assert periods == sorted(periods)
    first, last = periods[0], periods[-1]
    lengths = {p: periods.count(p) for p in periods if p not in (first, last)}
    shortest, longest = {"month": (28, 31), "season": (90, 92), "year": (365, 366)}[per]
    assert lengths
    assert all(shortest <= length <= longest for length in lengths.values())
