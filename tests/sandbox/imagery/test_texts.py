import re
from xml.etree import ElementTree as ET

import pytest

from m2msync.sandbox.imagery import raster, texts
from m2msync.sandbox.world.scene import file_names

from ..scenes import KINDS, make_scene
from .tiffs import read_tags

GROUPS_OF_LEVEL_1 = [
    *("PRODUCT_CONTENTS", "IMAGE_ATTRIBUTES", "PROJECTION_ATTRIBUTES", "LEVEL1_PROCESSING_RECORD"),
    *("LEVEL1_MIN_MAX_RADIANCE", "LEVEL1_MIN_MAX_REFLECTANCE", "LEVEL1_MIN_MAX_PIXEL_VALUE"),
    *("LEVEL1_RADIOMETRIC_RESCALING", "LEVEL1_THERMAL_CONSTANTS", "LEVEL1_PROJECTION_PARAMETERS"),
]
GROUPS_OF_LEVEL_2 = [
    *("LEVEL2_PROCESSING_RECORD", "LEVEL2_SURFACE_REFLECTANCE_PARAMETERS", "LEVEL2_SURFACE_TEMPERATURE_PARAMETERS"),
]


def read_odl(text):
    """Return group -> name -> value of the groups inside the root."""
    groups, stack = {}, []
    lines = text.splitlines()
    assert lines[-1] == "END"
    for line in lines[:-1]:
        name, value = re.fullmatch(r" *(\w+) = (.+)", line).groups()
        if name == "GROUP":
            stack.append(value)
        elif name == "END_GROUP":
            assert stack.pop() == value
        else:
            assert groups.setdefault(stack[-1], {}).setdefault(name, value) is value, name
    assert not stack
    return groups


@pytest.mark.parametrize("kind", KINDS)
def test_both_forms_say_the_same_and_name_every_file_once(kind):
    scene = make_scene(*kind)
    groups = read_odl(texts.mtl_text(scene, 60))
    root = ET.fromstring(texts.mtl_xml(scene, 60))
    assert root.tag == "LANDSAT_METADATA_FILE"
    elements = {group.tag: {leaf.tag: leaf.text for leaf in group} for group in root}
    assert elements == {
        group: {name: value.strip('"') for name, value in entries.items()} for group, entries in groups.items()
    }
    contents = elements["PRODUCT_CONTENTS"]
    named = [value for name, value in contents.items() if name.startswith("FILE_NAME")]
    assert sorted(named) == sorted(file_names(scene))
    assert contents["LANDSAT_PRODUCT_ID"] == scene.display_id


def test_groups_come_in_their_order():
    assert list(read_odl(texts.mtl_text(make_scene(), 60))) == GROUPS_OF_LEVEL_1
    first, middle, last = GROUPS_OF_LEVEL_1[:3], GROUPS_OF_LEVEL_2, GROUPS_OF_LEVEL_1[3:]
    assert list(read_odl(texts.mtl_text(make_scene(level="L2SP"), 60))) == [*first, *middle, *last]
    assert list(read_odl(texts.mtl_text(make_scene(level="L2SR"), 60))) == [*first, *middle[:2], *last]


def test_bands_are_named_by_number_and_in_its_order():
    names = list(read_odl(texts.mtl_text(make_scene(), 60))["PRODUCT_CONTENTS"])
    bands = [name for name in names if name.startswith("FILE_NAME_BAND_")]
    assert bands == [f"FILE_NAME_BAND_{number}" for number in range(1, 12)]
    older = read_odl(texts.mtl_text(make_scene("etm"), 60))["PRODUCT_CONTENTS"]
    assert [name.rpartition("BAND_")[2] for name in older if name.startswith("FILE_NAME_BAND_")] == [
        *("1", "2", "3", "4", "5", "6_VCID_1", "6_VCID_2", "7", "8"),
    ]
    assert older["FILE_NAME_BAND_6_VCID_2"].endswith('_B6_VCID_2.TIF"')
    level_2 = read_odl(texts.mtl_text(make_scene(level="L2SP"), 60))["PRODUCT_CONTENTS"]
    assert level_2["FILE_NAME_BAND_4"].endswith('_SR_B4.TIF"')
    assert level_2["FILE_NAME_BAND_ST_B10"].endswith('_ST_B10.TIF"')
    assert level_2["DATA_TYPE_QUALITY_L2_AEROSOL"] == '"UINT8"'


def test_the_corners_are_those_of_the_pictures():
    scene = make_scene()
    place = read_odl(texts.mtl_text(scene, 160))["PROJECTION_ATTRIBUTES"]
    tags = read_tags(raster.render(scene, "B4", 160))
    assert float(place["CORNER_UL_PROJECTION_X_PRODUCT"]) == tags[33922][3]
    assert float(place["CORNER_UL_PROJECTION_Y_PRODUCT"]) == tags[33922][4]
    assert int(place["REFLECTIVE_LINES"]) == tags[257][0]
    assert int(place["PANCHROMATIC_SAMPLES"]) == 2 * tags[256][0]
    assert float(place["GRID_CELL_SIZE_REFLECTIVE"]) == tags[33550][0]
    assert float(place["CORNER_LR_LON_PRODUCT"]) == pytest.approx(scene.bounds[2], abs=0.03)


def test_numbers_and_dates_stand_bare_and_words_in_quotes():
    image = read_odl(texts.mtl_text(make_scene(), 60))["IMAGE_ATTRIBUTES"]
    assert image["DATE_ACQUIRED"] == "2023-03-28"
    assert image["CLOUD_COVER"] == "12.00"
    assert image["SPACECRAFT_ID"] == '"LANDSAT_9"'
    assert re.fullmatch(r'"15:3\d:\d\d\.\d{7}Z"', image["SCENE_CENTER_TIME"])


def test_scales_are_the_published_ones():
    newer = read_odl(texts.mtl_text(make_scene(), 60))
    scales = newer["LEVEL1_RADIOMETRIC_RESCALING"]
    assert float(scales["REFLECTANCE_MULT_BAND_4"]) == 2e-5
    assert float(scales["REFLECTANCE_ADD_BAND_4"]) == -0.1
    assert float(scales["RADIANCE_MULT_BAND_1"]) == pytest.approx(1.2925e-2, rel=1e-4)
    assert float(scales["RADIANCE_ADD_BAND_10"]) == pytest.approx(0.1, abs=1e-5)
    assert "REFLECTANCE_MULT_BAND_10" not in scales
    assert set(newer["LEVEL1_THERMAL_CONSTANTS"]) == {
        f"K{k}_CONSTANT_BAND_{band}" for k in "12" for band in (10, 11)
    }
    older = read_odl(texts.mtl_text(make_scene("tm"), 60))["LEVEL1_RADIOMETRIC_RESCALING"]
    assert float(older["RADIANCE_MULT_BAND_1"]) == pytest.approx(0.76583, rel=1e-4)
    surface = read_odl(texts.mtl_text(make_scene(level="L2SP"), 60))
    assert float(surface["LEVEL2_SURFACE_REFLECTANCE_PARAMETERS"]["REFLECTANCE_MULT_BAND_7"]) == 2.75e-5
    assert float(surface["LEVEL2_SURFACE_TEMPERATURE_PARAMETERS"]["TEMPERATURE_MULT_BAND_ST_B10"]) == 0.00341802


@pytest.mark.parametrize("sensor", ["oli-tirs", "etm", "tm"])
def test_angles_have_one_group_for_each_band(sensor):
    text = texts.angles(make_scene(sensor), 60)
    groups = re.findall(r"^GROUP = (\w+)$", text, re.MULTILINE)
    bands = {"oli-tirs": 11, "etm": 9, "tm": 7}[sensor]
    assert groups == [
        *("FILE_HEADER", "PROJECTION", "EPHEMERIS", "SOLAR_VECTOR"),
        *(f"RPC_BAND{number:02d}" for number in range(1, bands + 1)),
    ]
    assert text.endswith("END\n")
    assert 15_000 < len(text) < 40_000


def test_control_points_lie_in_the_scene_and_are_as_many_as_the_metadata_say():
    scene = make_scene("tm")
    west, south, east, north = scene.bounds
    points = [line.split() for line in texts.control_points(scene).splitlines() if not line.startswith("#")]
    record = read_odl(texts.mtl_text(scene, 60))["LEVEL1_PROCESSING_RECORD"]
    assert len(points) == int(record["GROUND_CONTROL_POINTS_MODEL"])
    assert all(south <= float(point[1]) <= north and west <= float(point[2]) <= east for point in points)
    assert f"Points: {len(points)}" in texts.verification(scene)
