"""Shapes as a map shows them: whole across the antimeridian, on a map that cuts none, with few corners."""

from __future__ import annotations

from typing import TYPE_CHECKING

from m2msync.core.antimeridian import is_plausible, unrolled

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from m2msync.core.model import Point, Ring

CORNERS = 400
"""How many corners of a shape are drawn; a coast has more than a map of this size can show."""
_TURN, _HALF = 360.0, 180.0


def drawn(footprint: Ring) -> Ring:
    """Return an outline to be drawn in one piece, its longitudes continuous; empty when it cannot be understood.

    Args:
        footprint: an outline, closed or not, of any longitudes.
    """
    if len(footprint) < 3 or not is_plausible(footprint):  # noqa: PLR2004
        return ()
    ring = unrolled(footprint if footprint[0] == footprint[-1] else (*footprint, footprint[0]))
    return simplified(ring, CORNERS)


def simplified(ring: Ring, corners: int) -> Ring:
    """Return a ring with at most so many corners: those are left out that change its area least (Visvalingam)."""
    if len(ring) <= corners + 1:
        return ring
    points = list(ring[:-1])
    while len(points) > corners:
        # A whole pass at a time, at most every other corner: what is left out is decided among neighbours.
        count = len(points)
        areas = [_corner(points[n - 1], points[n], points[(n + 1) % count]) for n in range(count)]
        limit = sorted(areas)[min(count - corners, count // 2) - 1]
        points = _without_small(points, areas, limit, count - corners)
    return (*points, points[0])


def west_of(rings: Iterable[Ring]) -> float:
    """Return the longitude at which a map of these rings begins.

    It is -180, as on every map of the world, unless all of them lie within a half of the earth that is cut there.
    """
    spans = sorted((min(lon for lon, _ in ring), max(lon for lon, _ in ring)) for ring in rings if ring)
    reach = max((east for _, east in spans), default=_HALF) - _TURN  # beyond 180 the map comes round again
    for west, east in spans:
        if west - reach > _HALF:
            return -_HALF if reach <= -_HALF else round((west + reach) / 2, 1)
        reach = max(reach, east)
    return -_HALF


def placed(ring: Ring, west: float) -> Ring:
    """Return a ring where it is on a map that begins at a longitude."""
    if not ring or min(lon for lon, _ in ring) >= west:
        return ring
    return tuple((lon + _TURN, lat) for lon, lat in ring)


def _corner(before: Point, here: Point, after: Point) -> float:
    """Return twice the area that goes with a corner, in square degrees."""
    return abs((here[0] - before[0]) * (after[1] - before[1]) - (after[0] - before[0]) * (here[1] - before[1]))


def _without_small(points: Sequence[Point], areas: Sequence[float], limit: float, most: int) -> list[Point]:
    kept: list[Point] = []
    gone, last = 0, False
    for point, area in zip(points, areas, strict=True):
        last = not last and area <= limit and gone < most
        gone += last
        if not last:
            kept.append(point)
    return kept
