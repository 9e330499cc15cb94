"""Pages from a service that lies: whatever it says, nothing is read forever and nothing is lost in silence."""

from __future__ import annotations

from datetime import date, timedelta
from typing import TYPE_CHECKING

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from m2msync.core.errors import M2MSyncError, Refused, ServiceTrouble
from m2msync.core.model import DateRange, Image
from m2msync.m2m.pages import FIRST_DAY, Limits, Page, read_all

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

LIMITS = Limits(page=5, records=20, calls=400)
TODAY = date(2026, 11, 22)
ALWAYS = DateRange()


def image(name: object) -> Image:
    return Image("d", f"{name}", f"{name}")


def ids(images: tuple[Image, ...]) -> list[str]:
    return [i.entity_id for i in images]


def holds(days: DateRange, day: date) -> bool:
    return (days.start or date.min) <= day <= (days.end or date.max)


class Archive:
    """Images by day, served as M2M serves them, with every call remembered."""

    def __init__(self, per_day: Mapping[date, int]) -> None:
        self.held = {day: [image(f"{day}#{n}") for n in range(count)] for day, count in per_day.items()}
        self.calls: list[tuple[DateRange, int]] = []

    def ask(self, days: DateRange, start: int) -> Page:
        self.calls.append((days, start))
        hits = self.hits(days)
        page = hits[start - 1 : start - 1 + LIMITS.page]
        return Page(tuple(page), len(page), len(hits))

    def hits(self, days: DateRange) -> list[Image]:
        newest_first = sorted(self.held, reverse=True)
        return [i for day in newest_first if holds(days, day) for i in self.held[day]]

    @property
    def ids(self) -> set[str]:
        return {i.entity_id for images in self.held.values() for i in images}


DAYS = st.dates(date(1960, 1, 1), date(2026, 11, 22))
ARCHIVES = st.dictionaries(DAYS, st.integers(0, LIMITS.records), max_size=8)


@given(ARCHIVES, st.none() | DAYS, st.none() | DAYS)
def test_every_image_of_the_days_is_read_once(
    per_day: dict[date, int], start: date | None, end: date | None
) -> None:
    if start and end and start > end:
        start, end = end, start
    wanted = {d: n for d, n in per_day.items() if holds(DateRange(start, end), d)}
    early = sum(n for d, n in wanted.items() if d <= FIRST_DAY)
    if start is None and early > LIMITS.records:
        return  # told apart below
    archive = Archive(per_day)
    read = ids(read_all("d", archive.ask, DateRange(start, end), TODAY, LIMITS).images)
    assert len(read) == len(set(read))
    assert set(read) == Archive(wanted).ids
    assert len(archive.calls) == len(set(archive.calls))


SPANS = st.tuples(st.none() | DAYS, st.none() | DAYS).filter(lambda ends: not all(ends) or ends[0] <= ends[1])


@given(SPANS, st.sets(DAYS, min_size=1, max_size=30))
def test_splitting_covers_every_day_exactly_once(ends: tuple[date | None, date | None], days: set[date]) -> None:
    """Whatever is split, the spans that were read to their end hold every day of the range, and none twice."""
    days |= {FIRST_DAY + timedelta(n * 2000) for n in range(10)}
    span = DateRange(*ends)
    archive = Archive(dict.fromkeys(days, 3))
    try:
        read_all("d", archive.ask, span, TODAY, LIMITS)
    except Refused:
        return  # too many before 1972
    read_spans = [s for s, start in archive.calls if start == 1 and len(archive.hits(s)) <= LIMITS.records]
    for probe in {*days, *ends, FIRST_DAY, TODAY, date(1900, 1, 1), date(2100, 1, 1)} - {None}:
        assert sum(holds(s, probe) for s in read_spans) == holds(span, probe)


@pytest.mark.parametrize(
    ("days", "crowded", "told"),
    [
        (ALWAYS, date(2020, 2, 29), "on 2020-02-29 alone"),
        (DateRange(end=date(2021, 1, 1)), date(2020, 2, 29), "on 2020-02-29 alone"),
        (DateRange(date(2020, 2, 29), date(2020, 2, 29)), date(2020, 2, 29), "on 2020-02-29 alone"),
        (ALWAYS, TODAY, "since 2026-11-22"),
        (ALWAYS, TODAY + timedelta(days=3), "since 2026-11-22"),
        (ALWAYS, date(1965, 1, 1), "until 1972-07-23"),
        (DateRange(start=TODAY + timedelta(days=1)), TODAY + timedelta(days=1), "since 2026-11-23"),
    ],
)
def test_a_crowded_day_is_refused_soon(days: DateRange, crowded: date, told: str) -> None:
    archive = Archive({crowded: LIMITS.records + 1, date(1999, 1, 1): 1})
    with pytest.raises(Refused, match=told) as caught:
        read_all("d", archive.ask, days, TODAY, LIMITS)
    assert "narrow the region" in caught.value.hint
    assert len(archive.calls) <= 40


LIES = st.fixed_dictionaries(
    {
        "names": st.lists(st.integers(0, 40), max_size=7),
        "illegible": st.integers(0, 2),
        "total": st.none() | st.integers(-3, 60),
        "approximate": st.booleans(),
    }
)


@settings(max_examples=300)
@given(st.lists(LIES, min_size=1, max_size=30), st.booleans())
def test_a_lying_service_is_not_asked_forever(script: list[dict], again: bool) -> None:
    """Whatever it says in every field: an end, within bounds, with all that was told, or trouble."""
    told: set[str] = set()
    calls: list[tuple[DateRange, int]] = []

    def ask(days: DateRange, start: int) -> Page:
        calls.append((days, start))
        lie = script[(len(calls) - 1) % len(script) if again else min(len(calls), len(script)) - 1]
        names = [f"{name}" for name in lie["names"]]
        told.update(names)
        length = len(names) + lie["illegible"]
        return Page(tuple(image(n) for n in names), length, lie["total"], lie["approximate"])

    try:
        read = ids(read_all("d", ask, ALWAYS, TODAY, LIMITS).images)
    except M2MSyncError as error:
        assert error.hint  # noqa: PT017
        assert isinstance(error, ServiceTrouble | Refused)  # noqa: PT017
    else:
        assert len(read) == len(set(read))
        assert set(read) <= told
    assert len(calls) <= LIMITS.calls
    assert max(map(calls.count, calls)) <= 3  # what brought nothing is asked for again, and what lacks once more


def honest_but(count: int, change: Callable[[int, Page], Page]) -> Callable[[DateRange, int], Page]:
    """Return a service that holds `count` images and tells `change` of each page, by its number from 1."""
    calls = []

    def ask(days: DateRange, start: int) -> Page:
        calls.append(start)
        page = tuple(image(n) for n in range(start, min(start + LIMITS.page, count + 1)))
        return change(len(calls), Page(page, len(page), count))

    return ask


def read(ask: Callable[[DateRange, int], Page]) -> list[str]:
    return ids(read_all("d", ask, ALWAYS, TODAY, LIMITS).images)


@given(st.integers(0, LIMITS.records), st.lists(st.integers(-2, 2), min_size=5, max_size=5))
def test_totals_that_change_lose_nothing_that_was_served(count: int, changes: list[int]) -> None:
    """The total of a page may be a little off, but not what the last page before the end says."""
    last = -(-count // LIMITS.page)

    def change(number: int, page: Page) -> Page:
        off = changes[number - 1] if number < last else 0
        low = (number * LIMITS.page) + 1  # an honest service has more than what it has served
        return Page(page.images, page.length, max(low, count + off) if number < last else count)

    assert read(honest_but(count, change)) == [f"{n}" for n in range(1, count + 1)]


@given(st.integers(0, 10), st.lists(st.integers(0, 2), min_size=8, max_size=8))
def test_images_that_arrive_while_we_read_push_none_out(count: int, arrivals: list[int]) -> None:
    """The newest come first, so that each arrival moves one image that was read onto the next page."""
    held = [f"old{n}" for n in range(count)]
    coming = iter(arrivals)

    def ask(days: DateRange, start: int) -> Page:
        page = [image(name) for name in held[start - 1 : start - 1 + LIMITS.page]]
        told = Page(tuple(page), len(page), len(held))
        held[:0] = [f"new{len(held)}-{n}" for n in range(next(coming))]
        return told

    assert {f"old{n}" for n in range(count)} <= set(read(ask))


def test_an_endless_service_is_left() -> None:
    numbers = iter(range(10**6))

    def ask(days: DateRange, start: int) -> Page:
        return Page((image(next(numbers)),), 1, 20 if days.start == days.end else 21)

    with pytest.raises(ServiceTrouble, match="comes to no end"):
        read_all("d", ask, DateRange(date(1990, 1, 1), TODAY), TODAY, LIMITS)
    assert next(numbers) == LIMITS.calls


def test_an_endless_service_that_counts_nothing_is_left() -> None:
    numbers = iter(range(10**6))

    def ask(days: DateRange, start: int) -> Page:
        return Page(tuple(image(next(numbers)) for _ in range(LIMITS.page)), LIMITS.page)

    with pytest.raises(Refused, match="more than 20 images"):
        read(ask)


def test_a_total_below_what_came_does_not_end_full_pages() -> None:
    assert len(read(honest_but(13, lambda _, page: Page(page.images, page.length, 1)))) == 13


def test_a_total_that_may_be_wrong_does_not_end_full_pages() -> None:
    def about(number: int, page: Page) -> Page:
        return Page(page.images, page.length, number * LIMITS.page, approximate=True)

    assert len(read(honest_but(13, about))) == 13


def test_illegible_records_are_counted_as_received() -> None:
    def blind(number: int, page: Page) -> Page:
        return Page(page.images[:2] if number == 1 else page.images, page.length, page.total)

    hits = read_all("d", honest_but(12, blind), ALWAYS, TODAY, LIMITS)
    assert ids(hits.images) == ["1", "2", *(f"{n}" for n in range(6, 13))]
    assert hits.lack == "M2M returns images of d that cannot be read"


def test_a_wholly_illegible_page_is_passed_over() -> None:
    def blind(number: int, page: Page) -> Page:
        return Page(() if number == 2 else page.images, page.length, page.total)

    assert read(honest_but(12, blind)) == ["1", "2", "3", "4", "5", "11", "12"]


def test_pages_that_repeat_a_record_hide_none() -> None:
    """Each page but the first begins with the last record of the page before, and the total counts each once."""
    names = [image(n) for n in range(10)]

    def ask(_: DateRange, start: int) -> Page:
        page = names[max(0, start - 2) :][: LIMITS.page]
        return Page(tuple(page), len(page), len(names))

    assert ids(read_all("d", ask, ALWAYS, TODAY, LIMITS).images) == ids(tuple(names))


def test_images_that_are_there_twice_are_no_trouble() -> None:
    names = [image(n // 2) for n in range(12)]

    def ask(_: DateRange, start: int) -> Page:
        page = names[start - 1 :][: LIMITS.page]
        return Page(tuple(page), len(page), len(names))

    assert ids(read_all("d", ask, ALWAYS, TODAY, LIMITS).images) == ids(tuple(names[::2]))


def test_a_total_that_is_too_high_is_told_and_ends_no_search() -> None:
    ask = honest_but(7, lambda _, page: Page(page.images, page.length, 9))
    hits = read_all("d", ask, ALWAYS, TODAY, LIMITS)
    assert len(hits.images) == 7
    assert hits.lack == "M2M promises more images of d than the 7 it returns"


def test_a_full_page_after_which_nothing_comes_is_trouble() -> None:
    ask = honest_but(2 * LIMITS.page, lambda _, page: Page(page.images, page.length, 19))
    with pytest.raises(ServiceTrouble, match="promises more images of d than the 10 it returns"):
        read(ask)
