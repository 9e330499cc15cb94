"""Whatever an endpoint answers: never a traceback, always an error with an exit code or a recorded state."""

import json
from contextlib import suppress

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import m2msync
from m2msync import checkup
from m2msync.core.errors import M2MSyncError
from m2msync.m2m.session import Patience
from m2msync.sandbox.serve import running

LEAVES = (
    st.none()
    | st.booleans()
    | st.integers(-(10**20), 10**20)
    | st.floats(allow_nan=False, allow_infinity=False)
    | st.text(max_size=20)
    | st.sampled_from(
        ["http://[", "../../etc/passwd", "\x00", "LC09_L1TP_011059_20230328_20230329_02_T1", "<html>"]
    )
)
KEYS = st.sampled_from(
    [
        "results",
        "totalHits",
        "recordsReturned",
        "entityId",
        "displayId",
        "temporalCoverage",
        "cloudCover",
        "spatialCoverage",
        "coordinates",
        "id",
        "available",
        "filesize",
        "downloadSystem",
        "secondaryDownloads",
        "checksum",
        "value",
        "productName",
        "availableDownloads",
        "url",
        "preparingDownloads",
        "newRecords",
        "duplicateProducts",
        "failed",
        "numInvalidScenes",
        "remainingLimits",
        "downloadId",
        "statusCode",
        "requested",
        "productCode",
        "errorMessage",
        "recentDownloadCount",
        "placename",
        "latitude",
        "longitude",
    ]
)
DATA = st.recursive(
    LEAVES, lambda inner: st.lists(inner, max_size=4) | st.dictionaries(KEYS, inner, max_size=6), max_leaves=25
)
ENVELOPES = st.fixed_dictionaries(
    {},
    optional={
        "data": DATA,
        "errorCode": st.none()
        | LEAVES
        | st.sampled_from(["AUTH_EXPIRED", "RATE_LIMIT_USER_DL", "SERVER_ERROR", "X"]),
        "errorMessage": DATA,
        "requestId": LEAVES,
    },
)
ENDPOINTS = [
    "login-token",
    "permissions",
    "dataset",
    "dataset-search",
    "dataset-filters",
    "scene-search",
    "download-options",
    "download-request",
    "download-retrieve",
    "rate-limit-summary",
    "notifications",
    "placename",
    "logout",
]


@pytest.fixture(scope="module")
def shared_box():
    with running(pixels=16) as box:
        yield box


def mangled(document: object, at: list[int], by: object) -> object:
    """Return the document with one of its values, found by walking `at`, replaced."""
    if not at or not isinstance(document, dict | list) or not document:
        return by
    step, *rest = at
    copy = dict(document) if isinstance(document, dict) else list(document)
    key = list(copy)[step % len(copy)] if isinstance(copy, dict) else step % len(copy)
    copy[key] = mangled(copy[key], rest, by)
    return copy


@pytest.fixture(scope="module")
def real_answers(shared_box):
    """Return a true answer of every endpoint, to be damaged."""
    import requests

    def ask(name, key=None, /, **payload):
        return requests.post(
            shared_box.url + name, json=payload, headers={"X-Auth-Token": key} if key else {}
        ).json()

    login = ask("login-token", username=shared_box.username, token=shared_box.token)
    key = login["data"]
    box = {"filterType": "mbr", "lowerLeft": {"latitude": 2.3, "longitude": -78.9}}
    box["upperRight"] = {"latitude": 3.5, "longitude": -77.0}
    dates = {"start": "2022-12-01", "end": "2022-12-31"}
    found = ask(
        "scene-search",
        key,
        datasetName="landsat_ot_c2_l1",
        maxResults=4,
        sceneFilter={"spatialFilter": box, "acquisitionFilter": dates},
    )
    entity = found["data"]["results"][0]["entityId"]
    options = ask("download-options", key, datasetName="landsat_ot_c2_l1", entityIds=[entity])
    files = options["data"][0]["secondaryDownloads"][:3]
    pairs = [{"entityId": f["entityId"], "productId": f["id"]} for f in files]
    request = ask("download-request", key, downloads=pairs, label="mine")
    return {
        "login-token": login,
        "scene-search": found,
        "download-options": options,
        "download-request": request,
        "download-retrieve": ask("download-retrieve", key, label="mine"),
        "permissions": ask("permissions", key),
        "dataset": ask("dataset", key, datasetName="landsat_ot_c2_l1"),
        "dataset-search": ask("dataset-search", key, datasetName="landsat"),
        "dataset-filters": ask("dataset-filters", key, datasetName="landsat_ot_c2_l1"),
        "rate-limit-summary": ask("rate-limit-summary", key),
        "notifications": ask("notifications", key, systemId="M2M"),
        "placename": ask("placename", key, featureType="World", name="Quito"),
        "logout": ask("logout", key),
    }


@pytest.mark.parametrize("endpoint", ENDPOINTS)
def test_no_answer_leads_to_a_traceback(endpoint, shared_box, real_answers, journey, monkeypatch):
    for name, value in shared_box.env.items():
        monkeypatch.setenv(name, value)
    monkeypatch.setenv("M2MSYNC_PATIENCE", "0.01")
    monkeypatch.setattr(checkup, "_PATIENCE", Patience(0.01, 0.01))
    # A dataset that does not exist makes dataset-search be asked, for names that are near.
    journey.entry(
        dataset="landsat_ot_c2_l9" if endpoint == "dataset-search" else "landsat_ot_c2_l1",
        images_per_scene=1,
        bands=["B3", "MTL"],
        filters={"acquired": {"start": "2022-12-01", "end": "2022-12-31"}, "metadata": {"Satellite": "9"}},
    )
    if endpoint == "placename":
        journey.write(regions={"town": {"place": "Quito"}})
    damaged = st.builds(
        lambda at, by: mangled(real_answers[endpoint], at, by),
        st.lists(st.integers(0, 30), min_size=1, max_size=7),
        DATA,
    )

    @settings(max_examples=15)
    @given(ENVELOPES | DATA | damaged)
    def run(answer):
        journey.write(store=f"data-{abs(hash(json.dumps(answer, sort_keys=True)))}")
        shared_box.faults.clear()
        shared_box.faults.add(api=endpoint, answer=answer)
        if endpoint == "download-retrieve":
            # Asked for only when an order's answer is lost.
            shared_box.faults.add(api="download-request", kind="drop", times=1, after=True)
        sync = m2msync.load(journey.manifest)
        for ask in (sync.validate, sync.plan):
            with suppress(M2MSyncError):
                ask()
        checkup.examine(str(journey.manifest)).to_json()
        result = sync.apply()
        assert result.exit_code in (0, 3, 4, 5, 6)
        assert (result.status == "error") == bool(result.error)
        json.dumps(result.to_json())

    run()
    shared_box.faults.clear()
