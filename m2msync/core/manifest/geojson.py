"""The areas that a GeoJSON document draws (RFC 7946), and everything that can be wrong with them."""

from __future__ import annotations

import math
import re
from typing import TYPE_CHECKING, Any

from m2msync.core.antimeridian import split
from m2msync.core.manifest.boxes import circle
from m2msync.core.wording import Unfit, listed, shown

if TYPE_CHECKING:
    from collections.abc import Iterator

    from m2msync.core.model import Point, Polygon, Ring

_OURS = re.compile(r"(CRS:?84|EPSG:+([0-9.]*:)?4326)$", re.IGNORECASE)
_POLE, _ANTIMERIDIAN, _TURN = 90, 180, 360
_LEAST_CORNERS = 3
_AREAS = ("Polygon", "MultiPolygon")
_POINTS = ("Point", "MultiPoint")
_LINES = ("LineString", "MultiLineString")
_FEATURES = ("Feature", "FeatureCollection")
_HOLDERS = {"FeatureCollection": "features", "GeometryCollection": "geometries", "Feature": "geometry"}
_KNOWN = f"it must be a {listed((*_AREAS, *_FEATURES))}"
_TO_WGS84 = "save it in longitude and latitude (WGS 84, EPSG:4326)"


def foreign_crs(document: Any) -> str:
    """Return the coordinate reference system a document says it is in; empty when that is WGS 84, as it should."""
    told = document.get("crs") if isinstance(document, dict) else None
    if told is None:
        return ""
    properties = told.get("properties") if isinstance(told, dict) else None
    name = str(properties.get("name", told) if isinstance(properties, dict) else told)
    return "" if _OURS.search(name) else name


def read_areas(file: str, document: Any, kilometres: float | None = None) -> tuple[Polygon, ...]:
    """Return the areas of a document, none across the antimeridian.

    Args:
        file: what it is called in messages.
        document: the GeoJSON as JSON has it.
        kilometres: how far around points is meant; None when it must not have any.

    Raises:
        Unfit: it is no GeoJSON, draws no areas, or something other than areas.
    """
    shapes = list(_shapes(document, file))
    kinds = {shape["type"] for shape, _ in shapes}
    if kinds & {*_LINES}:
        raise Unfit(f"{file} holds lines, not areas", "draw an area around them, for example with a buffer")
    if kinds & {*_POINTS} and not kilometres:
        raise Unfit(f"{file} holds points, not areas", "say how far around them is meant: buffer_km: 5")
    if kilometres is not None and shapes and not kinds & {*_POINTS}:
        raise Unfit(f"buffer_km goes around points, and {file} holds none", "leave buffer_km out")
    areas = [area for shape, where in shapes for area in _areas(shape, where, kilometres or 0)]
    if not areas:
        raise Unfit(f"{file} holds no area", "draw at least one polygon in it")
    return tuple(dict.fromkeys(areas))


def _shapes(document: Any, where: str) -> Iterator[tuple[dict[str, Any], str]]:
    """Yield every geometry that has coordinates, and where it stands."""
    kind = document.get("type") if isinstance(document, dict) else None
    if not isinstance(kind, str):
        raise Unfit(f"{where} is without a type, which is no GeoJSON", _KNOWN)
    if kind in (*_AREAS, *_POINTS, *_LINES):
        yield document, where
    elif kind in _HOLDERS:
        held = document.get(_HOLDERS[kind])
        if kind == "Feature":
            # A feature may be without a place.
            yield from _shapes(held, where) if held is not None else ()
        elif not isinstance(held, list):
            raise Unfit(f"{where} is a {kind} without {_HOLDERS[kind]}", "export it again as GeoJSON")
        else:
            name = "feature" if kind == "FeatureCollection" else "geometry"
            for number, part in enumerate(held, start=1):
                yield from _shapes(part, f"{name} {number} of {where}")
    else:
        raise _strange(kind, where)


def _strange(kind: str, where: str) -> Unfit:
    if kind == "Topology":
        return Unfit(f"{where} is TopoJSON", "export it as GeoJSON")
    return Unfit(f"{where} is of the type {shown(kind)}, which is no GeoJSON", _KNOWN)


def _areas(shape: dict[str, Any], where: str, kilometres: float) -> Iterator[Polygon]:
    kind, coordinates = shape["type"], shape.get("coordinates")
    several = coordinates if kind.startswith("Multi") else [coordinates]
    for one in _list(several, where):
        if kind in _POINTS:
            longitude, latitude = _position(one, where)
            yield from circle(math.remainder(longitude, _TURN), latitude, kilometres)
        elif one != []:  # an empty polygon is a polygon
            yield from split(tuple(_ring(ring, where) for ring in _list(one, where)))


def _ring(value: Any, where: str) -> Ring:
    points = tuple(_position(position, where) for position in _list(value, where))
    if len({*points}) < _LEAST_CORNERS:
        raise Unfit(f"{where} has an outline with fewer than three corners", "draw it again")
    return points if points[0] == points[-1] else (*points, points[0])


def _list(value: Any, where: str) -> list[Any]:
    if not isinstance(value, list):
        raise Unfit(f"{where} has coordinates that are no lists of [longitude, latitude]", "export it as GeoJSON")
    return value


def _position(value: Any, where: str) -> Point:
    numbers = _list(value, where)[:2]
    if len(numbers) < 2 or not all(  # noqa: PLR2004 - longitude and latitude; a height may follow
        isinstance(number, int | float) and not isinstance(number, bool) for number in numbers
    ):
        raise Unfit(f"{where} has a position that is not [longitude, latitude]", "export it as GeoJSON")
    longitude, latitude = numbers
    if abs(longitude) <= _TURN and abs(latitude) <= _POLE:
        return float(longitude), float(latitude)
    if abs(longitude) <= _POLE and abs(latitude) <= _ANTIMERIDIAN:
        hint = "longitude and latitude look swapped: in GeoJSON longitude comes first"
    elif abs(longitude) > _TURN and abs(latitude) > _POLE:
        raise Unfit(f"{where} has the position {longitude:g}, {latitude:g}, which is not in degrees", _TO_WGS84)
    else:
        hint = "write decimal degrees"
    limit = f"latitude {latitude:g} is outside -90..90"
    if abs(longitude) > _TURN:
        limit = f"longitude {longitude:g} is outside -180..180"
    raise Unfit(f"{where}: {limit}", hint)
