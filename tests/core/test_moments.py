"""Times as people write them on a command line."""

from __future__ import annotations

import time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from m2msync.core.errors import UsageError
from m2msync.core.moments import parse_moment, written

NOON = 1_795_348_800.0  # 2026-11-22T12:00:00Z


@pytest.fixture
def in_lima(monkeypatch):
    monkeypatch.setenv("TZ", "America/Lima")  # five hours behind UTC, all year
    time.tzset()
    yield
    monkeypatch.undo()
    time.tzset()


@pytest.mark.parametrize(
    ("text", "moment"),
    [
        ("90min", NOON - 5400),
        ("12h", NOON - 43_200),
        ("7d", NOON - 604_800),
        (" 4 w ", NOON - 2_419_200),
        ("0d", NOON),
        ("999999w", 0.0),
        ("2026-11-22T12:00:00Z", NOON),
        ("2026-11-22T13:00:00+01:00", NOON),
        ("2026-11-22T07:00", NOON),
        ("2026-11-22", NOON - 7 * 3600),
    ],
)
def test_spans_days_and_times_are_understood(in_lima, text, moment):
    assert parse_moment(text, NOON) == moment


@pytest.mark.parametrize("text", ["", "yesterday", "7", "7days", "-7d", "2026-13-01", "\u0667d", "d", "0000-01-01"])
def test_what_is_no_time_is_told_with_examples(text):
    with pytest.raises(UsageError, match="is no time") as raised:
        parse_moment(text, NOON)
    assert "7d" in raised.value.hint


@pytest.mark.parametrize("text", ["2026-11-22T12:00:01Z", "2030-01-01"])
def test_the_future_is_refused(text):
    with pytest.raises(UsageError, match="has not come yet"):
        parse_moment(text, NOON)


@given(st.floats(0, 4e9))
def test_what_is_written_is_read_back_and_never_later(moment):
    assert 0 <= moment - parse_moment(written(moment), moment) < 1


@given(st.text(max_size=12))
def test_no_text_raises_anything_else(text):
    try:
        assert 0 <= parse_moment(text, NOON) <= NOON
    except UsageError as error:
        assert error.hint  # noqa: PT017 - either will do
