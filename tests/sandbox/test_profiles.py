"""What each profile does to a client; `calm` is what every other test plays."""

from __future__ import annotations

from collections import Counter
from contextlib import contextmanager

import pytest
import requests

from m2msync.sandbox.behaviour import Behaviour
from m2msync.sandbox.faults import PROFILES
from m2msync.sandbox.serve import running

from .talk import GALAPAGOS, Talk

OT = "landsat_ot_c2_l1"


@contextmanager
def playing(profile, **options):
    with running(pixels=24, profile=profile, **options) as box:
        yield box


def codes(box, count, talk=None):
    """Return the error codes of some calls, "html" for a web page and "lost" for a broken line."""
    talk = talk or Talk(box)
    found = []
    for _ in range(count):
        try:
            found.append(talk.raw("permissions", ""))
        except requests.ConnectionError:
            found.append(None)
    return [
        "lost" if r is None else r.json()["errorCode"] if "json" in r.headers["content-type"] else "html"
        for r in found
    ]


def pairs_of(files):
    return [{"entityId": file["entityId"], "productId": file["id"]} for file in files]


def files_of(talk):
    return talk.options()[0]["secondaryDownloads"]


def test_flaky():
    with playing("flaky") as box:
        seen = Counter(codes(box, 60))
    assert seen[None] > 45
    assert seen["html"] > 4
    assert seen["lost"] == 2


def test_damaged():
    with playing("damaged") as box:
        talk = Talk(box)
        file, url = talk.band()
        first, second = requests.get(url), requests.get(url)
        assert first.status_code == 200
        assert len(first.content) < len(second.content) == file["filesize"]


def test_maintenance():
    with playing("maintenance") as box:
        assert codes(box, 8) == [None, None, "html", "html", "html", "html", None, None]


def test_unreachable():
    with playing("unreachable") as box:
        talk = Talk(box)
        picture = talk.scenes()[0]["browse"][0]["browsePath"]
        assert codes(box, 3, talk) == [None, "lost", "lost"]
        with pytest.raises(requests.ConnectionError, match="refused"):
            talk.call("permissions")
        assert requests.get(picture).status_code == 200


def test_expiring():
    with playing("expiring") as box:
        talk = Talk(box)
        assert codes(box, 7, talk) == [None] * 5 + ["AUTH_EXPIRED"] * 2
        assert codes(box, 3) == [None] * 3


def test_crowded():
    with playing("crowded") as box:
        assert codes(box, 8) == [None, None, "RATE_LIMIT", None, None, None, "RATE_LIMIT", None]


def test_quota():
    with playing("quota") as box:
        talk = Talk(box)
        pairs = pairs_of(files_of(talk))
        answers = [talk.call("download-request", downloads=pairs)["errorCode"] for _ in range(3)]
        assert answers == [None, None, "RATE_LIMIT_USER_DL"]


def test_staging():
    with playing("staging") as box:
        talk = Talk(box)
        pairs = pairs_of(files_of(talk)[:4])
        answer = talk.data("download-request", downloads=pairs, label="x")
        assert (len(answer["preparingDownloads"]), answer["availableDownloads"]) == (4, [])
        polls = [talk.data("download-retrieve", label="x") for _ in range(4)]
    assert [(len(p["available"]), len(p["requested"])) for p in polls] == [(0, 0), (0, 4), (4, 4), (0, 0)]
    assert [e["downloadId"] for e in polls[2]["available"]] == [e["downloadId"] for e in polls[2]["requested"]]


def test_stingy():
    with playing("stingy") as box:
        talk = Talk(box)
        files = files_of(talk)
        envelope = talk.call("download-request", downloads=pairs_of(files[:2]), label="x")
        assert "sessionId" not in envelope
        assert "remainingLimits" not in envelope["data"]
        assert envelope["data"]["newRecords"] == []
        assert {frozenset(entry) for entry in envelope["data"]["availableDownloads"]} == {
            frozenset({"downloadId", "eulaCode", "url"})
        }
        assert "checksum" not in files[0]


def test_forgetful():
    with playing("forgetful") as box:
        talk = Talk(box)
        answer = talk.data("download-request", downloads=pairs_of(files_of(talk)))
        assert len(answer["availableDownloads"]) == 20 - 4 - 2 - 1
        assert (answer["numInvalidScenes"], len(answer["failed"])) == (2, 1)


def test_unlisted():
    with playing("unlisted") as box:
        talk = Talk(box)
        ids = [talk.scenes()[0]["entityId"]]
        answers = [talk.data("download-options", datasetName=OT, entityIds=ids) for _ in range(2)]
        assert answers[0] is None
        assert answers[1]


def test_expired_links(clock):
    with playing("expired-links", clock=clock) as box:
        _, url = Talk(box).band()
        assert requests.get(url).status_code == 200
        clock.now += 3
        assert requests.get(url).status_code == 403


def test_halfway_host():
    with playing("halfway-host") as box:
        talk = Talk(box)
        rows = talk.options(**{**GALAPAGOS, "acquisitionFilter": {"start": "2025-12-01"}})
        bundle = next(row for row in rows if row["downloadSystem"] == "dds_ms")
        links = talk.links([(bundle["entityId"], bundle["id"])]) + talk.links(
            [(f["entityId"], f["id"]) for f in bundle["secondaryDownloads"][:2]]
        )
        assert [requests.get(link).status_code for link in links] == [200, 502, 502]


def test_shuffled():
    with playing("shuffled") as box:
        talk, found, start, totals = Talk(box), [], 1, []
        asked = {"datasetName": OT, "sceneFilter": GALAPAGOS, "maxResults": 50}
        while not totals or len(found) < totals[-1]:
            page = talk.data("scene-search", **asked, startingNumber=start)
            totals.append(page["totalHits"])
            found += [scene["entityId"] for scene in page["results"]]
            start += page["recordsReturned"]
        everything = talk.data("scene-search", **{**asked, "maxResults": 1000})
    assert totals == [everything["totalHits"] + n for n in range(len(totals))]
    assert len(totals) > 3
    assert set(found) == {scene["entityId"] for scene in everything["results"]}
    assert len(found) == len(set(found)) + len(totals) - 1


def test_a_told_behaviour_replaces_the_profile_s(clock):
    with playing("expired-links", clock=clock, behaviour=Behaviour()) as box:
        _, url = Talk(box).band()
        clock.now += 3
        assert requests.get(url).status_code == 200


@pytest.mark.parametrize("profile", ["crowded", "stingy"])
def test_a_bad_day_can_end(profile):
    with playing(profile) as box:
        box.calm()
        talk = Talk(box)
        assert codes(box, 8, talk) == [None] * 8
        assert "checksum" in files_of(talk)[0]
        assert "sessionId" in talk.call("permissions")


def test_every_profile_is_tried_here():
    named = {name.removeprefix("test_").replace("_", "-") for name in globals() if name.startswith("test_")}
    assert set(PROFILES) - named == {"calm"}
