"""The WRS-2 grid in closed form: where Landsat 4-9 look, and on which days.

The orbit returns to the same ground track after 233 revolutions in 16 days; the 248 rows cut one revolution into
equal arcs. Nothing is tabulated: positions and dates follow from those numbers and the orbit's inclination, and
agree with real scenes within a few hundredths of a degree and to the day.
"""

from __future__ import annotations

from datetime import date, timedelta
from functools import lru_cache
from typing import Any

import numpy as np
from numpy.typing import NDArray

Point = tuple[float, float]
"""Longitude and latitude in degrees."""
_Degrees = NDArray[np.float64]

PATHS = 233
ROWS = 248
EQUATOR_ROW = 60
DAY_ROWS = range(1, 123)
"""Rows seen on the descending, daylight half of an orbit."""

_CYCLE = 16
_INCLINATION = np.radians(98.2)
_PATH_1_LONGITUDE = -64.60
_GEODETIC = 1.0 / (1.0 - 0.00669438)
_EARTH_KM = 6371.0
# Measured on recorded footprints: scenes overlap, so they are larger than a cell of the grid.
_HALF_WIDTH_KM, _HALF_HEIGHT_KM = 95.2, 98.0

_ANCHOR_PATH = 11
_ANCHOR_DAY = date(2023, 3, 28)
_ANCHOR_UTC = 0.6475
"""When on the anchor day, as a fraction of it, path 11 is imaged."""
_HALF_A_CYCLE_AWAY = frozenset({5, 8})
"""Landsat 5 and 8 trail Landsat 7 and 9 by eight days."""


def centre(path: int, row: int) -> Point:
    """Return the (longitude, latitude) at the middle of a cell, in degrees."""
    lon, lat = _track(np.float64(path), np.float64(row))
    return float(_wrapped(lon)), float(lat)


def corners(path: int, row: int) -> tuple[Point, Point, Point, Point]:
    """Return the footprint's upper left, upper right, lower right and lower left (longitude, latitude) in degrees.

    The footprint lies along the ground track. Its longitudes are continuous: across the antimeridian they go beyond
    180 or -180 rather than jump.
    """
    lon, lat = _footprints(np.array([path], dtype=np.float64), np.array([row], dtype=np.float64))
    upper_left, upper_right, lower_right, lower_left = zip(lon[0].tolist(), lat[0].tolist(), strict=True)
    return upper_left, upper_right, lower_right, lower_left


def cells_in(
    west: float, south: float, east: float, north: float, *, envelopes: bool = False
) -> list[tuple[int, int]]:
    """Return the daylight (path, row) cells whose footprint touches a box in degrees that does not cross 180.

    With `envelopes` it is enough that the bounds of the footprint do.
    """
    touched: set[int] = set()
    for turn in (-360.0, 0.0, 360.0):
        touched.update(_touching((west + turn, south, east + turn, north), envelopes=envelopes).tolist())
    return [(cell // len(DAY_ROWS) + 1, cell % len(DAY_ROWS) + 1) for cell in sorted(touched)]


def days(path: int, satellite: int, start: date, end: date) -> list[date]:
    """Return the days from `start` to `end`, both included, on which a satellite images a path."""
    first = _ANCHOR_DAY + timedelta(days=_day_of_cycle(path) + (8 if satellite in _HALF_A_CYCLE_AWAY else 0))
    wait = (first - start).days % _CYCLE
    return [start + timedelta(days=day) for day in range(wait, (end - start).days + 1, _CYCLE)]


def _day_of_cycle(path: int) -> int:
    # Each revolution lands 16 paths further west: the inverse of 16 modulo 233 tells which revolution sees a path.
    revolution = (path - _ANCHOR_PATH) * pow(_CYCLE, -1, PATHS) % PATHS
    return int(revolution * _CYCLE / PATHS + _ANCHOR_UTC)


def _track(path: Any, row: Any) -> tuple[Any, Any]:
    """Return longitude and geodetic latitude under the satellite; arrays and fractions of a row are welcome."""
    arc = (row - EQUATOR_ROW) * (2.0 * np.pi / ROWS)
    geocentric = -np.arcsin(np.sin(arc) * np.sin(_INCLINATION))
    inertial = np.degrees(np.arctan2(np.cos(_INCLINATION) * np.sin(arc), np.cos(arc)))
    turned = (row - EQUATOR_ROW) / ROWS * (360.0 * _CYCLE / PATHS)
    node = _PATH_1_LONGITUDE - 360.0 / PATHS * (path - 1)
    return node + inertial - turned, np.degrees(np.arctan(np.tan(geocentric) * _GEODETIC))


def _footprints(path: _Degrees, row: _Degrees) -> tuple[_Degrees, _Degrees]:
    """Return longitudes and latitudes of the four corners of each cell; the centres lie within -180..180."""
    lon, lat = _track(path, row)
    ahead_lon, ahead_lat = _track(path, row + 0.01)
    heading = np.arctan2((ahead_lon - lon) * np.cos(np.radians(lat)), ahead_lat - lat)
    reach = np.hypot(_HALF_WIDTH_KM, _HALF_HEIGHT_KM) / _EARTH_KM
    # The satellite flies towards the lower edge, so the image's left is on the right hand.
    aside = np.arctan2(_HALF_WIDTH_KM, _HALF_HEIGHT_KM)
    bearings = heading[:, None] + np.array([np.pi - aside, np.pi + aside, -aside, aside])
    return _destination(_wrapped(lon)[:, None], lat[:, None], bearings, reach)


def _destination(lon: _Degrees, lat: _Degrees, bearing: _Degrees, reach: float) -> tuple[_Degrees, _Degrees]:
    """Return the point `reach` radians away along a great circle."""
    here = np.radians(lat)
    there = np.arcsin(np.sin(here) * np.cos(reach) + np.cos(here) * np.sin(reach) * np.cos(bearing))
    across = np.sin(bearing) * np.sin(reach) * np.cos(here)
    return lon + np.degrees(np.arctan2(across, np.cos(reach) - np.sin(here) * np.sin(there))), np.degrees(there)


@lru_cache(maxsize=1)
def _grid() -> tuple[_Degrees, _Degrees]:
    """Return the corners of all daylight cells, path by path."""
    path, row = np.meshgrid(np.arange(1.0, PATHS + 1), np.array(DAY_ROWS, dtype=np.float64), indexing="ij")
    return _footprints(path.ravel(), row.ravel())


@lru_cache(maxsize=1)
def _bounds() -> tuple[_Degrees, _Degrees, _Degrees, _Degrees]:
    lon, lat = _grid()
    return lon.min(1), lat.min(1), lon.max(1), lat.max(1)


def _touching(box: tuple[float, float, float, float], *, envelopes: bool) -> NDArray[np.intp]:
    """Return which cells of the grid touch a box: two convex shapes do when no edge of either separates them."""
    west, south, east, north = box
    wests, souths, easts, norths = _bounds()
    near = np.flatnonzero((souths <= north) & (norths >= south) & (wests <= east) & (easts >= west))
    if envelopes:
        return near
    lon, lat = (degrees[near] for degrees in _grid())
    box_lon, box_lat = np.array([west, east, east, west]), np.array([south, south, north, north])
    touched = np.ones(len(near), dtype=np.bool_)
    for here, there in zip(range(4), (1, 2, 3, 0), strict=True):
        normal_lon, normal_lat = lat[:, [here]] - lat[:, [there]], lon[:, [there]] - lon[:, [here]]
        cell, other = lon * normal_lon + lat * normal_lat, box_lon * normal_lon + box_lat * normal_lat
        touched &= (cell.min(1) <= other.max(1)) & (cell.max(1) >= other.min(1))
    return near[touched]


def _wrapped(lon: Any) -> Any:
    return (lon + 180.0) % 360.0 - 180.0
