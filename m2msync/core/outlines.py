"""Where M2M is asked to look: few outlines with few corners, never smaller than the region they stand for.

M2M takes polygons in GeoJSON (api.md §9), but nobody has recorded whether with holes or many at once, and very long
ones were refused. What an outline holds beyond the region is left out again once the images are known.
"""

from __future__ import annotations

from itertools import pairwise
from typing import TYPE_CHECKING

from m2msync.core.meeting import Area, covered, crosses_itself

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from m2msync.core.model import Box, Image, Point, Region, Ring

MOST_CORNERS = 200
"""Corners of one outline."""
MOST_OUTLINES = 20
"""Outlines of one region, which is as many searches."""
_NEAR = 0.01  # degrees; a gap that is not wider is none


def asked(region: Region) -> tuple[Box | Ring | None, ...]:
    """Return where to search for a region, one search each; None is everywhere, as with cells."""
    return region.boxes or _outlines(region) or (None,)


def sieve(region: Region) -> Callable[[Image], bool] | None:
    """Return what tells which images of the searches count; None when all do.

    Images without a footprint always count: nothing speaks against them.
    """
    drawn = tuple(polygon[0] for polygon in region.polygons)
    whole = bool(region.boxes) or (_outlines(region) == drawn and all(len(p) == 1 for p in region.polygons))
    if region.cells or (whole and not region.exact):
        return None
    area = Area(covered(region))
    return lambda image: not image.footprint or area.meets(image.footprint)


def _outlines(region: Region) -> tuple[Ring, ...]:
    rings = [polygon[0] for polygon in region.polygons]
    groups = [[ring] for ring in rings] if len(rings) <= MOST_OUTLINES else _groups(rings)
    return tuple(group[0] if len(group) == 1 and _is_plain(group[0]) else _hull(group) for group in groups)


def _is_plain(ring: Ring) -> bool:
    """Say whether a ring has few corners and does not cross itself, which M2M could refuse."""
    return len(ring) <= MOST_CORNERS + 1 and not crosses_itself(ring)


def _groups(rings: Sequence[Ring]) -> list[list[Ring]]:
    """Return rings in as many groups as there may be outlines, parted where the gaps between them are widest."""
    groups = [_parted(rings)]
    while len(groups) < MOST_OUTLINES:
        groups.sort(key=lambda group: group[0])
        gap, before, after = groups.pop()
        if not before:  # nothing is left to part
            groups.append((gap, before, after))
            break
        groups += [_parted(before), _parted(after)]
    return [[*before, *after] for _, before, after in groups]


def _parted(rings: Sequence[Ring]) -> tuple[float, Sequence[Ring], Sequence[Ring]]:
    """Return the widest gap between the middles of rings along either axis, and the rings on its two sides."""
    best: tuple[float, Sequence[Ring], Sequence[Ring]] = (_NEAR, [], rings)
    for axis in (0, 1):
        placed = sorted(((min(p[axis] for p in ring) + max(p[axis] for p in ring)) / 2, ring) for ring in rings)
        for number, ((one, _), (other, _)) in enumerate(pairwise(placed), start=1):
            if other - one > best[0]:
                ordered = [ring for _, ring in placed]
                best = (other - one, ordered[:number], ordered[number:])
    return best


def _hull(rings: Sequence[Ring]) -> Ring:
    """Return the convex outline around rings; their bounds when that has too many corners."""
    points = sorted({point for ring in rings for point in ring})
    lower, upper = _half(points), _half(points[::-1])
    hull = (*lower[:-1], *upper)
    if len(hull) <= MOST_CORNERS + 1:
        return hull
    lats = [lat for _, lat in points]
    (west, _), (east, _), south, north = points[0], points[-1], min(lats), max(lats)
    return (west, south), (east, south), (east, north), (west, north), (west, south)


def _half(points: Sequence[Point]) -> list[Point]:
    """Return the part of the convex outline that leads from the first of sorted points to the last (Andrew)."""
    half: list[Point] = []
    for x, y in points:
        while len(half) > 1:
            (x1, y1), (x2, y2) = half[-2:]
            if (x2 - x1) * (y - y1) - (y2 - y1) * (x - x1) > 0:
                break
            half.pop()
        half.append((x, y))
    return half
