import re
from datetime import date, datetime, timedelta

import pytest

from m2msync.sandbox.world import wrs2
from m2msync.sandbox.world.metadata import full_metadata
from m2msync.sandbox.world.sky import moment, sun_of

from ..scenes import KINDS, make_scene

# The fields of a real scene of landsat_ot_c2_l1, in order.
REAL_FIELDS = """
Landsat Product Identifier L1, Landsat Scene Identifier, Date Acquired, Collection Category, Collection Number, WRS Path,
WRS Row, Nadir/Off Nadir, Roll Angle, Date Product Generated L1, Land Cloud Cover, Scene Cloud Cover L1, Start Time,
Stop Time, Station Identifier, Day/Night Indicator, Ground Control Points Model, Ground Control Points Version,
Geometric RMSE Model, Geometric RMSE Model X, Geometric RMSE Model Y, Image Quality, Processing Software Version,
Sun Elevation L0RA, Sun Azimuth L0RA, TIRS SSM Model, Data Type L1, Sensor Identifier, Satellite, Panchromatic Lines,
Panchromatic Samples, Reflective Lines, Reflective Samples, Thermal Lines, Thermal Samples, Product Map Projection L1,
UTM Zone, Datum, Ellipsoid, Grid Cell Size Panchromatic, Grid Cell Size Reflective, Grid Cell Size Thermal,
Bias Parameter File Name OLI, Bias Parameter File Name TIRS, Calibration Parameter File, RLUT File Name,
Scene Center Lat DMS, Scene Center Long DMS, Corner Upper Left Lat DMS, Corner Upper Left Long DMS,
Corner Upper Right Lat DMS, Corner Upper Right Long DMS, Corner Lower Left Lat DMS, Corner Lower Left Long DMS,
Corner Lower Right Lat DMS, Corner Lower Right Long DMS, Scene Center Latitude, Scene Center Longitude,
Corner Upper Left Latitude, Corner Upper Left Longitude, Corner Upper Right Latitude, Corner Upper Right Longitude,
Corner Lower Left Latitude, Corner Lower Left Longitude, Corner Lower Right Latitude, Corner Lower Right Longitude
"""

HAWAII = make_scene(path=62, row=47, satellite=8, acquired=date(2018, 3, 27), cloud_cover=8.99)


def test_fields_are_those_of_a_real_scene():
    assert [name for name, _ in full_metadata(HAWAII)] == re.split(r",\s", REAL_FIELDS.strip())


def test_values_are_printed_as_the_catalogue_does():
    values = dict(full_metadata(HAWAII))
    assert values["WRS Path"] == " 062"
    assert values["Date Acquired"] == "2018/03/27"
    assert values["Scene Cloud Cover L1"] == "   8.99"
    assert values["Roll Angle"] == "   0.000"
    assert values["Collection Number"] == 2
    assert values["UTM Zone"] == 5
    assert re.fullmatch(r" {4}\d\.\d{3}", values["Geometric RMSE Model"])
    assert re.fullmatch(r"2018-03-27 20:4\d:\d\d\.\d{6}", values["Start Time"])
    assert re.fullmatch(r"18&deg;4\d'\d\d\.\d\d\"N", values["Scene Center Lat DMS"])
    assert re.fullmatch(r"154&deg;4\d'\d\d\.\d\d\"W", values["Scene Center Long DMS"])
    assert re.fullmatch(r" 18\.7\d{4}", values["Scene Center Latitude"])


def test_scenes_without_terrain_correction_have_nulls_and_fewer_fields():
    values = dict(full_metadata(make_scene(level="L1GT", tier="T2")))
    assert values["Ground Control Points Model"] == -1
    assert values["Geometric RMSE Model X"] is None
    assert "Geometric RMSE Model" not in values
    assert values["Data Type L1"] == "OLI_TIRS_L1GT"


def test_unknown_clouds_are_minus_one():
    assert dict(full_metadata(make_scene(cloud_cover=None)))["Land Cloud Cover"] == "  -1.00"


def test_level_2_names_the_product_it_was_made_from():
    values = dict(full_metadata(make_scene(level="L2SP")))
    assert values["Landsat Product Identifier L2"] == "LC09_L2SP_011059_20230328_20230329_02_T1"
    assert values["Landsat Product Identifier L1"] == "LC09_L1TP_011059_20230328_20230328_02_T1"
    assert values["Date Product Generated L1"] == "2023/03/28"
    assert values["Date Product Generated L2"] == "2023/03/29"
    assert values["Data Type L2"] == "OLI_TIRS_L2SP"
    assert "Panchromatic Lines" not in values


@pytest.mark.parametrize("kind", KINDS)
def test_fields_are_unique_and_plain(kind):
    entries = full_metadata(make_scene(*kind))
    assert len(dict(entries)) == len(entries)
    assert {type(value) for _, value in entries} <= {str, int, type(None)}


def test_the_pass_lasts_as_long_and_comes_as_early_as_a_real_one():
    values = dict(full_metadata(HAWAII))
    start, stop = (datetime.fromisoformat(values[name]) for name in ("Start Time", "Stop Time"))
    assert stop - start == timedelta(seconds=31.77)
    assert abs(start - datetime(2018, 3, 27, 20, 41, 43)) < timedelta(minutes=1)  # noqa: DTZ001


def test_the_sun_stands_where_it_stood():
    sun = sun_of(HAWAII)
    assert sun.elevation == pytest.approx(60.34, abs=1)
    assert sun.azimuth == pytest.approx(119.48, abs=2)
    assert sun.distance == pytest.approx(0.998, abs=0.002)


@pytest.mark.parametrize(("path", "row"), [(1, 1), (74, 72), (89, 60), (233, 122)])
def test_a_scene_is_taken_on_its_day(path, row):
    scene = make_scene(path=path, row=row)
    assert moment(scene).date() == scene.acquired


def test_each_revolution_takes_as_long_as_the_orbit_wherever_midnight_falls():
    def passed(path):
        (day,) = wrs2.days(path, 9, date(2023, 3, 28), date(2023, 4, 12))
        return moment(make_scene(path=path, row=60, acquired=day))

    cycle, revolution = timedelta(days=16), timedelta(days=16) / 233
    for path in range(1, 234):
        later = (passed((path + 15) % 233 + 1) - passed(path)) % cycle
        assert abs(later - revolution) < timedelta(seconds=1)
