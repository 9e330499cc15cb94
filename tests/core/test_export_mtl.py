"""What is read from MTL texts, whole and broken."""

from hypothesis import given
from hypothesis import strategies as st

from m2msync.core.exports.mtl import Metadata, read

TEXT = """\
GROUP = LANDSAT_METADATA_FILE
  GROUP = IMAGE_ATTRIBUTES
    DATE_ACQUIRED = 2023-03-28
    SCENE_CENTER_TIME = "15:21:53.1234567Z"
    CLOUD_COVER_LAND = -1.00
    SUN_AZIMUTH = -95.5
    SUN_ELEVATION = 55.25
  END_GROUP = IMAGE_ATTRIBUTES
  GROUP = PROJECTION_ATTRIBUTES
    MAP_PROJECTION = "UTM"
    DATUM = "WGS84"
    UTM_ZONE = 17
    GRID_CELL_SIZE_REFLECTIVE = 30.00
    GRID_CELL_SIZE_PANCHROMATIC = 15.00
    ORIENTATION = "NORTH_UP"
    REFLECTIVE_LINES = 7761
    REFLECTIVE_SAMPLES = 7611
    PANCHROMATIC_LINES = 15521
    PANCHROMATIC_SAMPLES = 15221
    CORNER_UL_PROJECTION_X_PRODUCT = 396900.000
    CORNER_UL_PROJECTION_Y_PRODUCT = 270900.000
    CORNER_LR_PROJECTION_X_PRODUCT = 625200.000
    CORNER_LR_PROJECTION_Y_PRODUCT = 38100.000
  END_GROUP = PROJECTION_ATTRIBUTES
  GROUP = LEVEL1_PROJECTION_PARAMETERS
    UTM_ZONE = 18
  END_GROUP = LEVEL1_PROJECTION_PARAMETERS
END_GROUP = LANDSAT_METADATA_FILE
END
"""


def test_a_whole_text():
    told = read(TEXT)
    assert told.moment == "2023-03-28T15:21:53.123456Z"
    assert (told.code, told.sun_azimuth, told.sun_elevation) == ("EPSG:32617", 264.5, 55.25)
    assert told.cloud_cover_land == -1
    assert told.grid("REFLECTIVE").shape == (7761, 7611)
    assert told.grid("REFLECTIVE").transform == (30, 0, 396885, 0, -30, 270915)
    assert told.grid("PANCHROMATIC").transform == (15, 0, 396892.5, 0, -15, 270907.5)
    assert told.grid("THERMAL") is None


def test_polar_images():
    polar = TEXT.replace('"UTM"', '"PS"').replace("UTM_ZONE = 17", "TRUE_SCALE_LAT = -71.00000")
    assert read(polar).code == "EPSG:3031"
    assert read(TEXT.replace('"UTM"', '"AEA"')).code is None


def test_a_grid_that_does_not_fit_its_corners_has_no_transform():
    grid = read(TEXT.replace("REFLECTIVE_SAMPLES = 7611", "REFLECTIVE_SAMPLES = 7612")).grid("REFLECTIVE")
    assert (grid.shape, grid.transform) == ((7761, 7612), None)


@given(st.sampled_from(TEXT.splitlines()), st.text(max_size=20))
def test_one_wrong_line_never_stops_it(line, other):
    assert isinstance(read(TEXT.replace(line, other)), Metadata)
    assert isinstance(read(TEXT.replace(line.partition("=")[2], other)), Metadata)


def test_nothing_told():
    assert read("") == Metadata()
    assert read("nan = NaN\nSUN_AZIMUTH = nan\nSUN_ELEVATION = inf\n") == Metadata()
