"""What the MTL text of a Landsat image tells that neither its name nor M2M does."""

from __future__ import annotations

import math
import re
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Mapping

_ENTRY = re.compile(r'^[ \t]*(\w+)[ \t]*=[ \t]*"?(.*?)"?[ \t\r]*$', re.MULTILINE)
_TIME = re.compile(r"(\d\d:\d\d:\d\d)(\.\d{1,6})?\d*Z?", re.ASCII)
_DAY = re.compile(r"\d{4}-\d\d-\d\d", re.ASCII)
_KINDS = ("REFLECTIVE", "THERMAL", "PANCHROMATIC")
_ZONES = 60


@dataclass(frozen=True, slots=True)
class Grid:
    """The pixels of one kind of bands."""

    cell: float
    """Edge of a pixel in metres."""
    shape: tuple[int, int]
    """Rows and columns."""
    transform: tuple[float, ...] | None
    """As `proj:transform`: six numbers from pixels to metres; None when the text does not agree with itself."""


@dataclass(frozen=True, slots=True)
class Metadata:
    """What was found; None for what was not."""

    moment: str | None = None
    """When the middle of the image was taken, RFC 3339."""
    code: str | None = None
    """The coordinate reference system, e.g. `EPSG:32617`."""
    sun_azimuth: float | None = None
    """Degrees clockwise from north, 0 to 360."""
    sun_elevation: float | None = None
    """Degrees above the horizon."""
    cloud_cover_land: float | None = None
    """Percent; -1 where USGS did not compute it."""
    grids: tuple[tuple[str, Grid], ...] = ()
    """By kind: `REFLECTIVE`, `THERMAL`, `PANCHROMATIC`."""

    def grid(self, kind: str) -> Grid | None:
        """Return the pixels of a kind of bands."""
        return dict(self.grids).get(kind)


def read(text: str) -> Metadata:
    """Return what an MTL text tells; whatever cannot be read is left out."""
    told: dict[str, str] = {}
    for name, value in _ENTRY.findall(text):
        told.setdefault(name, value)  # level 2 repeats the names of its level-1 record behind its own
    azimuth = _number(told, "SUN_AZIMUTH")
    grids = ((kind, _grid(told, kind)) for kind in _KINDS)
    return Metadata(
        moment=_moment(told),
        code=_code(told),
        sun_azimuth=None if azimuth is None else azimuth % 360,
        sun_elevation=_number(told, "SUN_ELEVATION"),
        cloud_cover_land=_number(told, "CLOUD_COVER_LAND"),
        grids=tuple((kind, grid) for kind, grid in grids if grid is not None),
    )


def _moment(told: Mapping[str, str]) -> str | None:
    day, time = told.get("DATE_ACQUIRED", ""), _TIME.fullmatch(told.get("SCENE_CENTER_TIME", ""))
    return f"{day}T{time[1]}{time[2] or ''}Z" if time and _DAY.fullmatch(day) else None


def _code(told: Mapping[str, str]) -> str | None:
    # Landsat keeps the northern zone south of the equator; over Antarctica it is polar stereographic (LSDS-1822).
    if told.get("DATUM") != "WGS84":
        return None
    if told.get("MAP_PROJECTION") == "PS" and (_number(told, "TRUE_SCALE_LAT") or 0) < 0:
        return "EPSG:3031"
    zone = _number(told, "UTM_ZONE")
    if told.get("MAP_PROJECTION") != "UTM" or zone is None or not 1 <= zone <= _ZONES:
        return None
    return f"EPSG:{32600 + int(zone)}"


def _grid(told: Mapping[str, str], kind: str) -> Grid | None:
    cell = _number(told, f"GRID_CELL_SIZE_{kind}")
    rows, columns = _number(told, f"{kind}_LINES"), _number(told, f"{kind}_SAMPLES")
    if not (cell and rows and columns and rows > 0 and columns > 0 and cell > 0):
        return None
    return Grid(cell, (int(rows), int(columns)), _transform(told, cell, rows, columns))


def _transform(told: Mapping[str, str], cell: float, rows: float, columns: float) -> tuple[float, ...] | None:
    corners = [
        _number(told, f"CORNER_{corner}_PROJECTION_{axis}_PRODUCT") for corner in ("UL", "LR") for axis in "XY"
    ]
    west, north, east, south = (math.nan if number is None else number for number in corners)
    # The corners are the middles of the outermost pixels (LSDS-1822), so the grid has to fit between them.
    fits = math.isclose(east - west, (columns - 1) * cell) and math.isclose(north - south, (rows - 1) * cell)
    if not fits or told.get("ORIENTATION") != "NORTH_UP":
        return None
    return cell, 0.0, west - cell / 2, 0.0, -cell, north + cell / 2


def _number(told: Mapping[str, Any], name: str) -> float | None:
    try:
        number = float(told.get(name, ""))
    except ValueError:
        return None
    return number if math.isfinite(number) else None
