import math
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from m2msync.core.antimeridian import split
from m2msync.core.manifest.boxes import EARTH_RADIUS_KM, bbox, circle
from m2msync.core.meeting import Area, covered, crosses_itself
from m2msync.core.model import Box, Image, Region
from m2msync.core.outlines import sieve

DEGREES = st.floats(-60, 60)
SIZES = st.floats(0.1, 20)


def ring(*points):
    return (*points, points[0])


def box(west, south, east, north):
    return ring((west, south), (east, south), (east, north), (west, north))


def slanted(lon, lat, reach):
    """Return a footprint that stands on a corner: a diamond."""
    return ring((lon, lat + reach), (lon + reach, lat), (lon, lat - reach), (lon - reach, lat))


def drawn(*rings):
    return Area(split(rings))


@st.composite
def stars(draw):
    lon, lat = draw(DEGREES), draw(st.floats(-30, 30))
    reach = draw(st.lists(st.floats(1, 30), min_size=3, max_size=60))
    turns = [2 * math.pi * n / len(reach) for n in range(len(reach))]
    return ring(
        *((lon + far * math.cos(turn), lat + far * math.sin(turn)) for far, turn in zip(reach, turns, strict=True))
    )


def winds(point, outline):
    """Say whether a point is within a ring by summing angles: another way than the one that is tested."""
    total = 0.0
    for (x1, y1), (x2, y2) in pairwise(outline):
        a, b = math.atan2(y1 - point[1], x1 - point[0]), math.atan2(y2 - point[1], x2 - point[0])
        total += math.remainder(b - a, 2 * math.pi)
    return abs(total) > math.pi


@given(st.tuples(DEGREES, DEGREES, SIZES, SIZES), st.tuples(DEGREES, DEGREES, SIZES, SIZES))
def test_boxes_meet_when_their_sides_do(one, other):
    (x, y, w, h), (x2, y2, w2, h2) = one, other
    expected = x <= x2 + w2 and x2 <= x + w and y <= y2 + h2 and y2 <= y + h
    assert drawn(box(x, y, x + w, y + h)).meets(box(x2, y2, x2 + w2, y2 + h2)) == expected


@given(stars(), stars())
def test_it_does_not_matter_who_meets_whom(one, other):
    assert drawn(one).meets(other) == drawn(other).meets(one)


@given(stars(), stars(), st.lists(st.tuples(st.floats(0, 1), st.floats(0, 1)), min_size=20, max_size=20))
def test_what_has_a_point_in_common_meets(one, other, samples):
    lons, lats = zip(*one, strict=True)
    for along, up in samples:
        point = min(lons) + along * (max(lons) - min(lons)), min(lats) + up * (max(lats) - min(lats))
        if winds(point, one) and winds(point, other):
            assert drawn(one).meets(other)
            return


def test_shapely_says_the_same():
    shapely = pytest.importorskip("shapely")

    @given(stars(), stars())
    def compared(one, other):
        a, b = shapely.Polygon(one), shapely.Polygon(other)
        gap = a.distance(b) if not a.intersects(b) else a.intersection(b).area
        if gap > 1e-9:  # what just touches is for rounding to decide
            assert drawn(one).meets(other) == a.intersects(b)

    compared()


@given(stars())
def test_a_star_does_not_cross_itself(outline):
    assert not crosses_itself(outline)


@given(stars(), st.integers(0, 100), st.integers(0, 100))
def test_a_star_of_which_two_corners_change_places_crosses_itself_as_shapely_finds(outline, one, other):
    shapely = pytest.importorskip("shapely")
    corners = list(outline[:-1])
    one, other = one % len(corners), other % len(corners)
    corners[one], corners[other] = corners[other], corners[one]
    tangled = ring(*corners)
    assert crosses_itself(tangled) == (not shapely.LinearRing(tangled).is_simple)


@given(stars())
def test_a_ring_meets_itself_and_nothing_east_of_it(outline):
    lons = [lon for lon, _ in outline]
    wide = max(lons) - min(lons) + 1e-3
    assert drawn(outline).meets(outline)
    assert not drawn(outline).meets(tuple((lon + wide, lat) for lon, lat in outline))


@given(stars(), st.floats(0.01, 0.3))
def test_what_lies_within_meets_without_any_edge_in_common(outline, size):
    lon, lat = (
        sum(p[0] for p in outline[:-1]) / (len(outline) - 1),
        sum(p[1] for p in outline[:-1]) / (len(outline) - 1),
    )
    small = box(lon - size, lat - size, lon + size, lat + size)
    if all(winds(point, outline) for point in small):
        assert drawn(outline).meets(small)
        assert drawn(small).meets(outline)


def test_a_hole_is_not_the_area_but_its_rim_is():
    lake = drawn(box(0, 0, 10, 10), box(2, 2, 8, 8))
    assert not lake.meets(box(4, 4, 6, 6))
    assert lake.meets(box(1, 4, 3, 6))
    assert lake.meets(box(2, 4, 3, 6))
    assert lake.meets(box(-1, -1, 11, 11))


def test_the_empty_corners_of_a_slanted_footprint_do_not_count():
    footprint = slanted(0, 0, 1)
    assert not drawn(box(0.6, 0.6, 0.9, 0.9)).meets(footprint)
    assert drawn(box(0.4, 0.4, 0.9, 0.9)).meets(footprint)


@pytest.mark.parametrize("turn", [-360, 0, 360])
def test_the_antimeridian_does_not_hide_an_image(turn):
    fiji = Area(covered(Region("fiji", bbox(177, -20, -178, -15))))
    footprint = tuple((lon + turn, lat) for lon, lat in slanted(181, -17, 1))
    assert fiji.meets(footprint)
    assert fiji.meets(ring((179, -17), (-179, -16), (-178, -18), (180, -19)))
    assert not fiji.meets(slanted(175, -17, 1))


def test_a_point_and_a_line_can_be_met():
    point = Area(covered(Region("p", (Box(0.2, 0.2, 0.2, 0.2),))))
    line = Area(covered(Region("l", (Box(-5, 0.2, 5, 0.2),))))
    assert point.meets(slanted(0, 0, 1))
    assert not point.meets(slanted(2, 2, 1))
    assert line.meets(slanted(0, 0, 1))
    assert not line.meets(slanted(0, 2, 1))
    assert Area(covered(Region("corner", (Box(1, 0, 1, 0),)))).meets(slanted(0, 0, 1))


@pytest.mark.parametrize(
    "footprint", [((0, 0),), ((0, 0), (0, 0)), ((1e308, 0), (0, 0), (1, 1)), ((math.nan, 0), (1, 0), (1, 1))]
)
def test_a_footprint_that_cannot_be_understood_speaks_against_nothing(footprint):
    assert drawn(box(50, 50, 51, 51)).meets(footprint)


def test_footprints_need_not_be_closed():
    assert drawn(box(-0.1, -0.1, 0.1, 0.1)).meets(slanted(0, 0, 1)[:-1])


def image(footprint=()):
    return Image("d", "e", "n", footprint=footprint)


def test_only_exact_regions_are_sieved():
    corner = Region("corner", (Box(0.6, 0.6, 0.9, 0.9),))
    assert sieve(corner) is None
    counts = sieve(Region("corner", corner.boxes, exact=True))
    assert not counts(image(slanted(0, 0, 1)))
    assert counts(image(slanted(1, 1, 1)))
    assert counts(image())


@given(st.floats(-180, 180), st.floats(-90, 90), st.floats(1, 1000), st.floats(0, 2 * math.pi), st.floats(0, 1))
def test_a_circle_is_in_its_polygons_and_little_else_is(longitude, latitude, kilometres, bearing, share):
    """Walk from the centre: no further than the radius one stays in the polygons, a fiftieth further one leaves."""

    def reached(distance):
        angle, lat = distance / EARTH_RADIUS_KM, math.radians(latitude)
        sine = math.sin(lat) * math.cos(angle) + math.cos(lat) * math.sin(angle) * math.cos(bearing)
        turn = math.atan2(
            math.sin(bearing) * math.sin(angle) * math.cos(lat), math.cos(angle) - math.sin(lat) * sine
        )
        lon = math.remainder(longitude + math.degrees(turn), 360)
        there = math.degrees(math.asin(max(-1, min(1, sine))))
        return Area(covered(Region("p", (Box(lon, there, lon, there),))))

    def meets(point):
        return any(point.meets(polygon[0]) for polygon in circle(longitude, latitude, kilometres))

    assert meets(reached(kilometres * share * 0.999))
    if abs(latitude) + math.degrees(kilometres / EARTH_RADIUS_KM) < 80:
        assert not meets(reached(kilometres * 1.02 + 0.01))


def test_a_circle_around_a_pole_holds_it():
    north, south = Area(circle(10, 90, 200)), Area(circle(10, -89, 200))
    assert north.meets(box(-100, 89, -99, 89.9))
    assert not north.meets(box(-100, 80, -99, 87))
    assert south.meets(box(-170, -89.9, -169, -89.5))


def test_a_circle_across_the_antimeridian_is_two_polygons():
    assert len(circle(179.9, 0, 50)) == 2
