"""Months, seasons and years, each of which may have images of its own."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    from datetime import date

    from m2msync.core.model import Per

SEASONS = ("DJF", "MAM", "JJA", "SON")
"""By their months, as what is winter in the north is summer in the south."""


class Period(NamedTuple):
    """A year, or one of its months (1 to 12) or seasons (0 to 3)."""

    year: int
    part: int = 0


def period_of(day: date | None, per: Per | None) -> Period | None:
    """Return the period a day lies in; the December of DJF belongs to the season of the year that follows.

    None without a day, and without `per`, when time is not divided.
    """
    if day is None or per is None:
        return None
    if per == "month":
        return Period(day.year, day.month)
    if per == "year":
        return Period(day.year)
    return Period(day.year + day.month // 12, day.month % 12 // 3)


def called(period: Period | None, per: Per) -> str:
    """Return what people call a period: `2022`, `2022-06` or `DJF 2023`."""
    if period is None:
        return "no known date"
    if per == "month":
        return f"{period.year}-{period.part:02}"
    return f"{period.year}" if per == "year" else f"{SEASONS[period.part]} {period.year}"
