"""What the sandbox does beyond the shape of its answers, where the service is known to be odd."""

from __future__ import annotations

import base64
import json
import re
from concurrent.futures import ThreadPoolExecutor
from typing import TYPE_CHECKING
from urllib.parse import parse_qs, urlsplit

import pytest
import requests

from m2msync.sandbox.behaviour import Behaviour, Limits, Staging
from m2msync.sandbox.serve import running

from .client import Client
from .payloads import COAST, L1, L2, Known

if TYPE_CHECKING:
    from m2msync.sandbox.serve import Sandbox


def test_an_expired_key_gets_the_body_that_was_recorded_and_spoils_a_login() -> None:
    with running(pixels=32) as box:
        mine = Client(box).as_user()
        box.expire_keys()
        for response in (mine.ask("permissions"), mine.ask("login-token", {"username": "sandbox", "token": "x"})):
            assert (response.status_code, response.json()["errorCode"]) == (200, "AUTH_EXPIRED")
        assert mine.ask("logout").status_code == 403


def test_an_account_without_the_machine_role_searches_but_does_not_order(box: Sandbox, known: Known) -> None:
    limited = Client(box).as_user("searchonly")
    assert limited.data("permissions") == ["user"]
    assert limited.search(L1, (2023, 2023))["totalHits"] > 0
    for endpoint, payload in (
        ("download-options", {"datasetName": L1, "entityIds": [known.scenes[L1]["entityId"]]}),
        ("download-request", {"downloads": [known.bundle]}),
    ):
        response = limited.ask(endpoint, payload)
        assert (response.status_code, response.json()["errorCode"]) == (403, "AUTH_UNAUTHROIZED")


def test_two_calls_at_a_time_are_one_too_many() -> None:
    with running(pixels=32, behaviour=Behaviour(latency=0.3)) as box, ThreadPoolExecutor(2) as pool:
        mine = Client(box).as_user()
        answers = [
            (r.status_code, r.json()["errorCode"]) for r in pool.map(mine.ask, ["permissions", "dataset-catalogs"])
        ]
    assert sorted(answers) == [(200, None), (500, "RATE_LIMIT")]


def test_the_quota_is_counted_and_kept(known: Known) -> None:
    with running(pixels=32, behaviour=Behaviour(limits=Limits(recent=4))) as box:
        mine = Client(box).as_user()
        left = mine.data("download-request", {"downloads": known.files[:3]})["remainingLimits"]
        assert [entry["recentDownloadCount"] for entry in left] == [1, 1]
        assert (
            mine.ask("download-request", {"downloads": known.files[:3]}).json()["errorCode"] == "RATE_LIMIT_USER_DL"
        )
        assert mine.data("rate-limit-summary")["remainingLimits"] == left


def test_the_last_page_names_a_record_already_returned(client: Client) -> None:
    first = client.search(L1, (2022, 2023), maxResults=7)
    assert first["nextRecord"] == 8
    total = first["totalHits"]
    last = client.search(L1, (2022, 2023), startingNumber=total - 1)
    assert (last["recordsReturned"], last["nextRecord"]) == (2, total)
    assert client.search(L1, (1950, 1950))["results"] == []


def test_results_stand_newest_first_then_by_entity_id(client: Client) -> None:
    found = client.search(L1, (2022, 2023), maxResults=1000)["results"]
    days = [scene["temporalCoverage"]["startDate"] for scene in found]
    assert days == sorted(days, reverse=True)
    for day in set(days):
        ids = [scene["entityId"] for scene in found if scene["temporalCoverage"]["startDate"] == day]
        assert ids == sorted(ids)


@pytest.mark.parametrize("dataset", [L1, L2, "landsat_tm_c2_l1", "landsat_etm_c2_l1"])
def test_a_scene_has_one_bundle_to_be_had_and_its_files_once_for_each_row(
    client: Client, known: Known, dataset: str
) -> None:
    rows = client.options(dataset, known.scenes[dataset]["entityId"])
    bundles = [row for row in rows if row["productName"].endswith("Bundle")]
    assert sorted((row["downloadSystem"], row["available"]) for row in bundles) == [
        ("dds_ms", False),
        ("ls_zip", True),
    ]
    holding = [row for row in rows if row["downloadSystem"] in {"folder", "dds_ms", "ls_zip"}]
    files = holding[0]["secondaryDownloads"]
    assert all(row["secondaryDownloads"] == files for row in holding)
    assert [row["entityId"] for row in files] == sorted({row["entityId"] for row in files})
    assert len({row["id"] for row in files}) == 1


def test_it_plays_the_present_and_writes_like_php(client: Client, known: Known) -> None:
    text = client.ask("download-request", {"downloads": known.files[:2]}).text
    told = json.loads(text)
    assert isinstance(told["sessionId"], int)
    assert r"http:\/\/" in text
    assert "://" not in text
    entries = told["data"]["availableDownloads"]
    assert [entry["entityId"] for entry in entries] == [pair["entityId"] for pair in known.files[:2]]
    assert [str(entry["downloadId"]) for entry in entries] == list(told["data"]["newRecords"])
    assert all(
        re.fullmatch(rf"m2m_{told['requestId']}_\d{{14}}", label) for label in told["data"]["newRecords"].values()
    )
    assert "remainingLimits" in told["data"]
    files = client.options(L1, known.scenes[L1]["entityId"])[0]["secondaryDownloads"]
    assert all(file["checksum"][0]["id"] == "sha512" for file in files)


def test_a_link_says_what_it_is_for_and_works(client: Client, known: Known) -> None:
    (entry,) = client.data("download-request", {"downloads": known.files[-1:]})["availableDownloads"]
    (token,) = parse_qs(urlsplit(entry["url"]).query)["requestSignature"]
    claims = json.loads(base64.b64decode(token))
    assert list(claims) == ["downloadApp", "contactId", "downloadId", "dateGenerated", "id", "signature"]
    assert claims["downloadId"] == entry["downloadId"]
    assert re.fullmatch(r"\$5\$\$.{43}", claims["signature"])
    fetched = requests.get(entry["url"], timeout=60)
    assert claims["id"] in fetched.headers["Content-Disposition"]


def test_older_ways_fit_as_well(known: Known) -> None:
    older = Behaviour(session_id=False, named_entries=False, remaining_limits=False, checksums=False)
    with running(pixels=32, behaviour=older) as box:
        mine = Client(box).as_user()
        assert "sessionId" not in mine.ask("permissions").json()
        ordered = mine.data("download-request", {"downloads": [*known.files[:1], known.frame]})
        assert [list(entry) for part in ("available", "preparing") for entry in ordered[f"{part}Downloads"]] == [
            ["downloadId", "eulaCode", "url"]
        ] * 2
        assert not any(
            "checksum" in row for row in mine.options(L1, known.scenes[L1]["entityId"])[0]["secondaryDownloads"]
        )


def test_a_staged_order_goes_from_preparing_to_available(known: Known) -> None:
    with running(pixels=32, behaviour=Behaviour(staging=Staging(polls=3, silent=1, doubled=True))) as box:
        mine = Client(box).as_user()
        ordered = mine.data("download-request", {"downloads": [known.frame], "label": "first"})
        (entry,) = ordered["preparingDownloads"]
        assert (ordered["availableDownloads"], ordered["duplicateProducts"]) == ([], [])
        again = mine.data("download-request", {"downloads": [known.frame], "label": "second"})
        assert (again["newRecords"], list(again["duplicateProducts"].values())) == ([], ["first"])

        seen = [mine.data("download-retrieve", {"label": "first"}) for _ in range(3)]
        lists = [
            [[item["statusCode"] for item in told[part]] for part in ("available", "requested")] for told in seen
        ]
        assert lists == [[[], []], [[], ["D"]], [["A"], ["A"]]]
        assert (
            requests.get(entry["url"], timeout=60).content
            == requests.get(seen[2]["available"][0]["url"], timeout=60).content
        )
        assert [item["statusCode"] for item in mine.data("download-search", {"label": "first"})] == ["C"]
        assert mine.data("download-order-remove", {"label": "first"}) == 1
        assert mine.data("download-search", {"label": "first"}) is None


def test_proxied_downloads_wait_to_be_called_complete(client: Client, known: Known) -> None:
    (entry,) = client.data("download-request", {"downloads": known.files[:1], "label": "proxied"})[
        "availableDownloads"
    ]
    (listed,) = client.data("download-retrieve", {"label": "proxied"})["requested"]
    assert (listed["downloadId"], listed["statusText"]) == (entry["downloadId"], "Proxied")
    told = {"proxiedDownloads": [{"downloadId": entry["downloadId"], "downloadedSize": 1}]}
    assert client.data("download-complete-proxied", told) == {"failed": [], "updatedDownloadsCount": 1}
    assert [item["statusText"] for item in client.data("download-order-load", {"label": "proxied"})] == ["Complete"]


def test_a_reprocessed_scene_keeps_its_entity_id_alone(box: Sandbox, client: Client) -> None:
    recent = {
        "datasetName": L1,
        "sceneFilter": {"acquisitionFilter": {"start": "2025-12-20"}, "spatialFilter": COAST},
    }
    found = client.data("scene-search", recent)["results"]
    fresh = next(scene for scene in found if scene["displayId"].endswith("_RT"))
    box.reprocess(fresh["entityId"])
    again = client.data("scene-metadata", {"datasetName": L1, "entityId": fresh["entityId"]})
    assert again["displayId"].endswith(("_T1", "_T2"))
    gone = client.data("scene-search-delete", {"datasetName": L1})["results"]
    assert fresh["displayId"] in [scene["displayId"] for scene in gone]
