"""usgsxplore searches and downloads from the sandbox, unmodified but for its base address."""

from __future__ import annotations

import json
import re

import pytest

from m2msync.sandbox.behaviour import Behaviour, Staging
from m2msync.sandbox.serve import running

from .peer import Peer
from .plain import CLEAR, FLIGHTS, GALAPAGOS, L1, TEXAS, YEAR, Plain, fetch, ids


def where(bbox, days):
    return ["--bbox", *map(str, bbox), "--interval-date", *days]


def test_a_search_finds_the_scenes_a_plain_call_finds(usgsxplore, plain, box):
    found = usgsxplore.run("search", L1, *where(GALAPAGOS, YEAR), "--clouds", "40").stdout.split()
    expected = ids(plain.search(L1, YEAR, GALAPAGOS, **CLEAR))
    assert 2 < len(expected) < len(plain.search(L1, YEAR, GALAPAGOS))
    assert found == expected
    assert box.counts.concurrent["sandbox"] == 1


def test_each_command_logs_in_and_out_and_sends_get_requests_with_a_body(usgsxplore, box):
    usgsxplore.run("search", L1, *where(GALAPAGOS, YEAR), "--limit", "1")
    assert box.counts.log == [("login-token", 200), ("scene-search", 200), ("logout", 200)]


def test_filters_by_name_become_filters_by_id(usgsxplore, plain):
    named = "WRS Path = 18 & Satellite = 8"
    found = usgsxplore.run("search", L1, *where(GALAPAGOS, YEAR), "--filter", named).stdout.split()
    assert found == [
        entity_id for entity_id in ids(plain.search(L1, YEAR, GALAPAGOS)) if entity_id.startswith("LC8018")
    ]
    assert len(found) > 10


def test_its_pages_of_ten_thousand_fit_together(usgsxplore, plain, box):
    world, days = (-180, -90, 180, 90), ("2022-06-01", "2022-06-04")
    found = usgsxplore.run("search", L1, *where(world, days)).stdout.split()
    assert box.counts.calls["scene-search"] >= 2
    assert len(found) > 10_000
    assert found == ids(plain.search(L1, days, world))


def test_it_downloads_the_bundles_that_a_plain_client_is_sent(usgsxplore, plain, box):
    usgsxplore.run("search", L1, *where(GALAPAGOS, YEAR), "--clouds", "40", "--limit", "2", "-o", "scenes.txt")
    menu = usgsxplore.run("download", "scenes.txt").stdout
    (number,) = re.findall(r"(\d+): Landsat Collection 2 Level-1 Product Bundle", menu)
    usgsxplore.run("download", "scenes.txt", "-o", "bundles", "-p", number, "--hide-pbar")
    wanted = ids(plain.search(L1, YEAR, GALAPAGOS, **CLEAR))[:2]
    landed = {path.name: path.read_bytes() for path in (usgsxplore.folder / "bundles").iterdir()}
    assert landed == {f"{one}.tar": fetch(plain.order(plain.bundle(L1, one))) for one in wanted}
    assert box.counts.concurrent["sandbox"] == 1
    assert 500 not in {status for _, status in box.counts.log}


def test_it_removes_what_it_ordered_from_the_queue(usgsxplore, box):
    usgsxplore.run("search", L1, *where(GALAPAGOS, YEAR), "--limit", "1", "-o", "scenes.txt")
    usgsxplore.run("download", "scenes.txt", "-o", "pictures", "-p", "3", "--hide-pbar")
    assert len(list((usgsxplore.folder / "pictures").iterdir())) == 1
    assert sum(box.counts.removed.values()) == 1
    assert Plain(box).login("sandbox").data("download-search") is None


def test_it_polls_for_what_is_staged(installed, tmp_path):
    with running(pixels=32, behaviour=Behaviour(staging=Staging(polls=1, silent=0))) as box:
        peer, plain = Peer("usgsxplore", "usgsxplore.api:API_URL", box.url, box, tmp_path), Plain(box).login()
        peer.run("search", "naip", *where(TEXAS, FLIGHTS), "--limit", "2", "-o", "frames.txt")
        peer.run("download", "frames.txt", "-o", "frames", "-p", "0", "--hide-pbar", "--no-extract")
        frames = ids(plain.search("naip", FLIGHTS, TEXAS))[:2]
        assert {path.stem for path in (tmp_path / "frames").iterdir()} == set(frames)
        assert all(path.read_bytes().startswith(b"PK") for path in (tmp_path / "frames").iterdir())
        assert box.counts.calls["download-retrieve"] == 1


def test_it_draws_footprints_and_finds_browse_pictures(usgsxplore, plain):
    usgsxplore.run("search", L1, *where(GALAPAGOS, YEAR), "--limit", "2", "-o", "scenes.geojson")
    features = json.loads((usgsxplore.folder / "scenes.geojson").read_text())["features"]
    for feature, scene in zip(features, plain.search(L1, YEAR, GALAPAGOS)[:2], strict=True):
        told = feature["properties"]
        assert told["landsat_product_identifier_l1"] == scene["displayId"]
        assert feature["geometry"]["type"] == "Polygon"
        assert feature["geometry"]["coordinates"] == scene["spatialCoverage"]["coordinates"]
        assert fetch(told["browse_url"]).startswith(b"\xff\xd8")


def test_metadata_of_listed_scenes(usgsxplore):
    usgsxplore.run("search", L1, *where(GALAPAGOS, YEAR), "--limit", "3", "-o", "scenes.txt")
    usgsxplore.run("search", L1, "--entity-ids-file", "scenes.txt", "-o", "scenes.json")
    described = json.loads((usgsxplore.folder / "scenes.json").read_text())
    assert ids(described) == (usgsxplore.folder / "scenes.txt").read_text().split()[1:]


def test_it_understands_that_a_login_is_refused(usgsxplore):
    assert (
        "USGSAuthenticationError: AUTH_INVALID"
        in usgsxplore.run("info", "dataset", fails=True, USGS_TOKEN="x").stderr
    )


def test_it_understands_that_calls_must_not_overlap(usgsxplore, box):
    box.faults.add(api="scene-search", kind="error", code="RATE_LIMIT", status=500, times=1)
    usgsxplore.run("search", L1, *where(GALAPAGOS, YEAR), "--limit", "1")
    assert box.counts.log[1:3] == [("scene-search", 500), ("scene-search", 200)]


@pytest.mark.parametrize("dataset", ["landsat_ot_c3_l1", "nonsense"])
def test_it_proposes_datasets_for_one_that_does_not_exist(usgsxplore, dataset):
    assert L1 in usgsxplore.run("search", dataset).stdout
