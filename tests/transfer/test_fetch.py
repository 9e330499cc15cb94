"""One product from a file host into a store: whole, verified and in its place, or not there at all."""

from __future__ import annotations

import hashlib
import os
import tempfile
import tracemalloc
from contextlib import suppress
from dataclasses import replace
from typing import TYPE_CHECKING

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from m2msync.core.errors import Corrupt, TransferError
from m2msync.store import LocalStore
from m2msync.transfer.body import CHUNK
from m2msync.transfer.job import Fetched

from .attempt import BAND, HTML, L1, MTL, SIGNATURE, Attempt, job, sha512, tiff
from .host import Host, answer, chunked, repeat

if TYPE_CHECKING:
    import socket


@pytest.mark.parametrize(
    "reply", [answer(BAND), chunked(BAND[:100], BAND[100:]), answer(BAND, Content_Length=None)]
)
def test_a_good_file_lands(attempt: Attempt, reply: bytes) -> None:
    wanted = job(size=len(BAND), exact=True, digest=sha512(BAND))
    attempt.host.sends(reply)
    assert attempt(wanted) == Fetched(wanted.key, len(BAND), sha512(BAND))
    assert attempt.visible() == {wanted.path: BAND}
    assert {key for key, _ in attempt.told} == {wanted.key}
    assert sum(number for _, number in attempt.told) == len(BAND)
    assert attempt.pauses == []
    assert len(attempt.host.asked) == 1
    assert not attempt.store.scratch.partial_path(wanted.key).exists()


def test_the_request_carries_the_link_and_nothing_of_ours(attempt: Attempt) -> None:
    attempt.host.sends(answer(BAND))
    attempt(job())
    head = attempt.host.asked[0]
    assert head.startswith(f"GET /data/{L1}_B2.TIF?requestSignature={SIGNATURE} HTTP/1.1\r\n")
    assert "accept-encoding: identity" in head.lower()
    assert "x-auth-token" not in head.lower()


def test_the_next_file_comes_over_the_same_connection(attempt: Attempt) -> None:
    def reply(connection: socket.socket, head: str) -> None:
        connection.sendall(answer(BAND, Connection="keep-alive"))
        assert connection.recv(65536).startswith(b"GET ")
        connection.sendall(answer(BAND))

    attempt.host.sends(reply)
    attempt(job())
    attempt(job("B3.TIF"))
    assert len(attempt.host.asked) == 1


def test_a_file_that_several_regions_want_is_linked(attempt: Attempt) -> None:
    wanted = job(links=("coast/x.TIF", "basin/x.TIF"))
    attempt.host.sends(answer(BAND))
    attempt(wanted)
    assert attempt.visible() == {wanted.path: BAND, "coast/x.TIF": BAND, "basin/x.TIF": BAND}
    assert len(attempt.host.asked) == 1


def test_without_an_announced_digest_one_is_told_for_the_record(attempt: Attempt) -> None:
    attempt.host.sends(answer(BAND))
    assert attempt(job()).digest == sha512(BAND)


@pytest.mark.parametrize("algorithm", ["sha256", "md5", "sha512"])
def test_the_announced_algorithm_is_used(attempt: Attempt, algorithm: str) -> None:
    digest = f"{algorithm}:{hashlib.new(algorithm, BAND).hexdigest()}"
    attempt.host.sends(answer(BAND))
    assert attempt(job(digest=digest)).digest == digest


def test_a_file_longer_than_one_read_lands(attempt: Attempt) -> None:
    body = tiff(os.urandom(CHUNK) * 2 + b"tail")
    attempt.host.sends(answer(body))
    assert attempt(job(digest=sha512(body))).size == len(body)
    assert list(attempt.visible().values()) == [body]
    assert len(attempt.told) > 2


def test_a_wrong_digest_is_fetched_again_at_most_twice(attempt: Attempt) -> None:
    wanted = job(digest=sha512(b"other"))
    attempt.host.sends(answer(BAND))
    error = attempt.fails(wanted, Corrupt)
    assert "sha512 digest differs" in error.message
    assert error.rerun_helps
    assert len(attempt.host.asked) == 3
    assert attempt.pauses == []
    assert sorted(attempt.quarantined().values()) == [error.message] * 3
    assert not attempt.store.scratch.partial_path(wanted.key).exists()


def test_what_arrived_wrong_is_kept_apart_and_what_came_next_lands(attempt: Attempt) -> None:
    wrong = tiff(b"\x08" * 4096)
    wanted = job(digest=sha512(BAND))
    attempt.host.sends(answer(wrong), answer(HTML), answer(BAND))
    attempt(wanted)
    assert attempt.received == len(wrong) + len(HTML) + len(BAND)
    assert attempt.visible() == {wanted.path: BAND}
    kept = {
        name: (attempt.store.root / ".m2msync/quarantine" / name).read_bytes() for name in attempt.quarantined()
    }
    assert sorted(kept.values()) == sorted([wrong, HTML])


@pytest.mark.parametrize("size", [62_914_560, 1, None])
def test_a_nominal_size_does_not_bind(attempt: Attempt, size: int | None) -> None:
    attempt.host.sends(answer(BAND))
    assert attempt(job(size=size, exact=False)).size == len(BAND)


def test_a_digest_weighs_more_than_a_size(attempt: Attempt) -> None:
    attempt.host.sends(answer(BAND))
    assert attempt(job(size=5, exact=True, digest=sha512(BAND))).size == len(BAND)


@pytest.mark.parametrize("reply", [answer(HTML), answer(BAND)[:-1000], answer(status=403), answer(status=404)])
def test_a_failure_leaves_the_file_that_was_there(attempt: Attempt, reply: bytes) -> None:
    wanted = job()
    place = attempt.store.resolve(wanted.path)
    place.parent.mkdir(parents=True)
    place.write_bytes(b"the old one")
    attempt.host.sends(reply)
    with pytest.raises(TransferError):
        attempt(wanted)
    assert attempt.visible() == {wanted.path: b"the old one"}
    attempt.host.sends(answer(BAND))
    attempt(wanted)
    assert attempt.visible() == {wanted.path: BAND}


def test_memory_does_not_grow_with_the_file(attempt: Attempt) -> None:
    piece = bytes(CHUNK)
    attempt.host.sends(repeat(piece, 300))
    tracemalloc.start()
    try:
        fetched = attempt(job("VER.dat", size=300 << 20, exact=True))
        _, peak = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()
        attempt.store.resolve(job("VER.dat").path).unlink(missing_ok=True)
    assert fetched.size == attempt.received == 300 << 20
    assert peak < 16 << 20


BODIES = st.sampled_from([BAND, tiff(b"\x08" * 4096), BAND[:-7], BAND[:50], HTML, MTL, b"", b"{}"])
REPLIES = st.builds(
    lambda body, length, cut: answer(body, Content_Length=len(body) if length else None)[: -cut or None],
    BODIES,
    st.booleans(),
    st.integers(0, 300),
)


@settings(max_examples=60)
@given(replies=st.lists(REPLIES | st.sampled_from([answer(status=s) for s in (403, 404, 500)]), max_size=5))
def test_whatever_comes_only_the_announced_file_is_ever_visible(host: Host, replies: list[bytes]) -> None:
    wanted = replace(job(digest=sha512(BAND)), links=("coast/x.TIF",))
    with tempfile.TemporaryDirectory() as folder:
        attempt = Attempt(host, LocalStore(folder))
        host.sends(*replies, answer(BAND))
        with suppress(TransferError):
            attempt(wanted)
            assert attempt.visible() == {wanted.path: BAND, "coast/x.TIF": BAND}
        assert set(attempt.visible().values()) <= {BAND}
