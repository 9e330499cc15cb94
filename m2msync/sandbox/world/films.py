"""The films of the simulated declassified dataset: one mission's frames down a strip west of Lake Baikal.

All of them are taken for scanned: what the service offers of those that are not, nobody has recorded.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from functools import lru_cache
from typing import ClassVar

MISSION = "DS1115-1060DA"
COUNT = 60
_WEST, _NORTH = 101.4, 57.0
_WIDE, _HIGH, _STEP = 3.1, 0.42, 0.13  # degrees; the panoramic camera sees far to both sides


@dataclass(frozen=True, slots=True)
class Film:
    """One frame of film; `number` counts along the orbit, from north to south."""

    cloud_cover: ClassVar[None] = None
    state: ClassVar[str] = ""
    acquired: ClassVar[date] = date(1971, 9, 15)
    processed: ClassVar[date] = date(2000, 4, 18)

    number: int

    @property
    def entity_id(self) -> str:
        """Mission, revolution, camera and frame, for example DS1115-1060DA017."""
        return f"{MISSION}{self.number:03d}"

    @property
    def display_id(self) -> str:
        """The same: films have one name."""
        return self.entity_id

    @property
    def bounds(self) -> tuple[float, float, float, float]:
        """West, south, east and north in degrees."""
        longitudes, latitudes = zip(*self.footprint, strict=True)
        return min(longitudes), min(latitudes), max(longitudes), max(latitudes)

    @property
    def footprint(self) -> tuple[tuple[float, float], ...]:
        """The closed outline as (longitude, latitude), slanted like the orbit."""
        west, north = _WEST - 0.02 * self.number, _NORTH - _STEP * self.number
        east, slant = west + _WIDE, 0.4
        lower_left, lower_right = (west, north - _HIGH), (east, north - _HIGH - slant)
        return lower_left, lower_right, (east, north - slant), (west, north), lower_left


def films_in(west: float, south: float, east: float, north: float) -> list[Film]:
    """Return the films that touch a box, by number."""
    return [film for film in by_id().values() if _touch(film.bounds, (west, south, east, north))]


@lru_cache(maxsize=1)
def by_id() -> dict[str, Film]:
    """Return every film by its name."""
    return {film.entity_id: film for film in map(Film, range(1, COUNT + 1))}


def _touch(one: tuple[float, float, float, float], other: tuple[float, float, float, float]) -> bool:
    return one[0] <= other[2] and other[0] <= one[2] and one[1] <= other[3] and other[1] <= one[3]
