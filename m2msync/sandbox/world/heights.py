"""The tiles of the simulated height model: one degree by one, flown by a shuttle in February 2000.

There is one of every whole degree between the Amazon and the Great Lakes, the sea included, which the real
model leaves out.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from functools import lru_cache
from math import floor
from typing import ClassVar

SOUTH, NORTH, WEST, EAST = -10, 48, -110, -50
COUNT = (NORTH - SOUTH) * (EAST - WEST)


@dataclass(frozen=True, slots=True)
class Tile:
    """One tile, called after its south-west corner."""

    cloud_cover: ClassVar[None] = None
    state: ClassVar[str] = ""
    acquired: ClassVar[date] = date(2000, 2, 11)
    processed: ClassVar[date] = date(2014, 9, 23)

    west: int
    south: int

    @property
    def entity_id(self) -> str:
        """For example SRTM1N31W102V3."""
        latitude = f"{'N' if self.south >= 0 else 'S'}{abs(self.south):02d}"
        longitude = f"{'E' if self.west >= 0 else 'W'}{abs(self.west):03d}"
        return f"SRTM1{latitude}{longitude}V3"

    @property
    def display_id(self) -> str:
        """The same: tiles have one name."""
        return self.entity_id

    @property
    def bounds(self) -> tuple[float, float, float, float]:
        """West, south, east and north in degrees."""
        return self.west, self.south, self.west + 1, self.south + 1

    @property
    def footprint(self) -> tuple[tuple[float, float], ...]:
        """The closed outline as (longitude, latitude)."""
        west, south, east, north = self.bounds
        return (west, south), (east, south), (east, north), (west, north), (west, south)


def tiles_in(west: float, south: float, east: float, north: float) -> list[Tile]:
    """Return the tiles that touch a box, by name."""
    across = range(max(floor(west), WEST), min(floor(east) + 1, EAST))
    down = range(max(floor(south), SOUTH), min(floor(north) + 1, NORTH))
    return sorted((Tile(lon, lat) for lat in down for lon in across), key=lambda tile: tile.entity_id)


@lru_cache(maxsize=1)
def by_id() -> dict[str, Tile]:
    """Return every tile by its name."""
    return {tile.entity_id: tile for tile in tiles_in(WEST, SOUTH, EAST, NORTH)}
