from __future__ import annotations

import pytest

from m2msync.core.errors import Corrupt, Gone, Interrupted, LinkExpired
from m2msync.core.persistence import REFETCHES, RESUMPTIONS, TRIES, TURNS, Persistence


def pauses(*reached: int, error: Exception | None = None) -> list[float | None]:
    persistence = Persistence()
    return [persistence.pause_after(error or Interrupted("It broke."), at) for at in reached]


def test_what_brings_nothing_is_tried_ever_more_seldom_and_given_up():
    assert pauses(0, 0, 0, 0) == [1, 2, 4, None]
    assert TRIES == 4


def test_what_comes_further_is_tried_again_soon():
    assert pauses(10, 20, 20, 20, 30, 40) == [1, 1, 2, 4, 1, 1]


def test_going_back_is_no_progress():
    assert pauses(50, 40, 45, 49) == [1, 2, 4, None]


def test_some_time_it_is_enough():
    assert pauses(*range(1, RESUMPTIONS + 2))[-2:] == [1, None]


def test_wrong_files_are_fetched_again_at_once_and_twice():
    assert pauses(0, 0, 0, error=Corrupt("Wrong.")) == [0, 0, None]
    assert REFETCHES == 2


@pytest.mark.parametrize("error", [Gone("No."), LinkExpired("Old.")])
def test_trying_the_same_link_again_is_of_no_use(error):
    assert pauses(0, error=error) == [None]


@pytest.mark.parametrize(("told", "pause"), [(0, 1), (30, 30), (0.5, 1), (121, None)])
def test_the_host_says_how_long_to_wait(told, pause):
    assert pauses(0, error=Interrupted("Busy.", overloaded=True, after=told)) == [pause]


def test_what_is_turned_away_for_others_is_tried_for_longer():
    persistence, busy = Persistence(), Interrupted("Busy.", overloaded=True)
    assert [persistence.pause_after(busy, 0, crowded_out=True) for _ in range(TURNS)] == [1] * TURNS
    assert [persistence.pause_after(busy, 0, crowded_out=True) for _ in range(TRIES)] == [1, 2, 4, None]
