from datetime import date
from itertools import pairwise

import pytest

from m2msync.sandbox.world.scene import file_names, secondary_entity_id

from ..scenes import KINDS, make_scene

COUNTS = dict(zip(KINDS, (20, 20, 22, 13, 19, 18, 22, 19, 16, 22, 13), strict=True))


def suffixes(scene):
    return [name.removeprefix(f"{scene.display_id}_") for name in file_names(scene)]


def test_ids_have_the_form_of_real_ones():
    scene = make_scene()
    assert scene.display_id == "LC09_L1TP_011059_20230328_20230329_02_T1"
    assert scene.entity_id[:-2] == "LC90110592023087LGN"
    assert scene.entity_id[-2:] in ("00", "01", "02")
    assert make_scene("tm", "L1GS").entity_id.startswith("LT50110592023087XXX")
    assert make_scene("etm", "L2SP").entity_id.startswith("LE70110592023087EDC")


def test_reprocessing_and_level_2_keep_the_entity_id():
    first, again, level_2 = (
        make_scene(),
        make_scene(processed=date(2024, 1, 1), tier="RT"),
        make_scene(level="L2SP"),
    )
    assert first.entity_id == again.entity_id == level_2.entity_id
    assert len({first.display_id, again.display_id, level_2.display_id}) == 3


def test_the_footprint_is_a_closed_ring_counter_clockwise_within_its_bounds():
    scene = make_scene()
    ring, (west, south, east, north) = scene.footprint, scene.bounds
    assert len(ring) == 5
    assert ring[0] == ring[-1]
    assert sum(x * v - u * y for (x, y), (u, v) in pairwise(ring)) > 0
    assert (west, south, east, north) == pytest.approx((-80.74, 0.40, -78.69, 2.49), abs=0.05)


def test_files_come_in_the_order_of_the_api():
    assert suffixes(make_scene())[:5] == ["ANG.txt", "B10.TIF", "B11.TIF", "B1.TIF", "B2.TIF"]
    assert suffixes(make_scene("tm")) == [
        *("ANG.txt", "B1.TIF", "B2.TIF", "B3.TIF", "B4.TIF", "B5.TIF", "B6.TIF", "B7.TIF", "GCP.txt", "MTL.txt"),
        *("MTL.xml", "QA_PIXEL.TIF", "QA_RADSAT.TIF", "SAA.TIF", "SZA.TIF", "VAA.TIF", "VER.jpg", "VER.txt"),
        "VZA.TIF",
    ]


@pytest.mark.parametrize(("kind", "count"), COUNTS.items())
def test_products_have_as_many_files_as_real_ones(kind, count):
    scene = make_scene(*kind)
    names = file_names(scene)
    assert len(names) == len(set(names)) == count
    ids = [secondary_entity_id(scene, name) for name in names]
    assert ids == sorted(ids)


def test_files_are_ordered_under_their_prefixed_names():
    level_1, level_2 = make_scene(), make_scene(level="L2SP")
    one, two = level_1.display_id, level_2.display_id
    assert secondary_entity_id(level_1, f"{one}_B2.TIF") == f"L1_{one}_B2_TIF"
    assert secondary_entity_id(level_2, f"{two}_SR_B2.TIF") == f"L2SR_{two}_SR_B2_TIF"
    assert secondary_entity_id(level_2, f"{two}_ST_B10.TIF") == f"L2ST_{two}_ST_B10_TIF"
    assert secondary_entity_id(level_2, f"{two}_MTL.txt") == f"L2SR_{two}_MTL_TXT"


def test_surface_reflectance_products_hold_no_temperature():
    assert not [name for name in suffixes(make_scene(level="L2SR")) if name.startswith("ST_")]
