import pytest
from hypothesis import given
from hypothesis import strategies as st

from m2msync.core.errors import UsageError
from m2msync.core.quicklook import Held, HeldImage, find, first_choices, natural_bands, pictures

OT1, OT2 = "landsat_ot_c2_l1", "landsat_ot_c2_l2"
ONE = HeldImage(OT1, "LC90110592023087LGN00", "LC09_L1TP_011059_20230328_20230329_02_T1")
TWO = HeldImage(OT1, "LC80110592023079LGN00", "LC08_L1TP_011059_20230320_20230324_02_T1")
SAME = HeldImage(OT2, "LC90110592023087LGN00", "LC09_L2SP_011059_20230328_20230330_02_T1")
IMAGES = [ONE, TWO, SAME]


@pytest.mark.parametrize(
    ("name", "image"),
    [
        (ONE.display_id, ONE),
        (TWO.entity_id.lower(), TWO),
        ("lc09_l1", ONE),
        ("LC09_L2", SAME),
        ("LC801", TWO),
    ],
)
def test_an_image_is_found_by_its_name_or_a_beginning_that_it_alone_has(name, image):
    assert find(name, IMAGES) == image


@pytest.mark.parametrize(("name", "told"), [(ONE.entity_id, 2), ("L", 3), ("LC09", 2), ("", 3)])
def test_what_several_are_called_is_not_enough(name, told):
    with pytest.raises(UsageError, match=f"each of {told} images"):
        find(name, IMAGES)


@pytest.mark.parametrize(
    ("name", "near"), [("LC09_L1TP_011058_20230328_20230329_02_T1", ONE), ("LC80110592023078LGN00", TWO)]
)
def test_a_slip_is_answered_with_the_nearest(name, near):
    with pytest.raises(UsageError) as raised:
        find(name, IMAGES)
    assert near.display_id in raised.value.hint


@pytest.mark.parametrize("images", [[], IMAGES])
def test_something_else_altogether(images):
    with pytest.raises(UsageError) as raised:
        find("galapagos", images)
    assert "m2msync search" in raised.value.hint


@pytest.mark.parametrize(
    ("display_id", "bands"),
    [
        ("LC09_L1TP_011059_20230328_20230329_02_T1", ("B4", "B3", "B2")),
        ("LO08_L1TP_011059_20230328_20230329_02_T1", ("B4", "B3", "B2")),
        ("LC08_L2SP_011059_20230320_20230324_02_T1", ("SR_B4", "SR_B3", "SR_B2")),
        ("LE07_L1TP_011059_20030320_20200924_02_T1", ("B3", "B2", "B1")),
        ("LT05_L2SP_011059_19900320_20200924_02_T1", ("SR_B3", "SR_B2", "SR_B1")),
        ("LM02_L1TP_011059_19760320_20200924_02_T2", ("B7", "B5", "B4")),
        ("LM05_L1TP_011059_19860320_20200924_02_T2", ("B4", "B2", "B1")),
        ("M_2509703_NE_14_060_20201210", None),
    ],
)
def test_red_green_and_blue_by_the_sensor(display_id, bands):
    assert natural_bands(display_id) == bands


@given(st.permutations(["B2.TIF", "B10.TIF", "MTL.txt", "MTL.xml", "QA_PIXEL.TIF"]))
def test_only_pictures_are_shown(tails):
    files = [Held(f"{ONE.display_id}_{tail}", f"a/{tail}", wanted=True) for tail in tails]
    assert set(pictures(files, ONE.display_id)) == {"B2", "B10", "QA_PIXEL"}


def test_the_first_copy_counts():
    files = [Held(f"{ONE.display_id}_B2.TIF", path, wanted=True) for path in ("a", "b")]
    assert pictures(files, ONE.display_id)["B2"].path == "a"


def test_which_band_stands_for_an_image():
    assert first_choices({"QA_PIXEL", "B10", "B2", "SR_QA_AEROSOL"}) == ["B2", "B10", "QA_PIXEL", "SR_QA_AEROSOL"]
    assert first_choices({"ST_B10", "SR_B4", "ST_QA"}) == ["SR_B4", "ST_B10", "ST_QA"]
    assert first_choices({"B4", "FULL_BROWSE", "refl"})[-1] == "B4"


def test_browse_pictures_are_pictures_too():
    files = [Held("X_refl.jpg", "a", wanted=True), Held("X_MTL.txt", "b", wanted=True)]
    assert list(pictures(files, "X")) == ["refl.jpg"]
