"""Fetches one product: stream to a partial file, verify it there, publish it, and only then say that it landed."""

from __future__ import annotations

import hashlib
import os
from dataclasses import dataclass
from typing import TYPE_CHECKING

import urllib3

from m2msync.core.errors import Corrupt, Interrupted
from m2msync.core.inspect import flaw
from m2msync.transfer.answers import accept, explain
from m2msync.transfer.body import Patience, read_body
from m2msync.transfer.connection import connection
from m2msync.transfer.partial import continuing, discard, find_kept, length

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from m2msync.core.secrets import Link
    from m2msync.store import Store

TRIES = 4  # connection attempts in a row that brought a file no further, before it is given up for this link
RESUMPTIONS = 50  # how often a file is taken up again in all
REFETCHES = 2  # how often a file that arrived wrong is fetched again
_CONNECT, _SILENCE = 10, 60  # seconds to connect, and without a single byte
_UNNAMED = "sha512"  # what we record when M2M announces no digest
_PATIENCE = Patience()


@dataclass(frozen=True, slots=True)
class Job:
    """Everything needed to fetch one product, and nothing more."""

    key: str
    path: str
    """Where it shall lie, relative to the store."""
    filename: str
    links: tuple[str, ...] = ()
    """Further paths that shall hold it."""
    size: int | None = None
    """Announced length in bytes."""
    exact: bool = False
    """Whether `size` is binding."""
    digest: str | None = None
    """Announced digest as `algorithm:hex`."""


@dataclass(frozen=True, slots=True)
class Fetched:
    """A product that is verified and in its place."""

    key: str
    size: int
    digest: str
    received: int
    """Bytes that came over the network, failed tries included."""


def find_landed(job: Job, store: Store) -> Fetched | None:
    """Return the product if the file that lies at its path has the announced digest, else None.

    A run that was killed between publishing a file and recording it leaves one that need not be fetched again.
    """
    if job.digest is None:
        return None
    path = store.resolve(job.path)
    algorithm = job.digest.partition(":")[0]
    try:
        with path.open("rb") as file:
            found = f"{algorithm}:{hashlib.file_digest(file, algorithm).hexdigest()}"
    except OSError:
        return None
    if found != job.digest:
        return None
    for further in job.links:
        store.link(job.path, further)
    discard(store.partial_path(job.key))
    return Fetched(job.key, path.stat().st_size, found, 0)


def fetch(
    job: Job,
    link: Link,
    store: Store,
    *,
    on_bytes: Callable[[str, int], None],
    pause: Callable[[float], object],
    patience: Patience = _PATIENCE,
) -> Fetched:
    """Fetch, verify and publish one product, going on from what an earlier transfer has left.

    Args:
        job: what to fetch and where to.
        link: where from.
        store: where it goes.
        on_bytes: told the key and the number of bytes of every piece that arrives.
        pause: waits so many seconds between tries.
        patience: how slow a transfer may be.

    Raises:
        TransferError: classified by how to react; nothing is visible under the final name, and what has arrived is
            kept for the next link, or the next run. Misplaced: nothing has been fetched.
        StorageError: the store cannot be written.
    """
    received = 0
    for path in (job.path, *job.links):
        store.check_place(path)

    def receive(number: int) -> None:
        nonlocal received
        received += number
        on_bytes(job.key, number)

    partial = store.partial_path(job.key)

    def arrive() -> str:
        digest = _stream(job, link, partial, receive, patience)
        _verify(job, partial, digest, store)
        return digest

    digest = _persist(arrive, partial, pause)
    store.publish(partial, job.path)
    discard(partial)
    for further in job.links:
        store.link(job.path, further)
    return Fetched(job.key, store.resolve(job.path).stat().st_size, digest, received)


def _persist(arrive: Callable[[], str], partial: Path, pause: Callable[[float], object]) -> str:
    """Try until the file has arrived whole; what brings it further than ever renews the patience."""
    breaks = wrongs = resumptions = furthest = 0
    while True:
        try:
            return arrive()
        except Corrupt:
            wrongs += 1
            if wrongs > REFETCHES:
                raise
        except Interrupted:
            reached = length(partial)
            breaks = 1 if reached > furthest else breaks + 1
            furthest = max(reached, furthest)
            if breaks >= TRIES or resumptions >= RESUMPTIONS:
                raise
            resumptions += 1
            pause(0.5 * 2**breaks)


def _stream(job: Job, link: Link, partial: Path, receive: Callable[[int], None], patience: Patience) -> str:
    """Write the body, or the rest of it, to the partial file; return the digest of the whole."""
    hasher = hashlib.new((job.digest or _UNNAMED).partition(":")[0])
    kept = find_kept(partial)
    asked, timeout = kept.headers if kept else {}, (_CONNECT, _silence())
    try:
        with connection().get(link.reveal(), headers=asked, stream=True, timeout=timeout) as answer:
            start, total = accept(answer, partial, kept, host=link.host, filename=job.filename)
            with continuing(partial, start) as file:
                if start:
                    hashlib.file_digest(file, lambda: hasher)

                def take(piece: memoryview) -> None:
                    hasher.update(piece)
                    file.write(piece)
                    receive(len(piece))

                read_body(answer.raw, take, patience)
    except (OSError, ValueError, urllib3.exceptions.HTTPError) as error:
        # What requests raises is an OSError, but for a redirect that is no URL at all.
        raise Interrupted(f"the connection to {link.host} failed: {explain(error)}") from None
    _check_length(partial, total)
    return f"{hasher.name}:{hasher.hexdigest()}"


def _silence() -> float:
    """Return the seconds a host may be silent; no longer than M2MSYNC_PATIENCE, a number, as `sync` has seen."""
    return min(_SILENCE, float(os.environ.get("M2MSYNC_PATIENCE") or _SILENCE))


def _check_length(partial: Path, total: int | None) -> None:
    arrived = length(partial)
    if total is None or arrived == total:
        return
    if arrived > total:
        discard(partial)
    raise Interrupted(f"the connection ended after {arrived} of {total} bytes")


def _verify(job: Job, partial: Path, digest: str, store: Store) -> None:
    """Put a file that is not what was announced into quarantine."""
    if wrong := _find_fault(job, partial, digest):
        store.quarantine(partial, wrong)
        discard(partial)
        raise Corrupt(wrong)


def _find_fault(job: Job, partial: Path, digest: str) -> str | None:
    arrived = length(partial)
    with partial.open("rb") as file:
        wrong = flaw(file, arrived, job.filename)  # first, as it says best what came
    if not wrong and job.digest is not None and digest != job.digest:
        return f"the {digest.partition(':')[0]} digest differs from the announced one"
    if not wrong and job.digest is None and job.size is not None and job.exact and arrived != job.size:
        return f"{arrived} bytes came, {job.size} were announced"
    return wrong
