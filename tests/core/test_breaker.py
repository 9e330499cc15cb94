from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from m2msync.core.breaker import _FAILED, _UNSERVED, Breaker


def failed(times: int, now: float = 0, patience: float = 100, *, unserved: bool = True) -> Breaker:
    breaker = Breaker(patience)
    for n in range(times):
        assert breaker.allows(now)
        breaker.begin()
        breaker.fail(now, str(n), unserved=unserved)
    return breaker


@pytest.mark.parametrize(("most", "unserved"), [(_UNSERVED, True), (_FAILED, False)])
def test_a_few_bad_files_are_no_outage(most, unserved):
    breaker = failed(most - 1, unserved=unserved)
    assert breaker.allows(0)
    assert not breaker.is_open
    breaker.fail(0, "0", unserved=unserved)  # the same file again tells nothing new
    assert not breaker.is_open
    breaker.fail(0, "another", unserved=unserved)
    assert breaker.is_open


def test_a_host_that_fails_and_fails_is_left_alone_for_a_while():
    breaker = failed(_UNSERVED)
    assert breaker.is_open
    assert not breaker.allows(1.9)
    assert breaker.allows(2)


def test_one_transfer_at_a_time_sees_whether_it_serves_again():
    breaker = failed(_UNSERVED)
    breaker.begin()
    assert not breaker.allows(2)
    breaker.succeed(2)
    assert breaker.allows(2)
    assert not breaker.is_open


def test_the_pause_that_begins_is_told_once():
    breaker = failed(_UNSERVED - 1)
    assert breaker.fail(0, "last", unserved=True) == 2
    assert breaker.fail(1, "under way", unserved=True) == 0
    assert breaker.fail(2, "the probe", unserved=True) == 4


def test_while_it_does_not_it_is_asked_more_and_more_seldom():
    breaker, now, pauses = failed(_UNSERVED), 0.0, []
    for _ in range(6):
        begun = now
        while not breaker.allows(now):
            now += 0.5
        pauses.append(now - begun)
        breaker.begin()
        breaker.fail(now, "x", unserved=True)
    assert pauses == [2, 4, 8, 16, 30, 30]


def test_failures_of_transfers_under_way_do_not_make_it_wait_longer():
    breaker = failed(_UNSERVED)
    for _ in range(10):
        breaker.fail(0.1, "x", unserved=True)
    assert breaker.allows(2)


def test_a_clear_answer_in_between_begins_the_count_anew():
    breaker = failed(_UNSERVED - 1)
    breaker.succeed(2)
    breaker.fail(1, "x", unserved=True)
    assert breaker.allows(1)


def test_it_waits_as_long_as_the_host_asks():
    breaker = Breaker(100)
    breaker.hold(7)
    assert not breaker.allows(6.9)
    assert breaker.allows(7)


def test_a_host_that_asks_for_more_than_our_patience_is_down_at_once():
    breaker = Breaker(100)
    breaker.hold(100)
    assert not breaker.is_down(0)
    breaker.hold(101)
    assert breaker.is_down(0)
    assert not breaker.is_down(1)


def test_a_probe_that_we_broke_off_tells_nothing():
    breaker = failed(_UNSERVED)
    breaker.begin()
    breaker.leave()
    assert breaker.is_open
    assert breaker.allows(2)


def test_it_is_down_when_it_has_not_served_for_longer_than_our_patience():
    breaker = failed(_UNSERVED, now=10, patience=60)
    assert not breaker.is_down(69)
    assert breaker.is_down(70)
    breaker.succeed(2)
    assert not breaker.is_down(1000)


@given(st.lists(st.sampled_from(["succeed", "fail", "leave"])))
def test_it_always_lets_something_through_again(happenings):
    breaker = Breaker(60)
    for now, what in enumerate(happenings):
        if breaker.allows(now):
            breaker.begin()
            if what == "fail":
                breaker.fail(now, "x", unserved=True)
            elif what == "succeed":
                breaker.succeed(now)
            else:
                breaker.leave()
    assert breaker.allows(len(happenings) + 30)
