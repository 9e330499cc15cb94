"""Whatever a client sends, it gets an envelope: no input may break the sandbox."""

from __future__ import annotations

import json

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from m2msync.sandbox.account.state import State
from m2msync.sandbox.api.endpoints import ENDPOINTS, answer
from m2msync.sandbox.behaviour import Behaviour
from m2msync.sandbox.faults import Faults
from m2msync.sandbox.world.archive import World

from ..talk import mbr

OT = "landsat_ot_c2_l1"
SATELLITE, PATH = "61af93b8fad2acf5", "5e81f14f8faf8048"
HERE = {
    "spatialFilter": mbr(-80, 1, -80, 1),
    "acquisitionFilter": {"start": "2023-03-01", "end": "2023-03-31"},
}
STATE = State(World(), lambda: 1_767_200_000.0, Behaviour(), 24, Faults())
KEY = STATE.sessions.login("sandbox", "sandbox-token", None)


def ask(endpoint, payload):
    status, body = answer(STATE, endpoint, json.dumps(payload).encode(), KEY, "127.0.0.1")
    envelope = json.loads(body)
    assert set(envelope) == {"requestId", "version", "sessionId", "data", "errorCode", "errorMessage"}
    return status, envelope["errorCode"]


@pytest.mark.parametrize(
    ("endpoint", "parameter", "value"),
    [
        ("scene-search", "sceneFilter", "x"),
        ("scene-search", "sceneFilter", [1]),
        *(
            ("scene-search", "sceneFilter", {**HERE, name: value})
            for name, value in [
                ("spatialFilter", "x"),
                ("spatialFilter", {"filterType": "mbr", "lowerLeft": 5, "upperRight": 6}),
                ("spatialFilter", {"filterType": "mbr", "lowerLeft": {"longitude": "x", "latitude": 1}}),
                ("spatialFilter", mbr(0, 91, 1, 92)),
                ("spatialFilter", {"filterType": "geojson", "geoJson": "x"}),
                ("seasonalFilter", "67"),
                ("seasonalFilter", [13]),
                ("seasonalFilter", [6.5]),
                ("seasonalFilter", {"6": 7}),
                ("acquisitionFilter", "2023"),
                ("acquisitionFilter", {"start": "yesterday"}),
                ("ingestFilter", 5),
                ("cloudCoverFilter", 5),
                ("cloudCoverFilter", {"min": "x"}),
                ("cloudCoverFilter", {"max": [1]}),
                ("metadataFilter", "x"),
                ("metadataFilter", {"filterType": "and", "childFilters": 5}),
                ("metadataFilter", {"filterType": "or", "childFilters": ["x"]}),
                (
                    "metadataFilter",
                    {"filterType": "between", "filterId": SATELLITE, "firstValue": 8, "secondValue": 9},
                ),
                ("metadataFilter", {"filterType": "between", "filterId": PATH, "firstValue": 10**400}),
            ]
        ),
        ("scene-search", "maxResults", "many"),
        ("scene-search", "startingNumber", 1.5),
        ("scene-search-delete", "temporalFilter", 5),
        ("dataset-search", "temporalFilter", "x"),
        ("dataset-search", "spatialFilter", "x"),
        ("download-options", "entityIds", 5),
        ("download-request", "downloads", 5),
        ("download-request", "downloads", ["x"]),
        ("download-request", "dataGroups", 5),
        ("download-request", "dataGroups", ["x"]),
        ("download-complete-proxied", "proxiedDownloads", 5),
        ("download-remove", "downloadId", "²"),
        ("scene-list-add", "timeToLive", "a month"),
    ],
)
def test_what_cannot_be_read_is_refused_by_name(endpoint, parameter, value):
    named = {"listId": "x", "entityIds": ["a"]} if endpoint == "scene-list-add" else {}
    payload = {"datasetName": OT, **named, parameter: value}
    assert ask(endpoint, payload) == (200, "INPUT_PARAMETER_INVALID")


@pytest.mark.parametrize("body", [b"[" * 100_000, b'{"a": NaN}', b'{"a": ' * 100_000 + b"1" + b"}" * 100_000])
def test_json_that_is_no_json_or_too_deep(body):
    status, text = answer(STATE, "permissions", body, KEY, "127.0.0.1")
    assert (status, json.loads(text)["errorCode"]) == (400, "INPUT_FORMAT")


@pytest.mark.parametrize("day", ["0001-01-01", "9999-12-31"])
def test_replacements_can_be_asked_for_from_any_day(day):
    span = {"start": day, "end": day}
    assert ask("scene-search-delete", {"datasetName": OT, "temporalFilter": span}) == (200, None)


def test_numbers_may_be_written_as_text_and_dates_with_dashes():
    between = {"filterType": "between", "filterId": PATH, "firstValue": "9", "secondValue": 11.0}
    made = {"filterType": "value", "filterId": "5e81f15023925fb4", "value": "2023-03-02"}
    for condition in (between, made):
        payload = {"datasetName": OT, "maxResults": "3", "sceneFilter": {**HERE, "metadataFilter": condition}}
        assert ask("scene-search", payload) == (200, None)


ANYTHING = st.recursive(
    st.none()
    | st.booleans()
    | st.integers()
    | st.floats(allow_nan=False, allow_infinity=False)
    | st.text(max_size=5),
    lambda some: st.lists(some, max_size=3) | st.dictionaries(st.text(max_size=5), some, max_size=3),
    max_leaves=5,
)
FIELDS = [
    "listId", "entityId", "entityIds", "downloads", "label", "dataGroups", "proxiedDownloads", "downloadId",
    "temporalFilter", "spatialFilter", "maxResults", "startingNumber", "sortField", "idField", "timeToLive",
    "metadataType", "responseShape", "gridType", "path", "row", "name", "categoryId", "listFilter",
]  # fmt: skip
FILTERS = [
    "spatialFilter",
    "acquisitionFilter",
    "ingestFilter",
    "seasonalFilter",
    "cloudCoverFilter",
    "metadataFilter",
]


@given(st.sampled_from(sorted(ENDPOINTS)), st.dictionaries(st.sampled_from(FIELDS), ANYTHING, max_size=4))
@settings(max_examples=300)
def test_no_parameter_breaks_an_endpoint(endpoint, payload):
    _, code = ask(endpoint, {"datasetName": OT, "systemId": "M2M", "sceneFilter": HERE, **payload})
    # A bare string of ids is known to break scene-list-add, and only that (api.md §3.1).
    assert code != "SERVER_ERROR" or (endpoint, isinstance(payload["entityIds"], str)) == ("scene-list-add", True)


@given(st.dictionaries(st.sampled_from(FILTERS), ANYTHING, max_size=3))
@settings(max_examples=200)
def test_no_filter_breaks_a_search(filters):
    _, code = ask("scene-search", {"datasetName": OT, "maxResults": 2, "sceneFilter": {**HERE, **filters}})
    assert code in {None, "INPUT_PARAMETER_INVALID"}
