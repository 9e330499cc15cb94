"""Footprints as GeoJSON (RFC 7946): closed, counterclockwise, cut where they cross the antimeridian."""

from __future__ import annotations

from itertools import pairwise
from typing import TYPE_CHECKING, Any

from m2msync.core import antimeridian

if TYPE_CHECKING:
    from collections.abc import Sequence

    from m2msync.core.model import Point, Polygon, Ring

Bounds = tuple[float, float, float, float]
"""West, south, east, north in degrees; west is greater than east across the antimeridian (RFC 7946, 5.2)."""
WORLD: Bounds = (-180.0, -90.0, 180.0, 90.0)
_HALF = 180.0


def geometry(footprint: Sequence[Point]) -> dict[str, Any] | None:
    """Return a footprint as a GeoJSON Polygon, or as a MultiPolygon of its two sides; None when it has no area."""
    polygons = [[_turned(ring) for ring in polygon] for polygon in _parts(footprint)]
    if not polygons:
        return None
    if len(polygons) == 1:
        return {"type": "Polygon", "coordinates": polygons[0]}
    return {"type": "MultiPolygon", "coordinates": polygons}


def bounds(shape: dict[str, Any]) -> Bounds:
    """Return the box around a shape that `geometry` made."""
    parts = [shape["coordinates"]] if shape["type"] == "Polygon" else shape["coordinates"]
    boxes = [_box(polygon[0]) for polygon in parts]
    south, north = min(b[1] for b in boxes), max(b[3] for b in boxes)
    eastern = [b for b in boxes if b[2] >= _HALF and b[0] > -_HALF]
    western = [b for b in boxes if b[0] <= -_HALF and b[2] < _HALF]
    if len(boxes) > 1 and len(eastern) + len(western) == len(boxes) and eastern and western:
        return min(b[0] for b in eastern), south, max(b[2] for b in western), north
    return min(b[0] for b in boxes), south, max(b[2] for b in boxes), north


def joined(one: Bounds | None, other: Bounds) -> Bounds:
    """Return the box around two; what crosses the antimeridian counts as all the way round."""
    boxes = [b if b[0] <= b[2] else (-_HALF, b[1], _HALF, b[3]) for b in (one, other) if b is not None]
    wests, souths, easts, norths = zip(*boxes, strict=True)
    return min(wests), min(souths), max(easts), max(norths)


def _parts(footprint: Sequence[Point]) -> Sequence[Polygon]:
    ring: Ring = tuple(footprint)
    if len(set(ring)) < 3:  # noqa: PLR2004 - corners of a triangle
        return ()
    ring = ring if ring[0] == ring[-1] else (*ring, ring[0])
    jumps = any(abs(x2 - x1) > _HALF for (x1, _), (x2, _) in pairwise(ring))
    if jumps or any(abs(x) > _HALF for x, _ in ring):
        return antimeridian.split((ring,))
    return ((ring,),) if antimeridian.signed_area(ring) else ()


def _turned(ring: Ring) -> list[list[float]]:
    """Return a ring with its inside to the left."""
    return [list(point) for point in (ring if antimeridian.signed_area(ring) > 0 else ring[::-1])]


def _box(ring: Sequence[Sequence[float]]) -> Bounds:
    return min(p[0] for p in ring), min(p[1] for p in ring), max(p[0] for p in ring), max(p[1] for p in ring)
