"""What a scene-search asks for: the SceneFilter of api.md §9, read into values."""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import date, datetime
from typing import TYPE_CHECKING, Any

from m2msync.sandbox.errors import invalid
from m2msync.sandbox.world.geometry import Area, area_of
from m2msync.sandbox.world.parameters import list_of, number_of, object_of

if TYPE_CHECKING:
    from collections.abc import Sequence

    from m2msync.sandbox.world.catalogue import Dataset
    from m2msync.sandbox.world.filters import Filter

Days = tuple[date, date]
Reach = tuple[set[int] | None, set[int] | None, Days]
"""Paths, rows and days that may match; None is all of them."""
ALL_DAYS: Days = (date(1900, 1, 1), date(2100, 1, 1))

EMPTY: tuple[object, ...] = (None, {}, [], "")
"""What stands for a filter that is not asked."""

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


def query_of(dataset: Dataset, scene_filter: object) -> Query:
    """Read a SceneFilter, every part of which may be missing, null or empty."""
    given = {name: value for name, value in object_of(scene_filter, "sceneFilter").items() if value not in EMPTY}
    return Query(
        area=area_of(object_of(given["spatialFilter"], "spatialFilter")) if "spatialFilter" in given else None,
        acquired=days_of(given.get("acquisitionFilter"), "acquisitionFilter"),
        ingested=days_of(given["ingestFilter"], "ingestFilter") if "ingestFilter" in given else None,
        months=_months(given["seasonalFilter"]) if "seasonalFilter" in given else None,
        clouds=_clouds(given["cloudCoverFilter"]) if "cloudCoverFilter" in given else None,
        condition=_condition(dataset, given["metadataFilter"]) if "metadataFilter" in given else None,
    )


def days_of(given: object, parameter: str) -> Days:
    """Read {start, end}, of which clients may send only one; the time of day is ignored (api.md §7.1)."""
    span = object_of(given, parameter)
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


def _months(given: object) -> frozenset[int]:
    months = frozenset(number_of(month, "seasonalFilter") for month in list_of(given, "seasonalFilter"))
    if not months <= set(range(1, 13)):
        raise invalid("seasonalFilter", "months are numbers from 1 to 12")
    return frozenset(map(int, months))


def _clouds(given: object) -> Clouds:
    asked = object_of(given, "cloudCoverFilter")
    low, high = (
        default if asked.get(name) is None else number_of(asked[name], "cloudCoverFilter")
        for name, default in (("min", 0), ("max", 100))
    )
    return Clouds(low, high, bool(asked.get("includeUnknown")))


def _condition(dataset: Dataset, value: object) -> Condition:
    given = object_of(value, "metadataFilter")
    kind = str(given.get("filterType")).lower()
    if kind in {"and", "or"}:
        children = list_of(given.get("childFilters"), "metadataFilter")
        return Branch(kind == "and", tuple(_condition(dataset, child) for child in children))
    if kind not in {"value", "between"}:
        raise invalid("metadataFilter", f"unknown filterType {given.get('filterType')!r}")
    known = {f.id: f for f in dataset.filters}
    if (wanted := known.get(str(given.get("filterId")))) is None:
        raise invalid("metadataFilter", f"filter {given.get('filterId')!r} does not belong to {dataset.alias}")
    return _leaf(wanted, given, ranged=kind == "between")


def _leaf(wanted: Filter, given: dict[str, Any], *, ranged: bool) -> Leaf:
    if wanted.kind != "Range":
        if ranged:
            raise invalid("metadataFilter", f"{wanted.label!r} has no range")
        return Leaf(wanted, str(given.get("value", "")).upper())
    low, high = ("firstValue", "secondValue") if ranged else ("value", "value")
    return Leaf(wanted, None, _bound(given.get(low)), _bound(given.get(high)))


def _bound(value: object) -> float:
    """Return a number, a numeric string, or the ordinal of a date written YYYY/MM/DD."""
    if day := day_of(str(value).replace("-", "/"), "%Y/%m/%d"):
        return day.toordinal()
    return number_of(value, "metadataFilter")
