"""Where the pixels of a scene lie: a north-up UTM grid around the footprint, as Landsat products have."""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from m2msync.sandbox.world import wrs2

if TYPE_CHECKING:
    from m2msync.sandbox.world.scene import Scene

Array = NDArray[np.floating[Any]]

# WGS 84 and the Krueger series of transverse Mercator to the third order: errors below a millimetre within a zone.
_RADIUS, _FLATTENING, _SCALE = 6378137.0, 1 / 298.257223563, 0.9996
_N = _FLATTENING / (2 - _FLATTENING)
_RECTIFYING = _RADIUS / (1 + _N) * (1 + _N**2 / 4 + _N**4 / 64) * _SCALE
_ECCENTRICITY = 2 * np.sqrt(_N) / (1 + _N)
_ALPHA = (_N / 2 - 2 * _N**2 / 3 + 5 * _N**3 / 16, 13 * _N**2 / 48 - 3 * _N**3 / 5, 61 * _N**3 / 240)
_BETA = (_N / 2 - 2 * _N**2 / 3 + 37 * _N**3 / 96, _N**2 / 48 + _N**3 / 15, 17 * _N**3 / 480)
_DELTA = (2 * _N - 2 * _N**2 / 3 - 2 * _N**3, 7 * _N**2 / 3 - 8 * _N**3 / 5, 56 * _N**3 / 15)


PIXELS = 160
"""Longer side in pixels of the sandbox's pictures; real ones have some 7,700."""


@dataclass(frozen=True, slots=True)
class Grid:
    """A raster's place on the ground."""

    zone: int
    """UTM zone, always the northern one: Landsat keeps negative northings south of the equator."""
    west: float
    """Easting of the left edge in metres."""
    north: float
    """Northing of the upper edge in metres."""
    cell: float
    """Edge of a pixel in metres."""
    width: int
    height: int

    @property
    def epsg(self) -> int:
        """The code of the coordinate reference system."""
        return 32600 + self.zone

    def finer(self, factor: int) -> Grid:
        """Return the same place with pixels `factor` times smaller."""
        return Grid(self.zone, self.west, self.north, self.cell / factor, self.width * factor, self.height * factor)

    def centres(self) -> tuple[Array, Array]:
        """Return the eastings of the columns and the northings of the rows, in metres, at pixel centres."""
        eastings = self.west + (np.arange(self.width) + 0.5) * self.cell
        return eastings, self.north - (np.arange(self.height) + 0.5) * self.cell


@lru_cache(maxsize=256)
def grid_of(path: int, row: int, pixels: int) -> Grid:
    """Return the grid of a cell whose longer side has at most `pixels` pixels, of whole metres."""
    eastings, northings = outline(path, row)
    extent = max(np.ptp(eastings), np.ptp(northings))
    # Snapping outwards to whole cells can add one at either end.
    cell = float(np.ceil(extent / (pixels - 2)))
    west, south = np.floor(eastings.min() / cell), np.floor(northings.min() / cell)
    east, north = np.ceil(eastings.max() / cell), np.ceil(northings.max() / cell)
    return Grid(
        zone_of(wrs2.centre(path, row)[0]),
        float(west * cell),
        float(north * cell),
        cell,
        int(east - west),
        int(north - south),
    )


def outline(path: int, row: int) -> tuple[Array, Array]:
    """Return eastings and northings of the footprint's upper left, upper right, lower right and lower left."""
    longitudes, latitudes = np.array(wrs2.corners(path, row)).T
    return to_utm(longitudes, latitudes, zone_of(wrs2.centre(path, row)[0]))


def inside(scene: Scene, grid: Grid) -> NDArray[np.bool_]:
    """Say which pixels of a grid were imaged: real products are empty outside the slanted footprint."""
    eastings, northings = outline(scene.path, scene.row)
    columns, rows = grid.centres()
    imaged = np.ones((grid.height, grid.width), dtype=np.bool_)
    for here, there in zip(range(4), (1, 2, 3, 0), strict=True):
        along_x, along_y = eastings[there] - eastings[here], northings[there] - northings[here]
        imaged &= along_x * (rows[:, None] - northings[here]) <= along_y * (columns[None, :] - eastings[here])
    return imaged


def zone_of(longitude: float) -> int:
    """Return the UTM zone of a longitude in degrees."""
    return int((longitude + 180) // 6) % 60 + 1


def to_utm(longitude: Any, latitude: Any, zone: int) -> tuple[Array, Array]:
    """Return easting and northing in metres (negative south of the equator) of degrees; numbers or arrays."""
    sine = np.sin(np.radians(latitude))
    tangent = np.sinh(np.arctanh(sine) - _ECCENTRICITY * np.arctanh(_ECCENTRICITY * sine))
    meridians = np.radians((np.asarray(longitude) - _meridian(zone) + 180) % 360 - 180)
    xi = np.arctan2(tangent, np.cos(meridians))
    eta = np.arcsinh(np.sin(meridians) / np.hypot(tangent, np.cos(meridians)))
    w = xi + 1j * eta
    w = w + sum(alpha * np.sin(2 * order * w) for order, alpha in enumerate(_ALPHA, 1))
    return 500000 + _RECTIFYING * np.imag(w), _RECTIFYING * np.real(w)


def to_degrees(easting: Any, northing: Any, zone: int) -> tuple[Array, Array]:
    """Return longitude (-180..180) and latitude in degrees of metres in a northern UTM zone; numbers or arrays."""
    w = (np.asarray(northing) + 1j * (np.asarray(easting) - 500000)) / _RECTIFYING
    w = w - sum(beta * np.sin(2 * order * w) for order, beta in enumerate(_BETA, 1))
    conformal = np.arcsin(np.sin(w.real) / np.cosh(w.imag))
    latitude = conformal + sum(delta * np.sin(2 * order * conformal) for order, delta in enumerate(_DELTA, 1))
    longitude = _meridian(zone) + np.degrees(np.arctan2(np.sinh(w.imag), np.cos(w.real)))
    return (longitude + 180) % 360 - 180, np.degrees(latitude)


def _meridian(zone: int) -> int:
    return zone * 6 - 183
