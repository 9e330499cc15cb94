"""Footprints as GeoJSON: every area is kept, wherever it lies, and lies inside its box."""

from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from m2msync.core.antimeridian import area, inside
from m2msync.core.exports.geometry import WORLD, bounds, geometry, joined


def polygons(shape):
    return [shape["coordinates"]] if shape["type"] == "Polygon" else shape["coordinates"]


def wrapped(longitude):
    return (longitude + 180) % 360 - 180


@given(
    west=st.floats(-180, 179.9), south=st.floats(-80, 70), width=st.floats(0.5, 8), height=st.floats(0.5, 8),
    slant=st.floats(-2, 2), order=st.sampled_from([1, -1]),
)  # fmt: skip
def test_a_slanted_footprint_keeps_its_area_and_lies_in_its_box(west, south, width, height, slant, order):
    corners = [
        (west, south),
        (west + width, south),
        (west + width + slant, south + height),
        (west + slant, south + height),
    ]
    ring = tuple((wrapped(lon), lat) for lon, lat in corners)
    shape = geometry(ring[::order])
    assert geometry((*ring[::order], ring[::order][0])) == shape
    rings = [[tuple(p) for p in polygon[0]] for polygon in polygons(shape)]
    assert sum(area(tuple(ring)) for ring in rings) == pytest.approx(width * height, rel=1e-6, abs=1e-6)
    assert all(ring[0] == ring[-1] for ring in rings)
    signed = [sum(x1 * y2 - x2 * y1 for (x1, y1), (x2, y2) in pairwise(r)) for r in rings]
    assert all(number > 0 for number in signed)
    box = bounds(shape)
    assert box[1] <= south + 1e-9
    assert box[3] >= south + height - 1e-9
    span = (box[2] - box[0]) % 360 or 360
    assert span <= width + abs(slant) + 1e-6
    assert all(-180 <= lon <= 180 for ring in rings for lon, _ in ring)
    middle = (wrapped(west + width / 2 + slant / 2), south + height / 2)
    assert any(inside(middle, [tuple(ring)]) for ring in rings) or abs(abs(middle[0]) - 180) < 1e-6


def test_a_footprint_on_both_sides_has_a_box_from_east_to_west():
    shape = geometry(((179, 1), (-179, 1), (-179, 2), (179, 2)))
    assert shape["type"] == "MultiPolygon"
    assert bounds(shape) == (179, 1, -179, 2)


def test_around_a_pole():
    shape = geometry(tuple((lon, -80) for lon in range(-180, 180, 30)))
    assert bounds(shape) == (-180, -90, 180, -80)


@pytest.mark.parametrize(
    "points", [(), ((0, 0),), ((0, 0), (1, 1)), ((0, 0), (1, 1), (0, 0)), ((0, 0), (1, 1), (2, 2))]
)
def test_what_has_no_area_is_no_shape(points):
    assert geometry(points) is None


def test_boxes_are_joined():
    assert joined(None, (1, 2, 3, 4)) == (1, 2, 3, 4)
    assert joined((1, 2, 3, 4), (0, 3, 2, 5)) == (0, 2, 3, 5)
    assert joined((1, 2, 3, 4), (179, 3, -179, 5)) == (-180, 2, 180, 5)
    assert joined(WORLD, (1, 2, 3, 4)) == WORLD
