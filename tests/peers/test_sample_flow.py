"""The way of the official sample and notebook: a scene list, its products, one labelled order, polls, and tidying up."""

from __future__ import annotations

import hashlib
import io
import tarfile

import pytest
import requests

from m2msync.sandbox.behaviour import Behaviour, Staging
from m2msync.sandbox.serve import running

from .plain import FLIGHTS, GALAPAGOS, L1, TEXAS, YEAR, Plain, fetch, ids

LABEL = "download-sample"


@pytest.fixture
def sample(box):
    return Plain(box).login("sandbox")


def listed(sample, dataset, scenes):
    """Put scenes on a list, and return the products that can be had of them."""
    held = sample.data(
        "scene-list-add", listId="sample", idField="entityId", entityIds=ids(scenes), datasetName=dataset
    )
    assert held == len(scenes)
    rows = sample.data("download-options", listId="sample", datasetName=dataset)
    return [row for row in rows if row["bulkAvailable"] and row["downloadSystem"] != "folder"]


def delivered(sample, request):
    """Return the URL of everything ordered, by downloadId, and how many polls what was not there at once took."""
    urls = {entry["downloadId"]: entry["url"] for entry in request["availableDownloads"]}
    wanted = {int(number) for number in request["newRecords"]}
    polls = 0
    while set(urls) < wanted and polls < 20:
        polls += 1
        told = sample.data("download-retrieve", label=LABEL)
        urls |= {entry["downloadId"]: entry["url"] for entry in told["available"]}
    assert set(urls) == wanted
    return urls, polls


def order(sample, rows):
    wanted = [{"entityId": row["entityId"], "productId": row["id"]} for row in rows]
    request = sample.data("download-request", downloads=wanted, label=LABEL)
    assert set(request["newRecords"].values()) == {LABEL}
    assert len(request["newRecords"]) == len(rows)
    return request


def tidy_up(sample, ordered):
    assert sample.data("download-order-remove", label=LABEL) == ordered
    assert sample.data("download-search", label=LABEL) is None
    assert sample.data("scene-list-remove", listId="sample") is None
    assert sample.data("scene-list-get", listId="sample") == []
    assert sample.envelope("logout")["data"] is None


def test_bundles_of_a_scene_list(sample, box):
    assert sample.envelope("permissions")["data"] == ["user", "download", "order"]
    scenes = sample.search(L1, YEAR, GALAPAGOS)[:3]
    rows = [row for row in listed(sample, L1, scenes) if row["productName"].endswith("Bundle")]
    assert ids(rows) == ids(scenes)
    request = order(sample, rows)
    assert request["preparingDownloads"] == []
    urls, polls = delivered(sample, request)
    assert polls == 0
    assert {name: roots(body) for name, body in map(download, urls.values())} == {
        f"{scene['displayId']}.tar": {scene["displayId"]} for scene in scenes
    }
    tidy_up(sample, 3)
    assert box.counts.concurrent["sandbox"] == 1


def download(url):
    """Return what a URL sends and its name, cut out the way many scripts do."""
    answer = requests.get(url, timeout=60)
    return answer.headers["content-disposition"].split("filename=")[1].strip('"'), answer.content


def roots(bundle):
    """Return what the names of a bundle's members begin with."""
    with tarfile.open(fileobj=io.BytesIO(bundle)) as archive:
        return {name[:40] for name in archive.getnames()}


@pytest.mark.parametrize("vanish", [False, True])
def test_frames_that_are_staged_first(vanish):
    with running(pixels=32, behaviour=Behaviour(staging=Staging(polls=3, vanish=vanish))) as box:
        sample = Plain(box).login("sandbox")
        rows = listed(sample, "naip", sample.search("naip", FLIGHTS, TEXAS)[:2])
        request = order(sample, rows)
        assert request["availableDownloads"] == []
        assert all("/download-staging/" in entry["url"] for entry in request["preparingDownloads"])
        urls, polls = delivered(sample, request)
        assert polls == 3
        assert all(fetch(url).startswith(b"PK") for url in urls.values())
        tidy_up(sample, len(rows))


def test_the_band_groups_of_a_scene_list(sample):
    scenes = sample.search(L1, YEAR, GALAPAGOS)[:2]
    listed(sample, L1, scenes)
    rows = sample.data("download-options", listId="sample", datasetName=L1, includeSecondaryFileGroups=True)
    files = {
        file["entityId"]: file for row in rows for file in row["secondaryDownloads"] or () if file["bulkAvailable"]
    }
    bands = sample.data("dataset", datasetId=next(iter(files.values()))["datasetId"])["datasetAlias"]
    sample.data("scene-list-add", listId="bands", idField="entityId", entityIds=list(files), datasetName=bands)
    groups = [{"fileGroups": ["ls_c2l1_ot_band"], "datasetName": bands, "listId": "bands"}]
    urls = sample.data("download-request", dataGroups=groups, label=LABEL)["availableDownloads"]
    announced = {file["checksum"][0]["value"] for file in files.values() if "ls_c2l1_ot_band" in file["fileGroups"]}
    assert len(announced) == 22
    assert {hashlib.sha512(fetch(entry["url"])).hexdigest() for entry in urls} == announced
    sample.data("scene-list-remove", listId="bands")
    tidy_up(sample, 22)
