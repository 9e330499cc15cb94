"""What a scene-search asks for: the SceneFilter of api.md §9, read into values."""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import date, datetime
from typing import TYPE_CHECKING, Any

from m2msync.sandbox.errors import invalid
from m2msync.sandbox.geometry import Area, area_of

if TYPE_CHECKING:
    from collections.abc import Sequence

    from m2msync.sandbox.catalogue import Dataset
    from m2msync.sandbox.filters import Filter

Days = tuple[date, date]
Reach = tuple[set[int] | None, set[int] | None, Days]
"""Paths, rows and days that may match; None is all of them."""
ALL_DAYS: Days = (date(1900, 1, 1), date(2100, 1, 1))

_SCENE_ID = re.compile(r"L[A-Z]\d(\d{3})(\d{3})(\d{7})")
_PRODUCT_ID = re.compile(r"L[A-Z]\d\d_L\w{3}_(\d{3})(\d{3})_(\d{8})_")


@dataclass(frozen=True, slots=True)
class Clouds:
    """Cloud cover wanted, in percent, both ends included."""

    low: float
    high: float
    unknown: bool


@dataclass(frozen=True, slots=True)
class Leaf:
    """One condition on one filter: text to find, or a range of numbers or dates (as ordinals)."""

    filter: Filter
    text: str | None
    low: float = 0
    high: float = 0


@dataclass(frozen=True, slots=True)
class Branch:
    """Conditions joined by "and" or "or"."""

    every: bool
    children: tuple[Condition, ...]


Condition = Leaf | Branch


@dataclass(frozen=True, slots=True)
class Query:
    """A read SceneFilter; None means: not asked."""

    area: Area | None = None
    acquired: Days = ALL_DAYS
    ingested: Days | None = None
    months: frozenset[int] | None = None
    clouds: Clouds | None = None
    condition: Condition | None = None


def query_of(dataset: Dataset, scene_filter: dict[str, Any] | None) -> Query:
    """Read a SceneFilter, every part of which may be missing or null."""
    given = {name: value for name, value in (scene_filter or {}).items() if value is not None}
    return Query(
        area=area_of(given["spatialFilter"]) if given.get("spatialFilter") else None,
        acquired=days_of(given.get("acquisitionFilter"), "acquisitionFilter"),
        ingested=days_of(given["ingestFilter"], "ingestFilter") if given.get("ingestFilter") else None,
        months=_months(given["seasonalFilter"]) if given.get("seasonalFilter") else None,
        clouds=_clouds(given["cloudCoverFilter"]) if given.get("cloudCoverFilter") else None,
        condition=_condition(dataset, given["metadataFilter"]) if given.get("metadataFilter") else None,
    )


def days_of(span: dict[str, Any] | None, parameter: str) -> Days:
    """Read {start, end}, of which clients may send only one; the time of day is ignored (api.md §7.1)."""
    span = span or {}
    try:
        start, end = (date.fromisoformat(str(span[k])[:10]) if span.get(k) else None for k in ("start", "end"))
    except ValueError:
        raise invalid(parameter, "dates are written YYYY-MM-DD") from None
    return start or ALL_DAYS[0], end or ALL_DAYS[1]


def day_of(text: str, form: str) -> date | None:
    """Return the day in an identifier, if there is such a day."""
    try:
        return datetime.strptime(text, form).date()  # noqa: DTZ007 - a day has no time zone
    except ValueError:
        return None


def reach(condition: Condition | None) -> Reach:
    """Return the paths, rows and days a condition allows at most, so that a search need not look elsewhere."""
    if condition is None:
        return None, None, ALL_DAYS
    if isinstance(condition, Leaf):
        return _leaf_reach(condition)
    parts = [reach(child) for child in condition.children]
    join = _narrowest if condition.every else _widest
    days = [part[2] for part in parts] or [ALL_DAYS]
    starts, ends = [start for start, _ in days], [end for _, end in days]
    span = (max(starts), min(ends)) if condition.every else (min(starts), max(ends))
    return join([part[0] for part in parts]), join([part[1] for part in parts]), span


def _leaf_reach(leaf: Leaf) -> Reach:
    column = leaf.filter.column
    if leaf.text is None:
        whole = set(range(int(max(leaf.low, 0)), int(min(leaf.high, 999)) + 1))
        return (whole if column == "WRS_PATH" else None), (whole if column == "WRS_ROW" else None), ALL_DAYS
    if column == "ENTITY_ID" and (found := _SCENE_ID.search(leaf.text)):
        return _visit(found.groups(), "%Y%j")
    if column in {"EE_DISPLAY_ID", "LANDSAT_PRODUCT_ID_L1"} and (found := _PRODUCT_ID.search(leaf.text)):
        return _visit(found.groups(), "%Y%m%d")
    return None, None, ALL_DAYS


def _visit(parts: Sequence[str], form: str) -> Reach:
    day = day_of(parts[2], form)
    return {int(parts[0])}, {int(parts[1])}, (day, day) if day else (ALL_DAYS[1], ALL_DAYS[0])


def _narrowest(sets: list[set[int] | None]) -> set[int] | None:
    known = [s for s in sets if s is not None]
    return set.intersection(*known) if known else None


def _widest(sets: list[set[int] | None]) -> set[int] | None:
    known = [s for s in sets if s is not None]
    return set.union(*known) if known and len(known) == len(sets) else None


def _months(given: Any) -> frozenset[int]:
    try:
        return frozenset(int(month) for month in given)
    except (TypeError, ValueError):
        raise invalid("seasonalFilter", "months are numbers from 1 to 12") from None


def _clouds(given: dict[str, Any]) -> Clouds:
    low, high = given.get("min"), given.get("max")
    return Clouds(
        0 if low is None else float(low), 100 if high is None else float(high), bool(given.get("includeUnknown"))
    )


def _condition(dataset: Dataset, given: dict[str, Any]) -> Condition:
    kind = str(given.get("filterType")).lower()
    if kind in {"and", "or"}:
        children = tuple(_condition(dataset, child) for child in given.get("childFilters") or ())
        return Branch(kind == "and", children)
    if kind not in {"value", "between"}:
        raise invalid("metadataFilter", f"unknown filterType {given.get('filterType')!r}")
    known = {f.id: f for f in dataset.filters}
    if (wanted := known.get(str(given.get("filterId")))) is None:
        raise invalid("metadataFilter", f"filter {given.get('filterId')!r} does not belong to {dataset.alias}")
    if kind == "between":
        return Leaf(wanted, None, _number(given.get("firstValue")), _number(given.get("secondValue")))
    if wanted.kind == "Range":
        return Leaf(wanted, None, _number(given.get("value")), _number(given.get("value")))
    return Leaf(wanted, str(given.get("value", "")).upper())


def _number(value: Any) -> float:
    """Return a number, a numeric string, or the ordinal of a date written YYYY/MM/DD."""
    try:
        return float(value)
    except (TypeError, ValueError):
        pass  # not a number: a date, then
    if (day := day_of(str(value).replace("-", "/"), "%Y/%m/%d")) is None:
        raise invalid("metadataFilter", f"{value!r} is neither a number nor a date")
    return day.toordinal()
