"""What a manifest asks of images, in the terms of M2M's SceneFilter (api.md §9)."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING, Any

from m2msync.core.complement import others
from m2msync.core.errors import Problem
from m2msync.core.fields import Misfits, between, bounded, equal, find, misfit, need
from m2msync.core.model import AnyOf, Box, Word

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Sequence

    from m2msync.core.fields import Field
    from m2msync.core.model import Condition, DateRange, Filters, Region, Ring

    Wanted = dict[str, Any]


def scene_filter(where: Box | Ring | None, filters: Filters, metadata: Wanted | None = None) -> Wanted:
    """Return the filters as M2M's SceneFilter.

    Args:
        where: in which box or outline, unless the metadata say it.
        filters: what images must satisfy.
        metadata: what `metadata_filter` made of their conditions and of the region's cells.
    """
    wanted: Wanted = {}
    if where:
        wanted["spatialFilter"] = _spatial(where)
    if filters.acquired:
        wanted = taken(wanted, filters.acquired)
    if filters.ingested:
        wanted["ingestFilter"] = _range(filters.ingested)
    if filters.cloud_cover:
        clouds = filters.cloud_cover
        wanted["cloudCoverFilter"] = {
            "min": clouds.minimum,
            "max": clouds.maximum,
            "includeUnknown": clouds.include_unknown,
        }
    if filters.months:
        wanted["seasonalFilter"] = list(filters.months)
    if metadata:
        wanted["metadataFilter"] = metadata
    return wanted


def _spatial(where: Box | Ring) -> Wanted:
    if not isinstance(where, Box):
        # Nested lists of [longitude, latitude], whatever the documentation says (api.md §14).
        corners = [[longitude, latitude] for longitude, latitude in where]
        return {"filterType": "geojson", "geoJson": {"type": "Polygon", "coordinates": [corners]}}
    return {
        "filterType": "mbr",
        "lowerLeft": {"latitude": where.south, "longitude": where.west},
        "upperRight": {"latitude": where.north, "longitude": where.east},
    }


def taken(wanted: Wanted, days: DateRange) -> Wanted:
    """Return a SceneFilter for images taken on some days and no others."""
    return wanted | ({"acquisitionFilter": _range(days)} if days.start or days.end else {})


def metadata_filter(
    dataset: str, fields: Sequence[Field], region: Region, conditions: Iterable[Condition | AnyOf]
) -> Wanted:
    """Return the MetadataFilter for the cells of a region and the conditions on its images; one of both there is.

    Args:
        dataset: the dataset's alias, for messages.
        fields: what it can be filtered by.
        region: where; its boxes and outlines are no matter of metadata.
        conditions: what else must hold.

    Raises:
        Misfits: with everything the dataset cannot meet.
    """
    makers = [partial(_rule, dataset, fields, condition) for condition in conditions]
    if region.cells:
        makers.insert(0, partial(_cells, dataset, fields, region))
    return _joined("and", _all(makers))


def _rule(dataset: str, fields: Sequence[Field], rule: Condition | AnyOf) -> Wanted:
    if isinstance(rule, AnyOf):
        return _joined("or", _all(partial(_group, dataset, fields, group) for group in rule.groups))
    return _condition(dataset, fields, rule)


def _group(dataset: str, fields: Sequence[Field], group: Iterable[Condition | AnyOf]) -> Wanted:
    return _joined("and", _all(partial(_rule, dataset, fields, rule) for rule in group))


def _cells(dataset: str, fields: Sequence[Field], region: Region) -> Wanted:
    path, row = find(fields, "WRS_PATH"), find(fields, "WRS_ROW")
    if not path or not row:
        message = f"{dataset} knows no path and row, by which the region {region.name} is defined"
        raise Misfits([Problem(*region.spot, message, "give it a region of bbox, point, file or csv")])
    cells = [[equal(path, Word(str(cell[0]))), equal(row, Word(str(cell[1])))] for cell in region.cells]
    return _joined("or", [_joined("and", cell) for cell in cells])


def _condition(dataset: str, fields: Sequence[Field], condition: Condition) -> Wanted:
    field = need(dataset, fields, condition.name)
    if condition.kind == "any":
        return _joined("or", _all(partial(equal, field, word) for word in condition.values))
    if condition.kind == "not":
        return _joined("or", others(field, condition.values))
    if field.kind != "Range":
        raise misfit(condition.name, f"{field.label} has no {condition.kind}", "write a value, or any: [...]")
    if condition.kind == "between":
        return between(field, *condition.values)
    (end,) = condition.values
    return bounded(field, end, None) if condition.kind == "min" else bounded(field, None, end)


def _all(makers: Iterable[Callable[[], Wanted]]) -> list[Wanted]:
    """Return what each of `makers` makes, or raise everything that is wrong with any."""
    made: list[Wanted] = []
    problems: dict[Problem, None] = {}
    for make in makers:
        try:
            made.append(make())
        except Misfits as misfits:
            problems |= dict.fromkeys(misfits.problems)
    if problems:
        raise Misfits(problems)
    return made


def _joined(kind: str, children: list[Wanted]) -> Wanted:
    return children[0] if len(children) == 1 else {"filterType": kind, "childFilters": children}


def _range(days: DateRange) -> dict[str, str]:
    ends = {"start": days.start, "end": days.end}
    return {name: day.isoformat() for name, day in ends.items() if day}
