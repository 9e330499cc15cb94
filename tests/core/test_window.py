from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from m2msync.core.window import Window


def test_it_starts_small_and_opens_by_one_for_each_success():
    window = Window(16)
    assert window.width == 5
    for _ in range(3):
        window.grow()
    assert window.width == 8
    for _ in range(100):
        window.grow()
    assert window.width == 16


def test_a_person_may_allow_fewer():
    assert Window(2).width == 2


def test_an_overloaded_host_halves_it_and_it_grows_back_slowly():
    window = Window(16)
    for _ in range(11):
        window.grow()
    window.shrink(begun=1, now=2)
    assert window.width == 8
    for _ in range(8):
        window.grow()
    assert window.width == 8
    window.grow()
    assert window.width == 9


def test_a_burst_of_refusals_halves_it_once():
    window = Window(16)
    for begun in (1, 1.5, 2, 3):
        window.shrink(begun=begun, now=3)
    assert window.width == 2
    window.shrink(begun=3.1, now=4)
    assert window.width == 1


@given(st.integers(1, 64), st.lists(st.booleans()))
def test_there_is_always_room_for_one_and_never_for_more_than_allowed(most, trouble):
    window = Window(most)
    for now, bad in enumerate(trouble):
        window.shrink(now + 0.5, now + 1) if bad else window.grow()
        assert 1 <= window.width <= most
