"""The aerial frames of the simulated NAIP dataset: quarter quadrangles of Texas, flown every second year."""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import date, timedelta
from functools import lru_cache
from typing import ClassVar

YEARS = (2018, 2020, 2022)
SOUTH, NORTH, WEST, EAST = 26, 36, -106, -94
STEP = 0.0625  # a quarter quadrangle, in degrees
FIRST_ID = 3_000_000
_ACROSS, _DOWN = round((EAST - WEST) / STEP), round((NORTH - SOUTH) / STEP)
_QUARTERS = ("NW", "NE", "SW", "SE")


@dataclass(frozen=True, slots=True)
class Quarter:
    """One photographed quarter quadrangle; `across` counts from the west edge, `down` from the north edge."""

    cloud_cover: ClassVar[None] = None
    """Nobody measures the clouds of aerial photographs."""
    state: ClassVar[str] = "TX"

    year: int
    across: int
    down: int

    @property
    def entity_id(self) -> str:
        """The service's number for the frame."""
        return str(FIRST_ID + (YEARS.index(self.year) * _DOWN + self.down) * _ACROSS + self.across)

    @property
    def display_id(self) -> str:
        """The name of the frame, for example M_3109758_SW_14_060_20201206."""
        degree_lat, degree_lon = NORTH - 1 - self.down // 16, -(WEST + self.across // 16) - 1
        quad = (self.down % 16 // 2) * 8 + self.across % 16 // 2 + 1
        quarter = _QUARTERS[self.down % 2 * 2 + self.across % 2]
        zone = int((WEST + self.across * STEP + 180) // 6) + 1
        return f"M_{degree_lat:02d}{degree_lon:03d}{quad:02d}_{quarter}_{zone}_060_{self.acquired:%Y%m%d}"

    @property
    def acquired(self) -> date:
        """The day of the photograph."""
        return date(self.year, 9, 1) + timedelta(days=(self.across // 16 * 7 + self.down // 16 * 3) % 110)

    @property
    def processed(self) -> date:
        """The day the frame entered the archive."""
        return self.acquired + timedelta(days=60)

    @property
    def bounds(self) -> tuple[float, float, float, float]:
        """West, south, east and north in degrees."""
        west, north = WEST + self.across * STEP, NORTH - self.down * STEP
        return west, north - STEP, west + STEP, north

    @property
    def footprint(self) -> tuple[tuple[float, float], ...]:
        """The closed outline as (longitude, latitude)."""
        west, south, east, north = self.bounds
        return (west, south), (east, south), (east, north), (west, north), (west, south)


def frames_in(west: float, south: float, east: float, north: float) -> list[Quarter]:
    """Return the frames that touch a box, newest first, then by number."""
    across = range(max(0, int((west - WEST) // STEP)), min(_ACROSS, int((east - WEST) // STEP) + 1))
    down = range(max(0, int((NORTH - north) // STEP)), min(_DOWN, int((NORTH - south) // STEP) + 1))
    found = [Quarter(year, a, d) for year in YEARS for d in down for a in across]
    return sorted(found, key=lambda frame: (-frame.acquired.toordinal(), frame.entity_id))


def frame_of(entity_id: str) -> Quarter | None:
    """Return the frame with a number, if there is one."""
    number = int(entity_id) - FIRST_ID if re.fullmatch(r"[0-9]{7}", entity_id) else -1
    if not 0 <= number < len(YEARS) * _DOWN * _ACROSS:
        return None
    rest, across = divmod(number, _ACROSS)
    year, down = divmod(rest, _DOWN)
    return Quarter(YEARS[year], across, down)


@lru_cache(maxsize=1)
def by_display_id() -> dict[str, Quarter]:
    """Return every frame by its name."""
    return {frame.display_id: frame for frame in frames_in(WEST, SOUTH, EAST, NORTH)}
