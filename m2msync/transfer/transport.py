"""How the engine has products fetched, whoever does it, and what it hears of that."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Protocol

if TYPE_CHECKING:
    from concurrent.futures import Executor, Future

    from m2msync.core.secrets import Link
    from m2msync.transfer.job import Fetched, Job
    from m2msync.transfer.sections import Sections


class Transport(Protocol):
    """What has a product fetched: by threads of this process, which share its sections, or elsewhere."""

    job: Job
    link: Link
    sections: Sections

    def begin(self, executor: Executor, start: int) -> Future[Fetched | None]:
        """Have a section fetched, known by its first byte, and what is complete verified and published."""

    def halt(self) -> None:
        """Break off what is being fetched; what has arrived is kept."""

    def renew(self) -> None:
        """Once nobody works on it: forget what has arrived if that is of no use."""


NewTransfer = Callable[..., Transport]
"""Called as `Transfer` is."""


@dataclass(frozen=True, slots=True)
class Opened:
    """A host has begun to send a large part of a file."""

    key: str


@dataclass(frozen=True, slots=True)
class Freed:
    """The last byte of a file has come: while it is verified, its connection serves another."""

    key: str
    start: int


@dataclass(frozen=True, slots=True)
class Ended:
    """An attempt is over."""

    key: str
    start: int
    begun: float
    attempt: Future[Any]


Message = Opened | Freed | Ended
