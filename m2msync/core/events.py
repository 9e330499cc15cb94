"""What happens during a run, as values: the library tells, listeners show. `--events` writes them as NDJSON."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import asdict, dataclass
from typing import Any


@dataclass(frozen=True, slots=True)
class Event:
    """Something that happened; its kind is its class name in lower case."""

    def to_json(self) -> dict[str, Any]:
        """Return the event as a flat JSON object with its kind."""
        return {"event": type(self).__name__.lower(), **asdict(self)}


Sink = Callable[[Event], None]


@dataclass(frozen=True, slots=True)
class Stage(Event):
    """A new stage of the run has begun: "searching", "listing products", "ordering", "fetching"."""

    name: str
    total: int = 0


@dataclass(frozen=True, slots=True)
class Counted(Event):
    """The stage has come so many steps further."""

    steps: int


@dataclass(frozen=True, slots=True)
class Searched(Event):
    """One region of one dataset has been searched."""

    dataset: str
    region: str
    images: int


@dataclass(frozen=True, slots=True)
class Planned(Event):
    """The plan is made."""

    get: int
    keep: int
    unavailable: int
    bytes_to_get: int


@dataclass(frozen=True, slots=True)
class Ordered(Event):
    """M2M has accepted an order for so many products."""

    requested: int
    ready: int
    staging: int
    rejected: int


@dataclass(frozen=True, slots=True)
class Waiting(Event):
    """The run, or a part of it, waits, and says why and for how long; 0 seconds when that is not known."""

    reason: str
    seconds: float


@dataclass(frozen=True, slots=True)
class Staging(Event):
    """M2M is still preparing so many of the ordered products."""

    products: int


@dataclass(frozen=True, slots=True)
class Started(Event):
    """A transfer has begun."""

    key: str
    path: str
    size: int | None


@dataclass(frozen=True, slots=True)
class Moved(Event):
    """Bytes of a running transfer have arrived."""

    key: str
    bytes: int


@dataclass(frozen=True, slots=True)
class Landed(Event):
    """A product is verified, in its place and recorded."""

    key: str
    path: str
    size: int
    digest: str


@dataclass(frozen=True, slots=True)
class Seen(Event):
    """So many files of a folder have been looked at, by their names, so far."""

    files: int


@dataclass(frozen=True, slots=True)
class Matched(Event):
    """A folder has been looked through: so many of its files have to be compared with wanted products."""

    files: int
    bytes: int


@dataclass(frozen=True, slots=True)
class Compared(Event):
    """A file has been compared with wanted products, and its fate is decided."""

    path: str
    """Relative to the folder that is looked through."""
    fate: str
    reason: str
    key: str
    size: int


@dataclass(frozen=True, slots=True)
class Failed(Event):
    """A product could not be had; the others go on."""

    key: str
    path: str
    reason: str
    rerun_helps: bool


@dataclass(frozen=True, slots=True)
class Removed(Event):
    """A file that was wanted no longer has been deleted or moved to the trash."""

    key: str
    path: str
    size: int


@dataclass(frozen=True, slots=True)
class Verifying(Event):
    """So many files are about to be read."""

    files: int
    bytes: int


@dataclass(frozen=True, slots=True)
class Verified(Event):
    """A file has been read and is whole."""

    path: str
    bytes: int


@dataclass(frozen=True, slots=True)
class Damaged(Event):
    """A copy is missing, differs from its record, or cannot be read."""

    key: str
    path: str
    reason: str
    bytes: int = 0


@dataclass(frozen=True, slots=True)
class Warned(Event):
    """Something a person should know that does not stop the run."""

    message: str


@dataclass(frozen=True, slots=True)
class Draining(Event):
    """The run was asked to stop: what is in flight is finished and recorded, nothing new begins."""

    in_flight: int


def ignore(event: Event) -> None:
    """Tell nobody; the default listener."""
