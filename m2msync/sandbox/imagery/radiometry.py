"""The groups of an MTL file that tell how to turn counts into radiance, reflectance and temperature."""

from __future__ import annotations

from typing import TYPE_CHECKING

from m2msync.sandbox.imagery import bands
from m2msync.sandbox.imagery.odl import Bare

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from m2msync.sandbox.imagery.bands import Band
    from m2msync.sandbox.imagery.odl import Entry, Group
    from m2msync.sandbox.world.scene import Scene

    Scalings = Mapping[str, tuple[float, float]]
    """Scale and offset by the name of the band."""


def level_1(scene: Scene) -> list[Group]:
    """Return the groups about level-1 counts; a level-2 product repeats them for the product it was made from."""
    every = bands.BANDS[scene.sensor]
    radiance = {name: band.radiance for name, band in every.items()}
    reflectance = {name: band.reflectance for name, band in every.items() if band.reflectance}
    highest = max(band.highest for band in every.values())
    rescaling = [*_factors("RADIANCE", radiance), *_factors("REFLECTANCE", reflectance)]
    return [
        ("LEVEL1_MIN_MAX_RADIANCE", list(_limits("RADIANCE", radiance, highest))),
        ("LEVEL1_MIN_MAX_REFLECTANCE", list(_limits("REFLECTANCE", reflectance, highest))),
        ("LEVEL1_MIN_MAX_PIXEL_VALUE", list(_counts(radiance, highest))),
        ("LEVEL1_RADIOMETRIC_RESCALING", rescaling),
        *([("LEVEL1_THERMAL_CONSTANTS", constants)] if (constants := list(_constants(every))) else []),
    ]


def level_2(scene: Scene) -> list[Group]:
    """Return the groups about surface reflectance and, if the product has it, surface temperature."""
    surface = (bands.SURFACE_SCALE, bands.SURFACE_OFFSET)
    every = bands.BANDS[scene.sensor]
    scalings = {name: surface for name, band in every.items() if band.reflectance and name in "1234567"}
    reflectance = [
        *_limits("REFLECTANCE", scalings, _HIGHEST),
        *_counts(scalings, _HIGHEST),
        *_factors("REFLECTANCE", scalings),
    ]
    groups = [("LEVEL2_SURFACE_REFLECTANCE_PARAMETERS", reflectance)]
    if scene.level == "L2SP":
        kelvin = {"ST_B10" if "10" in every else "ST_B6": (bands.THERMAL_SCALE, bands.THERMAL_OFFSET)}
        temperature = [*_limits("TEMPERATURE", kelvin, _HIGHEST), *_factors("TEMPERATURE", kelvin)]
        groups.append(("LEVEL2_SURFACE_TEMPERATURE_PARAMETERS", temperature))
    return groups


_HIGHEST = 65535


def _limits(quantity: str, scalings: Scalings, highest: int) -> Iterator[Entry]:
    for band, (scale, offset) in scalings.items():
        yield f"{quantity}_MAXIMUM_BAND_{band}", Bare(f"{scale * highest + offset:.6f}")
        yield f"{quantity}_MINIMUM_BAND_{band}", Bare(f"{scale + offset:.6f}")


def _counts(names: Scalings, highest: int) -> Iterator[Entry]:
    for band in names:
        yield f"QUANTIZE_CAL_MAX_BAND_{band}", Bare(highest)
        yield f"QUANTIZE_CAL_MIN_BAND_{band}", Bare(1)


def _factors(quantity: str, scalings: Scalings) -> Iterator[Entry]:
    for band, (scale, _) in scalings.items():
        yield f"{quantity}_MULT_BAND_{band}", Bare(f"{scale:.6g}" if scale > 1e-4 else f"{scale:.4E}")
    for band, (_, offset) in scalings.items():
        yield f"{quantity}_ADD_BAND_{band}", Bare(f"{offset:.6f}")


def _constants(every: Mapping[str, Band]) -> Iterator[Entry]:
    for name, band in every.items():
        if isinstance(band.constant, tuple):
            k1, k2 = band.constant
            yield f"K1_CONSTANT_BAND_{name}", Bare(f"{k1:.4f}")
            yield f"K2_CONSTANT_BAND_{name}", Bare(f"{k2:.4f}")
