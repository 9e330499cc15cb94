from __future__ import annotations

from time import perf_counter

import pytest
import requests

from m2msync.sandbox.behaviour import Behaviour
from m2msync.sandbox.faults import API_KINDS, FILE_KINDS, ORDER_KINDS, PROFILES, Faults

from .talk import answers_again


@pytest.fixture
def calm(box):
    """The shared sandbox, whose faults are taken away again."""
    yield box
    box.faults.clear()


# when


@pytest.mark.parametrize(
    ("when", "struck"),
    [
        ({}, [1, 2, 3, 4, 5, 6]),
        ({"nth": [2, 5]}, [2, 5]),
        ({"times": 2}, [1, 2]),
        ({"every": 3}, [3, 6]),
        ({"every": 2, "times": 4}, [2, 4]),
    ],
)
def test_a_rule_strikes_when_it_should(when, struck):
    faults = Faults()
    rule = faults.add(file="*", kind="empty", **when)
    assert [n for n in range(1, 7) if faults.for_file("x")] == struck
    assert rule.struck == len(struck)


def test_each_file_can_be_counted_on_its_own():
    faults = Faults([{"file": "*.TIF", "kind": "empty", "times": 1, "each": True}])
    assert [bool(faults.for_file(name)) for name in ("a.TIF", "b.TIF", "a.TIF", "c.txt")] == [
        True,
        True,
        False,
        False,
    ]


def test_rules_know_api_from_files_and_refuse_what_does_not_exist():
    faults = Faults([{"api": "download-*", "answer": 1}])
    assert faults.for_api("download-options").kind == "answer"
    assert faults.for_api("scene-search") is None
    assert faults.for_file("download-options") is None
    wrongs = [
        {"api": "*", "kind": "gzip"}, {"file": "*", "kind": "error"}, {"kind": "html"}, {"api": "*"},
        {"order": "*", "kind": "html"}, {"api": "*", "file": "*", "kind": "drop"},
        {"api": "*", "host": "dds", "kind": "drop"},
    ]  # fmt: skip
    for wrong in wrongs:
        with pytest.raises(ValueError, match="there is no"):
            faults.add(**wrong)


@pytest.mark.parametrize("profile", PROFILES)
def test_profiles_are_described_and_can_be_played(profile):
    text, rules, behaviour = PROFILES[profile]
    assert text.endswith(".")
    assert "\n" not in text
    Faults(rules)
    assert rules or behaviour != Behaviour() or profile == "calm"


# API


def test_api_faults_of_every_kind(calm, talk):
    session = requests.Session()

    def ask(**fault):
        calm.faults.clear()
        calm.faults.add(api="permissions", times=1, **fault)
        return session.post(calm.url + "permissions", headers={"X-Auth-Token": talk.key})

    html = ask(kind="html")
    assert (html.status_code, html.headers["content-type"].partition(";")[0]) == (200, "text/html")
    assert ask(kind="status", status=503).status_code == 503
    error = ask(kind="error", code="SEARCH_UNAVAILABLE", message="later", status=200).json()
    assert (error["errorCode"], error["errorMessage"], error["data"]) == ("SEARCH_UNAVAILABLE", "later", None)
    assert ask(kind="empty").content == b""
    broken = ask(kind="truncated").text
    assert broken.startswith('{"requestId"')
    assert not broken.endswith("}")
    assert ask(answer={"data": 5}).json() == {"data": 5}
    started = perf_counter()
    assert ask(kind="slow", seconds=0.3).json()["data"]
    assert perf_counter() - started >= 0.3
    with pytest.raises(requests.ConnectionError):
        ask(kind="drop")
    assert ask(kind="html").status_code == 200  # a new connection works
    nothing = ask(kind="null").json()
    assert (nothing["data"], nothing["errorCode"]) == (None, None)
    assert ask(kind="expire").json()["errorCode"] == "AUTH_EXPIRED"


def test_a_fault_can_close_the_api_s_port(calm, talk, reopen):
    calm.faults.add(api="permissions", times=1, kind="refuse", seconds=0.1)
    with pytest.raises(requests.ConnectionError):
        talk.data("permissions")
    with pytest.raises(requests.ConnectionError, match="refused"):
        talk.data("permissions")
    reopen.set()
    assert answers_again(talk)


def test_every_api_kind_is_tried_above():
    assert {
        "html", "status", "error", "empty", "truncated", "drop", "slow", "answer", "null", "expire", "refuse",
    } == API_KINDS  # fmt: skip


def test_an_answer_can_be_lost_after_the_call_took_effect(calm, talk):
    row = next(row for row in talk.options() if row["downloadSystem"] == "ls_frb")
    order = {"downloads": [{"entityId": row["entityId"], "productId": row["id"]}], "label": "lost"}
    calm.faults.add(api="download-request", times=1, kind="drop", after=True)
    with pytest.raises(requests.ConnectionError):
        talk.call("download-request", **order)
    assert len(talk.data("download-search", label="lost")) == 1
    calm.faults.add(api="download-request", times=1, kind="drop")
    talk.box.faults.clear()
    calm.faults.add(api="download-request", times=1, kind="html")
    assert talk.raw("download-request", "{}").headers["content-type"].startswith("text/html")
    assert len(talk.data("download-search", label="lost")) == 1


def test_the_second_call_fails(calm, talk):
    calm.faults.add(api="scene-search", nth=[2], kind="error", code="RATE_LIMIT", status=500)
    statuses = [talk.raw("scene-search", '{"datasetName":"naip","maxResults":1}').status_code for _ in range(3)]
    assert statuses == [200, 500, 200]


# orders


def test_products_of_an_order_can_be_lost_or_invalid_or_fail(calm, talk):
    files = talk.options()[0]["secondaryDownloads"]
    pairs = [{"entityId": file["entityId"], "productId": file["id"]} for file in files]
    kinds = {"*_B1_TIF": "lost", "*_B2_TIF": "invalid", "*_B3_TIF": "failed"}
    assert set(kinds.values()) == ORDER_KINDS
    for order, kind in kinds.items():
        calm.faults.add(order=order, kind=kind, times=1)
    answer = talk.data("download-request", downloads=pairs, label="some")
    named = {entry["entityId"] for entry in answer["availableDownloads"]}
    missing = {file["entityId"] for file in files} - named
    assert {name[-6:-4] for name in missing} == {"B1", "B2", "B3"}
    assert len(named) == len(answer["newRecords"]) == len(files) - 3
    assert answer["numInvalidScenes"] == 1
    (failed,) = answer["failed"]
    assert failed["entityId"].endswith("_B3_TIF")
    assert "try again later" in failed["errorMessage"]
    queued = {entry["entityId"] for entry in talk.data("download-retrieve", label="some")["requested"]}
    assert {name[-6:-4] for name in queued - named} == {"B1"}
    assert len(talk.data("download-request", downloads=pairs)["availableDownloads"]) == len(files)


# files


@pytest.fixture
def fetch(calm, talk):
    file, url = talk.band("_B3.TIF")
    whole = requests.get(url)

    def get(kind, headers=None, **options):
        calm.faults.clear()
        calm.faults.add(file="*_B3.TIF", kind=kind, **options)
        return requests.get(url, headers=headers, allow_redirects=False, timeout=60)

    get.whole, get.size = whole, file["filesize"]
    return get


def test_files_that_are_not_the_file(fetch):
    assert fetch("status", status=504).status_code == 504
    assert fetch("status", status=429, retry_after=7).headers["retry-after"] == "7"
    assert fetch("html200").content.startswith(b"<!DOCTYPE html>")
    assert fetch("json200").headers["content-type"].startswith("application/json")
    assert fetch("expired").status_code == 403
    assert fetch("login").headers["location"].endswith("/login")
    assert fetch("empty").content == b""
    assert fetch("empty").status_code == 200


def test_files_cut_short(fetch):
    for kind in ("truncate", "drop", "reset"):
        with pytest.raises(requests.RequestException):
            fetch(kind, keep=0.5)
    short = fetch("truncate", keep=0.5, length=False)
    assert "content-length" not in short.headers
    assert short.content == fetch.whole.content[: fetch.size // 2]


def test_a_stalled_file_stops_in_the_middle(fetch):
    with pytest.raises(requests.RequestException):
        fetch("stall", keep=0.5, seconds=0.2)


def test_a_client_that_gives_up_a_stalled_file_frees_it(calm, talk):
    _, url = talk.band("_B3.TIF")
    calm.faults.add(file="*_B3.TIF", kind="stall", seconds=30)
    with pytest.raises((requests.Timeout, requests.ConnectionError)):
        requests.get(url, timeout=0.2)
    assert talk.data("permissions")


def test_files_with_wrong_content_or_headers(fetch):
    spoilt = fetch("wrong_bytes").content
    assert len(spoilt) == fetch.size
    assert spoilt != fetch.whole.content
    assert fetch("changed_etag").headers["etag"] != fetch.whole.headers["etag"]
    zipped = fetch("gzip")
    assert zipped.headers["content-encoding"] == "gzip"
    assert zipped.content == fetch.whole.content
    chunked = fetch("chunked")
    assert "content-length" not in chunked.headers
    assert chunked.content == fetch.whole.content


def test_ranges_answered_wrongly(fetch):
    asked = {"Range": "bytes=10-19"}
    ignored = fetch("ignore_range", asked)
    assert (ignored.status_code, ignored.content) == (200, fetch.whole.content)
    wrong = fetch("wrong_content_range", asked)
    assert (wrong.status_code, wrong.content) == (206, fetch.whole.content[10:20])
    assert wrong.headers["content-range"].startswith("bytes 11-20/")
    assert fetch("wrong_content_range").content == fetch.whole.content


def test_a_trickle_is_slow_but_whole(fetch):
    started = perf_counter()
    assert fetch("trickle", rate=fetch.size * 4).content == fetch.whole.content
    assert perf_counter() - started > 0.15


def test_every_file_kind_is_tried_above():
    assert {
        "status", "truncate", "drop", "reset", "stall", "html200", "json200", "empty", "wrong_bytes", "ignore_range",
        "wrong_content_range", "changed_etag", "gzip", "chunked", "trickle", "login", "expired",
    } == FILE_KINDS  # fmt: skip


def test_other_transfers_go_on_while_one_stalls(calm, talk):
    _, stuck = talk.band("_B3.TIF")
    _, fine = talk.band("_B4.TIF")
    calm.faults.add(file="*_B3.TIF", kind="stall", seconds=120)
    with requests.get(stuck, stream=True):
        assert requests.get(fine, timeout=60).status_code == 200
