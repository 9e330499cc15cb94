"""The invented country under the satellites: coasts, hills, plants, snow, and on each day other clouds.

Everything is fractal noise drawn on the globe itself, so that neighbouring scenes continue each other and the same
cell shows the same country on every date.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from m2msync.sandbox.world import wrs2
from m2msync.sandbox.world.grid import Grid, grid_of, inside, to_degrees
from m2msync.sandbox.world.sky import Sun, sun_of

if TYPE_CHECKING:
    from m2msync.sandbox.world.scene import Scene

Layer = NDArray[np.floating[Any]]
Mask = NDArray[np.bool_]
Index = NDArray[np.int32]

FINEST = 320
"""Longest side in pixels at which the country is drawn; larger pictures enlarge it."""
_EARTH_KM = 6371.0
_CELLS = 64
_WORLD = 1972
"""The seed of the one country that all sandboxes share."""
_USUAL_CLOUD = 30.0
"""Percent drawn when a scene's cloud cover is unknown."""


@dataclass(frozen=True, slots=True)
class Ground:
    """What does not change from day to day."""

    points: NDArray[np.float32]
    """Unit vectors from the middle of the earth, as an added last axis."""
    height: Layer
    """Metres above the sea; below it, negative."""
    fertile: Layer
    """From 0, where nothing grows, to 1."""


@dataclass(frozen=True, slots=True)
class View:
    """What one scene shows, pixel by pixel."""

    imaged: Mask
    """Inside the slanted footprint."""
    land: Mask
    height: Layer
    plants: Layer
    """Part of the pixel covered by plants, 0 to 1."""
    snow: Layer
    light: Layer
    """Sunlight on the slope relative to flat ground."""
    kelvin: Layer
    """Temperature of the surface."""
    cloudy: Mask
    cloud: Layer
    """Opacity of the clouds, 0 to 1."""
    shadow: Mask
    """Ground in the shadow of a cloud."""
    sun: Sun


@lru_cache(maxsize=8)
def view(scene: Scene, pixels: int) -> View:
    """Return what a scene shows on the grid of `pixels` pixels, or of `FINEST` if that is less."""
    size = min(pixels, FINEST)
    ground, grid, sun = ground_of(scene.path, scene.row, size), grid_of(scene.path, scene.row, size), sun_of(scene)
    imaged, land = inside(scene, grid), ground.height > 0
    warmth = _warmth(scene, ground)
    snow = np.where(land, np.clip((272 - warmth) / 4, 0, 1), 0).astype(np.float32)
    plants = np.where(land, ground.fertile * np.clip((warmth - 272) / 12, 0, 1), 0).astype(np.float32)
    cloudy, cloud = _clouds(scene, ground, imaged)
    return View(
        imaged=imaged,
        land=land,
        height=ground.height,
        plants=plants,
        snow=snow,
        light=_light(ground.height, grid, sun),
        kelvin=(1 - cloud) * (warmth - 4 * plants) + cloud * np.float32(255),
        cloudy=cloudy,
        cloud=cloud,
        shadow=_away_from(sun, cloudy) & ~cloudy,
        sun=sun,
    )


def heights(grid: Grid) -> Layer:
    """Return the height of the country in metres on any grid; the sea is 0."""
    columns, rows = grid.centres()
    return np.maximum(_height(_points(*to_degrees(columns[None, :], rows[:, None], grid.zone))), 0)


@lru_cache(maxsize=8)
def ground_of(path: int, row: int, size: int) -> Ground:
    """Return the country of a cell of the grid."""
    grid = grid_of(path, row, size)
    columns, rows = grid.centres()
    points = _points(*to_degrees(columns[None, :], rows[:, None], grid.zone))
    height = _height(points)
    wetness = fractal(points, kilometres=140, octaves=5, seed=_WORLD + 1) - np.float32(0.5)
    fertile = np.clip(0.62 + 4 * wetness - np.maximum(height, 0) / 4000, 0, 1).astype(np.float32)
    return Ground(points, height, fertile)


def fractal(points: NDArray[np.float32], *, kilometres: float, octaves: int, seed: int) -> Layer:
    """Return noise between 0 and 1, mostly near 0.5, whose largest features measure `kilometres`."""
    total, weight = np.zeros(points.shape[:-1], dtype=np.float32), 0.5
    for octave in range(octaves):
        shift = np.random.default_rng((seed % 2**32, octave)).uniform(0, _CELLS, 3)
        scaled = points * np.float32(_EARTH_KM / kilometres * 2**octave) + shift.astype(np.float32)
        total += np.float32(weight) * _noise(scaled)
        weight /= 2
    return total / np.float32(1 - 0.5**octaves)


def _noise(points: NDArray[np.float32]) -> Layer:
    """Return the lattice's random values, smoothly interpolated between its eight nearest corners."""
    floor = np.floor(points)
    cell, part = floor.astype(np.int32), points - floor
    part = part * part * (3 - 2 * part)
    # An index into the flat lattice is the sum of one addend an axis; `far` is the neighbour across the cell.
    strides = np.array([_CELLS**2, _CELLS, 1], dtype=np.int32)
    near, far = cell % _CELLS * strides, (cell + 1) % _CELLS * strides
    return _mixed(near, far, part, 0, np.zeros(points.shape[:-1], dtype=np.int32))


def _mixed(near: Index, far: Index, part: Layer, axis: int, index: Index) -> Layer:
    """Return the mean of the values at both ends of an axis, each already mixed along the axes after it."""
    if axis == 3:
        return _lattice()[index]
    low = _mixed(near, far, part, axis + 1, index + near[..., axis])
    high = _mixed(near, far, part, axis + 1, index + far[..., axis])
    mixed: Layer = low + part[..., axis] * (high - low)
    return mixed


@lru_cache(maxsize=1)
def _lattice() -> NDArray[np.float32]:
    return np.random.default_rng(_WORLD).random(_CELLS**3, dtype=np.float32)


def _points(longitude: Any, latitude: Any) -> NDArray[np.float32]:
    """Return unit vectors from the middle of the earth to places in degrees."""
    lon, lat = np.radians(longitude), np.radians(latitude)
    vectors = np.stack([np.cos(lat) * np.cos(lon), np.cos(lat) * np.sin(lon), np.sin(lat)], axis=-1)
    return vectors.astype(np.float32)


def _height(points: NDArray[np.float32]) -> Layer:
    relief = fractal(points, kilometres=260, octaves=7, seed=_WORLD) - np.float32(0.5)
    return relief * np.float32(9000)


def _warmth(scene: Scene, ground: Ground) -> Layer:
    """Return the surface's temperature in kelvin before plants and clouds cool it."""
    latitude = wrs2.centre(scene.path, scene.row)[1]
    summer = np.cos(2 * np.pi / 365.25 * (scene.acquired.timetuple().tm_yday - 200)) * np.sign(latitude)
    season = 16 * summer * min(abs(latitude) / 50, 1)
    sea = np.float32(max(300 - 32 * np.sin(np.radians(latitude)) ** 2 + season / 4, 271.5))
    flat = 306 - 46 * np.sin(np.radians(latitude)) ** 2 + season
    warmth: Layer = np.where(ground.height > 0, np.float32(flat) - ground.height * np.float32(0.0065), sea)
    return warmth


def _clouds(scene: Scene, ground: Ground, imaged: Mask) -> tuple[Mask, Layer]:
    """Return where clouds are, over just the scene's percentage of its pixels, and how opaque they are."""
    thickness = fractal(ground.points, kilometres=50, octaves=5, seed=_WORLD + 2 + scene.seed)
    percent = _USUAL_CLOUD if scene.cloud_cover is None else scene.cloud_cover
    limit = np.quantile(thickness[imaged], 1 - np.clip(percent, 0, 100) / 100)
    cloudy = (thickness > limit) if percent < 100 else np.ones_like(imaged)
    opacity = np.clip(0.3 + (thickness - limit) * 14, 0, 1) * cloudy
    return cloudy, opacity.astype(np.float32)


def _light(height: Layer, grid: Grid, sun: Sun) -> Layer:
    southward, eastward = np.gradient(np.maximum(height, 0), grid.cell)
    towards = np.radians(sun.azimuth)
    facing = southward * np.cos(towards) - eastward * np.sin(towards)
    light: Layer = np.clip(1 + 7 * facing, 0.5, 1.4).astype(np.float32)
    return light


def _away_from(sun: Sun, mask: Any) -> Mask:
    """Return a mask moved three pixels away from the sun."""
    azimuth = np.radians(sun.azimuth)
    shifted: Mask = np.roll(mask, (round(3 * np.cos(azimuth)), round(-3 * np.sin(azimuth))), axis=(0, 1))
    return shifted
