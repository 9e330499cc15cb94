"""Rectangles and circles on the globe, checked and never crossing the antimeridian."""

from __future__ import annotations

import math

from m2msync.core.antimeridian import split
from m2msync.core.model import Box, Point, Polygon
from m2msync.core.wording import Unfit

EARTH_RADIUS_KM = 6371.0088
_POLE = 90.0
_ANTIMERIDIAN = 180.0
_CORNERS = 72
_ALMOST = 89.9999  # degrees; at the very pole there are no bearings


def bbox(west: float, south: float, east: float, north: float) -> tuple[Box, ...]:
    """Return the box, or two when it crosses 180 degrees (west > east).

    Args:
        west: longitude in degrees, -180 to 180, like `east`.
        south: latitude in degrees, -90 to 90, like `north`.
        east: less than `west` when the box crosses 180 degrees.
        north: not less than `south`.

    Raises:
        Unfit: a coordinate is out of range, or south lies above north.
    """
    _check_latitudes((south, north), (west, east))
    for longitude in (west, east):
        _check_longitude(longitude)
    if south > north:
        raise Unfit(f"south {south:g} lies above north {north:g}", "swap them")
    return _split(west, south, east, north)


def around(longitude: float, latitude: float, kilometres: float) -> tuple[Box, ...]:
    """Return the smallest boxes around a circle on the globe; with radius 0 the point itself.

    Args:
        longitude: of the centre, degrees.
        latitude: of the centre, degrees.
        kilometres: radius of the circle.

    Raises:
        Unfit: a coordinate is out of range.
    """
    bbox(longitude, latitude, longitude, latitude)
    if kilometres == 0:
        return (Box(longitude, latitude, longitude, latitude),)
    angle = kilometres / EARTH_RADIUS_KM
    high = math.degrees(angle)
    south, north = max(latitude - high, -_POLE), min(latitude + high, _POLE)
    if south == -_POLE or north == _POLE:  # the circle holds a pole, and with it every longitude
        return (Box(-_ANTIMERIDIAN, round(south, 6), _ANTIMERIDIAN, round(north, 6)),)
    wide = math.degrees(math.asin(math.sin(angle) / math.cos(math.radians(latitude))))
    west, east = _wrapped(longitude - wide), _wrapped(longitude + wide)
    return _split(west, round(south, 6), east, round(north, 6))


def circle(longitude: float, latitude: float, kilometres: float) -> tuple[Polygon, ...]:
    """Return a circle on the globe as polygons of 72 corners, a thousandth wider than it so that it lies within.

    Args:
        longitude: of the centre, degrees.
        latitude: of the centre, degrees.
        kilometres: radius of the circle, more than 0.
    """
    angle = kilometres / EARTH_RADIUS_KM / math.cos(math.pi / _CORNERS)
    lat = math.radians(max(-_ALMOST, min(latitude, _ALMOST)))
    ring: list[Point] = []
    for corner in range(_CORNERS):
        bearing = 2 * math.pi * corner / _CORNERS
        sine = math.sin(lat) * math.cos(angle) + math.cos(lat) * math.sin(angle) * math.cos(bearing)
        turn = math.atan2(
            math.sin(bearing) * math.sin(angle) * math.cos(lat), math.cos(angle) - math.sin(lat) * sine
        )
        there = math.degrees(math.asin(max(-1.0, min(sine, 1.0))))
        ring.append((round(longitude + math.degrees(turn), 6), round(there, 6)))
    return split(((*ring, ring[0]),))


def _split(west: float, south: float, east: float, north: float) -> tuple[Box, ...]:
    if west <= east:
        return (Box(west, south, east, north),)
    halves = Box(west, south, _ANTIMERIDIAN, north), Box(-_ANTIMERIDIAN, south, east, north)
    return tuple(half for half in halves if half.west < half.east) or halves[:1]


def _wrapped(longitude: float) -> float:
    """Bring a longitude back to -180..180; rounded to 0.1 m so that the last bits of a cosine do not show."""
    if abs(longitude) > _ANTIMERIDIAN:
        longitude -= math.copysign(2 * _ANTIMERIDIAN, longitude)
    return round(longitude, 6)


def _check_latitudes(latitudes: tuple[float, float], longitudes: tuple[float, float]) -> None:
    for latitude in latitudes:
        if not abs(latitude) <= _POLE:
            possible = abs(latitude) <= _ANTIMERIDIAN and all(abs(other) <= _POLE for other in longitudes)
            hint = "longitude and latitude look swapped: west and east are longitudes" if possible else ""
            raise Unfit(f"latitude {latitude:g} is outside -90..90", hint or "write decimal degrees")


def _check_longitude(longitude: float) -> None:
    if not abs(longitude) <= _ANTIMERIDIAN:
        other = longitude - math.copysign(2 * _ANTIMERIDIAN, longitude)
        hint = f"write {other:g}" if abs(other) <= _ANTIMERIDIAN else "write decimal degrees"
        raise Unfit(f"longitude {longitude:g} is outside -180..180", hint)
