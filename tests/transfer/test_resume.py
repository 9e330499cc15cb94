"""A transfer that broke goes on where it broke, or from zero, and never becomes another file."""

from __future__ import annotations

import gzip
import json
import random
import threading
from concurrent.futures import ThreadPoolExecutor
from typing import TYPE_CHECKING

import pytest

from m2msync.core import persistence as module
from m2msync.core.errors import Corrupt, Interrupted, LinkExpired
from m2msync.transfer import fetch, partial, sections
from m2msync.transfer.fetch import Transfer
from m2msync.transfer.partial import ROLLBACK
from m2msync.transfer.sections import LEAST

from .attempt import HTML, LARGE, OTHER, Attempt, job, sha512, tiff
from .host import answer, chunked, headers, ranged

if TYPE_CHECKING:
    import socket
    from pathlib import Path

    from .host import Host, Reply

KEEP = 300_000
OLD = {"ETag": None, "Last_Modified": "Wed, 29 Mar 2023 10:00:00 GMT", "Date": "Sun, 22 Nov 2026 10:00:00 GMT"}


def broken(attempt: Attempt, **more: object) -> Path:
    """Let a transfer break after KEEP bytes, and return what is kept."""
    attempt.host.sends(ranged(LARGE, keep=KEEP, **more), b"")
    attempt.fails(job(), Interrupted)
    attempt.told.clear()
    return attempt.store.scratch.partial_path(job().key)


@pytest.mark.parametrize("digest", [sha512(LARGE), None])
@pytest.mark.parametrize("validator", [{}, OLD, {**OLD, "ETag": 'W/"one"'}])
def test_it_goes_on_where_it_broke(attempt: Attempt, digest: str | None, validator: dict[str, object]) -> None:
    host = attempt.host
    host.sends(ranged(LARGE, keep=KEEP, **validator), ranged(LARGE, **validator))
    fetched = attempt(job(digest=digest))
    assert (fetched.digest, fetched.size) == (sha512(LARGE), len(LARGE))
    assert attempt.received == len(LARGE) + ROLLBACK
    assert host.starts == [0, KEEP - ROLLBACK]
    assert headers(host.asked[1])["if-range"] == validator.get("Last_Modified", '"one"')
    assert list(attempt.visible().values()) == [LARGE]
    assert attempt.left() == []


def test_the_next_run_goes_on_too(attempt: Attempt, host: Host) -> None:
    broken(attempt)
    host.sends(ranged(LARGE))
    attempt(job())
    assert attempt.received == len(LARGE) - KEEP + ROLLBACK
    assert list(attempt.visible().values()) == [LARGE]
    assert attempt.left() == []


def test_another_link_goes_on_with_what_the_expired_one_brought(attempt: Attempt, host: Host) -> None:
    host.sends(ranged(LARGE, keep=KEEP), answer(HTML, 403))
    attempt.fails(job(), LinkExpired)
    host.sends(ranged(LARGE))
    attempt(job())
    assert host.starts == [KEEP - ROLLBACK]


def test_a_connection_that_breaks_just_behind_its_section_does_not_spoil_the_digest(attempt, host):
    body = tiff(random.Random(5).randbytes(6 * LEAST))
    begun, split, place = threading.Event(), threading.Event(), []

    def reply(connection: socket.socket, head: str) -> None:
        if "range" in headers(head):
            ranged(body)(connection, head)
            return
        whole = answer(body, ETag='"one"')
        first = len(whole) - len(body)
        connection.sendall(whole[: first + LEAST])
        assert split.wait(60)
        connection.sendall(whole[first + LEAST : first + place[0]])

    host.sends(reply)
    transfer = Transfer(job(), attempt.link, attempt.store, on_bytes=lambda *_: begun.set())
    with ThreadPoolExecutor(1) as pool:
        transfer.sections.serve(0)
        first = transfer.begin(pool, 0)
        assert begun.wait(60)
        place.append(transfer.sections.split())
        split.set()
        assert isinstance(first.exception(), Interrupted)
    fetched = transfer.attempt(place[0])
    assert list(attempt.visible().values()) == [body]
    assert fetched.digest == sha512(body)


def test_a_section_is_never_lost_when_the_whole_file_comes_instead_of_its_rest(attempt, host, monkeypatch):
    broken(attempt)
    host.sends(answer(LARGE, ETag='"two"'))
    splits = []

    def begin(*told: object) -> None:
        partial.begin(*told)
        splits.append(transfer.sections.split())

    monkeypatch.setattr(sections, "LEAST", 1000)
    monkeypatch.setattr(fetch, "begin", begin)
    transfer = Transfer(job(), attempt.link, attempt.store, on_bytes=lambda *_: None)
    assert transfer.attempt(0).digest == sha512(LARGE)
    assert splits == [None]


def test_a_file_that_had_come_whole_is_soon_there(attempt: Attempt, host: Host) -> None:
    """As when the run was killed before the file was published."""
    partial = broken(attempt)
    partial.write_bytes(LARGE)
    host.sends(ranged(LARGE))
    attempt(job(digest=sha512(LARGE)))
    assert attempt.received == ROLLBACK


REFUSALS = {
    "the range is ignored": answer(LARGE, ETag='"one"'),
    "the file has changed": ranged(OTHER, ETag='"two"'),
    "416": answer(status=416, Content_Range=f"bytes */{len(LARGE)}"),
    "400": answer(HTML, 400),
    "500": answer(HTML, 500),
    "501": answer(HTML, 501),
    "another start": ranged(LARGE, told=f"bytes 9-{len(LARGE) - 1}/{len(LARGE)}"),
    "another length": ranged(LARGE, told=f"bytes {KEEP - ROLLBACK}-999999/1000000"),
    "no length": ranged(LARGE, told=f"bytes {KEEP - ROLLBACK}-{len(LARGE) - 1}/*"),
    "no range told": answer(LARGE[KEEP:], 206, ETag='"one"'),
    "a part of another edition": answer(
        OTHER[KEEP - ROLLBACK :],
        206,
        ETag='"two"',
        Content_Range=f"bytes {KEEP - ROLLBACK}-{len(LARGE) - 1}/{len(LARGE)}",
    ),
    "longer than told": answer(
        LARGE[KEEP - ROLLBACK :] + b"more",
        206,
        Content_Range=f"bytes {KEEP - ROLLBACK}-{len(LARGE) - 1}/{len(LARGE)}",
    ),
}


@pytest.mark.parametrize("refusal", REFUSALS.values(), ids=REFUSALS)
def test_what_cannot_be_continued_comes_from_zero(attempt: Attempt, host: Host, refusal: Reply) -> None:
    broken(attempt)
    host.sends(refusal, ranged(LARGE))
    attempt(job())
    assert host.starts[0] == KEEP - ROLLBACK
    assert not any(host.starts[1:])
    assert list(attempt.visible().values()) in ([LARGE], [OTHER])
    assert attempt.quarantined() == {}


@pytest.mark.parametrize("status", [429, 502, 503, 504])
def test_a_busy_host_costs_nothing_that_is_kept(attempt: Attempt, host: Host, status: int) -> None:
    broken(attempt)
    host.sends(answer(HTML, status), answer(HTML, status), ranged(LARGE))
    attempt(job())
    assert host.starts == [KEEP - ROLLBACK] * 3


def test_a_page_costs_nothing_that_is_kept(attempt: Attempt, host: Host) -> None:
    broken(attempt)
    host.sends(answer(HTML, Content_Type="text/html; charset=utf-8"), ranged(LARGE))
    attempt(job())
    assert host.starts == [KEEP - ROLLBACK] * 2


def test_a_zipped_rest_is_not_stored(attempt: Attempt, host: Host) -> None:
    broken(attempt)
    where = f"bytes {KEEP - ROLLBACK}-{len(LARGE) - 1}/{len(LARGE)}"
    zipped = gzip.compress(LARGE[KEEP - ROLLBACK :])
    host.sends(answer(zipped, 206, ETag='"one"', Content_Range=where, Content_Encoding="gzip"), ranged(LARGE))
    attempt(job())
    assert host.starts == [KEEP - ROLLBACK] * 2
    assert list(attempt.visible().values()) == [LARGE]


@pytest.mark.parametrize(
    "reply",
    [
        {"ETag": None},
        {"ETag": 'W/"one"'},
        {"ETag": "one"},
        {**OLD, "Date": None},
        {**OLD, "Date": OLD["Last_Modified"]},
        {**OLD, "Last_Modified": "yesterday"},
        {**OLD, "Last_Modified": "Wed, 29 Mar 2023 10:00:00"},
    ],
)
def test_what_cannot_be_told_from_another_edition_comes_from_zero(
    attempt: Attempt, host: Host, reply: dict[str, object]
) -> None:
    broken(attempt, **reply)
    host.sends(ranged(LARGE, **reply))
    attempt(job())
    assert host.starts == [0]


def test_without_a_length_it_comes_from_zero(attempt: Attempt, host: Host) -> None:
    host.sends(chunked(LARGE[:KEEP], end=b""), ranged(LARGE))
    attempt(job())
    assert host.starts == [0, 0]


def test_a_part_of_unknown_length_does_not_pass_for_an_older_one(attempt: Attempt, host: Host) -> None:
    broken(attempt)
    host.sends(chunked(OTHER[:KEEP], end=b""), ranged(LARGE))
    attempt(job(digest=sha512(LARGE)))
    assert host.starts == [KEEP - ROLLBACK, 0]


@pytest.mark.parametrize(
    "note",
    [
        b"",
        b"\xff",
        b"[" * 100_000,
        b"[]",
        b"{}",
        json.dumps({"format": 3, "validator": '"one"', "total": len(LARGE), "starts": []}).encode(),
        json.dumps({"format": 2, "validator": '"one"', "total": len(LARGE)}).encode(),
        json.dumps({"format": 1, "validator": "one\r\nX: y", "total": len(LARGE)}).encode(),
        json.dumps({"format": 1, "validator": '"one"', "total": float("inf")}).encode(),
        json.dumps({"format": 1, "validator": '"one"', "total": KEEP - ROLLBACK}).encode(),
        json.dumps({"format": 1, "validator": '"one"'}).encode(),
    ],
)
def test_a_note_of_another_program_means_from_zero(attempt: Attempt, host: Host, note: bytes) -> None:
    broken(attempt).with_suffix(".json").write_bytes(note)
    host.sends(ranged(LARGE))
    attempt(job())
    assert host.starts == [0]
    assert attempt.left() == []


def test_the_note_never_holds_the_link(attempt: Attempt) -> None:
    note = broken(attempt).with_suffix(".json")
    assert json.loads(note.read_text()) == {"format": 2, "validator": '"one"', "total": len(LARGE), "starts": []}


def test_what_an_older_version_kept_is_continued(attempt: Attempt, host: Host) -> None:
    note = broken(attempt).with_suffix(".json")
    note.write_text(json.dumps({"format": 1, "validator": '"one"', "total": len(LARGE)}))
    host.sends(ranged(LARGE))
    attempt(job(digest=sha512(LARGE)))
    assert host.starts == [KEEP - ROLLBACK]


def test_the_end_of_a_kept_part_is_not_trusted(attempt: Attempt, host: Host) -> None:
    """After a power cut it may be anything."""
    partial = broken(attempt)
    partial.write_bytes(LARGE[: KEEP - ROLLBACK] + bytes(ROLLBACK))
    host.sends(ranged(LARGE))
    assert attempt(job()).digest == sha512(LARGE)
    assert attempt.quarantined() == {}


def test_a_hole_at_the_end_of_a_kept_part_comes_again(attempt: Attempt, host: Host) -> None:
    """Without a digest nothing else would tell: the file has its length, and its directory is whole."""
    partial = broken(attempt)
    partial.write_bytes(LARGE[: 2 * ROLLBACK] + bytes(KEEP - 2 * ROLLBACK))
    host.sends(ranged(LARGE))
    assert attempt(job()).digest == sha512(LARGE)
    assert host.starts == [ROLLBACK]


def test_a_spoilt_part_is_noticed_and_fetched_again_from_zero(attempt: Attempt, host: Host) -> None:
    partial = broken(attempt)
    partial.write_bytes(LARGE[:1000] + bytes(1000) + LARGE[2000:KEEP])
    host.sends(ranged(LARGE))
    assert attempt(job(digest=sha512(LARGE))).digest == sha512(LARGE)
    assert host.starts == [KEEP - ROLLBACK, 0]
    assert len(attempt.quarantined()) == 1
    assert attempt.left() == []


def test_a_spoilt_part_counts_as_one_of_the_refetches(attempt: Attempt, host: Host) -> None:
    broken(attempt)
    host.sends(ranged(LARGE))
    attempt.fails(job(digest=sha512(OTHER)), Corrupt)
    assert len(host.asked) == module.REFETCHES + 1
    assert attempt.left() == []
