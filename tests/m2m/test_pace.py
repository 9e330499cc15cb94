"""The lane goes slower after each collision with another process, and faster after each call that goes through."""

from __future__ import annotations

import pytest

from m2msync.m2m.pace import Lane, lane_of


class Clock:
    now = 100.0

    def __call__(self) -> float:
        return self.now


def pauses(lane: Lane, turns: int) -> list[float]:
    """Return the pause before each of so many turns that follow each other at once."""
    told = []
    for _ in range(turns):
        before = len(told)
        with lane.turn(told.append):
            pass
        if len(told) == before:
            told.append(0.0)
    return told


def test_a_free_lane_does_not_wait() -> None:
    assert pauses(Lane(Clock()), 3) == [0, 0, 0]


def test_collisions_double_the_pause_up_to_a_limit_and_successes_halve_it() -> None:
    lane = Lane(Clock())
    gaps = []
    for _ in range(7):
        lane.collide()
        gaps.append(pauses(lane, 2)[1])
    assert gaps == [0.5, 1, 2, 4, 8, 8, 8]
    slower = []
    for _ in range(6):
        lane.ease()
        slower.append(pauses(lane, 2)[1])
    assert slower == [4, 2, 1, 0.5, 0, 0]


def test_time_that_has_passed_counts() -> None:
    clock = Clock()
    lane = Lane(clock)
    lane.collide()
    assert pauses(lane, 1) == [0]
    clock.now += 0.4
    assert pauses(lane, 1) == pytest.approx([0.1])


def test_an_account_has_one_lane_in_a_process() -> None:
    assert lane_of("https://x/", "anna") is lane_of("https://x/", "anna")
    assert lane_of("https://x/", "anna") is not lane_of("https://x/", "bert")
    assert lane_of("https://x/", "anna") is not lane_of("https://y/", "anna")
