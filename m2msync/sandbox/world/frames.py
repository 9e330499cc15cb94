"""The images that are not Landsat's: aerial frames, films of spy satellites, tiles of a height model."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple, Protocol

from m2msync.sandbox.world import films, heights, quarters

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence
    from datetime import date

    from m2msync.sandbox.world.wrs2 import Point


class Frame(Protocol):
    """One image of such a dataset; nobody measures its clouds."""

    def __hash__(self) -> int:
        """Return the same for the same image."""

    @property
    def cloud_cover(self) -> None:
        """Percent; unknown."""

    @property
    def state(self) -> str:
        """The state of the United States it shows, empty elsewhere."""

    @property
    def entity_id(self) -> str:
        """The name or number by which it is ordered."""

    @property
    def display_id(self) -> str:
        """The name people read."""

    @property
    def acquired(self) -> date:
        """The day it was taken."""

    @property
    def processed(self) -> date:
        """The day it entered the archive."""

    @property
    def bounds(self) -> tuple[float, float, float, float]:
        """West, south, east and north in degrees."""

    @property
    def footprint(self) -> tuple[Point, ...]:
        """The closed outline as (longitude, latitude)."""


class Series(NamedTuple):
    """How the images of one dataset are found."""

    images: int
    """How many there are."""
    within: Callable[[float, float, float, float], Sequence[Frame]]
    """Those that touch a box of west, south, east and north, newest first."""
    of_entity: Callable[[str], Frame | None]
    by_display_id: Callable[[], Mapping[str, Frame]]


SERIES = {
    "naip": Series(92_160, quarters.frames_in, quarters.frame_of, quarters.by_display_id),
    "corona2": Series(films.COUNT, films.films_in, films.by_id().get, films.by_id),
    "srtm_v3": Series(heights.COUNT, heights.tiles_in, heights.by_id().get, heights.by_id),
}
"""By the alias of the dataset."""


def frames_in(alias: str, west: float, south: float, east: float, north: float) -> Sequence[Frame]:
    """Return a dataset's images that touch a box, newest first."""
    return SERIES[alias].within(west, south, east, north) if alias in SERIES else ()


def by_entity_id(alias: str, entity_id: str) -> Frame | None:
    """Return a dataset's image with an entityId, if there is one."""
    return SERIES[alias].of_entity(entity_id) if alias in SERIES else None


def by_display_id(alias: str, display_id: str) -> Frame | None:
    """Return a dataset's image with a displayId, if there is one."""
    return SERIES[alias].by_display_id().get(display_id) if alias in SERIES else None
