"""Bands by what they see: which files `red` or `thermal` stand for, by sensor and level of Landsat Collection 2.

Wavelengths and numbers are those of USGS, "What are the band designations for the Landsat satellites?"; how level 2
calls its bands is told by the Landsat Collection 2 Level 2 Science Product Guides, LSDS-1618 (Landsat 4-7) and
LSDS-1619 (Landsat 8-9); which files each product has, api.md §11.2.
"""

from __future__ import annotations

import re
from functools import lru_cache
from typing import TYPE_CHECKING

from m2msync.core import naming
from m2msync.core.wording import nearest

if TYPE_CHECKING:
    from collections.abc import Mapping

    Bands = Mapping[str, tuple[str, ...]]
    """Role to the names of the bands that have it."""
    Sensor = tuple[str, str]
    """Its name, and L1, L2SP or L2SR."""

ROLES = {
    "coastal": "deep blue, for water and aerosols",
    "blue": "blue",
    "green": "green",
    "red": "red",
    "nir": "near infrared",
    "swir1": "short-wave infrared around 1.6 µm",
    "swir2": "short-wave infrared around 2.2 µm",
    "cirrus": "high thin clouds, 1.37 µm",
    "pan": "panchromatic, with half the pixel size",
    "thermal": "thermal infrared; at level 2 the surface temperature",
    "quality": "of each pixel: clouds, shadows, snow, water; saturation",
    "metadata": "the MTL text",
}
"""Every role, and what it is."""

_EVERY: Bands = {"quality": ("QA_PIXEL", "QA_RADSAT"), "metadata": ("MTL",)}
_OLI: Bands = {
    "coastal": ("B1",),
    "blue": ("B2",),
    "green": ("B3",),
    "red": ("B4",),
    "nir": ("B5",),
    "swir1": ("B6",),
    "swir2": ("B7",),
    "pan": ("B8",),
    "cirrus": ("B9",),
}
_TIRS: Bands = {"thermal": ("B10", "B11")}
_TM: Bands = {
    "blue": ("B1",),
    "green": ("B2",),
    "red": ("B3",),
    "nir": ("B4",),
    "swir1": ("B5",),
    "swir2": ("B7",),
    "thermal": ("B6",),
}
_ETM: Bands = {**_TM, "pan": ("B8",), "thermal": ("B6_VCID_1", "B6_VCID_2")}  # in low and in high gain
# Two bands of near infrared, 0.7 to 0.8 and 0.8 to 1.1 µm; Landsat 1 to 3 count on from the three of their RBV.
_MSS_FIRST: Bands = {"green": ("B4",), "red": ("B5",), "nir": ("B6", "B7")}
_MSS_LAST: Bands = {"green": ("B1",), "red": ("B2",), "nir": ("B3", "B4")}
_NOT_AT_LEVEL_2 = ("cirrus", "pan", "thermal")


def _surface(bands: Bands, *temperature: str) -> Bands:
    """Return the level-2 bands made of level-1 ones; surface temperature is made of one thermal band."""
    made = {role: (f"SR_{name}",) for role, (name, *_) in bands.items() if role not in _NOT_AT_LEVEL_2}
    return {**made, **({"thermal": temperature} if temperature else {}), **_EVERY}


SENSORS: Mapping[Sensor, Bands] = {
    ("Landsat 8-9 OLI/TIRS", "L1"): {**_OLI, **_TIRS, **_EVERY},
    ("Landsat 8-9 OLI", "L1"): {**_OLI, **_EVERY},
    ("Landsat 8-9 TIRS", "L1"): {**_TIRS, **_EVERY},
    ("Landsat 7 ETM+", "L1"): {**_ETM, **_EVERY},
    ("Landsat 4-5 TM", "L1"): {**_TM, **_EVERY},
    ("Landsat 4-5 MSS", "L1"): {**_MSS_LAST, **_EVERY},
    ("Landsat 1-3 MSS", "L1"): {**_MSS_FIRST, **_EVERY},
    ("Landsat 8-9 OLI/TIRS", "L2SP"): _surface(_OLI, "ST_B10"),
    ("Landsat 8-9 OLI/TIRS", "L2SR"): _surface(_OLI),
    ("Landsat 8-9 OLI", "L2SR"): _surface(_OLI),
    ("Landsat 7 ETM+", "L2SP"): _surface(_TM, "ST_B6"),
    ("Landsat 7 ETM+", "L2SR"): _surface(_TM),
    ("Landsat 4-5 TM", "L2SP"): _surface(_TM, "ST_B6"),
    ("Landsat 4-5 TM", "L2SR"): _surface(_TM),
}
"""The bands of each sensor by role: at level 1, at level 2 with surface temperature (L2SP), and without (L2SR)."""

_LATEST = {"C": "Landsat 8-9 OLI/TIRS", "O": "Landsat 8-9 OLI", "T": "Landsat 8-9 TIRS"}
_NAMES = {
    **{(letter, satellite): name for letter, name in _LATEST.items() for satellite in (8, 9)},
    ("E", 7): "Landsat 7 ETM+",
    **dict.fromkeys([("T", 4), ("T", 5)], "Landsat 4-5 TM"),
    **dict.fromkeys([("M", 4), ("M", 5)], "Landsat 4-5 MSS"),
    **dict.fromkeys([("M", 1), ("M", 2), ("M", 3)], "Landsat 1-3 MSS"),
}
"""Sensors by the letter and the number that display ids begin with."""

_ELSEWHERE = {
    "swir": "swir1",
    "tir": "thermal",
    "infrared": "nir",
    "panchromatic": "pan",
    "qa": "quality",
}
"""What people call them elsewhere, where the spelling does not tell which is meant."""
_STEMS = frozenset({"ang", "bqa", "gcp", "mtl", "saa", "sza", "vaa", "ver", "vza"})
"""Files of Landsat that are called by letters alone."""
_WORD = re.compile(r"[a-z]{2,}[0-9]?", re.ASCII)


def is_role(band: str) -> bool:
    """Return whether what a manifest writes among its bands is a role, whatever its case."""
    return band.lower() in ROLES


@lru_cache(maxsize=64)  # asked for every image
def first_role(bands: tuple[str, ...]) -> str:
    """Return the first of the bands that is a role, empty when none is."""
    return next((band for band in bands if is_role(band)), "")


def sensor_of(display_id: str) -> Sensor | None:
    """Return the sensor and the level that a display id tells, None when it tells of none of Landsat Collection 2.

    Args:
        display_id: of an image, e.g. `LC09_L2SP_011059_20230328_20230329_02_T1`.
    """
    named = naming.parse_display_id(display_id)
    if named is None:
        return None
    level = "L1" if named.level.startswith("L1") else named.level
    sensor = _NAMES.get((named.sensor, named.satellite), ""), level
    return sensor if sensor in SENSORS else None


def resolve(bands: tuple[str, ...], sensor: Sensor) -> tuple[tuple[str, str], ...]:
    """Return the names and globs that are wanted of a sensor's images, each with the role it stands for.

    Args:
        bands: names, globs and roles; whatever is no role stays as it is, with an empty role.
        sensor: from `sensor_of`. A role that it does not have stays, and is the name of no file.
    """
    known = SENSORS[sensor]
    return tuple(
        (name, band.lower() if is_role(band) else "")
        for band in bands
        for name in (known.get(band.lower(), (band.lower(),)) if is_role(band) else (band,))
    )


def meant_role(band: str) -> str:
    """Return the role that is surely meant by a word that is none; empty when it may well be a band's name."""
    word = band.lower()
    if is_role(word) or word in _STEMS or not _WORD.fullmatch(word):
        return ""
    return _ELSEWHERE.get(word) or nearest(word, ROLES)
