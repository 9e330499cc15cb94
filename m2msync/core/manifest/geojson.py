"""The areas that a GeoJSON document draws (RFC 7946), and everything that can be wrong with them."""

from __future__ import annotations

import math
import re
from typing import TYPE_CHECKING, Any

from m2msync.core.antimeridian import split
from m2msync.core.manifest.boxes import circle
from m2msync.core.wording import Unfit, listed, meant, shown

if TYPE_CHECKING:
    from collections.abc import Iterator

    from m2msync.core.model import Point, Polygon, Ring

_OURS = re.compile(r"(CRS:?84|EPSG:+([0-9.]*:)?4326)$", re.IGNORECASE)
_POLE, _ANTIMERIDIAN, _TURN = 90, 180, 360
_FAR = 10**12  # beyond every map; JSON has whole numbers that are too large for a float
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


def read_features(
    file: str, document: Any, column: str, kilometres: float | None = None
) -> Iterator[tuple[str, tuple[str, tuple[Polygon, ...]] | Unfit]]:
    """Yield where each feature of a document stands, with its name and areas, or what is wrong with it.

    Args:
        file: what it is called in messages.
        document: the GeoJSON as JSON has it.
        column: the property that names a feature.
        kilometres: how far around points is meant; None when it must not have any.

    Raises:
        Unfit: it is no GeoJSON of features, or none of them has such a property.
    """
    features = document.get("features") if isinstance(document, dict) else None
    if not isinstance(features, list) or not features:
        raise Unfit(f"{file} is no FeatureCollection, whose features could be regions", "leave each out")
    known = dict.fromkeys(str(name) for feature in features for name in _properties(feature))
    if column not in known:
        told = f"; it has {', '.join(map(shown, known))}" if known else ""
        raise Unfit(
            f"no feature of {file} has {shown(column)}{told}", meant(column, known, otherwise="name another")
        )
    for number, feature in enumerate(features, start=1):
        where = f"feature {number} of {file}"
        try:
            yield where, (_name_of(feature, column), read_areas(where, feature, kilometres))
        except Unfit as unfit:
            yield where, Unfit(unfit.message.removeprefix(where).lstrip(": "), unfit.hint)


def _properties(feature: Any) -> dict[str, Any]:
    properties = feature.get("properties") if isinstance(feature, dict) else None
    return properties if isinstance(properties, dict) else {}


def _name_of(feature: Any, column: str) -> str:
    value = _properties(feature).get(column)
    if isinstance(value, float) and value.is_integer():
        value = int(value)
    if isinstance(value, bool) or not isinstance(value, str | int) or not str(value).strip():
        raise Unfit(f"its {column} is no name", "write one, or name another column")
    return str(value).strip()


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
    longitude, latitude = (float(max(min(number, _FAR), -_FAR)) for number in numbers)
    if abs(longitude) <= _TURN and abs(latitude) <= _POLE:
        return longitude, latitude
    if abs(longitude) <= _POLE and abs(latitude) <= _ANTIMERIDIAN:
        hint = "longitude and latitude look swapped: in GeoJSON longitude comes first"
    elif abs(longitude) > _TURN and abs(latitude) > _POLE:
        raise Unfit(f"{where} has the position {longitude:g}, {latitude:g}, which is not in degrees", _TO_WGS84)
    else:
        hint = "write decimal degrees"
    limit = f"latitude {latitude:g} is outside -90..90"
    if not abs(longitude) <= _TURN:
        limit = f"longitude {longitude:g} is outside -180..180"
    raise Unfit(f"{where}: {limit}", hint)
