"""Polygons that cross the antimeridian or hold a pole, made into ones that do neither.

Files write such polygons in many ways: with longitudes beyond 180, with a jump from 180 to -180, with or without
points on the antimeridian itself. Here every edge is taken to go the short way round, so that longitudes become
continuous; what then lies beyond 180 is cut off and moved to the other side of the map.
"""

from __future__ import annotations

import math
from itertools import pairwise
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from m2msync.core.model import Point, Polygon, Ring

_TURN, _HALF, _POLE = 360.0, 180.0, 90.0
_FAR = 540.0
_NOTHING = 1e-12  # square degrees
_Chain = list["Point"]


def split(polygon: Polygon) -> tuple[Polygon, ...]:
    """Return the same area as polygons within -180..180; what has no area is left out."""
    outer = unrolled(polygon[0])
    west = min(lon for lon, _ in outer)
    rest: list[Polygon] = [(outer, *(_beside(_unrolled(hole), west) for hole in polygon[1:]))]
    done: list[Polygon] = []
    while any(lon > _HALF for one in rest for lon, _ in one[0]):
        done += [part for one in rest for part in _cut(one, -1)]
        beyond = [part for one in rest for part in _cut(one, 1)]
        rest = [tuple(_moved(ring, -_TURN) for ring in one) for one in beyond]
    return tuple(one for one in (*done, *rest) if area(one[0]) > _NOTHING)


def unrolled(ring: Ring) -> Ring:
    """Return a ring with continuous longitudes that begins in the west within -180..180 and may end beyond 180."""
    whole = _unrolled(ring)
    west = min(lon for lon, _ in whole)
    return _moved(whole, -_TURN * math.floor((west + _HALF) / _TURN))


def area(ring: Ring) -> float:
    """Return the area within a ring, in square degrees."""
    return abs(signed_area(ring))


def signed_area(ring: Ring) -> float:
    """Return the same, less than 0 when the ring goes clockwise."""
    x, y = ring[0]  # taken from a corner of it, or small rings would drown in rounding
    return sum((x1 - x) * (y2 - y) - (x2 - x) * (y1 - y) for (x1, y1), (x2, y2) in pairwise(ring)) / 2


def is_plausible(ring: Ring) -> bool:
    """Say whether all of a ring may be on the earth; footprints across the antimeridian go beyond 180."""
    return all(abs(lon) <= _FAR and abs(lat) <= _POLE for lon, lat in ring)


def inside(point: Point, rings: Iterable[Ring]) -> bool:
    """Say whether a point lies within rings and not in a hole of theirs: an odd number of edges is east of it."""
    x, y = point
    odd = False
    for ring in rings:
        for (x1, y1), (x2, y2) in pairwise(ring):
            if (y1 > y) != (y2 > y) and x < (x2 - x1) * (y - y1) / (y2 - y1) + x1:
                odd = not odd
    return odd


def _unrolled(ring: Ring) -> Ring:
    """Return a ring with continuous longitudes, closed over the nearer pole when it goes once around the earth.

    From -180 to 180 is either no step at all, or all around the earth along a straight edge, as maps of the world
    have it: it is the second when the ring makes no sense with the first.
    """
    short = _walked(ring, around=False)
    if _closed(short) and area(short) > _NOTHING:
        return short
    long = _walked(ring, around=True)
    return long if _closed(long) else _over_the_pole(short)


def _walked(ring: Ring, *, around: bool) -> Ring:
    walked, offset = [ring[0]], 0.0
    for (before, _), (lon, lat) in pairwise(ring):
        step = lon - before
        if abs(step) > _HALF and not (around and abs(step) == _TURN):
            offset -= _TURN * round(step / _TURN)
        walked.append((lon + offset, lat))
    return tuple(walked)


def _closed(ring: Ring) -> bool:
    return abs(ring[0][0] - ring[-1][0]) < _HALF


def _over_the_pole(ring: Ring) -> Ring:
    pole = math.copysign(_POLE, sum(lat for _, lat in ring))
    return (*ring, (ring[-1][0], pole), (ring[0][0], pole), ring[0])


def _moved(ring: Ring, degrees: float) -> Ring:
    # What lies within rounding of 180 may come out beyond -180.
    return tuple((max(lon + degrees, -_HALF), lat) for lon, lat in ring) if degrees else ring


def _beside(hole: Ring, west: float) -> Ring:
    """Return a hole moved by whole turns to where its polygon is, which begins in the west at a longitude."""
    begins = min(lon for lon, _ in hole)
    return _moved(hole, _TURN * math.ceil((west - begins) / _TURN - 1e-9))


def _cut(polygon: Polygon, side: int) -> list[Polygon]:
    """Return what of a polygon lies west (-1) or east (1) of 180 degrees."""
    chains: list[_Chain] = []
    outers: list[Ring] = []
    holes: list[Ring] = []
    for number, ring in enumerate(polygon):
        within = [side * (lon - _HALF) > 0 for lon, _ in ring[:-1]]
        if all(within):
            (holes if number else outers).append(ring)
        elif any(within):
            chains += _chains(ring, within)
    outers += _joined(chains)
    return [(outer, *(hole for hole in holes if inside(hole[0], [outer]))) for outer in outers]


def _chains(ring: Ring, within: Sequence[bool]) -> list[_Chain]:
    """Return the stretches of a ring on one side, each from its first point on the line to its last."""
    count, chains = len(within), list[_Chain]()
    begin = within.index(False)
    for number in range(begin, begin + count):
        here, there = ring[number % count], ring[(number + 1) % count]
        came, goes = within[number % count], within[(number + 1) % count]
        if came != goes:
            crossing = _HALF, here[1] + (there[1] - here[1]) * (_HALF - here[0]) / (there[0] - here[0])
            if goes:
                chains.append([crossing])
            else:
                chains[-1].append(crossing)
        if goes:
            chains[-1].append(there)
    return chains


def _joined(chains: Sequence[_Chain]) -> list[Ring]:
    """Return the rings that chains become when their ends are joined along the line, two by two from the south."""
    ends = sorted((chain[end][1], number, end) for number, chain in enumerate(chains) for end in (0, -1))
    partner: dict[tuple[int, int], tuple[int, int]] = {}
    for (_, *one), (_, *other) in zip(ends[::2], ends[1::2], strict=True):
        partner[one[0], one[1]] = other[0], other[1]
        partner[other[0], other[1]] = one[0], one[1]
    rings: list[Ring] = []
    left = set(range(len(chains)))
    while left:
        number, end, ring = min(left), 0, list["Point"]()
        while number in left:
            left.remove(number)
            ring += chains[number] if end == 0 else reversed(chains[number])
            number, end = partner[number, -1 - end]
        rings.append((*ring, ring[0]))
    return rings
