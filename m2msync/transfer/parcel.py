"""What travels between the coordinator of a run and the workers of a cluster: values that print without secrets."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from m2msync import __version__

if TYPE_CHECKING:
    from m2msync.core.errors import M2MSyncError
    from m2msync.core.secrets import Link
    from m2msync.transfer.job import Fetched, Job


VERSION = __version__
"""Of m2msync, which has to be the same on both sides."""


@dataclass(frozen=True, slots=True)
class Errand:
    """What all parcels of a run have in common."""

    run: str
    """Names the run, and the topic under which its workers tell how far they are."""
    store: str
    """The URL of where the files go."""
    mark: str
    """A mark that the coordinator has left in the store: a worker that does not see it sees another store."""
    version: str
    """Of the coordinator's m2msync."""
    patience: float
    """Seconds for which a host that does not serve is waited for."""
    scratch: str = ""
    """Where workers keep what is unfinished of objects; empty for where dask has them keep their own files."""


@dataclass(frozen=True, slots=True)
class Parcel:
    """One attempt at one product."""

    number: int
    errand: Errand
    job: Job
    link: Link


@dataclass(frozen=True, slots=True)
class Receipt:
    """What came of it."""

    fetched: Fetched | None
    error: M2MSyncError | None
    held: int
    """Bytes of the file that are kept where the attempt was made."""
    moved: int
    """Bytes that have come."""
    worker: str = ""
    """Who made it."""


@dataclass(frozen=True, slots=True)
class Greeting:
    """What a worker tells of itself before anything is ordered."""

    version: str
    """Of its m2msync."""
    trouble: str = ""
    """Why it cannot use the store, if it cannot."""


Progress = tuple[int, int, bool, bool]
"""Of a parcel by its number: bytes that have come, whether much is to come, and whether the last byte has."""
