from __future__ import annotations

import base64
import json
from urllib.parse import parse_qs, urlsplit

import pytest
import requests

from m2msync.sandbox.behaviour import Behaviour, Limits, Staging
from m2msync.sandbox.imagery import content, digests
from m2msync.sandbox.serve import running
from m2msync.sandbox.world.catalogue import DATASETS
from m2msync.sandbox.world.scene import file_names

from ..talk import GALAPAGOS, Talk, mbr

OT = "landsat_ot_c2_l1"
TEXAS = {"spatialFilter": mbr(-97.5, 31.1, -97.45, 31.15)}
RECENT = {**GALAPAGOS, "acquisitionFilter": {"start": "2025-12-01"}}


def staged(talk, count=2, label="naip", **payload):
    """Order some frames, which dds has to stage."""
    rows = talk.options("naip", count, **TEXAS)
    pairs = [{"entityId": row["entityId"], "productId": row["id"]} for row in rows]
    return pairs, talk.data("download-request", downloads=pairs, label=label, **payload)


def retrieve(talk, label="naip"):
    answer = talk.data("download-retrieve", label=label)
    return [e["downloadId"] for e in answer["available"]], [e["downloadId"] for e in answer["requested"]]


@pytest.fixture
def fresh():
    """A talk with a sandbox in which nothing has been ordered yet."""
    with running(pixels=24) as box:
        yield Talk(box)


# options


def test_an_old_and_a_recent_scene_have_their_bundle_in_different_places(talk):
    old = {row["downloadSystem"]: row for row in talk.options() if "Bundle" in row["productName"]}
    new = {row["downloadSystem"]: row for row in talk.options(**RECENT) if "Bundle" in row["productName"]}
    assert (old["ls_zip"]["available"], old["dds_ms"]["available"]) == (True, False)
    assert (new["ls_zip"]["available"], new["dds_ms"]["available"]) == (False, True)


def test_the_rows_of_an_oli_scene_are_the_recorded_ones(talk):
    rows = talk.options()
    assert [(row["productCode"], row["downloadSystem"]) for row in rows] == [
        ("D805", "dds_ms"), ("D687", "folder"), ("D689", "folder"), ("D690", "ls_zip"),
        ("D734", "ls_frb"), ("D735", "ls_frb"), ("D736", "ls_frb"),
        ("D731", "ls_frb"), ("D732", "ls_frb"), ("D733", "ls_frb"),
    ]  # fmt: skip
    assert rows[0]["id"] == "632211e26883b1f7"
    assert [row["filesize"] for row in rows[4:]] == [14_680_064] * 3 + [6_291_456] * 3
    assert rows[1]["checksum"] == [{"id": "sha512", "value": None}]
    assert "checksum" not in rows[0]
    assert all(row["bulkAvailable"] == row["available"] for row in rows)


def test_secondaries_are_repeated_sorted_and_told_exactly_at_level_1(talk, box):
    rows = talk.options()
    files = rows[0]["secondaryDownloads"]
    assert all(row["secondaryDownloads"] == files for row in rows[:4])
    assert all(row["secondaryDownloads"] == [] for row in rows[4:])
    ids = [file["entityId"] for file in files]
    assert ids == sorted(ids)
    assert len(files) == 20
    assert {file["id"] for file in files} == {"5e8206bf6bc4a163"}
    for file in files:
        assert file["filesize"] < 100_000
        assert len(file["checksum"][0]["value"]) == 128
        assert file["secondaryDownloads"] == []
    assert list(files[0])[-3:] == ["fileGroups", "displayOrder", "checksum"]


def test_level_2_sizes_are_nominal_but_digests_are_true(talk):
    files = talk.options("landsat_ot_c2_l2")[0]["secondaryDownloads"]
    band = next(file for file in files if file["displayId"].endswith("_SR_B4.TIF"))
    assert band["filesize"] == 62_914_560
    (url,) = talk.links([(band["entityId"], band["id"])])
    assert len(requests.get(url).content) < 100_000


def test_ids_may_be_an_array_a_text_or_a_list_and_unknown_ones_are_missing(talk):
    one, two = (scene["entityId"] for scene in talk.scenes(2))
    as_array = talk.data("download-options", datasetName=OT, entityIds=[one, "LC80010010000000LGN00", two])
    assert as_array == talk.data("download-options", datasetName=OT, entityIds=f"{one},{two}")
    talk.data("scene-list-add", listId="opts", datasetName=OT, entityIds=[one, two])
    assert as_array == talk.data("download-options", datasetName=OT, listId="opts")
    assert {row["entityId"] for row in as_array} == {one, two}
    assert talk.data("download-options", datasetName=OT, entityIds=["nothing"]) is None
    assert talk.call("download-options", datasetName=OT)["errorCode"] == "INPUT_PARAMETER_REQUIRED"


@pytest.mark.parametrize(
    "dataset", ["landsat_etm_c2_l1", "landsat_etm_c2_l2", "landsat_tm_c2_l1", "landsat_tm_c2_l2"]
)
def test_older_sensors_can_be_ordered_too(talk, dataset):
    days = {"start": "2005-01-01", "end": "2006-01-01"}
    rows = talk.options(dataset, **{**GALAPAGOS, "acquisitionFilter": days})
    for row in rows:
        if row["available"] and row["downloadSystem"] != "folder":
            (url,) = talk.links([(row["entityId"], row["id"])])
            assert requests.get(url).status_code == 200
    file = rows[0]["secondaryDownloads"][-1]
    (url,) = talk.links([(file["entityId"], file["id"])])
    assert len(requests.get(url).content) > 0


def test_a_bundle_s_size_is_known_without_building_it(box):
    scene = box.world.search(DATASETS[OT], GALAPAGOS).page(0, 1)[0]
    assert digests.bundle_size(scene, 24) == len(content.bundle_bytes(scene, pixels=24))
    assert len(file_names(scene)) > 1


# requests


def test_landsat_is_available_at_once_on_signed_urls(talk, box):
    file, url = talk.band("_B3.TIF")
    parts = urlsplit(url)
    product, name = parts.path.split("/")[-2:]
    assert name == file["displayId"]
    level, standard, sensor, year, path, row = parts.path.split("/")[3:9]
    assert (level, standard, sensor) == ("level-1", "standard", "oli-tirs")
    assert product.split("_")[2:4] == [path + row, product.split("_")[3]]
    assert product.split("_")[3][:4] == year
    claims = json.loads(base64.b64decode(parse_qs(parts.query)["requestSignature"][0]))
    assert list(claims) == ["downloadApp", "contactId", "downloadId", "dateGenerated", "id", "signature"]
    assert claims["id"] == name
    assert claims["signature"].startswith("$5$$")
    assert len(claims["signature"]) == 47


def test_the_answer_to_a_request_has_the_recorded_shape(talk):
    file = talk.options()[0]["secondaryDownloads"][0]
    pair = {"entityId": file["entityId"], "productId": file["id"]}
    answer = talk.data("download-request", downloads=[pair], label="mine")
    assert list(answer) == [
        "availableDownloads", "duplicateProducts", "preparingDownloads", "failed", "newRecords", "remainingLimits",
        "numInvalidScenes",
    ]  # fmt: skip
    (entry,) = answer["availableDownloads"]
    assert list(entry) == ["downloadId", "eulaCode", "entityId", "url"]
    assert answer["newRecords"] == {str(entry["downloadId"]): "mine"}
    assert answer["duplicateProducts"] == answer["preparingDownloads"] == []
    empty = talk.data("download-request", downloads=[])
    assert empty["newRecords"] == empty["availableDownloads"] == []


def test_the_answers_of_2023_name_neither_entities_nor_limits():
    with running(
        pixels=24, behaviour=Behaviour(named_entries=False, remaining_limits=False, checksums=False)
    ) as box:
        talk = Talk(box)
        file = talk.options()[0]["secondaryDownloads"][0]
        assert "checksum" not in file
        answer = talk.data("download-request", downloads=[{"entityId": file["entityId"], "productId": file["id"]}])
        assert list(answer["availableDownloads"][0]) == ["downloadId", "eulaCode", "url"]
        assert "remainingLimits" not in answer


def test_what_cannot_be_had_only_raises_a_count(talk):
    rows = talk.options()
    folder, missing = rows[1], next(row for row in rows if not row["available"])
    wanted = [
        folder,
        missing,
        {"entityId": "LC80010010000000LGN00", "id": rows[3]["id"]},
        {"entityId": "x", "id": "y"},
        {"entityId": "L2SR_LM05_L2SP_023036_19840501_20200820_02_T1_B1_TIF", "id": talk.band()[0]["id"]},
    ]
    pairs = [{"entityId": row["entityId"], "productId": row["id"]} for row in wanted]
    answer = talk.data("download-request", downloads=pairs)
    assert answer["numInvalidScenes"] == 5
    assert answer["newRecords"] == []


def test_labels_are_limited_and_a_common_one_wins(talk):
    row = talk.options()[4]
    pair = {"entityId": row["entityId"], "productId": row["id"], "label": "own"}
    assert talk.call("download-request", downloads=[pair], label="x" * 51)["errorCode"] == "INPUT_INVALID"
    own = talk.data("download-request", downloads=[pair])
    assert set(own["newRecords"].values()) == {"own"}
    common = talk.data("download-request", downloads=[pair], label="y" * 50)
    assert set(common["newRecords"].values()) == {"y" * 50}
    assert talk.call("download-request", downloads=[{"entityId": "x"}])["errorCode"] == "INPUT_PARAMETER_INVALID"
    assert talk.call("download-request")["errorCode"] == "INPUT_PARAMETER_REQUIRED"


def test_asking_again_mints_a_new_download(talk):
    file, first = talk.band()
    (second,) = talk.links([(file["entityId"], file["id"])])
    assert first != second
    assert requests.get(first).content == requests.get(second).content


def test_the_band_group_flow_of_the_official_notebook(talk):
    rows = talk.data("download-options", datasetName=OT, entityIds=[talk.scenes()[0]["entityId"]],
                     includeSecondaryFileGroups=True)  # fmt: skip
    files = rows[0]["secondaryDownloads"]
    alias = talk.data("dataset", datasetId=files[0]["datasetId"])["datasetAlias"]
    ids = [file["entityId"] for file in files]
    assert talk.data("scene-list-add", listId="bands", datasetName=alias, entityIds=ids) == 20
    summary = talk.data("scene-list-summary", listId="bands")["datasets"][0]
    assert (summary["sceneCount"], summary["invalidSceneCount"]) == (20, 0)
    group = {"fileGroups": ["ls_c2l1_ot_band"], "datasetName": alias, "listId": "bands"}
    answer = talk.data("download-request", dataGroups=[group], label="groups")
    wanted = {file["entityId"] for file in files if "ls_c2l1_ot_band" in file["fileGroups"]}
    assert {entry["entityId"] for entry in answer["availableDownloads"]} == wanted
    assert len(wanted) == 11


# staging


def test_staged_items_become_available_after_some_polls(fresh):
    _, answer = staged(fresh, label="polls")
    ids = [entry["downloadId"] for entry in answer["preparingDownloads"]]
    assert len(ids) == 4
    assert all("/download-staging/" in entry["url"] for entry in answer["preparingDownloads"])
    assert retrieve(fresh, "polls") == ([], [])
    assert retrieve(fresh, "polls") == (ids, [])
    entry = fresh.data("download-retrieve", label="polls")["available"][0]
    assert (entry["statusCode"], entry["statusText"]) == ("A", "Available")
    assert "/download/" in entry["url"]
    assert requests.get(entry["url"]).content[:2] == b"PK"


def test_staging_can_take_time_and_show_items_twice_and_forget_them(clock):
    slow = Staging(polls=0, seconds=60, silent=0, doubled=True, vanish=True)
    with running(pixels=24, clock=clock, behaviour=Behaviour(staging=slow)) as box:
        talk = Talk(box)
        _, answer = staged(talk)
        ids = [entry["downloadId"] for entry in answer["preparingDownloads"]]
        assert retrieve(talk) == ([], ids)
        states = {e["statusCode"] for e in talk.data("download-retrieve", label="naip")["requested"]}
        assert states == {"D"}
        clock.now += 61
        assert retrieve(talk) == (ids, ids)
        assert retrieve(talk) == ([], [])


def test_anything_can_be_made_to_stage():
    with running(pixels=24, behaviour=Behaviour(staging=Staging(systems=frozenset({"ls_s3", "ls_zip"})))) as box:
        talk = Talk(box)
        rows = talk.options()
        file = rows[0]["secondaryDownloads"][3]
        pairs = [(file["entityId"], file["id"]), (rows[3]["entityId"], rows[3]["id"])]
        assert talk.links(pairs, label="x") == []
        retrieve(talk, "x")
        available = talk.data("download-retrieve", label="x")["available"]
        sizes = {entry["displayId"]: len(requests.get(entry["url"]).content) for entry in available}
        assert sizes == {entry["displayId"]: entry["filesize"] for entry in available}
        assert len(sizes) == 2


def test_a_staging_url_fails_until_ready_and_then_leads_on(clock):
    behaviour = Behaviour(staging=Staging(polls=0, seconds=60))
    with running(pixels=24, clock=clock, behaviour=behaviour) as box:
        talk = Talk(box)
        _, answer = staged(talk, 1)
        url = answer["preparingDownloads"][0]["url"]
        assert requests.get(url).status_code == 503
        clock.now += 60
        assert requests.get(url, allow_redirects=False).status_code == 302
        assert requests.get(url).headers["content-type"] == "application/zip"


def test_what_is_still_being_prepared_is_not_queued_again(fresh):
    pairs, first = staged(fresh, label="first")
    again = fresh.data("download-request", downloads=pairs, label="second")
    assert set(again["duplicateProducts"].values()) == {"first"}
    assert set(again["duplicateProducts"]) == {str(e["downloadId"]) for e in first["preparingDownloads"]}
    assert again["newRecords"] == again["preparingDownloads"] == []
    retrieve(fresh, "first")
    retrieve(fresh, "first")
    third = fresh.data("download-request", downloads=pairs, label="third")
    assert third["duplicateProducts"] == []
    assert set(third["newRecords"].values()) == {"third"}


def test_proxied_items_stay_in_the_queue_until_told_complete(talk):
    file, _ = talk.band()
    talk.links([(file["entityId"], file["id"])], label="proxied")
    entry = talk.data("download-retrieve", label="proxied")["requested"][0]
    assert entry["statusCode"] == "P"
    told = [{"downloadId": entry["downloadId"], "downloadedSize": 1}, {"downloadId": 1, "downloadedSize": 1}]
    answer = talk.data("download-complete-proxied", proxiedDownloads=told)
    assert answer["updatedDownloadsCount"] == 1
    assert len(answer["failed"]) == 1
    assert talk.data("download-search", label="proxied")[0]["statusCode"] == "C"
    assert talk.data("download-retrieve", label="proxied")["requested"] == []


# the queue


def test_the_queue_can_be_looked_at_and_cleared(fresh):
    _, answer = staged(fresh, label="queue")
    count = len(answer["preparingDownloads"])
    assert len(fresh.data("download-search", label="queue")) == count
    assert "url" not in fresh.data("download-search", label="queue")[0]
    assert len(fresh.data("download-order-load", label=["queue"])) == count
    (label,) = [each for each in fresh.data("download-labels") if each["label"] == "queue"]
    assert label["downloadCount"] == count
    assert int(label["downloadSize"]) > 0
    summary = fresh.data("download-summary", downloadApplication="M2M", label="queue")
    assert summary["downloadCount"] == count
    assert summary["collections"][0]["datasetName"] == "naip"
    assert fresh.data("download-remove", downloadId=str(answer["preparingDownloads"][0]["downloadId"])) is True
    assert fresh.data("download-remove", downloadId=1) is True
    assert fresh.data("download-order-remove", label="queue") == count - 1
    assert fresh.box.counts.removed["queue"] == count - 1
    assert fresh.data("download-search", label="queue") is None
    assert fresh.data("download-order-load", label="queue") is None
    assert fresh.data("download-retrieve", label="queue")["available"] == []
    assert requests.get(answer["preparingDownloads"][1]["url"]).status_code == 404


def test_the_queue_is_fussy_about_parameters(talk):
    assert talk.call("download-summary", label="x")["errorCode"] == "INPUT_PARAMETER_REQUIRED"
    assert talk.call("download-remove", downloadId=[1, 2])["errorCode"] == "INPUT_PARAMETER_INVALID"
    assert talk.call("download-order-remove")["errorCode"] == "INPUT_PARAMETER_REQUIRED"
    assert talk.data("download-summary", downloadApplication="M2M", label="none")["totalEstimatedSize"] == 0


def test_accounts_do_not_see_each_other_s_orders(fresh):
    staged(fresh, label="ours")
    other = Talk(fresh.box, "neighbour", "neighbour-token")
    assert other.data("download-order-remove", label="ours") == 0
    assert other.data("download-search", label="ours") is None
    assert fresh.data("download-search", label="ours")


# quota


def test_the_quota_counts_user_and_address_and_comes_back(clock):
    behaviour = Behaviour(limits=Limits(recent=5, pending=20_000, unattempted=20_000))
    with running(pixels=24, clock=clock, behaviour=behaviour) as box:
        talk, other = Talk(box), Talk(box, "neighbour", "neighbour-token")
        files = [(f["entityId"], f["id"]) for f in talk.options()[0]["secondaryDownloads"]]
        talk.links(files[:3])
        user, address = talk.data("rate-limit-summary")["remainingLimits"]
        assert (user["recentDownloadCount"], address["recentDownloadCount"]) == (2, 2)
        assert user["unattemptedDownloadCount"] == 20_000
        assert other.data("rate-limit-summary")["remainingLimits"][0]["recentDownloadCount"] == 5
        pairs = [{"entityId": e, "productId": p} for e, p in files[:3]]
        assert talk.call("download-request", downloads=pairs)["errorCode"] == "RATE_LIMIT_USER_DL"
        assert other.call("download-request", downloads=pairs)["errorCode"] == "RATE_LIMIT_USER_DL"
        clock.now += 900
        assert len(talk.links(files[:5])) == 5


def test_pending_and_unattempted_follow_what_dds_delivers(clock):
    with running(pixels=24, clock=clock, behaviour=Behaviour(staging=Staging(polls=1, silent=0))) as box:
        talk = Talk(box)
        _, answer = staged(talk, 1)
        left = answer["remainingLimits"][0]
        assert (left["pendingDownloadCount"], left["unattemptedDownloadCount"]) == (19_998, 20_000)
        available = talk.data("download-retrieve", label="naip")["available"]
        left = talk.data("rate-limit-summary")["remainingLimits"][0]
        assert (left["pendingDownloadCount"], left["unattemptedDownloadCount"]) == (20_000, 19_998)
        requests.get(available[0]["url"])
        left = talk.data("rate-limit-summary")["remainingLimits"][0]
        assert left["unattemptedDownloadCount"] == 19_999


def test_orders_are_counted_by_product(box, talk):
    file, _ = talk.band("_B7.TIF")
    before = box.counts.ordered[file["entityId"]]
    talk.links([(file["entityId"], file["id"])])
    assert box.counts.ordered[file["entityId"]] == before + 1


def test_what_is_proxied_may_be_ordered_when_nothing_more_may_wait():
    behaviour = Behaviour(limits=Limits(recent=100, pending=2, unattempted=0))
    with running(pixels=24, behaviour=behaviour) as box:
        talk = Talk(box)
        staged(talk, 1)
        rows = talk.options("naip", 2, **TEXAS)
        frame = [{"entityId": rows[2]["entityId"], "productId": rows[2]["id"]}]
        assert talk.call("download-request", downloads=frame)["errorCode"] == "RATE_LIMIT_USER_DL"
        files = [(f["entityId"], f["id"]) for f in talk.options()[0]["secondaryDownloads"]]
        assert len(talk.links(files)) == 20
        cached = next(r for r in talk.options(**RECENT) if r["downloadSystem"] == "dds_ms")
        pair = [{"entityId": cached["entityId"], "productId": cached["id"]}]
        assert talk.call("download-request", downloads=pair)["errorCode"] == "RATE_LIMIT_USER_DL"


def test_what_is_named_twice_is_ordered_once(fresh):
    file = fresh.options()[0]["secondaryDownloads"][3]
    pair = {"entityId": file["entityId"], "productId": file["id"]}
    answer = fresh.data("download-request", downloads=[{**pair, "label": "a"}, {**pair, "label": "b"}])
    assert len(answer["availableDownloads"]) == 1
    assert list(answer["newRecords"].values()) == ["a"]
    assert answer["remainingLimits"][0]["recentDownloadCount"] == 14_999


def test_the_queue_hands_out_links_that_still_work(clock):
    with running(pixels=24, clock=clock, behaviour=Behaviour(signature_seconds=60)) as box:
        talk = Talk(box)
        file = talk.options()[0]["secondaryDownloads"][0]
        (old,) = talk.links([(file["entityId"], file["id"])], label="late")
        clock.now += 61
        assert requests.get(old).status_code == 403
        (entry,) = talk.data("download-retrieve", label="late")["requested"]
        assert requests.get(entry["url"]).status_code == 200


def test_landsat_can_be_silent_at_first_as_well():
    with running(pixels=24, behaviour=Behaviour(staging=Staging(silent_to_all=True))) as box:
        talk = Talk(box)
        file = talk.options()[0]["secondaryDownloads"][0]
        talk.links([(file["entityId"], file["id"])], label="quiet")
        assert retrieve(talk, "quiet") == ([], [])
        assert len(retrieve(talk, "quiet")[1]) == 1


# counting


def test_ordering_again_while_a_link_works_is_counted(clock):
    with running(pixels=24, clock=clock, behaviour=Behaviour(signature_seconds=60)) as box:
        talk = Talk(box)
        file = talk.options()[0]["secondaryDownloads"][0]
        wanted, twice = [(file["entityId"], file["id"])], box.counts.ordered_twice
        talk.links(wanted, label="a")
        assert not twice
        talk.links(wanted, label="b")
        assert twice == {file["entityId"]: 1}
        clock.now += 61
        talk.links(wanted, label="c")
        assert twice.total() == 1
        talk.data("download-order-remove", label="c")
        talk.links(wanted)
        assert twice.total() == 1
        assert box.counts.ordered[file["entityId"]] == 4


def test_taking_off_what_belongs_to_others_is_counted(fresh):
    box, other = fresh.box, Talk(fresh.box, "neighbour", "neighbour-token")
    _, answer = staged(fresh, 1, label="ours")
    assert other.data("download-order-remove", label="ours") == 0
    assert other.data("download-remove", downloadId=answer["preparingDownloads"][0]["downloadId"]) is True
    assert box.counts.foreign_removed == {"ours": 3}
    assert len(fresh.data("download-search", label="ours")) == 2
    later = Talk(box)
    assert later.data("download-order-remove", label="ours") == 2
    assert box.counts.removed_later == {"ours": 2}
    staged(later, 1, label="own")
    later.data("download-order-remove", label="own")
    assert box.counts.removed_later["own"] == box.counts.foreign_removed["own"] == 0
