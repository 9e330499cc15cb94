import math
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from m2msync.core.antimeridian import area, inside, split

BOX = ((0, 0), (1, 0), (1, 1), (0, 1), (0, 0))


def ring(*points):
    return (*points, points[0])


def box(west, south, east, north):
    return ring((west, south), (east, south), (east, north), (west, north))


def bounds(polygon):
    lons, lats = zip(*polygon[0], strict=True)
    return min(lons), min(lats), max(lons), max(lats)


def all_bounds(*rings):
    return sorted(bounds(polygon) for polygon in split(rings))


def total(polygons):
    return sum(area(outer) - sum(map(area, holes)) for outer, *holes in polygons)


def within(point, polygons):
    return any(inside(point, polygon) for polygon in polygons)


@st.composite
def stars(draw):
    """Draw a simple ring with continuous longitudes: distances from a centre, in order of their direction."""
    lon, lat = draw(st.floats(-360, 360)), draw(st.floats(-40, 40))
    reach = draw(st.lists(st.floats(1, 40), min_size=3, max_size=12))
    turns = [2 * math.pi * n / len(reach) for n in range(len(reach))]
    spokes = zip(reach, turns, strict=True)
    return ring(*((lon + far * math.cos(turn), lat + far * math.sin(turn)) for far, turn in spokes))


def wrapped(lon):
    return (lon + 180) % 360 - 180


def test_what_does_not_cross_stays_as_it_is():
    assert split((BOX,)) == ((BOX,),)
    hole = box(0.2, 0.2, 0.8, 0.8)
    assert split((BOX, hole)) == ((BOX, hole),)
    assert split((box(-180, -90, 180, 90),)) == ((box(-180, -90, 180, 90),),)


@pytest.mark.parametrize(
    "outline",
    [
        box(170, -20, 190, -10),
        box(-190, -20, -170, -10),
        box(170, -20, -170, -10),
        ring((170, -20), (180, -20), (-180, -20), (-170, -20), (-170, -10), (-180, -10), (180, -10), (170, -10)),
        ring((170, -20), (180, -20), (190, -20), (190, -10), (180, -10), (170, -10)),
    ],
    ids=["beyond 180", "beyond -180", "a jump", "a jump on the line", "points on the line"],
)
def test_every_way_of_writing_a_crossing_is_the_same_two_boxes(outline):
    assert all_bounds(outline) == [(-180, -20, -170, -10), (170, -20, 180, -10)]
    assert total(split((outline,))) == pytest.approx(200)


def test_what_lies_beyond_is_moved_whole():
    assert all_bounds(box(190, 0, 200, 1)) == [(-170, 0, -160, 1)]
    assert all_bounds(box(180, 0, 190, 1)) == [(-180, 0, -170, 1)]
    assert all_bounds(box(170, 0, 180, 1)) == [(170, 0, 180, 1)]


def test_the_whole_world_and_bands_around_it_are_not_mistaken_for_crossings():
    assert all_bounds(box(-180, -60, 180, 60)) == [(-180, -60, 180, 60)]
    band = ring((-180, -60), (0, -60), (180, -60), (180, 60), (-180, 60))
    assert all_bounds(band) == [(-180, -60, 180, 60)]
    assert all_bounds(box(0, -60, 360, 60)) == [(-180, -60, 0, 60), (0, -60, 180, 60)]


def test_a_ring_around_a_pole_holds_it():
    coast = [(lon, -70 - lon % 60 / 20) for lon in range(-180, 180, 30)]
    for drawn in (ring(*coast), ring(*coast[::-1])):
        parts = split((drawn,))
        assert {bounds(part)[1] for part in parts} == {-90}
        assert within((17, -89), parts)
        assert not within((17, -60), parts)
    north = tuple((lon, -lat) for lon, lat in ring(*coast))
    assert within((17, 89), split((north,)))


def test_antarctica_as_maps_of_the_world_draw_it():
    coast = [(lon, -70) for lon in range(180, -181, -30)]
    (polygon,) = split((ring((-180, -90), (180, -90), *coast),))
    assert bounds(polygon) == (-180, -90, 180, -70)
    assert area(polygon[0]) == pytest.approx(360 * 20)


def test_a_comb_across_the_line_falls_into_its_teeth():
    """Three teeth reach across; two of them enclose a bay that is on neither side."""
    comb = ring(
        (170, 0), (190, 0), (190, 1), (175, 1), (175, 2), (190, 2), (190, 3), (175, 3), (175, 4), (190, 4), (190, 5), (170, 5)
    )  # fmt: skip
    parts = split((comb,))
    assert sorted(bounds(part) for part in parts) == [
        (-180, 0, -170, 1), (-180, 2, -170, 3), (-180, 4, -170, 5), (170, 0, 180, 5)
    ]  # fmt: skip
    assert within((-175, 2.5), parts)
    assert not within((-175, 1.5), parts)
    assert not within((179, 1.5), parts)


def test_a_hole_across_the_line_becomes_part_of_the_shore():
    parts = split((box(170, 0, 190, 10), box(178, 4, 182, 6)))
    assert total(parts) == pytest.approx(200 - 8)
    assert not within((179, 5), parts)
    assert not within((-179, 5), parts)
    assert within((-179, 7), parts)


def test_holes_go_with_their_side_however_they_are_written():
    outer, west, east = box(170, 0, 190, 10), box(172, 4, 174, 6), box(-174, 4, -172, 6)
    parts = split((outer, west, east))
    assert total(parts) == pytest.approx(200 - 8)
    assert [len(part) for part in parts] == [2, 2]
    assert not within((-173, 5), parts)


def test_what_has_no_area_is_left_out():
    assert split((ring((0, 0), (1, 1), (2, 2)),)) == ()
    assert split((ring((180, 0), (180, 5), (180, 2)),)) == ()


@given(stars())
def test_the_parts_cover_the_same_area_within_the_map(outline):
    parts = split((outline,))
    assert total(parts) == pytest.approx(area(outline), rel=1e-6)
    for part in parts:
        west, south, east, north = bounds(part)
        assert -180 <= west < east <= 180
        assert -90 <= south < north <= 90
        assert part[0][0] == part[0][-1]


@given(stars(), st.floats(-0.99, 0.99), st.floats(-0.99, 0.99))
def test_a_point_is_within_the_parts_when_it_is_within_the_whole(outline, along, up):
    west, south, east, north = bounds((outline,))
    lon = (west + east) / 2 + along * (east - west) / 2
    lat = (south + north) / 2 + up * (north - south) / 2
    # Not on an edge, where rounding decides.
    expected = {inside((lon + dx, lat + dy), [outline]) for dx in (-1e-6, 1e-6) for dy in (-1e-6, 1e-6)}
    if len(expected) == 1 and abs(wrapped(lon)) < 179.99:
        assert within((wrapped(lon), lat), split((outline,))) == expected.pop()


@given(stars(), st.integers(-1, 1))
def test_however_longitudes_are_written_it_is_the_same_area(outline, turns):
    """Points may be given wrapped one by one, or all moved by whole turns, if no edge spans half the world."""
    if max(abs(b[0] - a[0]) for a, b in pairwise(outline)) >= 180:
        return
    one_by_one = tuple((wrapped(lon), lat) for lon, lat in outline)
    moved = tuple((lon + 360 * turns, lat) for lon, lat in outline)
    for other in (one_by_one, moved):
        assert total(split((other,))) == pytest.approx(area(outline), rel=1e-6)
