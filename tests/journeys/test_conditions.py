"""Metadata filters and path/row cells: the real command against the real sandbox."""

import json
import re
from datetime import date

import pytest

from m2msync.catalog import Catalog
from m2msync.core.model import Box, Condition, DateRange, Filters, Region, Word
from m2msync.core.naming import parse_display_id
from m2msync.core.secrets import Secret
from m2msync.m2m import search as searching
from m2msync.m2m.credentials import Credentials
from m2msync.m2m.filters import Translator
from m2msync.m2m.pages import Limits
from m2msync.m2m.session import Session

CELLS = {"cells": {"path_row": ["011/059", "10/60"]}}
DAYS = {"acquired": {"start": "2022-01-01", "end": "2022-12-31"}}
ASKING = ("dataset-filters", "scene-search")


@pytest.fixture
def cells(journey):
    journey.write(regions=CELLS)
    journey.entry(
        images_per_scene=2,
        scene="path_row",
        bands=["MTL"],
        filters=DAYS | {"metadata": {"satellite": 9, "Collection Category": {"any": ["Tier 1", "RT"]}}},
    )
    return journey


def images(plan):
    return {parse_display_id(action["display_id"]) for action in plan["actions"]}


def fresh(box, before):
    return dict(box.counts.calls - before)


def test_only_images_of_the_cells_that_meet_the_conditions(cells):
    chosen = images(cells.plan())
    assert {(image.path, image.row) for image in chosen} == {(11, 59), (10, 60)}
    assert {image.satellite for image in chosen} == {9}
    assert {image.tier for image in chosen} <= {"T1", "RT"}
    assert len(chosen) == 4


def test_the_second_apply_only_searches(cells, box):
    assert cells.apply()["summary"]["got"] == 4
    assert box.counts.calls["dataset-filters"] == 1
    before = box.counts.calls.copy()
    second = cells.apply()
    assert second["summary"] == second["summary"] | {"got": 0, "kept": 4, "api_calls": 3}
    assert fresh(box, before) == {"login-token": 1, "scene-search": 1, "logout": 1}


def test_a_range_of_days_and_of_numbers(cells):
    made = {"between": ["2022-01-01", "2022/06/30"]}
    filters = {"WRS_PATH": {"between": [10, 10.0]}, "Date Product Generated L1": made}
    cells.entry(filters=DAYS | {"metadata": filters})
    chosen = images(cells.plan())
    assert {image.path for image in chosen} == {10}
    assert all(date(2022, 1, 1) <= image.processed <= date(2022, 6, 30) for image in chosen)


def test_names_and_values_that_do_not_exist_are_told_by_line(cells, box):
    metadata = {"Satelite": "9", "Collection Category": {"any": ["T1", "T9"]}, "WRS Path": "eleven"}
    cells.entry(filters=DAYS | {"metadata": metadata})
    lines = cells.manifest.read_text().splitlines()

    for arguments in (["plan", "coast.yaml"], ["apply", "coast.yaml"]):
        done = cells.run(*arguments)
        assert done.returncode == 4
        told = re.findall(r"coast\.yaml:(\d+):(\d+): (.*)", done.stderr)
        assert [message for *_, message in told] == [
            "landsat_ot_c2_l1 has no filter 'Satelite'; did you mean 'Satellite'?",
            "Collection Category cannot be 'T9'; write T1 (Tier 1), T2 (Tier 2) or RT (Real-Time)",
            "WRS Path must be a number, not 'eleven'; write e.g. 11",
        ]
        spots = [lines[int(line) - 1][int(column) - 1 :] for line, column, _ in told]
        assert spots == ["Satelite: '9'", "T9", "eleven"]
    assert box.counts.calls["scene-search"] == 0


def test_an_id_that_is_no_longer_known_is_looked_up_anew(cells, box):
    cells.plan()
    path = cells.store / ".m2msync" / "catalog.db"
    with Catalog.open(path) as catalog, catalog._writing() as db:
        db.execute("UPDATE filters SET fields = replace(fields, '61af93b8fad2acf5', 'ffffffffffffffff')")
    before = box.counts.calls.copy()
    assert {image.satellite for image in images(cells.plan())} == {9}
    assert [fresh(box, before)[name] for name in ASKING] == [1, 2]
    before = box.counts.calls.copy()
    cells.plan()
    assert [fresh(box, before).get(name, 0) for name in ASKING] == [0, 1]


def test_a_page_that_is_empty_once_does_no_harm(cells, box):
    wanted = images(cells.plan())
    empty = {
        "results": [],
        "recordsReturned": 0,
        "totalHits": 40,
        "totalHitsAccuracy": "calculated",
        "nextRecord": 1,
    }
    box.faults.add(api="scene-search", nth=[1], answer={"data": empty, "errorCode": None, "errorMessage": None})
    assert images(cells.plan()) == wanted


def test_a_page_that_stays_empty_is_trouble_not_a_loss(cells, box):
    cells.apply()
    empty = {
        "results": [],
        "recordsReturned": 0,
        "totalHits": 40,
        "totalHitsAccuracy": "calculated",
        "nextRecord": 1,
    }
    box.faults.add(api="scene-search", answer={"data": empty, "errorCode": None, "errorMessage": None})
    result = cells.apply(code=6)
    assert "promises more images of landsat_ot_c2_l1 in cells than the 0 it returns" in result["error"]
    assert len(cells.files()) == 4


def test_an_image_that_is_counted_and_not_returned_is_told_and_still_wanted(cells, session, box):
    """M2M returns one image of several, then an empty page, and promises more every time."""
    cells.apply()
    one = session.call("scene-search", {"datasetName": "landsat_ot_c2_l1", "maxResults": 1})
    hits = one | {"totalHits": 9, "totalHitsAccuracy": "calculated"}
    empty = hits | {"results": [], "recordsReturned": 0}
    box.faults.add(api="scene-search", nth=[1], answer={"data": hits, "errorCode": None, "errorMessage": None})
    box.faults.add(api="scene-search", answer={"data": empty, "errorCode": None, "errorMessage": None})
    told = cells.run("apply", "coast.yaml")
    assert told.returncode == 0
    said = " ".join(told.stderr.split())
    assert "promises more images of landsat_ot_c2_l1 in cells than the 1 it returns; what was wanted" in said
    status = cells.status()["summary"]
    assert status["wanted"] >= 4
    assert status["orphan"] == 0


@pytest.mark.parametrize("name", [7, "a\0b"])
def test_an_image_that_cannot_be_read_is_told_and_still_wanted(cells, session, box, name):
    cells.apply()
    ask = {"datasetName": "landsat_ot_c2_l1", "maxResults": 1}
    hits = session.call("scene-search", ask) | {"totalHits": 1, "totalHitsAccuracy": "calculated"}
    hits["results"][0] |= {"displayId": name, "entityId": name}
    box.faults.add(api="scene-search", answer={"data": hits, "errorCode": None, "errorMessage": None})
    told = cells.run("apply", "coast.yaml")
    assert told.returncode == 0
    assert "images of landsat_ot_c2_l1 in cells that cannot be read; what was wanted" in " ".join(
        told.stderr.split()
    )
    assert json.loads(cells.run("prune", "coast.yaml", "--json").stdout)["actions"] == []
    assert cells.status()["summary"]["wanted"] == 4


@pytest.fixture
def session(box, tmp_path):
    with Session(box.url, Credentials(box.username, Secret(box.token))) as opened:
        yield opened


def test_a_search_that_is_split_finds_the_same(session, box, tmp_path, monkeypatch):
    """With limits of 50 and 300 instead of 2,000 and 50,000: the whole, and every part of it, page by page."""
    belt = Region("belt", (Box(-81, -3, -70, 8),))
    nine = (Condition(Word("Satellite"), (Word("9"),)),)
    filters = Filters(acquired=DateRange(date(2022, 1, 1), date(2023, 12, 31)), metadata=nine)

    def found(catalog):
        translator = Translator(session, catalog, "coast.yaml")
        today = date(2026, 1, 1)
        several = searching.search(session, "landsat_ot_c2_l1", belt, filters, translator, today).images
        return [image.entity_id for image in several]

    with Catalog.open(tmp_path / "catalog.db") as catalog:
        whole = found(catalog)
        before = box.counts.calls["scene-search"]
        monkeypatch.setattr(searching, "_LIMITS", Limits(page=50, records=300))
        parts = found(catalog)
    assert 300 < len(whole) == len(set(parts)) == len(parts)
    assert set(parts) == set(whole)
    assert box.counts.calls["scene-search"] - before < len(whole) / 10
