"""Shapes on the report's map: whole across the antimeridian, on a map that cuts none, with few corners."""

import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from m2msync.core.antimeridian import area
from m2msync.core.chart import drawn, placed, simplified, west_of


def box(west, south, east, north):
    return ((west, south), (east, south), (east, north), (west, north), (west, south))


def test_a_footprint_across_the_antimeridian_stays_in_one_piece():
    assert drawn(box(179, 0, -179, 2)) == box(179, 0, 181, 2)
    assert drawn(box(-181, 0, -179, 2)) == box(179, 0, 181, 2)
    assert drawn(box(179, 0, -179, 2)[:-1]) == box(179, 0, 181, 2)


@pytest.mark.parametrize("footprint", [(), ((0, 0), (1, 1)), box(0, 0, 999, 1), box(0, -91, 1, 1)])
def test_what_cannot_be_understood_is_not_drawn(footprint):
    assert drawn(footprint) == ()


def test_a_footprint_around_the_pole_is_closed_over_it():
    ring = drawn(((0, 80), (90, 80), (180, 80), (-90, 80), (0, 80)))
    assert max(lat for _, lat in ring) == 90
    assert max(lon for lon, _ in ring) - min(lon for lon, _ in ring) == 360


@pytest.mark.parametrize(
    ("rings", "west"),
    [
        ([], -180),
        ([()], -180),
        ([box(-80, 0, -70, 5)], -180),
        ([box(-80, 0, -70, 5), box(100, 0, 110, 5)], -180),
        ([box(179, 0, 181, 2)], 0.0),
        ([box(170, 0, 180, 2), box(-180, 0, -170, 2)], 0.0),
        ([box(150, 0, 160, 2), box(-150, 0, -140, 2)], 5.0),
        # More than half of the earth: the map is that of the world, and what crosses its edge is drawn on both sides.
        ([box(n, 0, n + 5, 2) for n in range(-180, 180, 30)], -180),
    ],
)
def test_the_map_begins_where_it_cuts_nothing(rings, west):
    assert west_of(rings) == west


@given(st.lists(st.tuples(st.floats(-180, 179), st.floats(0.1, 30)), min_size=1, max_size=8))
def test_on_its_map_every_ring_is_to_the_east_of_the_beginning(spans):
    rings = [box(west, 0, west + wide, 1) for west, wide in spans]
    west = west_of(rings)
    assert -180 <= west < 180
    for ring in rings:
        there = placed(ring, west)
        assert min(lon for lon, _ in there) >= west
        assert math.isclose(area(there), area(ring), rel_tol=1e-6)


@given(st.integers(4, 3000), st.integers(3, 500))
def test_a_coast_loses_corners_and_keeps_its_shape(corners, most):
    turns = [2 * math.pi * n / corners for n in range(corners)]
    ring = [(math.cos(turn) + 1e-3 * (n % 2), math.sin(turn)) for n, turn in enumerate(turns)]
    ring = (*ring, ring[0])
    less = simplified(ring, most)
    assert less[0] == less[-1]
    assert len(less) <= max(most, 3) + 1 or len(ring) <= most + 1
    assert set(less) <= set(ring)
    if most > 40:
        assert math.isclose(area(less), area(ring), rel_tol=0.02)
