"""The part of a coastline around a map: the land that is filled, and the lines of the coast."""

import math
from itertools import pairwise

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from m2msync.core.antimeridian import area, inside
from m2msync.core.coast import clipped, coast_within, decoded, surroundings
from m2msync.core.model import Box

SQUARE = ((0, 0), (10, 0), (10, 10), (0, 10))


def closed(ring):
    return (*ring, ring[0])


def test_steps_are_decoded():
    assert decoded([100, -50, 1, 0, 0, 25]) == ((1.0, -0.5), (1.01, -0.5), (1.01, -0.25))


@pytest.mark.parametrize(
    ("rings", "box"),
    [
        ([], None),
        ([SQUARE], Box(-6, -6, 16, 16)),
        ([((0, 0), (1, 0), (1, 1))], Box(-4, -4, 5, 5)),
        ([((0, 70), (10, 70), (10, 80))], Box(-6, 64, 16, 85)),
        ([SQUARE, ((70, 0), (71, 0), (71, 1))], None),
    ],
)
def test_a_fine_coast_is_for_maps_of_a_part_of_the_world(rings, box):
    assert surroundings(rings) == box


def test_land_that_goes_on_follows_the_box_and_is_no_coast_there():
    coast = coast_within(Box(5, -5, 20, 5), [SQUARE])
    assert [area(closed(ring)) for ring in coast.land] == [25]
    assert coast.lines == ()  # no edge is in it as a whole
    coast = coast_within(Box(-5, -5, 20, 5), [SQUARE])
    assert coast.lines == (((0, 0), (10, 0)),)
    assert coast_within(Box(-5, -5, 20, 15), [SQUARE]).lines == (closed(SQUARE),)


def test_land_of_the_other_side_is_brought_and_its_cut_is_no_coast():
    east, west = ((178, 0), (180, 0), (180, 2), (178, 2)), ((-180, 0), (-178, 0), (-178, 2), (-180, 2))
    coast = coast_within(Box(170, -5, 190, 5), [east, west])
    assert sum(area(closed(ring)) for ring in coast.land) == 8
    assert [len(line) - 1 for line in coast.lines] == [1, 2, 3]
    assert not [line for line in coast.lines for a, b in pairwise(line) if a[0] == b[0] == 180]
    assert coast_within(Box(10, -5, 20, 5), [east, west]).land == ()


@given(
    st.lists(st.floats(1, 40), min_size=3, max_size=12),
    st.tuples(st.floats(-30, 20), st.floats(-30, 20), st.floats(1, 30), st.floats(1, 30)),
    st.tuples(st.floats(0, 1), st.floats(0, 1)),
)
def test_a_point_of_the_box_is_on_land_when_it_was(reach, corner, share):
    west, south, wide, high = corner
    box = Box(west, south, west + wide, south + high)
    turns = [2 * math.pi * n / len(reach) for n in range(len(reach))]
    ring = tuple((far * math.cos(turn), far * math.sin(turn)) for far, turn in zip(reach, turns, strict=True))
    point = west + share[0] * wide, south + share[1] * high
    # Not on an edge, where rounding decides.
    near = [(point[0] + dx, point[1] + dy) for dx in (-1e-6, 1e-6) for dy in (-1e-6, 1e-6)]
    assume(len({inside(p, [closed(ring)]) for p in near}) == 1)
    assume(all(west < x < west + wide and south < y < south + high for x, y in near))
    piece = clipped(ring, box)
    assert all(
        west - 1e-9 <= x <= west + wide + 1e-9 and south - 1e-9 <= y <= south + high + 1e-9 for x, y in piece
    )
    assert inside(point, [closed(piece)] if piece else []) == inside(point, [closed(ring)])
