"""Connections that break, hosts that are busy, disks that are full."""

from __future__ import annotations

import socket
import threading
import time
from itertools import count
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from m2msync.core import persistence as module
from m2msync.core.errors import Interrupted, Misplaced, StorageError, StorageFull
from m2msync.core.secrets import Link
from m2msync.transfer.body import Patience

from .attempt import BAND, HTML, MTL, SIGNATURE, Attempt, job, sha512
from .host import answer, chunked, redirect, reset, stall

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from .host import Reply


BREAKS: dict[str, Reply] = {
    "cut short": answer(BAND)[:-1000],
    "cut short at once": answer(BAND)[: -len(BAND)],
    "no answer": b"",
    "no HTTP": b"SSH-2.0-OpenSSH\r\n",
    "broken off": reset(answer(BAND)[:-1000]),
    "broken off at once": reset(b""),
    "chunks cut short": chunked(BAND[:1000], end=b""),
    "chunks broken": chunked(BAND[:1000], end=b"zz\r\n"),
    "a chunk cut short": chunked(BAND[:1000], end=b"fff\r\nabc"),
    **{f"HTTP {status}": answer(b"busy", status) for status in (429, 500, 502, 503, 504)},
    "HTTP 204": answer(status=204, Content_Length=None),
    "HTTP 206": answer(BAND[:100], 206),
}


@pytest.mark.parametrize("reply", BREAKS.values(), ids=BREAKS)
def test_what_breaks_is_tried_again_until_it_comes(attempt: Attempt, reply: Reply) -> None:
    wanted = job(digest=sha512(BAND))
    attempt.host.sends(reply, reply, reply, answer(BAND))
    assert attempt(wanted).digest == wanted.digest
    assert attempt.visible() == {wanted.path: BAND}
    assert attempt.pauses == [1, 2, 4]
    assert attempt.quarantined() == {}


@pytest.mark.parametrize("reply", BREAKS.values(), ids=BREAKS)
@pytest.mark.parametrize("digest", [sha512(BAND), None])
def test_what_keeps_breaking_is_given_up(attempt: Attempt, reply: Reply, digest: str | None) -> None:
    attempt.host.sends(reply)
    error = attempt.fails(job(digest=digest), Interrupted)
    assert len(attempt.host.asked) == module.TRIES
    assert len(attempt.pauses) == module.TRIES - 1
    assert error.rerun_helps
    assert attempt.quarantined() == {}


def test_a_refused_connection_is_given_up(attempt: Attempt) -> None:
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        attempt.link = Link(f"http://127.0.0.1:{listener.getsockname()[1]}/f?requestSignature={SIGNATURE}")
        error = attempt.fails(job(), Interrupted)
    assert "refused" in error.message
    assert len(attempt.pauses) == module.TRIES - 1


@pytest.mark.parametrize("start", [b"", answer(BAND)[:-1000]], ids=["before the answer", "in the middle"])
def test_a_stall_is_an_interruption(attempt: Attempt, start: bytes) -> None:
    ended = threading.Event()
    attempt.host.sends(stall(start, ended), answer(BAND))
    try:
        attempt(job(digest=sha512(BAND)), patience=Patience(silence=0.3))
    finally:
        ended.set()
    assert attempt.pauses[0] == 1  # on a busy machine the answer may come too late as well


@pytest.mark.parametrize(
    ("start", "unserved"), [(b"", True), (answer(BAND)[:-1000], False)], ids=["before", "in it"]
)
def test_a_host_that_gives_no_answer_does_not_serve(attempt: Attempt, start: bytes, unserved: bool) -> None:
    ended = threading.Event()
    attempt.host.sends(stall(start, ended))
    try:
        error = attempt.fails(job(digest=sha512(BAND)), Interrupted, patience=Patience(silence=0.2))
    finally:
        ended.set()
    assert (error.overloaded, error.unserved) == (True, unserved)


@pytest.mark.parametrize(
    ("reply", "overloaded"), [(b"", True), (answer(BAND)[:-1000], False)], ids=["before", "in it"]
)
def test_connections_that_are_turned_away_are_too_many(attempt: Attempt, reply: bytes, overloaded: bool) -> None:
    attempt.host.sends(reply)
    assert attempt.fails(job(digest=sha512(BAND)), Interrupted).overloaded is overloaded


def test_a_silent_host_is_not_waited_for_beyond_the_end_of_the_run(attempt: Attempt) -> None:
    ended = threading.Event()
    attempt.host.sends(stall(b"", ended), answer(BAND))
    try:
        attempt(job(digest=sha512(BAND)), patience=Patience(silence=3600, until=time.monotonic() + 0.5))
    finally:
        ended.set()
    assert attempt.pauses == [1]


def test_a_trickle_is_an_interruption(attempt: Attempt) -> None:
    slow = Patience(rate=1000, seconds=120, clock=count(step=121).__next__)
    attempt.host.sends(answer(BAND))
    error = attempt.fails(job(), Interrupted, patience=slow)
    assert error.message.endswith("bytes came in 121 seconds")
    assert len(attempt.host.asked) == module.TRIES


def test_what_comes_slowly_but_steadily_lands(attempt: Attempt) -> None:
    attempt.host.sends(answer(BAND))
    attempt(job(), patience=Patience(rate=1, seconds=120, clock=count(step=121).__next__))
    assert attempt.pauses == []


def test_breaks_and_wrong_files_are_counted_apart(attempt: Attempt) -> None:
    broken, wrong = answer(BAND)[:-1000], answer(HTML)
    attempt.host.sends(broken, wrong, broken, wrong, broken, answer(BAND))
    assert attempt(job(digest=sha512(BAND))).size == len(BAND)
    assert len(attempt.pauses) == 3
    assert len(attempt.quarantined()) == 2


@pytest.mark.parametrize("location", ["/data/again", "http://", "http://[half/", "ftp://host/file", "http://a..b/"])
def test_a_redirect_that_leads_nowhere_is_an_interruption(attempt: Attempt, location: str) -> None:
    attempt.host.sends(redirect(location))
    attempt.fails(job(), Interrupted)


@pytest.mark.parametrize("length", ["", "many", "\xb2", "-5"])
def test_a_length_that_is_no_number_is_passed_over(attempt: Attempt, length: str) -> None:
    attempt.host.sends(answer(BAND, Content_Length=length))
    assert attempt(job(digest=sha512(BAND))).size == len(BAND)


def test_a_longer_body_than_announced_ends_where_it_should(attempt: Attempt) -> None:
    attempt.host.sends(answer(BAND + b"more", Content_Length=len(BAND)))
    assert attempt(job(digest=sha512(BAND))).size == len(BAND)


def test_what_an_earlier_try_left_is_no_part_of_the_next(attempt: Attempt) -> None:
    wanted = job("MTL.txt")
    attempt.host.sends(answer(MTL * 3)[:-10])
    attempt.fails(wanted, Interrupted)
    attempt.host.sends(answer(MTL))
    attempt(wanted)
    assert attempt.visible() == {wanted.path: MTL}


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="needs a device that is always full")
def test_a_full_disk_ends_it_at_once(attempt: Attempt) -> None:
    wanted = job()
    attempt.store.scratch.partial_path(wanted.key).symlink_to("/dev/full")
    attempt.host.sends(answer(BAND))
    error = attempt.fails(wanted, StorageFull)
    assert error.exit_code == 7
    assert len(attempt.host.asked) == 1


@pytest.fixture
def small_files() -> Iterator[Callable[[int], None]]:
    """Let this process write files up to a length only, as a quota does."""
    resource = pytest.importorskip("resource")
    before = resource.getrlimit(resource.RLIMIT_FSIZE)
    yield lambda most: resource.setrlimit(resource.RLIMIT_FSIZE, (most, before[1]))
    resource.setrlimit(resource.RLIMIT_FSIZE, before)


@pytest.mark.parametrize("missing", [1, 1000])
def test_a_disk_that_takes_less_than_it_is_given_is_noticed(
    attempt: Attempt, small_files: Callable[[int], None], missing: int
) -> None:
    """A write of the last bytes may be cut short without an error."""
    attempt.host.sends(answer(BAND))
    small_files(len(BAND) - missing)
    attempt.fails(job(digest=sha512(BAND)), StorageError)


@pytest.mark.parametrize("links", [(), ("coast/x.TIF",)])
def test_a_place_that_is_taken_is_told_before_anything_is_fetched(attempt: Attempt, links: tuple[str, ...]) -> None:
    attempt.store.root.mkdir()
    (attempt.store.root / ("coast" if links else "islands")).write_bytes(b"a file where a folder should be")
    attempt.host.sends(answer(BAND))
    with pytest.raises(Misplaced, match="there is a file at"):
        attempt(job(links=links))
    assert attempt.host.asked == []
