"""One image of the sandbox world: its names, its place, and the files it consists of (api.md §11.1, §11.2)."""

from __future__ import annotations

import zlib
from dataclasses import dataclass
from functools import lru_cache
from typing import TYPE_CHECKING

from m2msync.sandbox.world import wrs2

if TYPE_CHECKING:
    from datetime import date

LETTERS = {"oli-tirs": "C", "etm": "E", "tm": "T", "mss": "M"}
_STATION = {"oli-tirs": "LGN", "etm": "EDC", "tm": "XXX", "mss": "AAA"}

_ANGLES = ("SAA.TIF", "SZA.TIF", "VAA.TIF", "VZA.TIF")
_COMMON = ("QA_PIXEL.TIF", "QA_RADSAT.TIF", "ANG.txt", "MTL.txt", "MTL.xml")
_OF_MSS = ("QA_PIXEL.TIF", "QA_RADSAT.TIF", "MTL.txt", "MTL.xml")
_LEVEL_1_BANDS = {
    "oli-tirs": tuple(f"B{band}.TIF" for band in range(1, 12)),
    "etm": ("B1.TIF", "B2.TIF", "B3.TIF", "B4.TIF", "B5.TIF", "B6_VCID_1.TIF", "B6_VCID_2.TIF", "B7.TIF", "B8.TIF"),
    "tm": tuple(f"B{band}.TIF" for band in range(1, 8)),
    "mss": tuple(f"B{band}.TIF" for band in range(1, 5)),
}
# Level-1 files that only a terrain-corrected (L1TP) product has.
_TERRAIN = {"oli-tirs": (), "etm": ("GCP.txt",), "tm": ("GCP.txt", "VER.txt", "VER.jpg")}
_OLDER_REFLECTANCE = (
    *(f"SR_B{band}.TIF" for band in (1, 2, 3, 4, 5, 7)),
    "SR_ATMOS_OPACITY.TIF",
    "SR_CLOUD_QA.TIF",
)
_REFLECTANCE = {
    "oli-tirs": (*(f"SR_B{band}.TIF" for band in range(1, 8)), "SR_QA_AEROSOL.TIF"),
    "etm": _OLDER_REFLECTANCE,
    "tm": _OLDER_REFLECTANCE,
}
_THERMAL = {"oli-tirs": "ST_B10.TIF", "etm": "ST_B6.TIF", "tm": "ST_B6.TIF"}
_TEMPERATURE = tuple(f"ST_{part}.TIF" for part in ("ATRAN", "CDIST", "DRAD", "EMIS", "EMSD", "QA", "TRAD", "URAD"))


@dataclass(frozen=True, slots=True)
class Scene:
    """One acquisition as one dataset holds it; `seed` draws its clouds."""

    dataset: str
    """The alias, e.g. `landsat_ot_c2_l1`."""
    sensor: str
    """`oli-tirs`, `etm`, `tm` or `mss`."""
    satellite: int
    path: int
    row: int
    acquired: date
    processed: date
    level: str
    """`L1TP`, `L1GT`, `L1GS`, `L2SP` or `L2SR`."""
    tier: str
    """`T1`, `T2` or `RT`."""
    cloud_cover: float | None
    """Percent, or None when nobody knows."""
    seed: int
    level_1: tuple[str, date] | None = None
    """Level and processing day of the level-1 product that a level-2 one was made from."""

    @property
    def entity_id(self) -> str:
        """The scene identifier, which level 1, level 2 and every reprocessing share, e.g. LC90110592023087LGN00."""
        taken = f"L{LETTERS[self.sensor]}{self.satellite}{self.path:03d}{self.row:03d}{self.acquired:%Y%j}"
        return f"{taken}{_STATION[self.sensor]}{zlib.crc32(taken.encode()) % 3:02d}"

    @property
    def display_id(self) -> str:
        """The product identifier, e.g. LC09_L1TP_011059_20230328_20230329_02_T1."""
        return _display_id(self)

    @property
    def footprint(self) -> tuple[wrs2.Point, ...]:
        """The closed ring of (longitude, latitude) degrees in the order of the API: LL, LR, UR, UL, LL."""
        upper_left, upper_right, lower_right, lower_left = wrs2.corners(self.path, self.row)
        return lower_left, lower_right, upper_right, upper_left, lower_left

    @property
    def bounds(self) -> tuple[float, float, float, float]:
        """The footprint's west, south, east and north in degrees; east may exceed 180 at the antimeridian."""
        longitudes, latitudes = zip(*self.footprint, strict=True)
        return min(longitudes), min(latitudes), max(longitudes), max(latitudes)


@lru_cache(maxsize=65_536)
def _display_id(scene: Scene) -> str:
    cell = f"{scene.path:03d}{scene.row:03d}"
    days = f"{scene.acquired:%Y%m%d}_{scene.processed:%Y%m%d}"
    return f"L{LETTERS[scene.sensor]}{scene.satellite:02d}_{scene.level}_{cell}_{days}_02_{scene.tier}"


@lru_cache(maxsize=4096)
def file_names(scene: Scene) -> tuple[str, ...]:
    """Return the names of the product's files by ascending secondary entityId, as the API does (api.md §11.2)."""
    names = (f"{scene.display_id}_{suffix}" for suffix in suffixes(scene.sensor, scene.level))
    return tuple(sorted(names, key=lambda name: secondary_entity_id(scene, name)))


def secondary_entity_id(scene: Scene, filename: str) -> str:
    """Return the entityId under which one file is ordered, e.g. L1_LC09_..._B2_TIF (api.md §11.1)."""
    suffix = filename.removeprefix(f"{scene.display_id}_")
    level_2 = "L2ST" if suffix.startswith("ST_") else "L2SR"
    prefix = "L1" if scene.level.startswith("L1") else level_2
    return f"{prefix}_{filename.replace('.', '_').upper()}"


def suffixes(sensor: str, level: str) -> tuple[str, ...]:
    """Return what the names of a product's files end with, after its product identifier."""
    if sensor == "mss":
        return (*_LEVEL_1_BANDS[sensor], *_OF_MSS)
    if level.startswith("L1"):
        extra = _TERRAIN[sensor] if level == "L1TP" else ()
        return (*_LEVEL_1_BANDS[sensor], *_COMMON, *_ANGLES, *extra)
    surface = (*_REFLECTANCE[sensor], *_COMMON)
    return surface if level == "L2SR" else (*surface, _THERMAL[sensor], *_TEMPERATURE)
