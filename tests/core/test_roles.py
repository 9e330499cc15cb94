"""Bands by what they see: the table, held against the simulator's own files and against what USGS writes."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from m2msync.core.assets import lacking, wanted
from m2msync.core.errors import UsageError
from m2msync.core.model import Acquisition, Image
from m2msync.core.naming import matches_band
from m2msync.core.roles import ROLES, SENSORS, first_role, is_role, meant_role, resolve, sensor_of
from m2msync.core.select import Selected
from m2msync.sandbox.world.scene import suffixes

TAIL = "_011059_20230328_20230410_02_T1"
LEVELS = {
    "LC08_L1TP": ("Landsat 8-9 OLI/TIRS", "L1"),
    "LC09_L1GT": ("Landsat 8-9 OLI/TIRS", "L1"),
    "LO08_L1TP": ("Landsat 8-9 OLI", "L1"),
    "LT08_L1GT": ("Landsat 8-9 TIRS", "L1"),
    "LE07_L1TP": ("Landsat 7 ETM+", "L1"),
    "LT04_L1TP": ("Landsat 4-5 TM", "L1"),
    "LT05_L1GS": ("Landsat 4-5 TM", "L1"),
    "LM01_L1GS": ("Landsat 1-3 MSS", "L1"),
    "LM05_L1TP": ("Landsat 4-5 MSS", "L1"),
    "LC09_L2SP": ("Landsat 8-9 OLI/TIRS", "L2SP"),
    "LC08_L2SR": ("Landsat 8-9 OLI/TIRS", "L2SR"),
    "LO09_L2SR": ("Landsat 8-9 OLI", "L2SR"),
    "LE07_L2SP": ("Landsat 7 ETM+", "L2SP"),
    "LT05_L2SR": ("Landsat 4-5 TM", "L2SR"),
}
# What the simulator, which shares no code with the client, makes of the real file lists (api.md §11.2).
SIMULATED = [
    (prefix, sensor, level)
    for prefix, sensor in (("LC08", "oli-tirs"), ("LE07", "etm"), ("LT05", "tm"))
    for level in ("L1TP", "L2SP", "L2SR")
]


def names(prefix, *bands):
    return [name for name, _ in resolve(bands, sensor_of(prefix + TAIL))]


@pytest.mark.parametrize(("prefix", "sensor"), LEVELS.items())
def test_a_display_id_tells_sensor_and_level(prefix, sensor):
    assert sensor_of(prefix + TAIL) == sensor
    assert sensor in SENSORS


def test_every_sensor_of_the_table_can_be_told():
    assert set(LEVELS.values()) | {("Landsat 7 ETM+", "L2SR"), ("Landsat 4-5 TM", "L2SP")} == set(SENSORS)


@pytest.mark.parametrize(
    "name",
    ["", "M_2509703_NE_14_060_20201210", "DS1117-2086DA017", f"LC07_L1TP{TAIL}", f"LC09_L3XX{TAIL}", "LC09_L1TP"],
)
def test_other_ids_tell_none(name):
    assert sensor_of(name) is None


@pytest.mark.parametrize(
    ("prefix", "role", "bands"),
    [
        ("LC09_L1TP", "red", ["B4"]),
        ("LE07_L1TP", "red", ["B3"]),
        ("LM05_L1TP", "red", ["B2"]),
        ("LM02_L1TP", "red", ["B5"]),
        ("LC09_L2SP", "red", ["SR_B4"]),
        ("LT05_L2SP", "RED", ["SR_B3"]),
        ("LC08_L1TP", "coastal", ["B1"]),
        ("LC08_L1TP", "cirrus", ["B9"]),
        ("LC08_L1TP", "pan", ["B8"]),
        ("LC08_L1TP", "thermal", ["B10", "B11"]),
        ("LT08_L1TP", "thermal", ["B10", "B11"]),
        ("LE07_L1TP", "thermal", ["B6_VCID_1", "B6_VCID_2"]),
        ("LC08_L2SP", "thermal", ["ST_B10"]),
        ("LE07_L2SP", "thermal", ["ST_B6"]),
        ("LM01_L1GS", "nir", ["B6", "B7"]),
        ("LT05_L2SP", "swir2", ["SR_B7"]),
        ("LC08_L2SR", "quality", ["QA_PIXEL", "QA_RADSAT"]),
        ("LM01_L1GS", "metadata", ["MTL"]),
    ],
)
def test_a_role_is_the_band_that_has_it(prefix, role, bands):
    assert names(prefix, role) == bands


@pytest.mark.parametrize(
    ("prefix", "role"),
    [
        ("LT08_L1GT", "nir"),
        ("LO08_L1TP", "thermal"),
        ("LT05_L1TP", "pan"),
        ("LE07_L1TP", "coastal"),
        ("LM05_L1TP", "blue"),
        ("LC08_L2SP", "pan"),
        ("LC08_L2SP", "cirrus"),
        ("LC08_L2SR", "thermal"),
        ("LE07_L2SR", "thermal"),
    ],
)
def test_a_role_that_the_sensor_does_not_have_stays_the_name_of_nothing(prefix, role):
    assert names(prefix, role) == [role]


@pytest.mark.parametrize(("prefix", "sensor", "level"), SIMULATED)
def test_every_band_of_the_table_is_a_file_of_the_simulator(prefix, sensor, level):
    files = suffixes(sensor, level)
    bands = SENSORS[sensor_of(f"{prefix}_{level}{TAIL}")]
    for role, several in bands.items():
        for band in several:
            assert any(matches_band(band, file, "") for file in files), (role, band)


@pytest.mark.parametrize(("prefix", "sensor", "level"), SIMULATED)
def test_every_spectral_file_of_the_simulator_has_one_role(prefix, sensor, level):
    bands = [band for several in SENSORS[sensor_of(f"{prefix}_{level}{TAIL}")].values() for band in several]
    spectral = [f.removesuffix(".TIF") for f in suffixes(sensor, level) if f.lstrip("SRT_").startswith("B")]
    assert sorted(b for b in bands if not b.startswith(("QA", "MTL"))) == sorted(spectral)


def test_all_roles_of_the_table_are_roles():
    assert {role for bands in SENSORS.values() for role in bands} == set(ROLES)


@given(st.lists(st.sampled_from([*ROLES, "B4", "SR_B*", "MTL.xml"]), max_size=5), st.sampled_from(sorted(SENSORS)))
def test_what_is_no_role_stays_as_it_is_in_its_place(bands, sensor):
    resolved = resolve(tuple(bands), sensor)
    assert [name for name, role in resolved if not role] == [band for band in bands if not is_role(band)]
    assert {role for _, role in resolved if role} == {band for band in bands if is_role(band)}


@pytest.mark.parametrize(
    ("word", "role"),
    [
        ("redd", "red"), ("Gren", "green"), ("swir", "swir1"), ("termal", "thermal"),
        ("tir", "thermal"), ("panchromatic", "pan"), ("qa", "quality"), ("metadat", "metadata"), ("cirus", "cirrus"),
        ("red", ""), ("NIR", ""), ("MTL", ""), ("ang", ""), ("SAA", ""), ("VER", ""), ("B2", ""), ("b10", ""),
        ("SR_B4", ""), ("QA_PIXEL", ""), ("*", ""), ("MTL.xml", ""), ("xyzzy", ""),
    ],
)  # fmt: skip
def test_a_misspelt_role_is_told_from_the_name_of_a_band(word, role):
    assert meant_role(word) == role


def test_the_first_role():
    assert first_role(("B2", "Red", "nir")) == "Red"
    assert first_role(("B2",)) == ""


# What is wanted of an image.


def chosen(prefix):
    return [Selected(Image("ds", f"{prefix}-scene", prefix + TAIL), ("coast",))]


def listing(prefix, sensor, level):
    return {prefix + TAIL: [f"{prefix}{TAIL}_{suffix}" for suffix in suffixes(sensor, level)]}


def some(prefix, sensor, level, *bands, **options):
    entry = Acquisition("ds", (), bands, **options)
    return list(wanted(chosen(prefix), listing(prefix, sensor, level), entry, "{filename}"))


def test_roles_and_names_may_stand_side_by_side_and_each_file_is_wanted_once():
    found = some("LE07_L1TP", "etm", "L1TP", "red", "B3", "MTL", "metadata", "B4")
    assert [asset.product for asset in found] == ["B3", "MTL", "B4"]


@pytest.mark.parametrize(("if_missing", "tolerated"), [("warn", True), ("fail", False), ("skip_image", False)])
def test_a_role_without_a_band_is_missing_like_a_band(if_missing, tolerated):
    (one,) = some("LT05_L1TP", "tm", "L1TP", "pan", if_missing=if_missing)
    assert (one.missing, one.tolerated, one.product) == ("the image has no band pan", tolerated, "pan")


def test_a_band_that_has_the_role_and_is_not_there_is_told_with_its_role():
    entry = Acquisition("ds", (), ("thermal",))
    names = {f"LC08_L2SP{TAIL}": [f"LC08_L2SP{TAIL}_SR_B4.TIF"]}
    (one,) = wanted(chosen("LC08_L2SP"), names, entry, "{filename}")
    assert one.missing == "the image has no band ST_B10 (thermal)"
    assert one.filename == f"LC08_L2SP{TAIL}_ST_B10.TIF"


def test_an_image_without_the_role_lacks_something():
    entry = Acquisition("ds", (), ("thermal",))
    assert lacking(chosen("LC08_L2SR"), listing("LC08_L2SR", "oli-tirs", "L2SR"), entry) == {
        "LC08_L2SR-scene": ("thermal",)
    }
    assert lacking(chosen("LC08_L2SP"), listing("LC08_L2SP", "oli-tirs", "L2SP"), entry) == {}


def test_a_role_of_an_image_that_is_not_landsats_is_refused():
    image = Image("naip", "3011997", "M_2509703_NE_14_060_20201210")
    with pytest.raises(UsageError) as caught:
        list(wanted([Selected(image, ("r",))], {}, Acquisition("naip", (), ("B1", "red")), "{filename}"))
    assert str(caught.value).startswith("red is a role of Landsat bands")
    assert "`products`" in caught.value.hint
