"""One product that a worker of a cluster fetches, as the coordinator sees it."""

from __future__ import annotations

from concurrent.futures import Future
from typing import TYPE_CHECKING, Protocol

from m2msync.transfer.sections import Sections

if TYPE_CHECKING:
    from collections.abc import Callable
    from concurrent.futures import Executor

    from m2msync.core.errors import M2MSyncError
    from m2msync.core.secrets import Link
    from m2msync.store import Store
    from m2msync.transfer.body import Patience
    from m2msync.transfer.job import Fetched, Job
    from m2msync.transfer.parcel import Receipt


class Carrier(Protocol):
    """What takes attempts to workers."""

    def send(self, consignment: Consignment, near: str) -> None:
        """Have a worker make an attempt, the one at `near` if it is still there."""

    def halt(self) -> None:
        """Have the workers break off everything."""


class Consignment:
    """One product on its way; over one connection, as its bytes must not be spread over several machines."""

    def __init__(  # noqa: PLR0913 - what it is, and what it tells
        self,
        carrier: Carrier,
        job: Job,
        link: Link,
        _store: Store,
        *,
        on_bytes: Callable[[str, int], None],
        on_open: Callable[[], None],
        on_read: Callable[[int], None],
        patience: Patience,  # noqa: ARG002 - the workers are told once
    ) -> None:
        """Begin with nothing; the arguments are those of `Transfer`, after what carries it."""
        self.job, self.link = job, link
        self.sections = Sections(splittable=False)
        self._carrier, self._near = carrier, ""
        self._on_bytes, self._on_open, self._on_read = on_bytes, on_open, on_read
        self._attempt: Future[Fetched | None] = Future()
        self._moved = 0
        self._read = False

    def begin(self, _executor: Executor, _start: int) -> Future[Fetched | None]:
        """Have a worker fetch it, or what is missing of it."""
        self._attempt, self._moved, self._read = Future(), 0, False
        self._carrier.send(self, self._near if self.sections.held else "")
        return self._attempt

    def halt(self) -> None:
        """Break it off, and all others with it, which is what it is asked for."""
        self.sections.halt()
        self._carrier.halt()

    def renew(self) -> None:
        """Forget nothing: the worker has done that."""

    def advance(self, moved: int, *, large: bool, read: bool) -> None:
        """Take note of how far the attempt under way is."""
        came, self._moved = moved - self._moved, moved
        if came > 0:
            self._on_bytes(self.job.key, came)
        if large:
            self._on_open()
        if read and not self._read:
            self._read = True
            self._on_read(0)

    def finish(self, receipt: Receipt) -> None:
        """Take note of how the attempt ended."""
        self.advance(receipt.moved, large=False, read=False)
        self.sections.rewind(0, receipt.held)
        self._near = receipt.worker
        if receipt.error:
            self._attempt.set_exception(receipt.error)
        else:
            self._attempt.set_result(receipt.fetched)

    def fail(self, error: M2MSyncError) -> None:
        """Take note that nobody tells how the attempt ended, or that it ended without a word."""
        self.sections.rewind(0, 0)
        self._attempt.set_exception(error)
