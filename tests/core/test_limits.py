from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from m2msync.core.limits import Limits, read_size, read_span
from m2msync.core.meter import Meter
from m2msync.core.plan import Action
from m2msync.core.wording import Unfit

GB = 10**9


def action(name: str, size: int | None, **more: object) -> Action:
    return Action(f"d/{name}", "get", "never fetched", "d", "r", "i", "I", name, name, size, **more)


@pytest.mark.parametrize(
    ("text", "size"),
    [
        ("500", 500),
        ("500B", 500),
        ("5kB", 5000),
        ("500MB", 500 * 10**6),
        ("2TB", 2 * 10**12),
        ("1.5 gb", 1.5 * GB),
        ("4GiB", 4 << 30),
        ("0", 0),
        ("1PiB", 1 << 50),
        ("5G", 5 * GB),
        ("2Ti", 2 << 40),
        ("5e9", 5 * GB),
        (".5GB", GB // 2),
        (" 7 MB ", 7 * 10**6),
    ],
)
def test_sizes_are_read_as_people_write_them(text, size):
    assert read_size(text) == size


@pytest.mark.parametrize(
    "text", ["", "GB", "-5GB", "5 bananas", "5GBs", "1e9GB", "5,5GB", "5,000MB", "5.", "²GB", "9" * 400]
)
def test_what_is_no_size_is_refused(text):
    with pytest.raises(Unfit, match="is not a number of bytes"):
        read_size(text)


@pytest.mark.parametrize(
    ("text", "seconds"),
    [
        ("90", 90),
        ("90s", 90),
        ("45m", 2700),
        ("45min", 2700),
        ("8h", 28800),
        ("1h30m", 5400),
        ("2d", 172800),
        ("1d 2h 3m 4s", 93784),
        ("8H", 28800),
        ("2h30", 9000),
        ("1d12", 129600),
        ("5m30", 330),
        ("2.5h", 9000),
        ("2 hours", 7200),
        ("1 day 30 mins", 88200),
    ],
)
def test_spans_are_read_as_people_write_them(text, seconds):
    assert read_span(text) == seconds


@pytest.mark.parametrize("text", ["", "0", "0h", "soon", "-5m", "5 weeks", "1m1h", "9" * 5000])
def test_what_is_no_span_is_refused(text):
    with pytest.raises(Unfit, match="is not a length of time"):
        read_span(text)


def test_without_limits_everything_fits_the_disk():
    actions = [action("a", 5 * GB), action("b", None)]
    assert Meter(Limits(), 0).share(actions, 5 * GB) == (tuple(actions), "")


def test_what_does_not_fit_is_passed_over_for_smaller_ones():
    actions = [action("a", 3), action("b", 9), action("c", 2)]
    fitting, told = Meter(Limits(max_bytes=5), 0).share(actions, GB)
    assert [a.product for a in fitting] == ["a", "c"]
    assert told == "1 of 3 files, 9 bytes, do not fit into the limit of 5 bytes"


def test_the_disk_limits_too_and_keeps_its_reserve():
    actions = [action("a", 3 * GB), action("b", 3 * GB)]
    fitting, told = Meter(Limits(reserve_free=5 * GB), 0).share(actions, 9 * GB)
    assert len(fitting) == 1
    assert told == "1 of 2 files, 3.0 GB, do not fit on the disk: it has 9.0 GB free, 5.0 GB of which stay free"
    _, told = Meter(Limits(max_bytes=100 * GB), 0).share(actions, 4 * GB)
    assert told == "1 of 2 files, 3.0 GB, do not fit on the disk: it has 4.0 GB free"


def test_linking_from_a_copy_costs_nothing():
    linked = action("a", 9, source="elsewhere")
    assert Meter(Limits(max_bytes=1), 0).share([linked], GB) == ((linked,), "")


@given(st.lists(st.integers(0, 100)), st.integers(0, 500), st.integers(0, 500))
def test_the_share_never_exceeds_the_room_and_is_in_order(sizes, most, free):
    actions = [action(f"{n}", size) for n, size in enumerate(sizes)]
    fitting, told = Meter(Limits(max_bytes=most), 0).share(actions, free)
    assert sum(a.size for a in fitting) <= min(most, free)
    assert list(fitting) == [a for a in actions if a in fitting]
    assert bool(told) == (len(fitting) < len(actions))


def test_it_looks_once_a_second():
    meter = Meter(Limits(), 10)
    assert [meter.is_due(now) for now in (10.5, 11, 11.5, 12, 12.1)] == [False, True, False, True, False]


@pytest.mark.parametrize(
    ("limits", "told"),
    [
        (Limits(), ""),
        (Limits(max_seconds=61), ""),
        (Limits(max_seconds=60), "the time limit of 60 seconds is reached"),
        (Limits(max_bytes=700), ""),
        (Limits(max_bytes=699), "the limit of 699 bytes is reached"),
        (Limits(reserve_free=3 * GB), ""),
        (Limits(reserve_free=3 * GB + 1), "less than 3.0 GB of the disk are free"),
    ],
)
def test_it_says_which_limit_is_reached(limits, told):
    meter = Meter(limits, began=40)
    assert [meter.count(n) for n in (300, 400)] == [300, 700]
    assert meter.exhausted(100, 3 * GB) == told
