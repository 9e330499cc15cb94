import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from m2msync.sandbox.world import wrs2
from m2msync.sandbox.world.grid import grid_of, inside, outline, to_degrees, to_utm, zone_of

from ..scenes import make_scene

CELLS = st.tuples(st.integers(1, wrs2.PATHS), st.sampled_from(wrs2.DAY_ROWS))

# Longitude, latitude, zone, easting and northing, as PROJ gives them for the northern zones.
KNOWN = [
    (-80.73661, 0.75478, 17, 529306.2903, 83426.8040),
    (151.2093, -33.8688, 56, 334368.6336, -3749051.6546),
    (2.3522, 48.8566, 31, 452482.5327, 5411717.1769),
    (-154.7279, 18.78757, 5, 317887.1500, 2078207.3895),
    (179.9, -17.0, 60, 808795.4435, -1881841.2540),
]


@pytest.mark.parametrize(("longitude", "latitude", "zone", "easting", "northing"), KNOWN)
def test_positions_agree_with_proj(longitude, latitude, zone, easting, northing):
    assert zone_of(longitude) == zone
    assert to_utm(longitude, latitude, zone) == pytest.approx((easting, northing), abs=0.001)
    assert to_degrees(easting, northing, zone) == pytest.approx((longitude, latitude), abs=1e-8)


@given(st.floats(-180, 179.99), st.floats(-82, 82))
def test_degrees_come_back_from_metres(longitude, latitude):
    zone = zone_of(longitude)
    back = to_degrees(*to_utm(longitude, latitude, zone), zone)
    assert (back[0] - longitude + 180) % 360 - 180 == pytest.approx(0, abs=1e-8)
    assert back[1] == pytest.approx(latitude, abs=1e-8)


def test_landsat_keeps_northern_zones_and_negative_northings_in_the_south():
    grid = grid_of(226, 78, 160)
    assert grid.epsg == 32621
    assert grid.north < 0


@given(CELLS, st.integers(20, 4000))
def test_a_grid_holds_the_footprint_with_no_more_than_a_pixel_to_spare(cell, pixels):
    grid = grid_of(*cell, pixels)
    eastings, northings = outline(*cell)
    assert 0 <= eastings.min() - grid.west < grid.cell
    assert 0 <= grid.north - northings.max() < grid.cell
    assert 0 <= grid.west + grid.width * grid.cell - eastings.max() < grid.cell
    assert 0 <= northings.min() - (grid.north - grid.height * grid.cell) < grid.cell
    assert max(grid.width, grid.height) <= pixels


def test_finer_pixels_cover_the_same_place():
    grid = grid_of(11, 59, 160)
    fine = grid.finer(2)
    assert (fine.west, fine.north, fine.width * fine.cell) == (grid.west, grid.north, grid.width * grid.cell)
    assert fine.centres()[0][0] == grid.west + grid.cell / 4


def test_the_slanted_footprint_leaves_empty_corners():
    scene = make_scene()
    grid = grid_of(scene.path, scene.row, 160)
    imaged = inside(scene, grid)
    assert not imaged[[0, 0, -1, -1], [0, -1, 0, -1]].any()
    assert imaged[grid.height // 2, grid.width // 2]
    eastings, northings = outline(scene.path, scene.row)
    area = abs(np.dot(eastings, np.roll(northings, 1)) - np.dot(northings, np.roll(eastings, 1))) / 2
    assert imaged.sum() * grid.cell**2 == pytest.approx(area, rel=0.01)
