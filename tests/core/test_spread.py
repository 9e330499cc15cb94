"""Days spread over time, held against every other choice there is."""

from __future__ import annotations

from datetime import date, timedelta
from itertools import combinations, pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from m2msync.core.spread import spread

DAYS = st.lists(st.integers(0, 60), min_size=1, max_size=11, unique=True).map(sorted)


def crowding(days):
    return sum((b - a) ** 2 for a, b in pairwise(days))


@given(DAYS, st.integers(2, 8))
def test_no_other_choice_with_the_same_ends_is_spread_better(days, number):
    chosen = [days[place] for place in spread(days, number)]
    assert chosen == sorted(set(chosen))
    assert len(chosen) == min(number, len(days))
    assert (chosen[0], chosen[-1]) == (days[0], days[-1])
    inner = max(len(chosen) - 2, 0)
    others = ([days[0], *some, days[-1]] for some in combinations(days[1:-1], inner))
    assert len(days) == 1 or crowding(chosen) == min(map(crowding, others))


@given(DAYS)
def test_a_single_day_is_the_one_nearest_the_middle(days):
    ((place),) = spread(days, 1)
    assert all(abs(2 * days[place] - days[0] - days[-1]) <= abs(2 * d - days[0] - days[-1]) for d in days)


@given(DAYS, st.integers(1, 8), st.integers(-1000, 1000))
def test_only_the_gaps_count_and_not_the_calendar(days, number, offset):
    assert spread([day + offset for day in days], number) == spread(days, number)


@given(DAYS, st.integers(1, 8))
def test_a_choice_is_its_own_choice(days, number):
    chosen = [days[place] for place in spread(days, number)]
    assert [chosen[place] for place in spread(chosen, number)] == chosen


@pytest.mark.parametrize(("number", "step"), [(2, 364), (3, 182), (5, 91), (8, 52), (14, 28), (365, 1)])
def test_where_there_is_an_image_every_day_the_steps_are_equal(number, step):
    assert spread(range(365), number) == tuple(range(0, 365, step))


def test_a_gap_in_winter_draws_no_crowd_to_its_edges():
    """Evenly spaced moments would all be nearest to the same few days beside the gap."""
    summer = [date(2022, 1, 1), *(date(2022, 10, 1) + timedelta(days=n) for n in range(92))]
    days = [day.toordinal() for day in summer]
    chosen = [days[place] for place in spread(days, 5)]
    gaps = [b - a for a, b in pairwise(chosen)]
    assert gaps[0] >= 273
    assert min(gaps) > 28


def test_a_century_of_days_is_spread_in_no_time():
    assert len(set(spread([3 * n + n % 2 for n in range(12_000)], 40))) == 40
