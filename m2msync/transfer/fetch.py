"""Fetches one product: stream to a partial file, verify it there, publish it, and only then say that it landed."""

from __future__ import annotations

import errno
import hashlib
import re
from contextlib import contextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING, BinaryIO
from urllib.parse import urlsplit

import urllib3

from m2msync.core.errors import Corrupt, Gone, Interrupted, LinkExpired, StorageError, StorageFull
from m2msync.core.inspect import flaw
from m2msync.transfer.connection import connection

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

    import requests

    from m2msync.core.secrets import Link
    from m2msync.store import Store

CHUNK = 1 << 20  # bytes a read: 64 kB costs a third more, 4 MB gains nothing
TRIES = 4  # connection attempts for one link before the file is given up in this run
REFETCHES = 2  # how often a file that arrived wrong is fetched again
_TIMEOUT = (10, 60)  # seconds to connect, and without a single byte
_UNNAMED = "sha512"  # what we record when M2M announces no digest
_LOGIN = re.compile(r"(^|\.)ers\.|/login", re.IGNORECASE)


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
    return Fetched(job.key, path.stat().st_size, found, 0)


def fetch(
    job: Job, link: Link, store: Store, *, on_bytes: Callable[[str, int], None], pause: Callable[[float], object]
) -> Fetched:
    """Fetch, verify and publish one product.

    Args:
        job: what to fetch and where to.
        link: where from.
        store: where it goes.
        on_bytes: told the key and the number of bytes of every chunk that arrives.
        pause: waits so many seconds between tries.

    Raises:
        TransferError: classified by how to react; nothing is visible under the final name.
        StorageError: the store cannot be written.
    """
    received = 0

    def count(number: int) -> None:
        nonlocal received
        received += number
        on_bytes(job.key, number)

    partial = store.partial_path(job.key)
    digest = _persist(lambda: _arrive(job, link, partial, count), partial, store, pause)
    store.publish(partial, job.path)
    for further in job.links:
        store.link(job.path, further)
    return Fetched(job.key, store.resolve(job.path).stat().st_size, digest, received)


def _persist(arrive: Callable[[], str], partial: Path, store: Store, pause: Callable[[float], object]) -> str:
    """Try until the file has arrived whole; what arrived wrong goes to quarantine."""
    breaks = wrongs = 0
    while True:
        try:
            return arrive()
        except Corrupt as error:
            if partial.exists():
                store.quarantine(partial, error.message)
            wrongs += 1
            if wrongs > REFETCHES:
                raise
        except Interrupted:
            breaks += 1
            if breaks >= TRIES:
                raise
            pause(0.5 * 2**breaks)


def _arrive(job: Job, link: Link, partial: Path, count: Callable[[int], None]) -> str:
    digest, length = _stream(job, link, partial, count)
    _verify(job, partial, digest, length)
    return digest


def _stream(job: Job, link: Link, partial: Path, count: Callable[[int], None]) -> tuple[str, int]:
    """Write the body to the partial file; return its digest and length in bytes."""
    hasher = hashlib.new((job.digest or _UNNAMED).partition(":")[0])
    buffer = memoryview(bytearray(CHUNK))
    length = 0
    try:
        with connection().get(link.reveal(), stream=True, timeout=_TIMEOUT) as answer:
            _check_answer(job, link, answer)
            announced = answer.headers.get("Content-Length")
            with _writing(partial) as file:
                while got := answer.raw.readinto(buffer):
                    hasher.update(buffer[:got])
                    file.write(buffer[:got])
                    length += got
                    count(got)
    except (OSError, ValueError, urllib3.exceptions.HTTPError) as error:
        # What requests raises is an OSError, but for a redirect that is no URL at all.
        raise Interrupted(f"the connection to {link.host} failed: {_cause(error)}") from None
    if announced is not None and announced.isdecimal() and int(announced) != length:
        raise Interrupted(f"the connection ended after {length} of {announced} bytes")
    return f"{hasher.name}:{hasher.hexdigest()}", length


@contextmanager
def _writing(partial: Path) -> Iterator[BinaryIO]:
    try:
        # Buffered, because a raw write may take less than it is given, e.g. the rest of the disk.
        with partial.open("wb") as file:
            yield file
    except OSError as error:
        if error.errno in (errno.ENOSPC, errno.EDQUOT):
            raise StorageFull(f"the disk is full: {partial}", hint="Make room and run it again.") from error
        raise StorageError(f"{partial} cannot be written: {error.strerror}") from error


def _check_answer(job: Job, link: Link, answer: requests.Response) -> None:
    status, host = answer.status_code, link.host
    if status in (401, 403) or (answer.history and _LOGIN.search(_place(answer.url))):
        raise LinkExpired(f"the link to {host} has expired (HTTP {status})")
    if status in (404, 410):
        raise Gone(f"{host} does not have this file (HTTP {status})")
    if status != 200:  # noqa: PLR2004
        raise Interrupted(f"HTTP {status} from {host}")
    if "json" in answer.headers.get("Content-Type", "") and "json" not in job.filename:
        # Some hosts say in JSON, under HTTP 200, that a signature is no longer good (api.md §10.2).
        raise LinkExpired(f"{host} sent a JSON message instead of the file")
    if answer.headers.get("Content-Encoding", "identity") != "identity":
        raise Corrupt(f"{host} sent the file {answer.headers['Content-Encoding']}-encoded though asked not to")


def _place(url: str) -> str:
    parts = urlsplit(url)
    return f"{parts.netloc}{parts.path}"


def _verify(job: Job, partial: Path, digest: str, length: int) -> None:
    if job.digest is None and job.size is not None and job.exact and length != job.size:
        raise Corrupt(f"{length} bytes came, {job.size} were announced")
    with partial.open("rb") as file:
        wrong = flaw(file, length, job.filename)
    if wrong:
        raise Corrupt(wrong)
    if job.digest is not None and digest != job.digest:
        raise Corrupt(f"the {digest.partition(':')[0]} digest differs from the announced one")


def _cause(error: BaseException) -> str:
    # The text of a requests error holds the whole signed URL, so only its kind is told.
    return {
        "ConnectTimeout": "no answer to the connection attempt",
        "ReadTimeout": "no byte for a minute",
        "ReadTimeoutError": "no byte for a minute",
        "SSLError": "its TLS certificate was not accepted",
        "IncompleteRead": "it ended before the file was complete",
        "ProtocolError": "it broke in the middle",
        "ConnectionError": "it was refused or broke",
    }.get(type(error).__name__, type(error).__name__)
