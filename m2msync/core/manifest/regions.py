"""The regions of a manifest by name: boxes, points, cells, and the rows of tables."""

from __future__ import annotations

import unicodedata
from collections.abc import Callable
from functools import partial
from typing import TYPE_CHECKING, Any, TypeAlias

from m2msync.core.manifest.boxes import around, bbox
from m2msync.core.manifest.cells import wrs2_cell
from m2msync.core.manifest.layout import check_name
from m2msync.core.manifest.tables import Table, read_rows
from m2msync.core.model import Region
from m2msync.core.wording import Unfit, shown

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from m2msync.core.manifest.findings import Findings

ReadTable: TypeAlias = Callable[[str], Table]
"""Reads the table a manifest names; raises Unfit when it cannot."""

_MOST_FAULTS = 10


def gather(findings: Findings, read_table: ReadTable) -> dict[str, tuple[Region, ...]]:
    """Return the regions each name of the manifest stands for, noting those that cannot be.

    A table's key stands for all its rows, and each row has a name of its own as well.
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
            named[key] = _rows(findings, names, key, definition, read_table)
        else:
            named[key] = _area(findings, key, definition) if definition else ()
    rows = {region.name: (region,) for regions in named.values() for region in regions}
    return rows | named


def _area(findings: Findings, key: str, definition: Mapping[str, Any]) -> tuple[Region, ...]:
    if "path_row" in definition:
        return _cells(findings, key, definition["path_row"])
    kind = "bbox" if "bbox" in definition else "point"
    degrees = [float(number) for number in definition[kind]]
    around_it = partial(around, kilometres=float(definition.get("buffer_km", 0)))
    boxes = findings.attempt(("regions", key, kind), partial(bbox if kind == "bbox" else around_it, *degrees))
    return (Region(key, boxes),) if boxes else ()


def _cells(findings: Findings, key: str, written: Sequence[str]) -> tuple[Region, ...]:
    place = ("regions", key, "path_row")
    cells: list[tuple[int, int]] = []
    for index, text in enumerate(written):
        cell = findings.attempt((*place, index), partial(wrs2_cell, text, cells))
        if cell:
            cells.append(cell)
    return (Region(key, cells=tuple(cells), spot=findings.spot(place, at_key=True)),)


def _rows(
    findings: Findings, names: _Names, key: str, definition: Mapping[str, Any], read_table: ReadTable
) -> tuple[Region, ...]:
    """Return the regions of a table; a row may be called like the table, which is no region itself."""
    place, file = ("regions", key, "csv"), definition["csv"]
    columns = definition.get("columns", {})
    names.owners.pop(_folded(key), None)
    rows = findings.attempt(place, lambda: list(read_rows(key, file, read_table(file), columns)))
    regions: list[Region] = []
    for number, (line, row) in enumerate(rows or ()):
        region = findings.attempt(place, partial(names.admit, row, f"line {line} of {file}"))
        if region:
            regions.append(region)
        elif number - len(regions) + 1 == _MOST_FAULTS:
            findings.add(
                place, f"what follows line {line} of {file} is not checked yet", "correct these rows first"
            )
            break
    names.owners.setdefault(_folded(key), (key, f"the region {key}"))
    return tuple(regions)


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
