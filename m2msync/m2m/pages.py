"""All records of a search, page by page, whatever M2M says about their number.

The pages' own word on where the next one begins is never taken: on the last page it names a record that was already
returned (api.md §7.1). What counts is how many came.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import date, timedelta
from functools import partial
from itertools import count
from typing import TYPE_CHECKING, NamedTuple

from m2msync.core.errors import Refused, ServiceTrouble
from m2msync.core.model import DateRange

if TYPE_CHECKING:
    from m2msync.core.model import Image

FIRST_DAY = date(1972, 7, 23)
"""The day Landsat 1 was launched; where days are open at the start, halving them begins here."""


@dataclass(frozen=True, slots=True)
class Page:
    """One answer of scene-search."""

    images: tuple[Image, ...]
    """Those of its records that can be understood."""
    length: int
    """How many records it has."""
    total: int | None = None
    """How many there are to the whole search, as M2M tells it now."""
    approximate: bool = False
    """Whether M2M says that `total` may be wrong."""


class Hits(NamedTuple):
    """What a search has found."""

    images: tuple[Image, ...]
    """Each once."""
    lack: str
    """That M2M counts more than it returned, or that some cannot be read; empty when all came."""


Ask = Callable[[DateRange, int], Page]
"""Searches some days and returns the page that begins with a record, counting from 1."""


@dataclass(frozen=True, slots=True)
class Limits:
    """How much is asked."""

    page: int = 2000
    """Records a page: big enough to need few calls, small enough to stay far below 200 MB once parsed."""
    records: int = 50_000
    """Records of one search; more are split by date (api.md §4.3)."""
    calls: int = 10_000
    """Calls for one area; the whole archive of a Landsat takes some 3,000."""


_ADVICE = "Nothing is lost; run the same command again later."


class _TooMany(Exception):
    """More records than one search should be paged through for."""


def read_all(
    what: str,
    ask: Ask,
    days: DateRange,
    today: date,
    limits: Limits = Limits(),
) -> Hits:
    """Return every image of a search, each once, splitting the search by date when it finds too many.

    Args:
        what: is searched, for messages.
        ask: makes one call.
        days: when the images were taken.
        today: where days without an end are taken to end when they are halved.
        limits: how much is asked.

    Raises:
        Refused: a single day has too many images.
        ServiceTrouble: pages do not hold what they promise, or there is no end of them.
    """
    calls = count(1)

    def counted(span: DateRange, start: int) -> Page:
        if next(calls) > limits.calls:
            raise ServiceTrouble(f"M2M comes to no end with the search of {what}", hint=_ADVICE)
        page = ask(span, start)
        if (page.total or 0) > limits.records:
            raise _TooMany
        return page

    found: dict[tuple[str, str], Image] = {}
    lack = ""
    spans = [days]
    while spans:
        span = spans.pop()
        try:
            images, lacking = _read(what, partial(counted, span), limits)
        except _TooMany:
            spans += reversed(_halves(what, span, today, limits))
        else:
            found |= images
            lack = lack or lacking
    return Hits(tuple(found.values()), lack)


def _halves(what: str, days: DateRange, today: date, limits: Limits) -> tuple[DateRange, DateRange]:
    """Return two ranges that hold each day of `days` once; an open end stays open."""
    start, end = days.start or FIRST_DAY, days.end or today
    if start >= end:
        raise _crowded(what, days, limits)
    middle = start + timedelta(days=(end - start).days // 2)
    return DateRange(days.start, middle), DateRange(middle + timedelta(days=1), days.end)


def _crowded(what: str, days: DateRange, limits: Limits) -> Refused:
    when = f"on {days.start} alone" if days.end else f"since {days.start}"
    return Refused(
        f"M2M has more than {limits.records:,} images of {what} {when if days.start else f'until {days.end}'}",
        hint="narrow the region, or filter by more than days; `acquired` may need a start",
    )


def _read(what: str, ask: Callable[[int], Page], limits: Limits) -> tuple[dict[tuple[str, str], Image], str]:
    """Return the images of all pages, and what lacks; one just processed anew may have two display ids."""
    found: dict[tuple[str, str], Image] = {}
    received, illegible, again, back = 0, 0, False, False
    ends = False  # whether the last page that brought something had room for more
    totals: set[int | None] = set()
    while True:
        page = ask(received + 1)
        totals.add(page.total)
        known = len(found)
        found |= {(image.entity_id, image.display_id): image for image in page.images}
        if len(found) == known and page.length == len(page.images):  # nothing new, not even something illegible
            if back or page.approximate or not _promises(page, received, limits):
                return found, _unread(what, illegible)
            if again:
                return found, _lack(what, known, over=ends and not page.length)
            again = True
            continue
        ends = page.length < limits.page
        received, again, illegible = received + page.length, False, illegible + page.length - len(page.images)
        if not _promises(page, received, limits):
            if len(found) + illegible == received or back or len(totals) > 1:
                return found, _unread(what, illegible)
            # As many came as there were all the time, but some came twice, and others may not have come for that.
            received, back = len(found) + illegible, True
        if received >= limits.records:
            raise _TooMany


def _unread(what: str, illegible: int) -> str:
    return f"M2M returns images of {what} that cannot be read" if illegible else ""


def _lack(what: str, known: int, *, over: bool) -> str:
    """Return what M2M owes; unless it came to an end (api.md §7.1: a page is empty) that is trouble."""
    told = f"M2M promises more images of {what} than the {known} it returns"
    if not over:
        raise ServiceTrouble(told, hint=_ADVICE)
    return told


def _promises(page: Page, received: int, limits: Limits) -> bool:
    """Whether there are more records than were received; a total that is less, or may be wrong, tells nothing."""
    if page.total is None or page.total < received + page.approximate:
        return page.length >= limits.page
    return page.total > received
