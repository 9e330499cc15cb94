"""The schemas are sound, and what must not pass does not."""

from __future__ import annotations

import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from jsonschema import Draft202012Validator

from .shapes import ENDPOINTS, SCHEMAS, check, check_part

DATA: dict[str, Any] = {
    "availableDownloads": [
        {"downloadId": 7, "eulaCode": None, "entityId": "X", "url": "https://host/download/eyJpZCI6N30="},
        {
            "downloadId": 8,
            "eulaCode": None,
            "url": "https://host/gen-bundle?landsat_product_id=L_1&requestSignature=e%3D",
        },
    ],
    "duplicateProducts": [],
    "preparingDownloads": [{"downloadId": 9, "eulaCode": None, "url": "https://host/download-staging/eyJ9"}],
    "failed": [],
    "newRecords": {"7": "mine", "8": "mine", "9": "mine"},
    "remainingLimits": [
        {
            "limitType": kind,
            name: "me",
            "recentDownloadCount": 1,
            "pendingDownloadCount": 2,
            "unattemptedDownloadCount": 3,
        }
        for kind, name in (("user", "username"), ("ip", "ipAddress"))
    ],
    "numInvalidScenes": 0,
}
FAILURE = {"errorCode": "DATASET_INVALID", "errorMessage": "Invalid dataset"}


def envelope(data: object, **changed: object) -> dict[str, Any]:
    told = {
        "requestId": 1,
        "version": "stable",
        "sessionId": 2,
        "data": data,
        "errorCode": None,
        "errorMessage": None,
    }
    return {**told, **changed}


def complaints(endpoint: str, body: object) -> list[str]:
    return check(endpoint, json.dumps(body))


@pytest.mark.parametrize("name", sorted(SCHEMAS))
def test_each_schema_is_one(name: str) -> None:
    Draft202012Validator.check_schema(SCHEMAS[name])
    assert SCHEMAS[name]["$id"] == f"{name}.schema.json"


@pytest.mark.parametrize("name", sorted(ENDPOINTS))
def test_an_endpoint_refuses_what_is_no_envelope_and_takes_an_error(name: str) -> None:
    assert complaints(name, {"data": None})
    assert complaints(name, envelope(None, **FAILURE)) == []


def test_a_good_answer_passes_with_and_without_what_came_later() -> None:
    older = {key: value for key, value in DATA.items() if key != "remainingLimits"}
    unnumbered = {key: value for key, value in envelope(older).items() if key != "sessionId"}
    assert complaints("download-request", envelope(DATA)) == []
    assert complaints("download-request", unnumbered) == []


@given(st.permutations(list(DATA)))
def test_any_other_order_of_the_keys_is_told(order: list[str]) -> None:
    told = complaints("download-request", envelope({key: DATA[key] for key in order}))
    assert (not told) == (order == list(DATA))


@given(st.sampled_from(sorted(set(DATA) - {"remainingLimits"})))
def test_a_missing_key_and_an_unknown_one_are_told(key: str) -> None:
    less = {name: value for name, value in DATA.items() if name != key}
    assert any(key in told for told in complaints("download-request", envelope(less)))
    assert complaints("download-request", envelope({**DATA, key + "s": 1}))


@pytest.mark.parametrize("empty", ["newRecords", "duplicateProducts"])
def test_an_empty_map_is_a_list(empty: str) -> None:
    assert complaints("download-request", envelope({**DATA, empty: []})) == []
    assert complaints("download-request", envelope({**DATA, empty: {}}))
    assert complaints("download-request", envelope({**DATA, empty: ["mine"]}))


@pytest.mark.parametrize(
    "body",
    [
        "<html>down for maintenance</html>",
        "",
        '{"requestId": 1',
        '{"requestId": 1, "requestId": 1, "version": "stable", "data": null, "errorCode": null, "errorMessage": null}',
        '{"requestId": NaN, "version": "stable", "data": null, "errorCode": null, "errorMessage": null}',
        '{"version": "stable", "requestId": 1, "data": null, "errorCode": null, "errorMessage": null}',
        "[]",
    ],
)
def test_what_is_no_answer_is_told(body: str) -> None:
    assert len(check("logout", body)) == 1


def test_an_error_has_a_known_code_a_message_and_no_data() -> None:
    good = envelope(None, **FAILURE)
    assert complaints("logout", {**good, "version": None, "requestId": 0}) == []
    for key, wrong in (("errorCode", "OOPS"), ("errorMessage", None), ("errorMessage", ""), ("data", [])):
        assert complaints("logout", {**good, key: wrong}), key


@pytest.mark.parametrize(
    ("place", "good", "bad"),
    [
        ("download-options#/$defs/data", None, []),
        ("permissions#/$defs/data", ["user"], ["user", "user"]),
        ("dataset-catalogs#/$defs/data", {"EE": "EarthExplorer"}, []),
        ("defs#/$defs/id", "6266f9f8dc71ab1", "gy7bvmukhtkl910o"),
        ("defs#/$defs/signedUrl", "https://h/gen-browse?size=frb&type=tir&product_id=L&requestSignature=x", "https://h/gen-browse?size=frb&type=tir&product_id=L"),
        ("defs#/$defs/status", {"statusCode": "A", "statusText": "Available"}, {"statusCode": "A", "statusText": "Proxied"}),
        ("defs#/$defs/checksum", [{"id": "sha512", "value": None}], [{"id": "sha512", "value": "abc"}]),
        ("scene-list-summary#/$defs/data/properties/summary/properties/sceneCount", "7", 7),
        ("dataset-filters#/$defs/filter/properties/valueList", {"": "All", "T1": "Tier 1"}, {"T1": "Tier 1", "": "All"}),
        ("scene-search#/$defs/found/properties/selected", {}, None),
        ("defs#/$defs/sceneDescribed/properties/cloudCover", "41.90", 42),
    ],
)  # fmt: skip
def test_the_traps(place: str, good: object, bad: object) -> None:
    assert check_part(place, good) == []
    assert check_part(place, bad)
