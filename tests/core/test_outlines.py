import math
import time

from hypothesis import given, settings
from hypothesis import strategies as st

from m2msync.core.antimeridian import inside
from m2msync.core.model import Box, Image, Region
from m2msync.core.outlines import MOST_CORNERS, MOST_OUTLINES, asked, sieve


def ring(*points):
    return (*points, points[0])


def box(west, south, east, north):
    return ring((west, south), (east, south), (east, north), (west, north))


def wavy(corners, lon=0.0, lat=0.0, reach=10.0):
    """Return a coast: a circle with so many corners that goes in and out."""
    turns = [2 * math.pi * n / corners for n in range(corners)]
    far = [reach * (1 + 0.3 * (n % 2)) for n in range(corners)]
    return ring(*((lon + f * math.cos(t), lat + f * math.sin(t)) for f, t in zip(far, turns, strict=True)))


def image(outline):
    return Image("d", "e", "n", footprint=outline)


def test_boxes_and_cells_are_asked_as_they_are():
    halves = Box(170, 0, 180, 1), Box(-180, 0, -170, 1)
    assert asked(Region("r", halves)) == halves
    assert asked(Region("r", cells=((11, 59),))) == (None,)
    assert sieve(Region("r", cells=((11, 59),))) is None


def test_a_small_outline_is_asked_as_it_is_drawn_and_believed():
    region = Region("r", polygons=((wavy(MOST_CORNERS),), (box(50, 0, 51, 1),)))
    assert asked(region) == (wavy(MOST_CORNERS), box(50, 0, 51, 1))
    assert sieve(region) is None


def test_a_long_outline_is_asked_with_few_corners_and_sieved():
    coast = wavy(5000)
    (outline,) = asked(Region("r", polygons=((coast,),)))
    assert len(outline) <= MOST_CORNERS + 1
    assert all(inside((lon * 0.999, lat * 0.999), [outline]) for lon, lat in coast)
    counts = sieve(Region("r", polygons=((coast,),)))
    assert counts(image(box(0, 0, 1, 1)))
    assert not counts(image(box(12.8, 12.8, 12.9, 12.9)))


def test_an_outline_that_crosses_itself_is_asked_as_its_hull_and_sieved():
    bow = ring((0, 0), (10, 10), (10, 0), (0, 10))
    region = Region("r", polygons=((bow,),))
    assert {*asked(region)[0]} == {(0, 0), (10, 0), (10, 10), (0, 10)}
    counts = sieve(region)
    assert not counts(image(box(4, 0, 6, 1)))
    assert counts(image(box(1, 4, 2, 6)))


def test_an_outline_with_a_point_twice_is_plain():
    twice = ring((0, 0), (10, 0), (10, 0), (10, 10), (0, 0))
    assert asked(Region("r", polygons=((twice,),))) == (twice,)


def test_a_hole_is_not_asked_about_but_sieved():
    region = Region("r", polygons=((box(0, 0, 10, 10), box(2, 2, 8, 8)),))
    assert asked(region) == (box(0, 0, 10, 10),)
    counts = sieve(region)
    assert not counts(image(box(4, 4, 5, 5)))
    assert counts(image(box(1, 1, 3, 3)))


def test_many_islands_are_parted_where_the_gaps_are_widest():
    groups = [(-150, 20), (10, 50), (100, -30)]
    islands = [
        (box(x + i, y + j, x + i + 0.5, y + j + 0.5),) for x, y in groups for i in range(5) for j in range(5)
    ]
    outlines = asked(Region("r", polygons=tuple(islands)))
    assert len(outlines) == MOST_OUTLINES
    assert all(max(lon for lon, _ in one) - min(lon for lon, _ in one) < 5.5 for one in outlines)
    counts = sieve(Region("r", polygons=tuple(islands)))
    assert counts(image(box(10.1, 50.1, 10.2, 50.2)))
    assert not counts(image(box(10.6, 50.6, 10.9, 50.9)))


def test_islands_in_one_place_are_one_outline():
    rings = tuple((wavy(12, reach=1 + n / 100),) for n in range(50))
    assert len(asked(Region("r", polygons=rings))) == 1


@st.composite
def archipelagos(draw):
    middles = draw(
        st.lists(st.tuples(st.floats(-170, 170), st.floats(-70, 70)), min_size=1, max_size=40, unique=True)
    )
    sizes = draw(st.lists(st.integers(3, 400), min_size=len(middles), max_size=len(middles)))
    return tuple((wavy(n, x, y, reach=5),) for (x, y), n in zip(middles, sizes, strict=True))


@given(archipelagos())
@settings(max_examples=30)
def test_nothing_of_a_region_is_outside_what_is_asked(polygons):
    outlines = asked(Region("r", polygons=polygons))
    assert 1 <= len(outlines) <= MOST_OUTLINES
    for (island,) in polygons:
        (x, y) = (sum(p[k] for p in island[:-1]) / (len(island) - 1) for k in (0, 1))
        near = [(x + (lon - x) * 0.999, y + (lat - y) * 0.999) for lon, lat in island]
        assert any(all(inside(point, [outline]) for point in near) for outline in outlines)
    assert all(len(outline) <= MOST_CORNERS + 1 and outline[0] == outline[-1] for outline in outlines)


@given(archipelagos())
@settings(max_examples=10)
def test_the_same_region_is_always_asked_alike(polygons):
    assert asked(Region("r", polygons=polygons)) == asked(Region("r", polygons=polygons))


def test_a_coast_of_thirty_thousand_corners_is_bearable():
    region = Region("r", polygons=((wavy(30_000, reach=20),),), exact=True)
    began = time.process_time()
    counts = sieve(region)
    found = sum(
        counts(image(box(lon, lat, lon + 1.8, lat + 1.8))) for lon in range(-30, 30, 3) for lat in range(-30, 30, 3)
    )
    assert 100 < found < 400
    assert time.process_time() - began < 5
