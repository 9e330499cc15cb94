from __future__ import annotations

import base64
import json
import threading

import pytest
import requests

from m2msync.sandbox.api import scene_calls
from m2msync.sandbox.api.endpoints import ENDPOINTS
from m2msync.sandbox.behaviour import Behaviour
from m2msync.sandbox.serve import running
from m2msync.sandbox.world.catalogue import DATASETS

from ..talk import GALAPAGOS, Clock, Talk, mbr

OT = "landsat_ot_c2_l1"


# the envelope


def test_answers_are_enveloped_in_the_service_s_order(talk):
    text = talk.raw("permissions", "").text
    assert list(json.loads(text)) == ["requestId", "version", "sessionId", "data", "errorCode", "errorMessage"]
    assert json.loads(text)["version"] == "stable"
    first, second = (talk.call("permissions")["requestId"] for _ in range(2))
    assert second > first


def test_slashes_are_escaped_as_php_does(talk):
    text = talk.raw("scene-search", json.dumps({"datasetName": OT, "sceneFilter": GALAPAGOS, "maxResults": 1})).text
    assert "http:\\/\\/" in text
    assert "://" not in text


@pytest.mark.parametrize("body", ["", "null", "{}", b"  "])
def test_bodies_may_be_empty_and_get_may_have_one(talk, body):
    for method in ("POST", "GET"):
        assert talk.raw("permissions", body, method=method).json()["data"] == ["user", "download", "order"]


def test_the_content_type_does_not_matter(talk):
    response = talk.raw("dataset", '{"datasetName":"naip"}', **{"Content-Type": "image/png"})
    assert response.json()["data"]["datasetAlias"] == "naip"


@pytest.mark.parametrize("body", ["{", "[1]", "nonsense", b"\xff"])
def test_bad_json_is_told(talk, body):
    assert talk.raw("permissions", body).json()["errorCode"] == "INPUT_FORMAT"


def test_unknown_endpoints_and_versions(talk, box):
    assert talk.call("login", username="a", password="b")["errorCode"] == "ENDPOINT_UNAVAILABLE"
    other = requests.post(box.url.replace("stable", "1.4.1") + "permissions")
    assert (other.status_code, other.json()["errorCode"]) == (500, "VERSION_UNKNOWN")


def test_the_session_id_can_be_left_out():
    with running(pixels=24, behaviour=Behaviour(session_id=False)) as sandbox:
        assert "sessionId" not in Talk(sandbox).call("permissions")


# keys


def test_a_key_is_base64_of_what_the_service_puts_in_it(talk):
    claims = json.loads(base64.b64decode(talk.key))
    assert list(claims) == ["cid", "s", "r", "p"]
    assert isinstance(claims["s"], str)
    assert claims["p"] == ["user", "download", "order"]


def test_a_second_login_leaves_the_first_key_alive(box):
    first, second = Talk(box), Talk(box)
    assert first.key != second.key
    assert first.data("permissions") == second.data("permissions")


@pytest.mark.parametrize("wrong", [{"username": "sandbox"}, {"username": "nobody", "token": "x"}, {"token": 3}])
def test_wrong_credentials(talk, wrong):
    assert talk.raw("login-token", json.dumps(wrong), key=None).json()["errorCode"] == "AUTH_INVALID"


def test_login_insists_on_post(box):
    body = json.dumps({"username": box.username, "token": box.token})
    assert requests.get(box.url + "login-token", data=body).json()["data"] is None


def test_a_key_expires_when_idle_for_two_hours_and_not_before(clock):
    with running(pixels=24, clock=clock) as sandbox:
        talk = Talk(sandbox)
        for _ in range(3):
            clock.now += 7199
            assert talk.data("permissions")
        clock.now += 7201
        response = talk.raw("permissions", "")
        assert response.status_code == 200
        assert response.text == (
            '{"errorCode":"AUTH_EXPIRED","errorMessage":"API key has expired due to inactivity",'
            '"data":null,"requestId":0,"sessionId":null,"version":null}'
        )
        login = {"username": "sandbox", "token": "sandbox-token"}
        assert talk.raw("login-token", json.dumps(login)).json()["errorCode"] == "AUTH_EXPIRED"
        assert talk.raw("login-token", json.dumps(login), key=None).json()["data"]


def test_logout_ends_a_key_and_a_dead_one_is_forbidden(box):
    talk = Talk(box)
    assert talk.call("logout")["data"] is None
    assert talk.raw("logout", "").status_code == 403
    assert talk.error("permissions") == (403, "AUTH_KEY_INVALID")
    assert talk.raw("permissions", "", key=None).json()["errorCode"] == "AUTH_KEY_INVALID"


def test_expire_keys_expires_every_key():
    with running(pixels=24) as sandbox:
        talk = Talk(sandbox)
        sandbox.expire_keys()
        assert talk.call("permissions")["errorCode"] == "AUTH_EXPIRED"
        assert talk.raw("logout", "").status_code == 403


def test_an_account_without_the_machine_role_can_only_search(box):
    talk = Talk(box, "searchonly", "searchonly-token")
    assert talk.data("permissions") == ["user"]
    assert talk.scenes()
    for endpoint in ("download-options", "download-request"):
        assert talk.error(endpoint, datasetName=OT) == (403, "AUTH_UNAUTHROIZED")
    assert box.env_of("searchonly")["M2M_TOKEN"] == "searchonly-token"


# one request at a time


def test_two_requests_of_one_account_collide_and_two_accounts_do_not():
    with running(pixels=24, behaviour=Behaviour(latency=0.4)) as sandbox:
        one, same, other = Talk(sandbox), Talk(sandbox), Talk(sandbox, "neighbour", "neighbour-token")
        answers = {}

        def ask(name, talk):
            answers[name] = talk.raw("permissions", "")

        threads = [
            threading.Thread(target=ask, args=pair) for pair in (("one", one), ("same", same), ("other", other))
        ]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        ours = sorted([answers["one"], answers["same"]], key=lambda r: r.status_code)
        assert [r.status_code for r in ours] == [200, 500]
        assert ours[1].json()["errorCode"] == "RATE_LIMIT"
        assert answers["other"].status_code == 200
        assert sandbox.counts.concurrent["sandbox"] == 2
        assert sandbox.counts.concurrent["neighbour"] == 1
        assert one.data("permissions")


# datasets


def test_dataset_answers_null_for_what_does_not_exist(talk):
    assert talk.call("dataset", datasetName="landsat_99")["data"] is None
    assert talk.call("dataset", datasetName="landsat_99")["errorCode"] is None
    assert talk.call("dataset", datasetName="landsat_8_c1")["errorCode"] == "DATASET_AUTH"
    assert talk.data("dataset", datasetId="5f85f041c828327a")["datasetAlias"] == "landsat_band_files_c2_l2"


def test_other_endpoints_refuse_an_unknown_dataset(talk):
    for endpoint in ("scene-search", "dataset-filters", "download-options", "scene-list-add"):
        payload = {"datasetName": "landsat_99", "listId": "x", "entityIds": ["a"]}
        assert talk.call(endpoint, **payload)["errorCode"] == "DATASET_INVALID"
        assert talk.call(endpoint, listId="x")["errorCode"] == "INPUT_PARAMETER_REQUIRED"


def test_temporal_coverage_is_json_inside_a_string(talk):
    record = talk.data("dataset", datasetName=OT)
    assert json.loads(record["temporalCoverage"]) == ["2013-03-08 00:00:00-06", "2025-12-31 00:00:00-06"]
    assert record["acquisitionEnd"] is None
    older = talk.data("dataset", datasetName="landsat_tm_c2_l1")
    assert json.loads(older["temporalCoverage"]) == ["1982-08-22 00:00:00-05", "2012-05-05 00:00:00-05"]


def test_datasets_are_told_as_they_were_recorded(talk):
    told = {d["datasetAlias"]: d for d in talk.data("dataset-search")}
    assert [told[OT][k] for k in ("acquisitionStart", "allowInKmz", "catalogs")] == [
        "2013-04-11",
        True,
        ["EE", "GV"],
    ]
    assert told[OT]["spatialBounds"]["east"] == 197.576528425
    bands = told["landsat_band_files_c2_l2"]
    assert [bands[k] for k in ("acquisitionStart", "datasetCategoryName", "spatialBounds", "temporalCoverage")] == [
        "2020-03-30", None, None, None,
    ]  # fmt: skip
    assert bands["collectionLongName"] == "Landsat Collection 2 Level 2 Band Files"


def test_dataset_search_finds_parts_of_names(talk):
    assert {d["datasetAlias"] for d in talk.data("dataset-search", datasetName="landsat_ot")} == {
        OT,
        "landsat_ot_c2_l2",
    }
    assert len(talk.data("dataset-search")) == len(DATASETS)
    assert not talk.data("dataset-search", temporalFilter={"start": "1950-01-01", "end": "1951-01-01"})
    names = [d["collectionName"] for d in talk.data("dataset-search", sortDirection="DESC")]
    assert names == sorted(names, reverse=True)


def test_filters_have_the_live_ids_and_shapes(talk):
    filters = {f["fieldLabel"]: f for f in talk.data("dataset-filters", datasetName="landsat_ot_c2_l2")}
    assert filters["WRS Path"]["id"] == "5e83d14fb9436d88"
    assert filters["WRS Path"]["fieldConfig"]["options"] == []
    category = filters["Collection Category"]
    assert category["fieldConfig"]["options"] == {}
    assert list(category["valueList"].items())[:2] == [("", "All"), ("T1", "Tier 1")]
    assert "valueList" not in filters["WRS Path"]
    with_scenes = [d.alias for d in DATASETS.values() if d.products]
    assert all(talk.data("dataset-filters", datasetName=alias) for alias in with_scenes)


def test_file_groups_are_a_list_when_there_are_none(talk):
    assert talk.data("dataset-file-groups", datasetName="naip") == {"primary": [], "secondary": []}
    groups = talk.data("dataset-file-groups", datasetName=OT)["secondary"]["5e81ff5f86d11d08"]
    assert set(groups) == {"ls_c2l1_all", "ls_c2l1_ot_band"}


def test_grid2ll_gives_the_middle_or_the_outline(talk):
    point = talk.data("grid2ll", gridType="WRS2", path="11", row="59")["coordinates"]
    assert point[0]["latitude"] == pytest.approx(1.44, abs=0.05)
    ring = talk.data("grid2ll", gridType="WRS2", path="11", row="59", responseShape="polygon")["coordinates"]
    assert len(ring) == 5
    assert ring[0] == ring[-1]
    assert talk.call("grid2ll", gridType="WRS2", path="300", row="1")["errorCode"] == "INPUT_INVALID"


# searching


def pages(talk, size, **payload):
    start = 1
    while True:
        page = talk.data("scene-search", datasetName=OT, maxResults=size, startingNumber=start, **payload)
        yield page
        start += page["recordsReturned"]
        if not page["recordsReturned"]:
            return


def test_pages_join_up_and_the_last_one_names_a_record_already_returned(talk):
    whole = talk.data("scene-search", datasetName=OT, sceneFilter=GALAPAGOS, maxResults=50_000)
    all_pages = list(pages(talk, 37, sceneFilter=GALAPAGOS))
    assert [s["entityId"] for page in all_pages for s in page["results"]] == [
        s["entityId"] for s in whole["results"]
    ]
    assert whole["totalHits"] == whole["recordsReturned"] == whole["nextRecord"] > 37
    assert all_pages[0]["nextRecord"] == 38
    assert all_pages[-2]["nextRecord"] == whole["totalHits"]
    assert whole["totalHitsAccuracy"] == "calculated"
    assert list(whole) == [
        "results", "recordsReturned", "totalHits", "totalHitsAccuracy", "isCustomized", "numExcluded",
        "startingNumber", "nextRecord",
    ]  # fmt: skip


def test_the_default_is_a_hundred_and_there_is_a_cap(talk, monkeypatch):
    ask = {"datasetName": OT, "sceneFilter": {**GALAPAGOS, "acquisitionFilter": None}}
    assert talk.data("scene-search", **ask)["recordsReturned"] == 100
    assert scene_calls.MAX_RESULTS == 50_000
    monkeypatch.setattr(scene_calls, "MAX_RESULTS", 120)
    assert talk.data("scene-search", **ask, maxResults=60_000)["recordsReturned"] == 120
    assert talk.call("scene-search", **ask, startingNumber=0)["errorCode"] == "INPUT_PARAMETER_INVALID"


def test_without_a_filter_the_total_is_a_cached_count(talk):
    answer = talk.data("scene-search", datasetName=OT)
    assert answer["totalHits"] > 4_000_000
    assert answer["totalHitsAccuracy"] == "approximate"


def test_clouds_are_whole_numbers_in_a_search_and_text_in_metadata(talk):
    for scene in talk.scenes(30):
        assert scene["cloudCover"] is None or isinstance(scene["cloudCover"], int)
    scene = talk.scenes(1, **GALAPAGOS, cloudCoverFilter={"min": 1, "max": 90})[0]
    record = talk.data("scene-metadata", datasetName=OT, entityId=scene["entityId"], metadataType="full")
    assert record["cloudCover"] == f"{float(record['cloudCover']):.2f}"
    assert round(float(record["cloudCover"])) == scene["cloudCover"]
    assert (record["orderingId"], scene["orderingId"]) == (scene["entityId"], None)
    assert (record["selected"], record["hasCustomizedMetadata"]) == (None, False)


def test_metadata_come_when_asked_for_and_padded(talk):
    assert talk.scenes()[0]["metadata"] == []
    answer = talk.data("scene-search", datasetName=OT, sceneFilter=GALAPAGOS, maxResults=1, metadataType="summary")
    fields = {field["fieldName"]: field["value"] for field in answer["results"][0]["metadata"]}
    assert list(fields) == ["ID", "Date Acquired", "Path", "Row"]
    assert fields["Path"].startswith(" ")
    full = talk.data("scene-search", datasetName=OT, sceneFilter=GALAPAGOS, maxResults=1, metadataType="full")
    names = {field["fieldName"] for field in full["results"][0]["metadata"]}
    assert {"Landsat Product Identifier L1", "WRS Path", "Scene Cloud Cover L1"} <= names
    assert talk.call("scene-search", datasetName=OT, metadataType="all")["errorCode"] == "INPUT_PARAMETER_INVALID"


def test_bounds_are_the_envelope_of_the_footprint(talk):
    scene = talk.scenes()[0]
    (envelope,), (ring,) = scene["spatialBounds"]["coordinates"], scene["spatialCoverage"]["coordinates"]
    west, south = (min(point[k] for point in ring) for k in (0, 1))
    east, north = (max(point[k] for point in ring) for k in (0, 1))
    assert envelope == [[west, south], [west, north], [east, north], [east, south], [west, south]]
    assert ring[0] == ring[-1]


def test_results_can_be_sorted(talk):
    def days(direction):
        answer = talk.data("scene-search", datasetName=OT, sceneFilter=GALAPAGOS, maxResults=20,
                           sortField="acquisitionDate", sortDirection=direction)  # fmt: skip
        return [scene["temporalCoverage"]["startDate"] for scene in answer["results"]]

    assert days("ASC") == sorted(days("ASC"))
    assert days("DESC") == sorted(days("DESC"), reverse=True)
    assert days("ASC")[0] < days("DESC")[0]


def test_a_point_is_a_box_with_equal_corners(talk):
    scenes = talk.scenes(50, spatialFilter=mbr(-80, 1, -80, 1), acquisitionFilter=GALAPAGOS["acquisitionFilter"])
    assert scenes
    for scene in scenes:
        west, south = scene["spatialBounds"]["coordinates"][0][0]
        east, north = scene["spatialBounds"]["coordinates"][0][2]
        assert west <= -80 <= east
        assert south <= 1 <= north


def test_landsat_has_no_secondary_search(talk):
    assert talk.call("scene-search-secondary", datasetName=OT, entityId="x")["errorCode"] == "DATASET_ERROR"


def test_scene_metadata_finds_by_either_id(talk):
    scene = talk.scenes()[0]
    by_display = talk.data("scene-metadata", datasetName=OT, entityId=scene["displayId"], idType="displayId")
    assert by_display["entityId"] == scene["entityId"]
    assert talk.call("scene-metadata", datasetName=OT, entityId="x")["errorCode"] == "NOT_FOUND"


def test_replaced_products_are_listed_as_deleted():
    with running(pixels=24) as sandbox:
        talk = Talk(sandbox)
        scene = talk.scenes()[0]
        today = {"datasetName": OT, "temporalFilter": {"start": "2025-12-25", "end": "2025-12-31"}}
        before = talk.data("scene-search-delete", **today)
        sandbox.reprocess(scene["entityId"])
        after = talk.data("scene-search-delete", **today)
        gone = after["results"][0]
        assert after["totalHits"] == before["totalHits"] + 1
        assert after["results"][1:] == before["results"][:99]
        assert {record["displayId"][-2:] for record in before["results"]} == {"RT"}
        last = talk.data("scene-search-delete", **today, startingNumber=after["totalHits"])
        assert (last["recordsReturned"], last["nextRecord"]) == (1, after["totalHits"])
        assert (gone["entityId"], gone["displayId"]) == (scene["entityId"], scene["displayId"])
        new = talk.scenes()[0]
        assert new["entityId"] == scene["entityId"]
        assert new["displayId"] != scene["displayId"]
        long_ago = {"start": "2000-01-01", "end": "2001-01-01"}
        assert talk.data("scene-search-delete", datasetName=OT, temporalFilter=long_ago)["results"] == []


# scene lists


def test_scene_lists_collect_and_forget(talk):
    one, two, three = talk.scenes(3)
    add = {"listId": "mine", "datasetName": OT}
    assert talk.data("scene-list-add", **add, entityIds=[one["entityId"]]) == 1
    assert talk.data("scene-list-add", **add, entityIds=[two["displayId"]], idField="displayId") == 2
    assert talk.data("scene-list-add", **add, entityId=two["entityId"]) == 2
    members = talk.data("scene-list-get", listId="mine")
    assert members == [{"entityId": s["entityId"], "datasetName": OT} for s in (one, two)]
    summary = talk.data("scene-list-summary", listId="mine")
    assert (summary["summary"]["sceneCount"], summary["datasets"][0]["sceneCount"]) == ("2", 2)
    assert {"list": "mine", "sceneCount": 2, "listTimeout": None} in talk.data("scene-list-types")
    excluded = talk.data(
        "scene-search", datasetName=OT, sceneFilter=GALAPAGOS, excludeListName="mine", maxResults=1
    )
    assert excluded["results"][0]["entityId"] == three["entityId"]
    assert excluded["numExcluded"] == 2
    metadata = talk.data("scene-metadata-list", listId="mine", metadataType="summary")
    assert [s["entityId"] for s in metadata[OT]] == [one["entityId"], two["entityId"]]
    assert talk.data("scene-list-remove", **add, entityId=one["entityId"]) is None
    assert len(talk.data("scene-list-get", listId="mine")) == 1
    talk.data("scene-list-remove", listId="mine")
    assert talk.data("scene-list-get", listId="mine") == []
    assert talk.data("scene-list-summary", listId="mine")["datasets"] == []


def test_a_bare_string_breaks_scene_list_add(talk):
    status, _ = talk.error("scene-list-add", listId="x", datasetName=OT, entityIds="LC8,LC9")
    assert status == 500


def test_lists_belong_to_their_account(talk, box):
    talk.data("scene-list-add", listId="private", datasetName=OT, entityIds=["a"])
    assert Talk(box, "neighbour", "neighbour-token").data("scene-list-get", listId="private") == []


# counting


def test_calls_and_statuses_are_counted():
    with running(pixels=24) as sandbox:
        talk = Talk(sandbox)
        talk.call("permissions")
        talk.error("nonsense")
        assert sandbox.counts.log == [("login-token", 200), ("permissions", 200), ("nonsense", 404)]
        assert sandbox.counts.calls == {"login-token": 1, "permissions": 1, "nonsense": 1}
        assert sandbox.counts.concurrent["sandbox"] == 1


def test_every_endpoint_answers_an_empty_payload_with_an_envelope(talk):
    for endpoint in ENDPOINTS:
        response = talk.raw(endpoint, "{}")
        assert response.status_code == 200, endpoint
        assert set(response.json()) >= {"data", "errorCode"}


def test_the_clock_is_used_for_labels():
    with running(pixels=24, clock=Clock(1_767_225_600.0)) as sandbox:  # 2026-01-01 00:00 UTC
        talk = Talk(sandbox)
        row = next(r for r in talk.options() if r["downloadSystem"] == "ls_frb")
        pair = {"entityId": row["entityId"], "productId": row["id"]}
        envelope = talk.call("download-request", downloads=[pair])
        (label,) = envelope["data"]["newRecords"].values()
        assert label == f"m2m_{envelope['requestId']}_20251231180000"
