"""How numbers and names are written."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from m2msync.report.text import count, duration, plain, size


@pytest.mark.parametrize(
    ("length", "told"),
    [
        (0, "0 B"),
        (999, "999 B"),
        (1000, "1.0 kB"),
        (62_300_000, "62.3 MB"),
        (99_949_999, "99.9 MB"),
        (99_950_000, "100 MB"),
        (999_499_999, "999 MB"),
        (999_500_000, "1.0 GB"),
        (2 * 10**12, "2.0 TB"),
        (5 * 10**18, "5000 PB"),
    ],
)
def test_sizes(length, told):
    assert size(length) == told


@given(st.integers(0, 10**15))
def test_a_size_is_short_and_right_to_a_twentieth(length):
    number, unit = size(length).split()
    assert len(number) <= 4
    power = 1000 ** ["B", "kB", "MB", "GB", "TB", "PB"].index(unit)
    assert float(number) * power == pytest.approx(length, rel=0.05)


@pytest.mark.parametrize(
    ("seconds", "told"),
    [
        (-1, "0.0 s"),
        (0.44, "0.4 s"),
        (9.94, "9.9 s"),
        (9.96, "10 s"),
        (59.6, "1 min"),
        (63, "1 min 3 s"),
        (3600, "1 h"),
        (7500, "2 h 5 min"),
        (7501, "2 h 5 min"),
        (90061, "1 d 1 h"),
    ],
)
def test_durations(seconds, told):
    assert duration(seconds) == told


@pytest.mark.parametrize(("number", "told"), [(0, "0 files"), (1, "1 file"), (1204, "1,204 files")])
def test_counts(number, told):
    assert count(number, "file") == told


@given(st.text())
def test_plain_text_cannot_steer_a_terminal(text):
    told = plain(text)
    assert told.isprintable()
    assert [(a, b) for a, b in zip(text, told, strict=True) if a != b and (a.isprintable() or b != "?")] == []


@pytest.mark.parametrize("text", ["\x1b]0;title\x07", "\x9b2J", "a\rb", "a\nb", "\u202egpj.exe", "\x7f", "\udcff"])
def test_escapes_breaks_and_hidden_characters_are_replaced(text):
    assert plain(text) != text
    assert plain("Zürich 東京.TIF") == "Zürich 東京.TIF"
