"""Shapes on the map: reading the spatial filters clients send, and asking whether two outlines touch."""

from __future__ import annotations

from dataclasses import dataclass
from itertools import pairwise
from typing import TYPE_CHECKING, Any

from m2msync.sandbox.errors import invalid
from m2msync.sandbox.world.parameters import number_of, object_of

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    Point = tuple[float, float]
    Ring = Sequence[Point]
    Box = tuple[float, float, float, float]


@dataclass(frozen=True, slots=True)
class Area:
    """A searched area: its bounding box as west, south, east, north, and its outlines unless it is just the box."""

    box: Box
    rings: tuple[tuple[Point, ...], ...] = ()

    def touches(self, ring: Ring) -> bool:
        """Say whether an outline, which may lie on the other side of the 180th meridian, meets the area."""
        own = self.rings or (_corners(self.box),)
        turned = [[(lon + turn, lat) for lon, lat in ring] for turn in (-360.0, 0.0, 360.0)]
        return any(_meet(mine, other) for mine in own for other in turned)


def area_of(spatial: dict[str, Any]) -> Area:
    """Return the area of a spatialFilter, of which both spellings of geojson are in use (api.md §9)."""
    kind = str(spatial.get("filterType")).lower()
    if kind == "mbr":
        (west, south), (east, north) = _corner(spatial, "lowerLeft"), _corner(spatial, "upperRight")
        if west > east or south > north:
            raise invalid("spatialFilter", "lowerLeft must lie below and left of upperRight")
        return Area((west, south, east, north))
    if kind == "geojson":
        rings = tuple(_rings(spatial.get("geoJson") or spatial.get("geojson")))
        if not rings:
            raise invalid("spatialFilter", "no coordinates were found in geoJson")
        lons, lats = zip(*(point for ring in rings for point in ring), strict=True)
        return Area((min(lons), min(lats), max(lons), max(lats)), rings)
    raise invalid("spatialFilter", f"unknown filterType {spatial.get('filterType')!r}")


def _corner(spatial: dict[str, Any], name: str) -> Point:
    corner = object_of(spatial.get(name), "spatialFilter")
    if not _is_point(corner):
        raise invalid("spatialFilter", f"{name} needs a latitude and a longitude")
    return _point(corner)


def _rings(shape: Any) -> Iterator[tuple[Point, ...]]:
    """Yield the outlines of GeoJSON however deep its coordinates are nested: some clients do not nest a ring."""
    if isinstance(shape, dict):
        for name in ("features", "geometries", "geometry", "coordinates"):
            yield from _rings(shape.get(name))
    elif isinstance(shape, list) and shape:
        if _is_point(shape):
            yield (_point(shape),)
        elif all(_is_point(part) for part in shape):
            yield tuple(_point(part) for part in shape)
        else:
            for part in shape:
                yield from _rings(part)


def _is_point(value: Any) -> bool:
    if isinstance(value, dict):
        return "longitude" in value and "latitude" in value
    return isinstance(value, list) and len(value) > 1 and all(isinstance(number, int | float) for number in value)


def _point(value: Any) -> Point:
    if isinstance(value, dict):
        value = value["longitude"], value["latitude"]
    lon, lat = (number_of(number, "spatialFilter") for number in value[:2])
    if abs(lon) > 540 or abs(lat) > 90:
        raise invalid("spatialFilter", f"{lon}, {lat} is no place on earth")
    return lon, lat


def _corners(box: Box) -> tuple[Point, ...]:
    west, south, east, north = box
    return (west, south), (east, south), (east, north), (west, north), (west, south)


def _meet(one: Ring, other: Ring) -> bool:
    return (
        _inside(one[0], other)
        or _inside(other[0], one)
        or any(_cross(a, b) for a in _edges(one) for b in _edges(other))
    )


def _edges(ring: Ring) -> list[tuple[Point, Point]]:
    return list(pairwise(ring))


def _inside(point: Point, ring: Ring) -> bool:
    x, y = point
    inside = point == ring[0]
    for (x1, y1), (x2, y2) in _edges(ring):
        if (y1 > y) != (y2 > y) and x < (x2 - x1) * (y - y1) / (y2 - y1) + x1:
            inside = not inside
    return inside


def _cross(one: tuple[Point, Point], other: tuple[Point, Point]) -> bool:
    (a, b), (c, d) = one, other
    return _side(a, b, c) * _side(a, b, d) <= 0 and _side(c, d, a) * _side(c, d, b) <= 0 and _near(one, other)


def _side(a: Point, b: Point, c: Point) -> float:
    return (b[0] - a[0]) * (c[1] - a[1]) - (b[1] - a[1]) * (c[0] - a[0])


def _near(one: tuple[Point, Point], other: tuple[Point, Point]) -> bool:
    """Say whether the bounding boxes of two edges overlap, without which edges on one line seem to cross."""
    return all(
        max(one[0][k], one[1][k]) >= min(other[0][k], other[1][k])
        and max(other[0][k], other[1][k]) >= min(one[0][k], one[1][k])
        for k in (0, 1)
    )
