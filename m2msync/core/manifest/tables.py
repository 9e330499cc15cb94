"""Regions from a table: one row, one region, a box or a WRS-2 cell."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from typing import TypeAlias

from m2msync.core.manifest.boxes import bbox
from m2msync.core.manifest.cells import wrs2_cell
from m2msync.core.manifest.layout import check_name
from m2msync.core.model import Region
from m2msync.core.wording import Unfit, shown

Table: TypeAlias = Sequence[Sequence[str]]
"""Every line of a file, the header first; cells are text, and all rows have the same number of them."""

BOX = {"south": "LL Lat", "west": "LL Lon", "north": "UR Lat", "east": "UR Lon"}
"""What the columns are called that hold the sides of a box."""
CELL = {"path": "path", "row": "row"}
"""What the columns are called that hold a WRS-2 cell."""
NAME = {"name": "name"}
"""What the column is called that holds the name of a row's region."""

_SIDES = ("west", "south", "east", "north")
_DECIMAL = re.compile(r"[-+]?([0-9]+\.?[0-9]*|\.[0-9]+)([eE][-+]?[0-9]+)?")
_WHOLE = re.compile(r"([0-9]{1,3})(\.0*)?")  # spreadsheets like to make 11 into 11.0


def read_rows(
    key: str, file: str, table: Table, columns: Mapping[str, str]
) -> Iterator[tuple[int, Region | Unfit]]:
    """Yield the region of each row, or what is wrong with it, with its line counting from 1.

    Args:
        key: what the manifest calls the table; rows without a name are called `<key>-<number>`.
        file: what the table is called in messages.
        table: the file's lines.
        columns: what the manifest calls the columns that hold a side of a box, a path, a row or a name.

    Raises:
        Unfit: the table has no rows, or lacks a column.

    """
    header = [cell.strip() for cell in (table[0] if table else ())]
    at = _columns(file, header, columns)
    rows = [[cell.strip() for cell in line] for line in table[1:]]
    while rows and not any(rows[-1]):
        rows.pop()
    if not rows:
        raise Unfit(f"{file} has no rows", "write one row for each region below the header")
    width = max(i + 1 for i, cell in enumerate(header) if cell)
    for number, cells in enumerate(rows, start=1):
        try:
            _check_width(cells, width)
            yield number + 1, _region(key, number, {side: cells[i] for side, i in at.items()})
        except Unfit as unfit:
            yield number + 1, unfit


def _columns(file: str, header: Sequence[str], columns: Mapping[str, str]) -> dict[str, int]:
    """Return the index of each wanted column; only `name` may be absent, unless the manifest names it."""
    if not any(header):
        raise Unfit(f"{file} has no header in its first line", "write LL Lat,LL Lon,UR Lat,UR Lon, or path,row")
    folded = [cell.casefold() for cell in header]
    wanted = {side: columns.get(side, column) for side, column in (_kind(folded, columns) | NAME).items()}
    lacking = [s for s, c in wanted.items() if c.strip().casefold() not in folded and (s != "name" or s in columns)]
    if lacking:
        names = ", ".join(shown(wanted[side]) for side in lacking)
        has = ", ".join(shown(cell) for cell in header if cell)
        mapping = ", ".join(f"{side}: …" for side in lacking)
        message = f"{file} has no column {names}; its columns are {has}"
        cells = ", or of cells: {path: …, row: …}" if {*BOX} <= {*lacking} else ""
        raise Unfit(message, f"say what they are called with columns: {{{mapping}}}{cells}")
    for column in wanted.values():
        if folded.count(column.strip().casefold()) > 1:
            raise Unfit(f"{file} has the column {shown(column)} twice", "rename one of them")
    return {s: folded.index(c.strip().casefold()) for s, c in wanted.items() if c.strip().casefold() in folded}


def _kind(folded: Sequence[str], columns: Mapping[str, str]) -> dict[str, str]:
    """Return the columns of a box or those of a cell: what the manifest names, else what the header has."""
    boxes, cells = BOX.keys() & columns.keys(), CELL.keys() & columns.keys()
    if boxes and cells:
        raise Unfit("columns names the sides of boxes and path and row as well", "keep one or the other")
    if boxes or cells:
        return BOX if boxes else CELL
    has_box, has_cell = (any(c.casefold() in folded for c in kind.values()) for kind in (BOX, CELL))
    return CELL if has_cell and not has_box else BOX


def _check_width(cells: Sequence[str], width: int) -> None:
    if not any(cells):
        raise Unfit("the row is blank", "delete it")
    if any(cells[width:]):
        raise Unfit("the row has more cells than the header", "put text that contains the delimiter in quotes")


def _region(key: str, number: int, cells: Mapping[str, str]) -> Region:
    name = cells.get("name") or f"{key}-{number}"
    if "path" in cells:
        region = Region(name, cells=(wrs2_cell("/".join(_number(part, cells[part]) for part in CELL)),))
    else:
        region = Region(name, bbox(*(_degrees(side, cells[side]) for side in _SIDES)))
    check_name(name)
    return region


def _number(part: str, text: str) -> str:
    if match := _WHOLE.fullmatch(text):
        return match[1]
    found = f"{shown(text)}, not a number" if text else "empty"
    raise Unfit(f"{part} is {found}", "write a whole number, e.g. 11")


def _degrees(side: str, text: str) -> float:
    if _DECIMAL.fullmatch(text):
        return float(text)
    if not text:
        raise Unfit(f"{side} is empty", "write decimal degrees, e.g. -81.071")
    comma = text.replace(",", ".", 1)
    hint = f"write {comma}" if _DECIMAL.fullmatch(comma) else "write decimal degrees, e.g. -81.071"
    raise Unfit(f"{side} is {shown(text)}, not a number", hint)
