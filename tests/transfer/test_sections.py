"""How a file is divided among connections: every byte belongs to one of them, and to no other."""

from __future__ import annotations

import itertools

import pytest
from hypothesis import given
from hypothesis import strategies as st

from m2msync.transfer.partial import Edition, Kept
from m2msync.transfer.sections import LEAST, Sections

TOTAL = 20 * LEAST
ONE = Edition('"one"', TOTAL)


def begun(total: int | None = TOTAL, edition: Edition | None = ONE, **more: bool) -> Sections:
    sections = Sections(**more)
    sections.begin(total, edition)
    return sections


def test_a_file_is_one_section_until_it_is_split() -> None:
    sections = begun()
    assert (sections.stretch(0), sections.starts) == ((0, TOTAL), ())
    assert sections.waiting() is None


def test_a_split_takes_the_far_half_of_the_largest_rest() -> None:
    sections = begun()
    sections.claim(0, 4 * LEAST)
    assert sections.split() == 12 * LEAST
    assert sections.stretch(0) == (4 * LEAST, 12 * LEAST)
    assert sections.stretch(12 * LEAST) == (12 * LEAST, TOTAL)
    sections.claim(0, 2 * LEAST)
    assert sections.split() == 16 * LEAST


@pytest.mark.parametrize(
    "sections",
    [
        Sections(),
        begun(total=None, edition=None),
        begun(edition=None),
        begun(splittable=False),
        begun(total=4 * LEAST - 1, edition=Edition('"one"', 2 * LEAST - 1)),
    ],
    ids=["not begun", "unknown length", "no edition", "not again", "small"],
)
def test_some_files_are_never_split(sections: Sections) -> None:
    sections.claim(0, 2 * LEAST)
    assert sections.split() is None


def test_nothing_is_split_that_was_broken_off() -> None:
    sections = begun()
    sections.halt()
    assert sections.split() is None


def test_who_serves_a_section_gets_only_what_belongs_to_it() -> None:
    sections = begun()
    start = sections.split()
    assert start is not None
    assert sections.claim(0, start + 5) == start
    assert sections.claim(0, 5) == 0
    assert not sections.finish()
    assert sections.claim(start, TOTAL) == TOTAL - start
    assert [sections.finish(), sections.finish()] == [True, False]


def test_what_is_claimed_but_not_yet_written_is_waited_for() -> None:
    """Else a file was put together before its last piece had been written, found wrong, and fetched again."""
    sections = begun()
    with sections.open_answer(object()):
        sections.claim(0, TOTAL)
        assert not sections.finish()
    assert sections.finish()


def test_a_section_that_was_left_waits_for_another_connection() -> None:
    sections = begun()
    start = sections.split()
    assert start is not None
    assert sections.waiting() == start
    sections.serve(start)
    assert sections.waiting() is None
    sections.leave(0)
    assert sections.waiting() == 0


def test_what_comes_anew_is_not_split_before_it_is_known_what_it_is() -> None:
    """Else what is set up for the whole file would forget a section that a connection already works on."""
    sections = begun()
    assert sections.restart()
    assert sections.split() is None
    sections.begin(TOTAL, ONE)
    assert sections.split() is not None
    assert not sections.restart()


def test_what_an_earlier_run_left_is_taken_over() -> None:
    sections = Sections()
    sections.serve(0)
    sections.restore(Kept(ONE, {0: 5, 7 * LEAST: 9 * LEAST, 10 * LEAST: TOTAL}))
    assert sections.stretch(0) == (5, 7 * LEAST)
    assert sections.stretch(7 * LEAST) == (9 * LEAST, 10 * LEAST)
    assert sections.waiting() == 7 * LEAST
    assert sections.held == 5 + 2 * LEAST + 10 * LEAST


def test_a_file_of_unknown_length_is_complete_when_its_connection_ends_well() -> None:
    sections = begun(total=None, edition=None)
    sections.claim(0, 1000)
    assert not sections.finish()
    assert sections.end(0)
    assert sections.finish()
    assert not begun().end(0)


@given(st.lists(st.integers(-1, 3 * LEAST), max_size=80), st.randoms())
def test_every_byte_is_claimed_once(steps: list[int], random: object) -> None:
    """A negative step is a split, the others are bytes that come over one of the connections."""
    sections, claimed = begun(), {0: 0}
    for step in steps:
        if step < 0:
            if (start := sections.split()) is not None:
                claimed[start] = start
        else:
            start = random.choice(sorted(claimed))
            claimed[start] += sections.claim(start, step)
    bounds = [*sorted(claimed), TOTAL]
    assert [sections.stretch(start) for start in sorted(claimed)] == [
        (claimed[start], stop) for start, stop in itertools.pairwise(bounds)
    ]
    assert all(claimed[start] <= stop for start, stop in itertools.pairwise(bounds))
    assert sections.held == sum(reached - start for start, reached in claimed.items())
