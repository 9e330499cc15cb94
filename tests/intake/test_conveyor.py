"""Calls side by side: results in order, never too many ahead, events told by the thread that waits."""

from __future__ import annotations

import threading
from concurrent.futures import ThreadPoolExecutor
from functools import partial

import pytest

from m2msync.core.events import Moved
from m2msync.intake.conveyor import Conveyor

LIMIT = 20


@pytest.fixture
def pool():
    with ThreadPoolExecutor(3) as made:
        yield made


def test_results_come_in_the_order_of_the_items_whichever_is_done_first(pool):
    last = threading.Event()
    calls = [(0, partial(last.wait, LIMIT)), (1, partial(int, 5)), (2, lambda: last.set() or 7)]
    assert list(Conveyor(pool, 3, print).carry(calls)) == [(0, True), (1, 5), (2, 7)]


def test_no_more_than_asked_for_are_ahead_of_the_one_that_is_waited_for(pool):
    taken = []

    def calls():
        for number in range(10):
            taken.append(number)
            yield number, int

    for number, _ in Conveyor(pool, 4, print).carry(calls()):
        assert len(taken) <= number + 4
    assert taken == list(range(10))


def test_one_belt_may_feed_another(pool):
    belts = Conveyor(pool, 2, print)
    first = belts.carry((n, partial(pow, n, 2)) for n in range(20))
    second = belts.carry((n, partial(int.__add__, squared, 1)) for n, squared in first)
    assert list(second) == [(n, n * n + 1) for n in range(20)]


def test_events_are_told_in_the_thread_that_waits_and_before_the_result(pool):
    told = []
    belts = Conveyor(pool, 8, lambda event: told.append((event, threading.current_thread())))
    for number, _ in belts.carry((n, partial(belts.tell, Moved("x", n))) for n in range(30)):
        assert Moved("x", number) in [event for event, _ in told]
    assert {thread for _, thread in told} == {threading.current_thread()}
    assert len(told) == 30


def test_what_a_call_raises_is_raised_where_its_result_is_awaited(pool):
    belts = Conveyor(pool, 2, print).carry([(0, int), (1, partial(int, "x"))])
    assert next(belts) == (0, 0)
    with pytest.raises(ValueError, match="invalid literal"):
        next(belts)
