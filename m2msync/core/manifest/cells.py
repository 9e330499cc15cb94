"""Cells of WRS-2, the grid of paths and rows along which Landsat 4 to 9 take their images."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from m2msync.core.wording import Unfit, shown

if TYPE_CHECKING:
    from collections.abc import Collection

PATHS = range(1, 234)
"""The paths of WRS-2."""
ROWS = range(1, 249)
"""The rows of WRS-2; those from 123 on are on the night side."""

_CELL = re.compile(r"([0-9]{1,3})/([0-9]{1,3})")


def wrs2_cell(text: str, before: Collection[tuple[int, int]] = ()) -> tuple[int, int]:
    """Return path and row written as `011/059` or `11/59`.

    Args:
        text: what the manifest says.
        before: the cells that stand before it in the same list.

    Raises:
        Unfit: it is no cell, or stands there already.
    """
    match = _CELL.fullmatch(text)
    if not match:
        raise Unfit(f"{shown(text)} is no path/row", f"write {_meant(text)}")
    path, row = int(match[1]), int(match[2])
    swapped = row in PATHS and path in ROWS
    for name, number, possible in (("path", path, PATHS), ("row", row, ROWS)):
        if number not in possible:
            hint = "path comes first: swap them" if swapped else "write path/row, e.g. 011/059"
            raise Unfit(f"{name} {number} of {text} is outside 1..{possible[-1]}", hint)
    if (path, row) in before:
        raise Unfit(f"{text} stands twice in path_row", "delete one of them")
    return path, row


def _meant(text: str) -> str:
    parts = re.fullmatch(r"([0-9]{1,3})\W+([0-9]{1,3})|([0-9]{3})([0-9]{3})", text)
    return "/".join(part for part in parts.groups() if part) if parts else "path/row, e.g. 011/059"
