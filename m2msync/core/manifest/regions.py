"""The regions of a manifest by name: boxes, points, cells, places, the rows of tables and the areas of files."""

from __future__ import annotations

import unicodedata
from collections.abc import Callable
from dataclasses import dataclass, replace
from functools import partial
from typing import TYPE_CHECKING, Any, TypeAlias

from m2msync.core.manifest.boxes import around, bbox, circle
from m2msync.core.manifest.cells import wrs2_cell
from m2msync.core.manifest.layout import check_name
from m2msync.core.manifest.tables import Table, read_rows
from m2msync.core.model import Place, Polygon, Region
from m2msync.core.wording import Unfit, listed, shown

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    from m2msync.core.manifest.findings import Findings

ReadTable: TypeAlias = Callable[[str], Table]
"""Reads the table a manifest names; raises Unfit when it cannot."""
ReadAreas: TypeAlias = Callable[[str, float | None], tuple[Polygon, ...]]
"""Reads the areas in a file a manifest names, so many kilometres around points; raises Unfit when it cannot."""

ReadFeatures: TypeAlias = Callable[
    [str, str, float | None], "Iterable[tuple[str, tuple[str, tuple[Polygon, ...]] | Unfit]]"
]
"""Reads where each feature of a file stands, with its name from a column and its areas; raises Unfit likewise."""

KINDS = ("csv", "bbox", "point", "path_row", "file", "place")
"""What a region can be; it is exactly one of them."""
_MOST_FAULTS = 10


@dataclass(frozen=True, slots=True)
class Readers:
    """How the files are read that a manifest names."""

    table: ReadTable
    areas: ReadAreas
    features: ReadFeatures


def gather(findings: Findings, readers: Readers) -> dict[str, tuple[Region, ...]]:
    """Return the regions each name of the manifest stands for, noting those that cannot be.

    A table's key stands for all its rows, and each row has a name of its own as well; so have a file's features.
    """
    definitions = findings.document.value.get("regions")
    keys = list(definitions) if isinstance(definitions, dict) else []
    sound = {key: findings.sound(("regions", key)) for key in keys}
    names = _Names()
    for key in keys:
        findings.attempt(("regions", key), partial(names.claim, key, f"the region {key}"), at_key=True)
    named: dict[str, tuple[Region, ...]] = {}
    for key, definition in sound.items():
        if definition and "csv" in definition:
            named[key] = _rows(findings, names, key, "csv", partial(_in_table, key, definition, readers.table))
            _refuse_exact_cells(findings, key, definition, named[key])
        elif definition and "each" in definition:
            named[key] = _rows(findings, names, key, "file", partial(_in_file, definition, readers.features))
        else:
            named[key] = _area(findings, key, definition, readers.areas) if definition else ()
    rows = {region.name: (region,) for regions in named.values() for region in regions}
    return rows | named


def _area(findings: Findings, key: str, definition: Mapping[str, Any], read_areas: ReadAreas) -> tuple[Region, ...]:
    kind = next((kind for kind in KINDS if kind in definition), None)
    if kind is None:
        findings.add(("regions", key), f"{key} does not say where it is", f"add {listed(KINDS)}", at_key=True)
        return ()
    if kind == "path_row":
        return _cells(findings, key, definition["path_row"])
    place = ("regions", key, kind)
    makers: dict[str, Callable[[Region, Mapping[str, Any]], Region]] = {
        "bbox": _box,
        "point": _point,
        "file": partial(_drawn, read_areas),
        "place": _named,
    }
    plain = Region(key, exact=definition.get("exact", False), spot=findings.spot(place))
    region = findings.attempt(place, partial(makers[kind], plain, definition))
    return (region,) if region else ()


def _box(region: Region, definition: Mapping[str, Any]) -> Region:
    return replace(region, boxes=bbox(*(float(number) for number in definition["bbox"])))


def _point(region: Region, definition: Mapping[str, Any]) -> Region:
    longitude, latitude = (float(number) for number in definition["point"])
    return near(region, longitude, latitude, float(definition.get("buffer_km", 0)))


def _drawn(read_areas: ReadAreas, region: Region, definition: Mapping[str, Any]) -> Region:
    kilometres = definition.get("buffer_km")
    areas = read_areas(definition["file"], None if kilometres is None else float(kilometres))
    return replace(region, polygons=areas)


def _named(region: Region, definition: Mapping[str, Any]) -> Region:
    name = " ".join(definition["place"].split())
    return replace(region, place=Place(name, float(definition.get("buffer_km", 0))))


def near(region: Region, longitude: float, latitude: float, kilometres: float) -> Region:
    """Return a region that lies around a point; an exact one is the circle, not only the box around it.

    Raises:
        Unfit: a coordinate is out of range.
    """
    boxes = around(longitude, latitude, kilometres)
    exactly = region.exact and kilometres > 0
    return replace(region, boxes=boxes, polygons=circle(longitude, latitude, kilometres) if exactly else ())


def _cells(findings: Findings, key: str, written: Sequence[str]) -> tuple[Region, ...]:
    place = ("regions", key, "path_row")
    cells: list[tuple[int, int]] = []
    for index, text in enumerate(written):
        cell = findings.attempt((*place, index), partial(wrs2_cell, text, cells))
        if cell:
            cells.append(cell)
    return (Region(key, cells=tuple(cells), spot=findings.spot(place, at_key=True)),)


def _in_table(key: str, definition: Mapping[str, Any], read_table: ReadTable) -> list[tuple[str, Region | Unfit]]:
    file = definition["csv"]
    rows = read_rows(key, file, read_table(file), definition.get("columns", {}))
    return [(f"line {line} of {file}", row) for line, row in rows]


def _in_file(definition: Mapping[str, Any], read_features: ReadFeatures) -> list[tuple[str, Region | Unfit]]:
    kilometres = definition.get("buffer_km")
    features = read_features(
        definition["file"], definition["each"], None if kilometres is None else float(kilometres)
    )
    return [(at, one if isinstance(one, Unfit) else Region(one[0], polygons=one[1])) for at, one in features]


def _rows(
    findings: Findings,
    names: _Names,
    key: str,
    kind: str,
    read: Callable[[], list[tuple[str, Region | Unfit]]],
) -> tuple[Region, ...]:
    """Return the regions of a table or file; one may be called like the table, which is no region itself."""
    place, exact = ("regions", key, kind), findings.at(("regions", key)).get("exact", False)
    names.owners.pop(_folded(key), None)
    rows = findings.attempt(place, read)
    regions: list[Region] = []
    for number, (where, row) in enumerate(rows or ()):
        region = findings.attempt(place, partial(names.admit, row, where))
        if region:
            regions.append(replace(region, exact=exact, spot=findings.spot(place)))
        elif number - len(regions) + 1 == _MOST_FAULTS:
            findings.add(place, f"what follows {where} is not checked yet", "correct these rows first")
            break
    names.owners.setdefault(_folded(key), (key, f"the region {key}"))
    return tuple(regions)


def _refuse_exact_cells(
    findings: Findings, key: str, definition: Mapping[str, Any], regions: Sequence[Region]
) -> None:
    if definition.get("exact") and any(region.cells for region in regions):
        told = f"exact is for areas, and {definition['csv']} holds cells"
        findings.add(("regions", key, "exact"), told, "leave exact out: cells are exact anyway", at_key=True)


class _Names:
    """Who is called what; names that differ only in case would share a folder on many systems."""

    def __init__(self) -> None:
        self.owners: dict[str, tuple[str, str]] = {}

    def claim(self, name: str, owner: str) -> None:
        """Give a name to its owner; raise Unfit when another has it, or when no folder can."""
        check_name(name)
        if _folded(name) in self.owners:
            taken, by = self.owners[_folded(name)]
            case = "" if taken == name else f" (as {shown(taken)}, and upper and lower case do not count)"
            raise Unfit(f"the name {shown(name)} is taken by {by}{case}", "choose another")
        self.owners[_folded(name)] = name, owner

    def admit(self, row: Region | Unfit, where: str) -> Region:
        """Return the region of a row once it has its name; raise Unfit, saying where, when it has none."""
        try:
            if isinstance(row, Unfit):
                raise row
            self.claim(row.name, where)
        except Unfit as unfit:
            raise Unfit(f"{where}: {unfit.message}", unfit.hint) from None
        return row


def _folded(name: str) -> str:
    return unicodedata.normalize("NFC", name).casefold()
