"""One product that is to be fetched, and what came of it."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from m2msync.transfer.partial import discard

if TYPE_CHECKING:
    from m2msync.store import Store


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
    taken: tuple[str, ...] = ()
    """Those of its paths where a file lies that the catalog does not know; it is put aside, as it may be dear."""


@dataclass(frozen=True, slots=True)
class Fetched:
    """A product that is verified and in its place."""

    key: str
    size: int
    digest: str
    paths: tuple[str, ...] = ()
    """Where it lies, when its name has got an ending by being delivered; else where its job says."""


def find_landed(job: Job, store: Store) -> Fetched | None:
    """Return the product if the file that lies at its path has the announced digest, else None.

    A run that was killed between publishing a file and recording it leaves one that need not be fetched again.
    """
    size = _size_if_whole(job, job.path, store)
    if size is None or job.digest is None:
        return None
    make_room(replace(job, taken=tuple(path for path in job.taken if path != job.path)), store)
    for further in job.links:
        store.link(job.path, further)
    discard(store.scratch.partial_path(job.key))
    return Fetched(job.key, size, job.digest)


def make_room(job: Job, store: Store) -> None:
    """Put aside what lies where a product shall lie, and is neither it nor known to the catalog."""
    for path in job.taken:
        if _size_if_whole(job, path, store) is None:
            store.put_aside(path, f"it lay in the place of {job.key}, and was not in the catalog")


def _size_if_whole(job: Job, path: str, store: Store) -> int | None:
    """Return the length of the file at a path if it has the announced digest, else None."""
    if job.digest is None:
        return None
    algorithm = job.digest.partition(":")[0]
    try:
        with store.open(path) as file:
            found = f"{algorithm}:{hashlib.file_digest(file, algorithm).hexdigest()}"
            return file.tell() if found == job.digest else None
    except OSError:
        return None
