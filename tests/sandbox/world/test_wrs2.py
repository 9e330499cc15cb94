from datetime import date, timedelta
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from m2msync.sandbox.world import wrs2

PATHS = st.integers(1, wrs2.PATHS)
ROWS = st.sampled_from(wrs2.DAY_ROWS)

# Lower left, lower right, upper right and upper left of scenes as M2M gave them.
REAL_FOOTPRINTS = {
    (11, 59): [(-80.73661, 0.75478), (-79.06332, 0.39562), (-78.69437, 2.13431), (-80.36907, 2.49009)],
    (9, 60): [(-77.96347, -0.69166), (-76.29342, -1.05095), (-75.92438, 0.68789), (-77.59455, 1.04372)],
    (10, 55): [(-77.95396, 6.53943), (-76.27213, 6.17961), (-75.89629, 7.91791), (-77.58484, 8.27471)],
    (233, 83): [(-71.95354, -33.83657), (-69.92462, -34.23147), (-69.47149, -32.51079), (-71.46144, -32.12253)],
    (226, 78): [(-59.16927, -26.66313), (-57.28014, -27.04536), (-56.86729, -25.31883), (-58.72895, -24.94199)],
}

# Satellite, path and day of scenes that exist.
REAL_PASSES = [
    (9, 11, date(2023, 3, 28)),
    (9, 10, date(2022, 3, 2)),
    (9, 9, date(2022, 10, 5)),
    (9, 13, date(2023, 3, 26)),
    (9, 15, date(2023, 3, 8)),
    (8, 62, date(2018, 3, 27)),
    (8, 226, date(2020, 8, 4)),
    (8, 233, date(2016, 9, 11)),
    (8, 177, date(2016, 1, 7)),
    (8, 12, date(2025, 4, 1)),
    (7, 21, date(2010, 1, 9)),
    (5, 177, date(1984, 8, 26)),
    (5, 12, date(1994, 5, 14)),
    (5, 158, date(1994, 5, 13)),
    (5, 2, date(1994, 5, 8)),
    (5, 3, date(1994, 5, 15)),
]


@pytest.mark.parametrize(("cell", "real"), REAL_FOOTPRINTS.items())
def test_footprints_lie_where_real_ones_do(cell, real):
    upper_left, upper_right, lower_right, lower_left = wrs2.corners(*cell)
    for made, seen in zip((lower_left, lower_right, upper_right, upper_left), real, strict=True):
        assert made == pytest.approx(seen, abs=0.05)


def test_centres_lie_where_real_ones_do():
    assert wrs2.centre(62, 47) == pytest.approx((-154.72790, 18.78757), abs=0.05)


@given(PATHS)
def test_row_60_lies_on_the_equator_at_its_published_longitude(path):
    lon, lat = wrs2.centre(path, 60)
    assert lat == pytest.approx(0, abs=1e-9)
    assert (lon + 64.60 + 360 / 233 * (path - 1) + 180) % 360 - 180 == pytest.approx(0, abs=1e-6)


@given(PATHS, ROWS)
def test_a_footprint_surrounds_its_centre_without_jumping(path, row):
    lon, lat = wrs2.centre(path, row)
    longitudes, latitudes = zip(*wrs2.corners(path, row), strict=True)
    assert min(longitudes) < lon < max(longitudes)
    assert min(latitudes) < lat < max(latitudes)
    assert max(longitudes) - min(longitudes) < 20


@given(PATHS, ROWS)
def test_a_point_inside_a_footprint_finds_its_cell(path, row):
    lon, lat = wrs2.centre(path, row)
    assert (path, row) in wrs2.cells_in(lon, lat, lon, lat)


def test_a_box_beside_the_slanted_edge_does_not_touch_the_cell_it_shares_bounds_with():
    (west, north), *_ = wrs2.corners(11, 59)
    beside = (west - 0.3, north - 0.05, west - 0.25, north)
    lower_left = wrs2.corners(11, 59)[3]
    assert lower_left[0] < beside[0]  # within the bounds of the footprint
    assert (11, 59) not in wrs2.cells_in(*beside)


def test_a_box_inside_one_cell_touches_only_cells_that_overlap_there():
    assert wrs2.cells_in(-80.05, 0.0, -80.0, 0.05) == [(11, 60)]


def test_both_sides_of_the_antimeridian_find_the_footprint_that_crosses_it():
    crossing = (73, 72)
    assert min(lon for lon, _ in wrs2.corners(*crossing)) < -180
    assert crossing in wrs2.cells_in(179.5, -18, 180, -16.5)
    assert crossing in wrs2.cells_in(-180, -18, -179.5, -16.5)


def test_the_whole_world_is_every_daylight_cell():
    assert len(wrs2.cells_in(-180, -90, 180, 90)) == wrs2.PATHS * len(wrs2.DAY_ROWS)


@pytest.mark.parametrize(("satellite", "path", "day"), REAL_PASSES)
def test_passes_fall_on_real_days(satellite, path, day):
    assert wrs2.days(path, satellite, day - timedelta(days=8), day + timedelta(days=7)) == [day]


@given(PATHS, st.sampled_from([4, 5, 7, 8, 9]), st.dates(date(1984, 1, 1), date(2030, 1, 1)), st.integers(0, 400))
def test_passes_repeat_every_sixteen_days_within_the_dates_asked_for(path, satellite, start, length):
    end = start + timedelta(days=length)
    passes = wrs2.days(path, satellite, start, end)
    assert all(later - earlier == timedelta(days=16) for earlier, later in pairwise(passes))
    assert len(passes) in ((length + 1) // 16, -(-(length + 1) // 16))
    assert all(start <= day <= end for day in passes)


def test_no_day_is_asked_for_when_the_end_is_before_the_start():
    assert wrs2.days(11, 9, date(2023, 4, 1), date(2023, 3, 1)) == []


@given(PATHS)
def test_landsat_8_follows_landsat_9_by_eight_days(path):
    start = date(2023, 1, 1)
    one, other = (wrs2.days(path, satellite, start, start + timedelta(days=15)) for satellite in (8, 9))
    assert abs(one[0] - other[0]) == timedelta(days=8)


def test_each_day_sees_every_sixteenth_path_and_the_next_day_those_seven_further():
    def seen(day):
        return {path for path in range(1, 234) if wrs2.days(path, 9, day, day)}

    for number in range(16):
        today = date(2023, 3, 28) + timedelta(days=number)
        paths = seen(today)
        assert len(paths) in (14, 15)
        following = {(path + 6) % 233 + 1 for path in paths}
        assert len(following & seen(today + timedelta(days=1))) >= 13
