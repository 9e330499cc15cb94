from __future__ import annotations

import itertools
from datetime import date, timedelta
from time import thread_time

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from m2msync.sandbox.errors import Refusal
from m2msync.sandbox.world import wrs2
from m2msync.sandbox.world.archive import World
from m2msync.sandbox.world.catalogue import DATASETS
from m2msync.sandbox.world.facts import level_1_of
from m2msync.sandbox.world.geometry import Area, area_of

L1, L2, NAIP = (DATASETS[alias] for alias in ("landsat_ot_c2_l1", "landsat_ot_c2_l2", "naip"))
WORLD = World(seed=7)
TWO_YEARS = {"start": "2022-01-01", "end": "2023-12-31"}


def box(west, south, east, north):
    return {
        "filterType": "mbr",
        "lowerLeft": {"latitude": south, "longitude": west},
        "upperRight": {"latitude": north, "longitude": east},
    }


COAST = {"spatialFilter": box(-81.1, -0.7, -79.0, 0.7), "acquisitionFilter": TWO_YEARS}


def found(dataset=L1, world=WORLD, **parts):
    hits = world.search(dataset, parts)
    return hits.page(0, len(hits))


def filter_id(dataset, label):
    return next(f.id for f in dataset.filters if f.label == label)


def test_search_answers_only_what_was_asked_for():
    scenes = found(
        **COAST,
        cloudCoverFilter={"min": 0, "max": 10, "includeUnknown": False},
        seasonalFilter=[6, 7],
    )
    assert scenes
    for scene in scenes:
        west, south, east, north = scene.bounds
        assert west < -79.0
        assert east > -81.1
        assert south < 0.7
        assert north > -0.7
        assert date(2022, 1, 1) <= scene.acquired <= date(2023, 12, 31)
        assert scene.acquired.month in {6, 7}
        assert 0 <= round(scene.cloud_cover) <= 10


def test_newest_come_first_and_ties_ascend_by_entity_id():
    scenes = found(
        spatialFilter=box(-81, -5, -60, 5), acquisitionFilter={"start": "2023-03-01", "end": "2023-04-01"}
    )
    assert scenes == sorted(scenes, key=lambda s: (-s.acquired.toordinal(), s.entity_id))
    assert len({s.acquired for s in scenes}) < len(scenes)


def test_a_box_over_two_years_is_fast():
    world = World(seed=8)
    found(world=world, **COAST)  # builds the grid once
    seconds = []
    for clouds in (11, 12, 13):
        started = thread_time()
        world.search(L1, {**COAST, "cloudCoverFilter": {"min": 0, "max": clouds}})
        seconds.append(thread_time() - started)
    assert min(seconds) < 0.1


@pytest.mark.parametrize("dataset", [d for d in DATASETS.values() if d.landsat], ids=lambda d: d.alias)
def test_every_found_scene_is_found_again_by_its_ids(dataset):
    start = dataset.satellites[0][1] + timedelta(days=400)
    scenes = found(
        dataset,
        spatialFilter=box(9, 44, 11, 46),
        acquisitionFilter={"start": str(start), "end": str(start + timedelta(days=300))},
    )
    assert scenes
    for scene in scenes:
        assert WORLD.by_entity_id(dataset, scene.entity_id) == scene
        assert WORLD.by_display_id(dataset, scene.display_id) == scene


@given(
    st.floats(-179, 178),
    st.floats(-75, 75),
    st.floats(0, 3),
    st.dates(date(2014, 1, 1), date(2025, 12, 1)),
    st.integers(0, 60),
)
@settings(max_examples=40)
def test_a_smaller_question_finds_a_part_of_a_larger_one(west, south, size, start, length):
    days = {"start": str(start), "end": str(start + timedelta(days=length))}
    outer = found(spatialFilter=box(west, south, min(180, west + size), south + size), acquisitionFilter=days)
    inner = found(spatialFilter=box(west, south, west, south), acquisitionFilter=days)
    assert set(inner) <= set(outer)
    if length >= 8:
        assert {s.path for s in outer} <= {
            p for p, _ in wrs2.cells_in(west, south, min(180, west + size), south + size)
        }


def test_the_whole_earth_has_scenes_and_can_be_searched():
    hits = WORLD.search(L1, {"acquisitionFilter": {"start": "2024-05-01", "end": "2024-05-31"}})
    assert len(hits) > 50_000
    assert len(hits.page(0, 50_000)) == 50_000


def test_no_search_is_too_broad_and_its_pages_join_up():
    months = {"acquisitionFilter": {"start": "2024-01-01", "end": "2024-06-30"}}
    hits = WORLD.search(L1, months)
    started = thread_time()
    first = hits.page(0, 3)
    assert thread_time() - started < 1
    parts = [WORLD.search(L1, {"acquisitionFilter": {"start": a, "end": b}}) for a, b in (
        ("2024-05-01", "2024-06-30"), ("2024-01-01", "2024-04-30"))]  # fmt: skip
    assert len(hits) == sum(map(len, parts)) > 500_000
    assert first == parts[0].page(0, 3)
    border = len(parts[0])
    assert hits.page(border - 2, 4) == [*parts[0].page(border - 2, 4), *parts[1].page(0, 2)]
    assert hits.page(len(hits) - 1, 5) == parts[1].page(len(parts[1]) - 1, 1)
    assert hits.page(len(hits), 5) == []


def test_a_level_2_scene_is_found_by_the_level_1_product_it_was_made_from():
    product = filter_id(L2, "Landsat Product Identifier L1")
    scenes = found(L2, spatialFilter=box(-81, -5, -70, 5), acquisitionFilter=TWO_YEARS)
    below = [level_1_of(scene) for scene in scenes]
    assert {scene.level for scene in below} == {"L1TP", "L1GT"}
    assert any(one.processed != two.processed for one, two in zip(scenes, below, strict=True))
    for scene, source in zip(scenes[::40], below[::40], strict=True):
        assert WORLD.by_display_id(L1, source.display_id) == source
        asked = {"filterType": "value", "filterId": product, "value": source.display_id}
        assert found(L2, metadataFilter=asked) == [scene]


def test_real_time_products_are_replaced_within_a_fortnight():
    gone = WORLD.replaced(L1, (date(2023, 3, 1), date(2023, 3, 5)))
    assert len(gone) > 1000
    for scene in gone.page(0, 300):
        assert (scene.satellite, scene.tier != "RT") == (8, True)
        assert date(2023, 3, 1) <= scene.processed <= date(2023, 3, 5)
        assert 0 < (scene.processed - scene.acquired).days < 14
    assert len(WORLD.replaced(L2, (date(2023, 3, 1), date(2023, 3, 5)))) == 0
    assert len(WORLD.replaced(L1, (date(2019, 3, 1), date(2019, 3, 5)))) == 0


def test_another_seed_is_another_world_and_the_same_seed_the_same():
    assert found(**COAST) == found(world=World(seed=7), **COAST)
    assert found(**COAST) != found(world=World(seed=9), **COAST)


def test_kinds_of_scenes_are_mixed_as_in_the_archive():
    scenes = found(spatialFilter=box(-81, -5, -60, 5), acquisitionFilter=TWO_YEARS)
    tiers = [scene.tier for scene in scenes]
    assert tiers.count("T1") > 0.8 * len(tiers)
    assert {scene.level for scene in scenes} == {"L1TP", "L1GT"}
    assert {None, -1.0} < {scene.cloud_cover for scene in scenes}
    level_2 = found(L2, spatialFilter=box(-81, -5, -60, 5), acquisitionFilter=TWO_YEARS)
    assert {scene.level for scene in level_2} == {"L2SP", "L2SR"}
    assert {s.entity_id for s in level_2} < {s.entity_id for s in scenes}
    processed = {scene.entity_id: scene.processed for scene in scenes}
    assert any(scene.processed > processed[scene.entity_id] for scene in level_2)


def test_only_young_landsat_8_scenes_are_real_time():
    scenes = found(spatialFilter=box(-81, -5, -60, 5), acquisitionFilter={"start": "2025-12-01"})
    for scene in scenes:
        young = (WORLD.today - scene.acquired).days < 14
        assert (scene.tier == "RT") == (young and scene.satellite == 8)
    assert max(scene.acquired for scene in scenes) <= WORLD.today


def test_one_bound_is_enough_and_times_are_ignored():
    newest = found(**{**COAST, "acquisitionFilter": {"start": "2025-11-01T23:59:59Z"}})
    assert {scene.acquired for scene in newest}
    assert min(scene.acquired for scene in newest) >= date(2025, 11, 1)
    only_end = found(**{**COAST, "acquisitionFilter": {"start": None, "end": "2013-06-01"}})
    assert max(scene.acquired for scene in only_end) <= date(2013, 6, 1)


def test_unknown_clouds_are_found_only_when_asked_for():
    wide = {"spatialFilter": box(-81, -5, -60, 5), "acquisitionFilter": TWO_YEARS}
    without = found(**wide, cloudCoverFilter={"min": 0, "max": 100})
    assert all(scene.cloud_cover is not None and scene.cloud_cover >= 0 for scene in without)
    with_unknown = found(**wide, cloudCoverFilter={"min": 0, "max": 100, "includeUnknown": True})
    assert with_unknown == found(**wide)
    assert all(round(s.cloud_cover) == 0 for s in found(**wide, cloudCoverFilter={"min": 0, "max": 0}))


def test_metadata_filters_by_value_range_and_their_combinations():
    path, row = filter_id(L1, "WRS Path"), filter_id(L1, "WRS Row")
    tier, satellite = filter_id(L1, "Collection Category"), filter_id(L1, "Satellite")
    scenes = found(
        acquisitionFilter=TWO_YEARS,
        metadataFilter={
            "filterType": "and",
            "childFilters": [
                {"filterType": "between", "filterId": path, "firstValue": 9, "secondValue": "11"},
                {"filterType": "value", "filterId": row, "value": "59"},
                {"filterType": "value", "filterId": satellite, "value": "9", "operand": "="},
                {
                    "filterType": "or",
                    "childFilters": [
                        {"filterType": "value", "filterId": tier, "value": "T2"},
                        {"filterType": "value", "filterId": tier, "value": "RT"},
                    ],
                },
            ],
        },
    )
    assert scenes
    assert {(s.row, s.satellite, s.tier) for s in scenes} == {(59, 9, "T2")}
    assert {s.path for s in scenes} == {9, 10, 11}


def test_an_image_is_found_by_its_identifiers_and_with_wildcards():
    scene = found(**COAST)[3]
    product, entity = filter_id(L1, "Landsat Product Identifier L1"), filter_id(L1, "Landsat Scene Identifier")
    by_product = {"filterType": "value", "filterId": product, "value": scene.display_id, "operand": "="}
    assert found(metadataFilter=by_product) == [scene]
    lower = {"filterType": "value", "filterId": entity, "value": scene.entity_id.lower(), "operand": "like"}
    assert found(metadataFilter=lower) == [scene]
    part = {"filterType": "value", "filterId": entity, "value": f"{scene.entity_id[:9]}%"}
    near = found(**COAST, metadataFilter=part)
    assert scene in near
    assert {(s.satellite, s.path, s.row) for s in near} == {(scene.satellite, scene.path, scene.row)}


def test_dates_of_making_are_filtered():
    made = filter_id(L1, "Date Product Generated L1 (YYYY/MM/DD)")
    span = {"filterType": "between", "filterId": made, "firstValue": "2023/07/01", "secondValue": "2023/07/31"}
    by_metadata = found(**COAST, metadataFilter=span)
    assert by_metadata
    assert {(s.processed.year, s.processed.month) for s in by_metadata} == {(2023, 7)}
    assert found(**COAST, ingestFilter={"start": "2023-07-01", "end": "2023-07-31"}) == by_metadata


def test_what_only_full_metadata_tell_is_filtered_too():
    sun = filter_id(L1, "Sun Elevation L0RA")
    span = {"filterType": "between", "filterId": sun, "firstValue": 0, "secondValue": 90}
    nothing = {**span, "secondValue": 1}
    assert found(**COAST, metadataFilter=span) == found(**COAST)
    assert found(**COAST, metadataFilter=nothing) == []


def test_a_filter_of_another_dataset_is_refused():
    wrong = {"filterType": "value", "filterId": filter_id(L2, "WRS Path"), "value": 5}
    with pytest.raises(Refusal, match="does not belong"):
        found(metadataFilter=wrong)


def test_geojson_of_all_spellings_finds_the_same():
    ring = [[-81, -0.6], [-79.2, -0.6], [-79.2, 0.6], [-81, 0.6], [-81, -0.6]]
    as_objects = [{"longitude": lon, "latitude": lat} for lon, lat in ring]
    shapes = [
        {"type": "Polygon", "coordinates": [ring]},
        {"type": "MultiPolygon", "coordinates": [[ring]]},
        {"type": "Polygon", "coordinates": as_objects},
        {"type": "Feature", "properties": {}, "geometry": {"type": "Polygon", "coordinates": [ring]}},
    ]
    spellings = itertools.cycle([("geojson", "geoJson"), ("geoJson", "geojson")])
    answers = [
        found(spatialFilter={"filterType": kind, key: shape}, acquisitionFilter=TWO_YEARS)
        for shape, (kind, key) in zip(shapes, spellings, strict=False)
    ]
    assert answers[0]
    assert all(answer == answers[0] for answer in answers)
    assert answers[0] == found(spatialFilter=box(-81, -0.6, -79.2, 0.6), acquisitionFilter=TWO_YEARS)


def test_a_slanted_polygon_leaves_out_cells_its_box_touches():
    diagonal = {"type": "Polygon", "coordinates": [[[-90, -10], [-89.9, -10], [-70, 10], [-70.1, 10], [-90, -10]]]}
    month = {"start": "2023-01-01", "end": "2023-01-31"}
    slim = found(spatialFilter={"filterType": "geojson", "geoJson": diagonal}, acquisitionFilter=month)
    wide = found(spatialFilter=box(-90, -10, -70, 10), acquisitionFilter=month)
    assert slim
    assert set(slim) < set(wide)
    assert len(slim) < len(wide) / 2


@given(
    st.tuples(st.floats(-10, 10), st.floats(-10, 10)),
    st.tuples(st.floats(-10, 10), st.floats(-10, 10)),
    st.floats(0.1, 5),
    st.floats(0.1, 5),
)
def test_two_boxes_touch_as_their_intervals_do(one, other, side, other_side):
    def ring(corner, size):
        (x, y), far = corner, size
        return ((x, y), (x + far, y), (x + far, y + far), (x, y + far), (x, y))

    expected = all(one[k] <= other[k] + other_side and other[k] <= one[k] + side for k in (0, 1))
    assert Area((0, 0, 0, 0), (ring(one, side),)).touches(ring(other, other_side)) == expected


def test_an_area_reaches_across_the_antimeridian():
    area = area_of(box(-180, 10, -179, 11))
    assert area.touches(((179.5, 10), (180.5, 10), (180.5, 11), (179.5, 11), (179.5, 10)))


@pytest.mark.parametrize(
    "wrong",
    [
        box(10, 0, -10, 1),
        {"filterType": "circle"},
        {"filterType": "mbr", "lowerLeft": {}},
        {"filterType": "geojson", "geoJson": {}},
    ],
)
def test_areas_that_cannot_be_are_refused(wrong):
    with pytest.raises(Refusal):
        area_of(wrong)


def test_reprocessing_renames_a_scene_everywhere():
    world = World(seed=7)
    old = next(
        s
        for s in found(world=world, spatialFilter=box(-81, -5, -60, 5), acquisitionFilter={"start": "2025-12-20"})
        if s.tier == "RT"
    )
    assert world.by_entity_id(L2, old.entity_id) is None
    made = world.reprocess(old.entity_id)
    new = world.by_entity_id(L1, old.entity_id)
    assert new in made
    assert (new.tier, new.entity_id) == ("T1", old.entity_id)
    assert new.display_id != old.display_id
    assert world.by_display_id(L1, old.display_id) is None
    assert [gone.scene for gone in world.deletions] == [old]
    again = found(world=world, spatialFilter=box(-81, -5, -60, 5), acquisitionFilter={"start": "2025-12-20"})
    assert new in again
    assert old not in again
    assert world.reprocess(old.entity_id)[0].display_id != new.display_id
    with pytest.raises(KeyError):
        world.reprocess("LC90110592023088LGN00")


def test_aerial_frames_have_numbers_names_and_places():
    frames = found(NAIP, spatialFilter=box(-97.6, 31.1, -97.4, 31.3))
    assert frames
    for frame in frames:
        assert WORLD.by_entity_id(NAIP, frame.entity_id) == frame
        assert WORLD.by_display_id(NAIP, frame.display_id) == frame
        assert frame.bounds[0] <= -97.4
        assert frame.bounds[2] >= -97.6
    assert frames == sorted(frames, key=lambda f: (-f.acquired.toordinal(), f.entity_id))
    assert found(NAIP, spatialFilter=box(-97.6, 31.1, -97.4, 31.3), cloudCoverFilter={"max": 0}) == frames
    assert WORLD.by_entity_id(NAIP, "12") is None


@pytest.mark.parametrize("dataset", [d for d in DATASETS.values() if d.landsat], ids=lambda d: d.alias)
def test_every_filter_asks_for_something_the_scenes_have(dataset):
    start = dataset.satellites[0][1] + timedelta(days=400)
    days = {"start": str(start), "end": str(start + timedelta(days=200))}
    span = {"spatialFilter": box(9, 44, 11, 46), "acquisitionFilter": days}
    scenes = found(dataset, **span)
    answers = {
        (asked.label, value): found(
            dataset, **span, metadataFilter={"filterType": kind, "filterId": asked.id, **value_of}
        )
        for asked in dataset.filters
        for kind, value, value_of in _questions(asked, scenes[0])
    }
    for asked in dataset.filters:
        told = [answer for (label, _), answer in answers.items() if label == asked.label]
        assert any(told), asked.label
        if asked.kind == "Select":
            assert sum(map(len, told)) == len(scenes), asked.label  # every scene has just one of the values


def _questions(asked, scene):
    if asked.kind == "Select":
        return [("value", value, {"value": value}) for value in asked.values]
    if asked.kind == "Range" and "YYYY" in asked.label:
        return [("between", "", {"firstValue": "1980/01/01", "secondValue": "2030/01/01"})]
    if asked.kind == "Range":
        return [("between", "", {"firstValue": 0, "secondValue": 300})]
    if asked.label == "Image Quality":
        return [("value", str(n), {"value": str(n)}) for n in range(10)]
    return [("value", "", {"value": scene.entity_id if "Scene" in asked.label else scene.display_id[:4]})]
