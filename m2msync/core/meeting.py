"""Whether an image really shows a region: its footprint, a slanted square, against the region's own outline.

Everything is compared as drawn on a map of longitude and latitude, with straight edges. What only touches, meets.
"""

from __future__ import annotations

from itertools import pairwise
from typing import TYPE_CHECKING, NamedTuple

from m2msync.core.antimeridian import inside, is_plausible, split

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from m2msync.core.model import Box, Point, Polygon, Region, Ring

    Edge = tuple[Point, Point]

_TOGETHER = 16  # edges of which the bounds are looked at first


class _Stretch(NamedTuple):
    """Some edges in a row and their bounds: most of a long coast can be passed over sixteen edges at a time."""

    west: float
    south: float
    east: float
    north: float
    edges: Sequence[Edge]


class Area:
    """A region's polygons, made ready to be compared with many footprints."""

    def __init__(self, polygons: Iterable[Polygon]) -> None:
        self._parts = [(polygon[0][0], _stretches(polygon)) for polygon in polygons]

    def meets(self, footprint: Ring) -> bool:
        """Say whether a footprint meets the area; one that cannot be understood is taken to do so."""
        if not is_plausible(footprint):
            return True
        pieces = split(((*footprint, footprint[0]),))
        return not pieces or any(self._meets(piece) for piece in pieces)

    def _meets(self, piece: Polygon) -> bool:
        (whole,) = _stretches(piece, len(piece[0]))
        return any(
            _cross(whole, stretches) or _holds(stretches, piece[0][0]) or inside(corner, piece)
            for corner, stretches in self._parts
        )


def crosses_itself(ring: Ring) -> bool:
    """Say whether edges of a ring meet that do not follow each other."""
    edges = [edge for edge in pairwise(ring) if edge[0] != edge[1]]
    places = sorted((min(a[0], b[0]), max(a[0], b[0]), number) for number, (a, b) in enumerate(edges))
    for first, (_, east, number) in enumerate(places):
        for west, _, other in places[first + 1 :]:
            if west > east:
                break
            apart = abs(number - other) not in (1, len(edges) - 1)
            if apart and _meet(edges[number], edges[other]):
                return True
    return False


def covered(region: Region) -> tuple[Polygon, ...]:
    """Return what a region of boxes or polygons covers."""
    return region.polygons or tuple((_rectangle(box),) for box in region.boxes)


def _rectangle(box: Box) -> Ring:
    west, south, east, north = box.west, box.south, box.east, box.north
    return (west, south), (east, south), (east, north), (west, north), (west, south)


def _stretches(polygon: Polygon, length: int = _TOGETHER) -> list[_Stretch]:
    edges = [edge for ring in polygon for edge in pairwise(ring)]
    return [_stretch(edges[n : n + length]) for n in range(0, len(edges), length)]


def _stretch(edges: Sequence[Edge]) -> _Stretch:
    lons = [lon for edge in edges for lon, _ in edge]
    lats = [lat for edge in edges for _, lat in edge]
    return _Stretch(min(lons), min(lats), max(lons), max(lats), edges)


def _cross(one: _Stretch, others: Iterable[_Stretch]) -> bool:
    return any(
        _meet(edge, other)
        for stretch in others
        if one.west <= stretch.east
        and one.east >= stretch.west
        and one.south <= stretch.north
        and one.north >= stretch.south
        for other in stretch.edges
        for edge in one.edges
    )


def _meet(one: Edge, other: Edge) -> bool:
    (a, b), (c, d) = one, other
    return (
        max(a[0], b[0]) >= min(c[0], d[0])
        and max(c[0], d[0]) >= min(a[0], b[0])
        and max(a[1], b[1]) >= min(c[1], d[1])
        and max(c[1], d[1]) >= min(a[1], b[1])
        and _side(a, b, c) * _side(a, b, d) <= 0
        and _side(c, d, a) * _side(c, d, b) <= 0
    )


def _side(a: Point, b: Point, c: Point) -> float:
    return (b[0] - a[0]) * (c[1] - a[1]) - (b[1] - a[1]) * (c[0] - a[0])


def _holds(stretches: Iterable[_Stretch], point: Point) -> bool:
    """Say whether a point lies within the polygon of these edges, and not in one of its holes."""
    x, y = point
    near = [s.edges for s in stretches if s.south <= y <= s.north and x <= s.east]
    return inside(point, (edge for edges in near for edge in edges))
