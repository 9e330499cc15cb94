"""The usgs package searches, orders and parses what the sandbox answers, unmodified but for its base address."""

from __future__ import annotations

import hashlib
import json
from pathlib import Path

import pytest

from .plain import CLEAR, GALAPAGOS, L1, YEAR, Plain, fetch, ids

BOX = ["--lower-left", *map(str, GALAPAGOS[:2]), "--upper-right", *map(str, GALAPAGOS[2:])]
SEARCH = [L1, "--start-date", YEAR[0], "--end-date", YEAR[1], *BOX]


@pytest.fixture
def usgs(usgs, box):
    """The command, logged in: it keeps its key in the home folder."""
    usgs.run("login", box.username, box.token)
    return usgs


def told(done):
    """Return what a command printed, without its envelope."""
    return json.loads(done.stdout)["data"]


@pytest.fixture
def rows(usgs, plain):
    """The products of one scene, as the command lists them."""
    return told(usgs.run("download-options", L1, plain.search(L1, YEAR, GALAPAGOS)[0]["entityId"]))


def ordered(usgs, row):
    """Return where the command says a product or file is."""
    answer = told(usgs.run("download-request", L1, row["entityId"], "--product-id", row["id"]))
    (entry,) = answer["availableDownloads"]
    assert (answer["failed"], answer["preparingDownloads"], answer["numInvalidScenes"]) == ([], [], 0)
    return entry["url"]


def test_a_search_finds_the_scenes_a_plain_call_finds(usgs, plain, box):
    found = told(usgs.run("scene-search", *SEARCH))
    expected = ids(plain.search(L1, YEAR, GALAPAGOS))
    assert len(expected) > 10
    assert ids(found["results"]) == expected
    assert found["recordsReturned"] == found["totalHits"] == len(expected)
    assert box.counts.concurrent["sandbox"] == 1


def test_its_pages_fit_together(usgs, plain):
    first = told(usgs.run("scene-search", *SEARCH, "--max-results", "7"))
    ll, ur = ({"longitude": x, "latitude": y} for x, y in (GALAPAGOS[:2], GALAPAGOS[2:]))
    where = {"ll": ll, "ur": ur, "start_date": YEAR[0], "end_date": YEAR[1]}
    rest = usgs.call("usgs.api:scene_search", dataset=L1, starting_number=first["nextRecord"], **where)
    assert ids(first["results"]) + ids(rest["data"]["results"]) == ids(plain.search(L1, YEAR, GALAPAGOS))


def test_clouds_and_metadata_are_filtered(usgs, plain):
    path = next(row for row in told(usgs.run("dataset-filters", L1)) if row["fieldLabel"] == "WRS Path")
    found = usgs.call(
        "usgs.api:scene_search",
        dataset=L1, start_date=YEAR[0], end_date=YEAR[1], lat=-0.8, lng=-90.3, distance=100,
        where={"filter_id": path["id"], "value": "18"}, scene_filter=CLEAR,
    )["data"]["results"]  # fmt: skip
    here = plain.search(L1, YEAR, (-90.3005, -0.8005, -90.2995, -0.7995), **CLEAR)
    assert 0 < len(found) < len(here)
    assert ids(found) == [entity_id for entity_id in ids(here) if entity_id[3:6] == "018"]


def test_datasets_products_and_metadata_parse(usgs, plain):
    assert [row["datasetAlias"] for row in told(usgs.run("dataset-search", "--dataset", "landsat_ot"))] == [
        L1,
        "landsat_ot_c2_l2",
    ]
    products = usgs.call("usgs.api:dataset_download_options", dataset=L1)["data"]
    assert "Landsat Collection 2 Level-1 Product Bundle" in {row["productName"] for row in products}
    scene = plain.search(L1, YEAR, GALAPAGOS)[0]
    described = told(usgs.run("scene-metadata", L1, scene["entityId"]))
    assert described["displayId"] == scene["displayId"]
    assert scene["displayId"] in {row["value"] for row in described["metadata"]}


def test_band_files_arrive_with_the_announced_digests(usgs, rows, plain):
    files = [file for file in rows[0]["secondaryDownloads"] if file["displayId"].endswith(("_B3.TIF", "_MTL.txt"))]
    assert len(files) == 2
    for file in files:
        (checksum,) = file["checksum"]
        body = fetch(ordered(usgs, file))
        assert (checksum["id"], checksum["value"]) == ("sha512", hashlib.sha512(body).hexdigest())
        assert len(body) == file["filesize"]
        assert body == fetch(plain.order(file))


def test_the_bundle_that_is_available_arrives(usgs, rows, plain):
    bundles = [row for row in rows if row["productName"].endswith("Bundle")]
    (row,) = (row for row in bundles if row["available"])
    assert len(bundles) == 2
    assert fetch(ordered(usgs, row)) == fetch(plain.order(row))


def test_what_is_not_available_only_raises_a_count(usgs, rows):
    row = next(row for row in rows if not row["available"])
    answer = told(usgs.run("download-request", L1, row["entityId"], "--product-id", row["id"]))
    assert (answer["availableDownloads"], answer["newRecords"], answer["numInvalidScenes"]) == ([], [], 1)


def test_after_logout_its_key_is_dead(usgs, box):
    key = json.loads((Path.home() / ".usgs").read_text())["apiKey"]
    assert Plain(box, key).envelope("permissions")["data"] == ["user", "download", "order"]
    usgs.run("logout")
    with pytest.raises(AssertionError, match="AUTH_KEY_INVALID"):
        Plain(box, key).envelope("permissions")


def test_it_understands_that_its_key_has_expired(usgs, box):
    box.expire_keys()
    assert "USGSAuthExpiredError: API key has expired" in usgs.run("dataset-filters", L1, fails=True).stderr


def test_it_understands_that_a_login_is_refused(usgs, box):
    assert "USGSError: AUTH_INVALID" in usgs.run("login", box.username, "wrong", fails=True).stderr
