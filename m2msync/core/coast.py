"""The part of a coastline that lies around what a map shows: land to be filled, and the lines of its coast."""

from __future__ import annotations

from itertools import accumulate, groupby, pairwise
from typing import TYPE_CHECKING, NamedTuple

from m2msync.core.model import Box

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

    from m2msync.core.model import Point, Ring

_TURN, _HALF, _MOST_NORTH = 360.0, 180.0, 85.0
_WIDEST = 60.0  # degrees; on a larger map the coarse coast will do
_AROUND, _LEAST = 0.6, 4.0  # how much is seen around a map: a share of its size, and degrees
_HUNDREDTHS = 100


class Coast(NamedTuple):
    """Land within a box."""

    box: Box
    land: tuple[Ring, ...]
    """Rings to be filled by the even-odd rule; they follow the box where the land goes on."""
    lines: tuple[tuple[Point, ...], ...]
    """What of the rings is coast."""


def decoded(ring: Sequence[int]) -> Ring:
    """Return a ring in degrees from longitudes and latitudes in hundredths, each but the first as a step."""
    lons, lats = (accumulate(ring[axis::2]) for axis in (0, 1))
    return tuple((lon / _HUNDREDTHS, lat / _HUNDREDTHS) for lon, lat in zip(lons, lats, strict=True))


def surroundings(rings: Iterable[Ring]) -> Box | None:
    """Return the box around rings in which a fine coast helps; None without rings, or when they reach far."""
    points = [point for ring in rings for point in ring]
    if not points:
        return None
    lons, lats = zip(*points, strict=True)
    west, south, east, north = min(lons), min(lats), max(lons), max(lats)
    if east - west > _WIDEST or north - south > _WIDEST:
        return None
    margin = max(_LEAST, _AROUND * max(east - west, north - south))
    return Box(west - margin, max(south - margin, -_MOST_NORTH), east + margin, min(north + margin, _MOST_NORTH))


def coast_within(box: Box, rings: Iterable[Ring]) -> Coast:
    """Return the land within a box.

    Args:
        box: may reach beyond 180 degrees; what lies there is brought.
        rings: of land and of lakes in it, within -180..180.
    """
    land: list[Ring] = []
    lines: list[tuple[Point, ...]] = []
    for ring in rings:
        for moved in _brought(ring, box):
            piece = clipped(moved, box)
            if piece:
                land.append(piece)
                lines += _lines(moved, box)
    return Coast(box, tuple(land), tuple(lines))


def clipped(ring: Ring, box: Box) -> Ring:
    """Return what of a ring lies in a box (Sutherland and Hodgman), open; empty when nothing does."""
    points: Sequence[Point] = ring
    for axis, limit, sign in ((0, box.west, 1), (0, box.east, -1), (1, box.south, 1), (1, box.north, -1)):
        points = _half(points, axis, limit, sign)
    return tuple(points)


def _half(points: Sequence[Point], axis: int, limit: float, sign: int) -> list[Point]:
    """Return what of a ring lies beyond a limit in one direction."""
    kept: list[Point] = []
    for number, here in enumerate(points):
        before = points[number - 1]
        deep, was = sign * (here[axis] - limit) >= 0, sign * (before[axis] - limit) >= 0
        if deep != was:
            share = (limit - before[axis]) / (here[axis] - before[axis])
            other = before[1 - axis] + share * (here[1 - axis] - before[1 - axis])
            kept.append((limit, other) if axis == 0 else (other, limit))
        if deep:
            kept.append(here)
    return kept


def _brought(ring: Ring, box: Box) -> Iterator[Ring]:
    """Yield a ring, once for each whole turn by which it comes to meet a box."""
    lons, lats = zip(*ring, strict=True)
    west, east = min(lons), max(lons)
    if min(lats) > box.north or max(lats) < box.south:
        return
    for turn in (-_TURN, 0, _TURN):
        if west + turn <= box.east and east + turn >= box.west:
            yield tuple((lon + turn, lat) for lon, lat in ring) if turn else ring


def _lines(ring: Ring, box: Box) -> list[tuple[Point, ...]]:
    """Return the stretches of a ring within a box that are coast, not where maps are cut at the antimeridian."""

    def counts(edge: tuple[Point, Point]) -> bool:
        here, there = edge
        cut = abs(here[0]) % _TURN == abs(there[0]) % _TURN == _HALF
        return not cut and all(box.west <= lon <= box.east and box.south <= lat <= box.north for lon, lat in edge)

    stretches = (list(edges) for coast, edges in groupby(pairwise((*ring, ring[0])), counts) if coast)
    return [(edges[0][0], *(there for _, there in edges)) for edges in stretches]
