from __future__ import annotations

import gc
import logging
import socket
import threading
from concurrent.futures import ThreadPoolExecutor
from time import perf_counter, process_time

import pytest
import requests

from m2msync.sandbox.api import endpoints
from m2msync.sandbox.serve import running

from .talk import GALAPAGOS, Talk, answers_again

SOON = 8
"""Seconds; on a busy machine too, but less than the server is waited for, or a stalled transfer lasts."""


def test_it_stops_quickly_and_leaves_nothing_behind():
    before = set(threading.enumerate())  # another test's server may still be losing some of these
    with running(pixels=24) as box:
        port = int(box.url.split(":")[2].partition("/")[0])
        assert Talk(box).data("permissions")
        stopping = perf_counter()
    assert perf_counter() - stopping < SOON
    for thread in set(threading.enumerate()) - before:
        thread.join(SOON)  # workers end a moment after the server
        assert not thread.is_alive(), thread
    with socket.socket() as probe:
        assert probe.connect_ex(("127.0.0.1", port)) != 0


def test_it_says_how_to_be_used():
    with running() as box:
        assert box.url.startswith("http://127.0.0.1:")
        assert box.url.endswith("/api/api/json/stable/")
        assert box.env == {"M2MSYNC_ENDPOINT": box.url, "M2M_USERNAME": "sandbox", "M2M_TOKEN": "sandbox-token"}


def test_several_run_side_by_side():
    with running(seed=1) as one, running(seed=2) as two:
        assert one.url != two.url
        assert Talk(one).scenes(5) != Talk(two).scenes(5)


def test_it_stops_while_a_transfer_hangs():
    with running(pixels=24) as box:
        talk = Talk(box)
        _, url = talk.band()
        box.faults.add(file="*", kind="stall", seconds=60)
        answer = requests.get(url, stream=True)
        stopping = perf_counter()
    assert perf_counter() - stopping < SOON
    answer.close()


def test_the_same_seed_serves_the_same_bytes_again():
    def sample():
        with running(seed=5, pixels=24) as box:
            talk = Talk(box)
            file, url = talk.band("_MTL.txt")
            return file["checksum"], requests.get(url).content

    assert sample() == sample()


def test_it_answers_some_hundred_calls_a_second():
    with running(pixels=24) as box:
        talk = Talk(box)
        talk.data("permissions")
        # Of the client too; what else the machine does takes little of it, and not of each round.
        assert 40 / min(spent(talk, calls=40) for _ in range(5)) > 150  # about 600


def spent(talk, calls):
    """Return the seconds of processor time that some calls take."""
    started = process_time()
    for _ in range(calls):
        talk.data("permissions")
    return process_time() - started


def test_many_transfers_at_once_are_all_right():
    with running(pixels=24) as box:
        talk = Talk(box)
        files = talk.options()[0]["secondaryDownloads"]
        urls = talk.links([(file["entityId"], file["id"]) for file in files])
        with ThreadPoolExecutor(8) as pool:
            sizes = list(pool.map(lambda url: len(requests.get(url).content), urls * 3))
        assert sizes == [file["filesize"] for file in files] * 3


def test_a_bug_in_the_sandbox_is_told_not_hidden(monkeypatch, caplog):
    monkeypatch.setitem(endpoints.ENDPOINTS, "permissions", lambda _: 1 / 0)
    with running() as box:
        talk = Talk(box)
        with caplog.at_level(logging.ERROR, "m2msync.sandbox.app"):
            response = talk.raw("permissions", "")
        assert response.status_code == 500
        told = response.json()
        assert (told["errorCode"], told["version"], told["data"]) == ("SERVER_ERROR", "stable", None)
        assert told["requestId"] > 0
        assert "ZeroDivisionError" in caplog.text
        assert talk.scenes(1, **GALAPAGOS)


def test_the_api_can_refuse_connections_for_a_while(reopen):
    with running(pixels=24) as box:
        talk = Talk(box)
        file, url = talk.band()
        box.refuse(0.1)
        box.refuse(0.1)  # closes nothing further
        with pytest.raises(requests.ConnectionError, match=r"refused|reset"):
            talk.raw("permissions", "")
        assert len(requests.get(url).content) == file["filesize"]
        reopen.set()
        assert answers_again(talk)


def test_a_port_that_is_taken_is_told_and_nothing_is_left_open():
    with socket.create_server(("127.0.0.1", 0)) as taken, pytest.raises(OSError, match="in use"):  # noqa: SIM117
        with running(port=taken.getsockname()[1]):
            pass
    gc.collect()  # a socket left open would warn now, and warnings are errors here
