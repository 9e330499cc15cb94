"""Which images are chosen: the real command against the real sandbox, and against all images there are."""

import re
from collections import defaultdict
from datetime import date

import pytest

from m2msync.core.naming import parse_display_id
from m2msync.sandbox.api.records import image_record
from m2msync.sandbox.world.catalogue import DATASETS

L1 = "landsat_ot_c2_l1"
YEAR = {"acquired": {"start": "2022-01-01", "end": "2022-12-31"}}
FRESH = {"acquired": {"start": "2025-12-01", "end": "2025-12-31"}}
CELL = {"north": {"path_row": ["011/059"]}}
CELLS = {"north": {"path_row": ["011/059"]}, "south": {"path_row": ["010/060"]}}


def chosen(journey, *words):
    """Return the display ids of the images that a plan wants."""
    return {action["display_id"] for action in journey.plan(*words)["actions"]}


def everything(box, metadata=None, cells=((11, 59),), **filters):
    """Return all scenes of some cells, as the simulated archive knows them."""
    found = []
    for path, row in cells:
        spans = [
            {"filterType": "between", "filterId": number, "firstValue": n, "secondValue": n}
            for number, n in (("5e81f14f8faf8048", path), ("5e81f14f8d2a7c24", row))
        ]
        both = {"filterType": "and", "childFilters": spans}
        found += box.world.search(DATASETS[L1], {"metadataFilter": both, **filters}).page(0, 10_000)
    return found


def whole(journey, *, regions=CELL, filters=YEAR, **changes):
    """Want the MTL of every image of some cells."""
    entry = {key: value for key, value in journey.document["datasets"][0].items() if key != "images_per_scene"}
    journey.write(regions=regions, datasets=[{**entry, "bands": ["MTL"], "filters": filters, **changes}])


SPAN = {"acquisitionFilter": {"start": "2022-01-01", "end": "2022-12-31"}}


def test_so_many_spread_over_each_season(box, journey):
    whole(journey, regions=CELLS, prefer="spread", per="season", images_per_scene=3)
    scenes = everything(box, cells=((11, 59), (10, 60)), **SPAN)
    seasons = defaultdict(list)
    for scene in scenes:
        winter = scene.acquired.month == 12
        seasons[scene.path, (scene.acquired.year + winter, scene.acquired.month % 12 // 3)].append(scene)
    taken = chosen(journey)
    assert len(seasons) == 10
    for members in seasons.values():
        days = sorted({s.acquired for s in members})
        mine = sorted(s.acquired for s in members if s.display_id in taken)
        assert len(mine) == min(3, len(members))
        assert (mine[0], mine[-1]) == (days[0], days[-1])
    assert len(taken) == sum(min(3, len(members)) for members in seasons.values())


def test_a_second_apply_of_a_spread_changes_nothing(journey):
    journey.entry(prefer="spread", per="year", images_per_scene=2, bands=["MTL"])
    assert journey.apply()["summary"]["got"] == 4
    again = journey.apply()["summary"]
    assert (again["got"], again["kept"]) == (0, 4)


def test_tiers_before_age(box, journey):
    whole(journey, filters=FRESH, tiers=["T2", "T1"], images_per_scene=100)
    scenes = everything(box, acquisitionFilter=FRESH["acquired"])
    assert "RT" in {scene.tier for scene in scenes}
    assert chosen(journey) == {scene.display_id for scene in scenes if scene.tier != "RT"}
    whole(journey, tiers=["T2", "T1"], images_per_scene=5)
    second = [scene for scene in everything(box, **SPAN) if scene.tier == "T2"]
    assert len(second) > 0
    assert {scene.display_id for scene in sorted(second, key=lambda s: s.acquired)[-5:]} <= chosen(journey)


def test_a_dataset_without_tiers_is_told(journey):
    journey.write(
        regions={"texas": {"bbox": [-97.8, 30.2, -97.6, 30.4]}},
        datasets=[{"dataset": "naip", "tiers": ["T1"], "products": ["bundle"]}],
    )
    done = journey.run("plan", "coast.yaml")
    assert done.returncode == 0
    assert "naip: no image found is of tier T1, but of no tier; widen tiers or leave it out" in done.stderr


def test_a_real_time_image_goes_once_the_final_one_is_listed_under_another_id(box, journey):
    whole(journey, filters=FRESH)
    (scene, *_) = [s for s in everything(box, acquisitionFilter=FRESH["acquired"]) if s.tier == "RT"]
    real_time = image_record(scene, "https://landsatlook.usgs.gov", None)
    final = real_time | {
        "entityId": scene.entity_id[:-1] + "7",
        "displayId": scene.display_id.replace("_RT", "_T1"),
    }
    results = [final, real_time]
    for order in (results, results[::-1]):
        data = {
            "results": order,
            "recordsReturned": 2,
            "totalHits": 2,
            "totalHitsAccuracy": "calculated",
            "nextRecord": 2,
            "startingNumber": 1,
        }
        box.faults.clear()
        box.faults.add(
            api="scene-search", answer={"data": data, "errorCode": None, "errorMessage": None, "requestId": 1}
        )
        assert chosen(journey) == {final["displayId"]}
        shown = journey.run("plan", "coast.yaml", "-v").stdout
        assert f"    {scene.display_id}  RT, its T1 exists" in shown


@pytest.mark.parametrize(
    ("metadata", "holds"),
    [
        ({"Collection Category": {"not": "RT"}}, lambda s: s.tier != "RT"),
        ({"Collection Category": {"not": ["RT", "Tier 2"]}}, lambda s: s.tier == "T1"),
        ({"Satellite": {"not": 9}}, lambda s: s.satellite != 9),
        ({"WRS Path": {"not": [10, 11]}}, lambda s: s.path not in (10, 11)),
        ({"WRS Row": {"min": 60}}, lambda s: s.row >= 60),
        ({"WRS_ROW": {"max": 59}, "WRS Path": {"min": 10, "max": 11}}, lambda s: s.row <= 59),
        ({"Date Product Generated L1": {"min": "2025-12-20"}}, lambda s: s.processed >= date(2025, 12, 20)),
        ({"Date Product Generated L1": {"not": ["2025-12-20"]}}, lambda s: s.processed != date(2025, 12, 20)),
        (
            {"any_of": [{"WRS Path": 11, "Satellite": 8}, {"WRS Path": 10, "Collection Category": {"not": "T1"}}]},
            lambda s: s.satellite == 8 if s.path == 11 else s.tier != "T1",
        ),
        (
            {
                "Satellite": "8",
                "any_of": [{"any_of": [{"WRS Row": 60}, {"WRS Row": 59}]}, {"WRS Path": {"max": 1}}],
            },
            lambda s: s.satellite == 8,
        ),
    ],
)
def test_conditions_are_what_they_say(box, journey, metadata, holds):
    cells = ((11, 59), (10, 60))
    whole(journey, regions={"both": {"path_row": ["011/059", "010/060"]}}, filters=FRESH | {"metadata": metadata})
    scenes = everything(box, cells=cells, acquisitionFilter=FRESH["acquired"])
    wanted = {scene.display_id for scene in scenes if holds(scene)}
    assert len(scenes) > len(wanted) or "WRS_ROW" not in str(metadata)
    assert chosen(journey) == wanted


def is_unknown(scene):
    return scene.cloud_cover is None or scene.cloud_cover < 0


@pytest.mark.parametrize("unknown", [False, True])
def test_images_of_unknown_cloud_cover_come_when_asked_for(box, journey, unknown):
    clouds = {"cloud_cover": {"max": 10, "include_unknown": unknown}}
    whole(journey, regions=CELLS, filters=YEAR | clouds)
    scenes = everything(box, cells=((11, 59), (10, 60)), **SPAN)
    assert any(map(is_unknown, scenes))
    assert chosen(journey) == {
        s.display_id for s in scenes if (unknown if is_unknown(s) else round(s.cloud_cover) <= 10)
    }


@pytest.mark.parametrize(
    "window",
    [
        {"start": "2022-06-01", "end": "2022-06-30"},
        {"start": "2022-11-20"},
        {"end": "2022-01-31"},
    ],
)
def test_images_ingested_in_a_window(box, journey, window):
    whole(journey, filters=YEAR | {"ingested": window})
    low, high = (date.fromisoformat(window.get(end, "2999-01-01")) for end in ("start", "end"))
    low = low if "start" in window else date(1900, 1, 1)
    scenes = everything(box, **SPAN)
    assert chosen(journey) == {s.display_id for s in scenes if low <= s.processed <= high} != set()


def test_months_of_every_year(box, journey):
    days = {"acquired": {"start": "2021-06-15", "end": "2023-02-10"}}
    whole(journey, filters=days | {"months": [12, 1, 2]})
    scenes = everything(box, acquisitionFilter=days["acquired"])
    wanted = {s.display_id for s in scenes if s.acquired.month in (12, 1, 2)}
    assert {parse_display_id(name).acquired.year for name in wanted} == {2021, 2022, 2023}
    assert chosen(journey) == wanted


@pytest.mark.parametrize(
    ("metadata", "told"),
    [
        ({"Sattelite": {"not": "9"}}, "landsat_ot_c2_l1 has no filter 'Sattelite'; did you mean 'Satellite'?"),
        (
            {"any_of": [{"Satellite": 8}, {"Colection Category": "T1"}]},
            "landsat_ot_c2_l1 has no filter 'Colection Category'; did you mean 'Collection Category'?",
        ),
        ({"Satellite": "Landsat 5"}, "Satellite cannot be 'Landsat 5'; write 8 or 9"),
        (
            {"Collection Category": {"not": "T3"}},
            "Collection Category cannot be 'T3'; write T1 (Tier 1), T2 (Tier 2) or RT (Real-Time)",
        ),
        ({"Satellite": {"not": [8, 9]}}, "Satellite has no other values; leave out those that are wanted"),
        ({"Satellite": {"min": 8}}, "Satellite has no min; write a value, or any: [...]"),
        ({"WRS Path": {"min": "north"}}, "WRS Path must be a number, not 'north'; write e.g. 11"),
        (
            {"Date Product Generated L1": {"max": 2023}},
            "Date Product Generated L1 (YYYY/MM/DD) must be a day, not '2023'; write e.g. 2023-07-31",
        ),
        (
            {"Sun Elevation L0RA": {"not": 30}},
            (
                "Sun Elevation L0RA cannot exclude a single number;"
                " write any_of: [{Sun Elevation L0RA: {max: …}}, {Sun Elevation L0RA: {min: …}}]"
            ),
        ),
        (
            {"Landsat Scene Identifier": {"not": "LC90110592023087LGN00"}},
            "M2M cannot exclude values of Landsat Scene Identifier; `m2msync forget` excludes single images",
        ),
    ],
)
def test_what_cannot_be_asked_is_told_by_line_before_anything_is_searched(box, journey, metadata, told):
    journey.entry(filters=YEAR | {"metadata": metadata})
    done = journey.run("plan", "coast.yaml")
    assert done.returncode == 4
    (line,) = re.findall(r"coast\.yaml:\d+:\d+: (.*)", done.stderr)
    assert line == told
    assert box.counts.calls["scene-search"] == 0


def test_an_empty_period_is_told_and_is_no_error(journey):
    journey.entry(filters={"acquired": {"start": "2099-01-01"}})
    done = journey.run("plan", "coast.yaml")
    assert done.returncode == 0
    assert (
        "landsat_ot_c2_l1: no image found in north, south; check where they lie, and widen acquired" in done.stderr
    )
