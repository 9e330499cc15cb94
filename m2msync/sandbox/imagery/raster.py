"""Draws the bands, quality masks and angles of a scene as GeoTIFFs."""

from __future__ import annotations

import zlib
from typing import TYPE_CHECKING, Any

import numpy as np

from m2msync.sandbox.imagery import bands, geotiff
from m2msync.sandbox.imagery.landscape import view
from m2msync.sandbox.world.grid import grid_of

if TYPE_CHECKING:
    from collections.abc import Callable

    from numpy.typing import NDArray

    from m2msync.sandbox.imagery.bands import Role
    from m2msync.sandbox.imagery.landscape import Layer, View
    from m2msync.sandbox.world.scene import Scene

    Image = NDArray[np.integer[Any]]

# Reflectance of deep water, bare soil, plants, snow and cloud, and of the haze that only level 1 still contains.
_REFLECTANCE: dict[Role, tuple[float, float, float, float, float, float]] = {
    "coastal": (0.050, 0.10, 0.025, 0.90, 0.62, 0.080),
    "blue": (0.045, 0.12, 0.030, 0.90, 0.62, 0.055),
    "green": (0.035, 0.17, 0.065, 0.88, 0.63, 0.028),
    "red": (0.020, 0.23, 0.040, 0.86, 0.64, 0.014),
    "nir": (0.010, 0.30, 0.380, 0.80, 0.66, 0.005),
    "swir1": (0.005, 0.38, 0.190, 0.12, 0.50, 0.0),
    "swir2": (0.003, 0.33, 0.090, 0.08, 0.38, 0.0),
    "pan": (0.028, 0.19, 0.055, 0.88, 0.64, 0.030),
    "cirrus": (0.001, 0.001, 0.001, 0.002, 0.02, 0.001),
}
_SHALLOWS: dict[Role, float] = {"coastal": 1.0, "blue": 1.5, "green": 2.0, "red": 0.5, "pan": 1.5}
"""How much brighter the sea becomes towards the coast."""

# QA_PIXEL of clear land, water, snow, cloud shadow and cloud; Landsat 8 and 9 also tell cirrus confidence.
_PIXEL_QUALITY = {"oli-tirs": (21824, 21952, 30048, 23888, 22280)}
_OLDER_PIXEL_QUALITY = (5440, 5504, 13664, 7440, 5896)

# Scaled as in the real products: radiances by 1000, fractions by 10000, kelvin and kilometres by 100.
_SIDE_LAYERS: dict[str, Callable[[View], Layer]] = {
    "ST_ATRAN": lambda shown: 8600 + shown.height / 10,
    "ST_CDIST": lambda shown: 100 * _distance(shown.cloudy),
    "ST_DRAD": lambda shown: 900 - shown.height / 10,
    "ST_EMIS": lambda shown: np.where(shown.land, 9600 + 200 * shown.plants, np.float32(9880)),
    "ST_EMSD": lambda shown: np.where(shown.land, 120 - 60 * shown.plants, np.float32(20)),
    "ST_QA": lambda shown: 180 + 400 * shown.cloud,
    "ST_TRAD": lambda shown: 1000 * _radiance(shown.kelvin, bands.BANDS["oli-tirs"]["10"].constant),
    "ST_URAD": lambda shown: 1400 - shown.height / 8,
    "SR_ATMOS_OPACITY": lambda shown: 120 + 300 * shown.cloud,
    "SR_QA_AEROSOL": lambda shown: np.where(shown.land, np.float32(66), np.float32(100)),
    "SR_CLOUD_QA": lambda shown: np.where(shown.cloudy, 2, 4 * shown.shadow + 32 * ~shown.land).astype(np.float32),
    "SAA": lambda shown: 100 * shown.sun.azimuth + 60 * _across(shown),
    "SZA": lambda shown: 100 * (90 - shown.sun.elevation) + 50 * _across(shown),
    "VAA": lambda shown: np.where(_across(shown) < 0, np.float32(10150), np.float32(-7850)),
    "VZA": lambda shown: 1 + 740 * np.abs(_across(shown)),
}


def render(scene: Scene, layer: str, pixels: int) -> bytes:
    """Return one layer as a GeoTIFF.

    Args:
        scene: the scene it belongs to.
        layer: the file name without the scene's display id and extension, e.g. `B4`, `SR_B4`, `QA_PIXEL`.
        pixels: the longer side of the picture; the panchromatic band has twice as many.
    """
    grid = grid_of(scene.path, scene.row, pixels).finer(2 if layer == "B8" else 1)
    shown, (kind, fill) = view(scene, pixels), storage(scene, layer)
    image = _enlarged(_counts(scene, layer, shown), (grid.height, grid.width))
    if layer.startswith(("B", "SR_B", "ST_B")):
        image += _grain(f"{scene.display_id}_{layer}", image.shape, kind)
        image.clip(1, np.iinfo(kind).max, out=image)
    image[~_enlarged(shown.imaged, image.shape)] = fill
    return geotiff.encode(image.astype(kind), grid, fill)


def natural_colour(scene: Scene, pixels: int) -> NDArray[np.uint8]:
    """Return the scene in natural colours, rows by columns by red, green and blue; black where not imaged."""
    shown = view(scene, pixels)
    colours = [_reflectance(role, shown) * shown.imaged for role in ("red", "green", "blue")]
    stretched: NDArray[np.floating[Any]] = 255 * np.clip(np.stack(colours, axis=-1) / 0.45, 0, 1) ** 0.6
    return stretched.astype(np.uint8)


def storage(scene: Scene, layer: str) -> tuple[np.dtype[Any], int]:
    """Return the type of a layer's numbers and the one that stands for "not imaged"."""
    if layer == "QA_PIXEL":
        return np.dtype(np.uint16), 1
    if layer in ("SR_QA_AEROSOL", "SR_CLOUD_QA"):
        return np.dtype(np.uint8), 1 if layer == "SR_QA_AEROSOL" else 0
    if layer in _SIDE_LAYERS:
        return np.dtype(np.int16), 0 if len(layer) == 3 else -9999
    single_byte = layer.startswith("B") and scene.sensor != "oli-tirs"
    return np.dtype(np.uint8 if single_byte else np.uint16), 0


def _counts(scene: Scene, layer: str, shown: View) -> Layer:
    """Return a layer's numbers as the file has them, before grain, limits and the empty margin."""
    if layer in _SIDE_LAYERS:
        return _SIDE_LAYERS[layer](shown)
    if layer == "QA_PIXEL":
        return _pixel_quality(scene, shown)
    if layer == "QA_RADSAT":
        return np.zeros_like(shown.height)
    if layer.startswith("ST_B"):
        return (shown.kelvin - np.float32(bands.THERMAL_OFFSET)) / np.float32(bands.THERMAL_SCALE)
    if layer.startswith("SR_B"):
        role = bands.BANDS[scene.sensor][layer.removeprefix("SR_B")].role
        return (_reflectance(role, shown) - np.float32(bands.SURFACE_OFFSET)) / np.float32(bands.SURFACE_SCALE)
    return _level_1(bands.BANDS[scene.sensor][layer.removeprefix("B")], shown)


def _level_1(band: bands.Band, shown: View) -> Layer:
    if band.reflectance is None:
        scale, offset = band.radiance
        return (_radiance(shown.kelvin, band.constant) - np.float32(offset)) / np.float32(scale)
    scale, offset = band.reflectance
    haze = _REFLECTANCE[band.role][5]
    seen = (np.float32(0.92) * _reflectance(band.role, shown) + np.float32(haze)) * _sunshine(shown)
    return (seen - np.float32(offset)) / np.float32(scale)


def _sunshine(shown: View) -> np.float32:
    # Level-1 reflectance is not corrected for the sun's angle; at night and in polar winter a glimmer is left.
    return np.float32(max(np.sin(np.radians(shown.sun.elevation)), 0.03))


def _reflectance(role: Role, shown: View) -> Layer:
    water, soil, plants, snow, cloud, _ = (np.float32(value) for value in _REFLECTANCE[role])
    sea = water * (1 + np.float32(_SHALLOWS.get(role, 0)) * np.exp(np.minimum(shown.height, 0) / 120))
    country = (soil + (plants - soil) * shown.plants) * shown.light
    country += (snow - country) * shown.snow
    clear = np.where(shown.land, country, sea) * np.where(shown.shadow, np.float32(0.5), np.float32(1))
    return clear + (cloud - clear) * shown.cloud


def _radiance(kelvin: Layer, constants: float | tuple[float, float]) -> Layer:
    k1, k2 = constants if isinstance(constants, tuple) else (constants, 0.0)
    radiance: Layer = np.float32(k1) / (np.exp(np.float32(k2) / kelvin) - 1)
    return radiance


def _pixel_quality(scene: Scene, shown: View) -> Layer:
    land, water, snow, shadow, cloud = _PIXEL_QUALITY.get(scene.sensor, _OLDER_PIXEL_QUALITY)
    cases = [shown.cloudy, shown.shadow, shown.snow > 0.5, ~shown.land]
    return np.select(cases, [np.float32(value) for value in (cloud, shadow, snow, water)], np.float32(land))


def _distance(mask: NDArray[np.bool_]) -> Layer:
    """Return how many steps each pixel is from the mask, up to 24."""
    reached, distance = mask.copy(), np.where(mask, np.float32(0), np.float32(24))
    for step in range(1, 24):
        grown = reached.copy()
        grown[1:] |= reached[:-1]
        grown[:-1] |= reached[1:]
        grown[:, 1:] |= reached[:, :-1]
        grown[:, :-1] |= reached[:, 1:]
        distance[grown & ~reached] = step
        reached = grown
    return distance


def _across(shown: View) -> Layer:
    """Return -1 at the left edge to 1 at the right, in the shape of the view."""
    height, width = shown.height.shape
    return np.broadcast_to(np.linspace(-1, 1, width, dtype=np.float32), (height, width))


def _enlarged(layer: Any, shape: tuple[int, ...]) -> Any:
    """Return a layer repeated to a larger shape; fractions of a count are dropped."""
    rows, columns = (np.arange(size) * have // size for size, have in zip(shape, layer.shape, strict=True))
    whole = layer if layer.dtype == np.bool_ else layer.astype(np.int32)
    return whole if shape == layer.shape else whole[rows[:, None], columns[None, :]]


def _grain(name: str, shape: tuple[int, ...], kind: np.dtype[Any]) -> NDArray[np.int8]:
    """Return the sensor's noise; it also keeps files from being compressed to almost nothing."""
    most = 1 if kind.itemsize == 1 else 60
    return np.random.default_rng(zlib.crc32(name.encode())).integers(-most, most + 1, shape, dtype=np.int8)
