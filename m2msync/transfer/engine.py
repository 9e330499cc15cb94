"""Keeps the connections busy: which file comes next, over how many of them, and what a failure means for the rest.

All of it happens in the thread that calls; only the attempts themselves run in the executor.
"""

from __future__ import annotations

import time
from collections import defaultdict
from dataclasses import dataclass
from functools import partial
from typing import TYPE_CHECKING, Any

from m2msync.core.breaker import Breaker
from m2msync.core.errors import Halted, HostDown, Interrupted, M2MSyncError, TransferError
from m2msync.core.persistence import Persistence
from m2msync.core.window import Window
from m2msync.transfer.body import Patience
from m2msync.transfer.fetch import Transfer

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from concurrent.futures import Executor, Future

    from m2msync.core.secrets import Link
    from m2msync.store import Store
    from m2msync.transfer.fetch import Fetched, Job


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


@dataclass(frozen=True, slots=True)
class Settled:
    """What came of a job; the result of an errand, or why it failed."""

    key: str
    result: Any = None
    error: M2MSyncError | None = None


class _Way:
    """One transfer, with what has been tried and when it may be tried again."""

    def __init__(self, transfer: Transfer) -> None:
        self.transfer = transfer
        self.host = transfer.link.host  # told once: every turn asks for it, of every file that waits
        self.persistence = Persistence()
        self.running = self.moved = 0
        self.not_before = self.reacted = 0.0
        self.begun = False
        self.fetched: Fetched | None = None
        self.verdict: M2MSyncError | None = None


class Engine:
    """The transfers of one run."""

    def __init__(  # noqa: PLR0913 - what it works with
        self,
        executor: Executor,
        store: Store,
        *,
        most: int,
        put: Callable[[Message], None],
        on_bytes: Callable[[str, int], None],
        patience: float,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        """Begin with nothing to do.

        Args:
            executor: runs the attempts; more than `most`, as some only verify.
            store: where files go.
            most: connections at a time.
            put: takes what has happened, from any thread; `settle` wants it back.
            on_bytes: told the key and the number of bytes of every piece that arrives, from any thread.
            patience: seconds for which a host that does not serve is waited for.
            clock: monotonic seconds.
        """
        self._executor, self._store, self._put, self._on_bytes, self._clock = executor, store, put, on_bytes, clock
        self._patience = Patience().at_most(patience)
        self._window = Window(most)
        self._breakers: defaultdict[str, Breaker] = defaultdict(partial(Breaker, patience))
        self._waiting: dict[str, _Way] = {}
        self._running: dict[str, _Way] = {}
        self._errands: dict[str, Future[Any]] = {}
        self._connections = 0
        self._freed: set[tuple[str, int]] = set()
        self._draining = self._sorted = False

    def __contains__(self, key: str) -> bool:
        return key in self._waiting or key in self._running or key in self._errands

    @property
    def in_hand(self) -> int:
        """The number of jobs that run or wait."""
        return len(self._waiting) + len(self._running) + len(self._errands)

    @property
    def running(self) -> int:
        """The number of jobs that run."""
        return len(self._running) + len(self._errands)

    @property
    def width(self) -> int:
        """The number of connections that may be in use now."""
        return self._window.width

    def add(self, job: Job, link: Link) -> None:
        """Have a product fetched."""
        transfer = Transfer(
            job,
            link,
            self._store,
            on_bytes=self._on_bytes,
            on_open=lambda: self._put(Opened(job.key)),
            on_read=lambda start: self._put(Freed(job.key, start)),
            patience=self._patience,
        )
        self._wait(job.key, _Way(transfer))

    def run(self, key: str, work: Callable[..., Any], *arguments: object) -> None:
        """Have something done that needs no connection."""
        self._errands[key] = self._submit(key, 0, work, *arguments)

    def drain(self) -> None:
        """Begin nothing new; what runs goes on, but is not tried again."""
        self._draining = True
        self._waiting.clear()
        for key in [key for key, errand in self._errands.items() if errand.cancel()]:
            del self._errands[key]

    def halt(self) -> None:
        """Begin nothing new, and break off what runs; what has arrived is kept."""
        self.drain()
        for way in self._running.values():
            way.transfer.sections.halt()

    def start(self, *, last: bool) -> Iterator[str]:
        """Begin what may begin now, and yield the key of each job that had not begun before.

        Args:
            last: whether nothing more will be added; then the largest come first, so that none is left for the end.
        """
        now = self._clock()
        if last and not self._sorted:
            self._sort()
        while self._connections < self.width and (way := self._next(now)):
            key = way.transfer.job.key
            if not way.begun:
                yield key
            self._begin(way, way.transfer.sections.waiting() or 0)
        while self._connections < self.width and (found := self._next_section(now)):
            self._begin(*found)

    def settle(self, message: Message) -> Settled | None:
        """Return what came of a job whose attempt has ended, None when it goes on."""
        if isinstance(message, Ended):
            return self._end(message)
        if isinstance(message, Freed):
            self._freed.add((message.key, message.start))
            self._connections -= 1
        else:
            # What is large is not waited for: one file may be all there is, and its sections need connections now.
            self._window.grow()
        return None

    def give_up(self) -> Iterator[Settled]:
        """Yield, and forget, the files that wait for hosts which have been down for too long."""
        now = self._clock()
        down = {host for host, breaker in self._breakers.items() if breaker.is_down(now)}
        if not down:
            return
        for key in [key for key, way in self._waiting.items() if way.host in down]:
            host = self._waiting.pop(key).host
            yield Settled(key, error=HostDown(f"{host} does not serve at the moment"))

    def _submit(self, key: str, start: int, work: Callable[..., Any], *arguments: object) -> Future[Any]:
        begun = self._clock()
        attempt = self._executor.submit(work, *arguments)
        attempt.add_done_callback(lambda done: self._put(Ended(key, start, begun, done)))
        return attempt

    def _wait(self, key: str, way: _Way) -> None:
        self._waiting[key] = way
        self._sorted = False

    def _sort(self) -> None:
        largest = sorted(self._waiting.items(), key=lambda item: item[1].transfer.job.size or 0, reverse=True)
        self._waiting = dict(largest)
        self._sorted = True

    def _next(self, now: float) -> _Way | None:
        ready = (
            way for way in self._waiting.values() if way.not_before <= now and self._breakers[way.host].allows(now)
        )
        return next(ready, None)

    def _next_section(self, now: float) -> tuple[_Way, int] | None:
        """Return a section to work on: one that was left, else one made of the largest rest of a running file."""
        ways = [
            way
            for way in self._running.values()
            if not way.transfer.sections.halted and way.not_before <= now and self._breakers[way.host].allows(now)
        ]
        for way in ways:
            if (start := way.transfer.sections.waiting()) is not None:
                return way, start
        for way in sorted(ways, key=lambda way: way.transfer.sections.widest, reverse=True):
            if (start := way.transfer.sections.split()) is not None:
                return way, start
        return None

    def _begin(self, way: _Way, start: int) -> None:
        key = way.transfer.job.key
        way.begun = True
        self._waiting.pop(key, None)
        self._running[key] = way
        self._breakers[way.host].begin()
        self._connections += 1
        way.running += 1
        way.transfer.sections.serve(start)
        self._submit(key, start, way.transfer.attempt, start)

    def _end(self, ended: Ended) -> Settled | None:
        if ended.key in self._errands:
            del self._errands[ended.key]
            return _settled(ended)
        if (way := self._running.get(ended.key)) is None:
            return None  # an errand that was cancelled
        if (ended.key, ended.start) in self._freed:
            self._freed.remove((ended.key, ended.start))
        else:
            self._connections -= 1
        way.running -= 1
        way.transfer.sections.leave(ended.start)
        error = ended.attempt.exception()
        self._learn(way, ended, error)
        if error is None:
            way.fetched = way.fetched or ended.attempt.result()
        elif not isinstance(error, Halted):
            self._react(way, ended, error)
        return self._conclude(ended.key, way)

    def _learn(self, way: _Way, ended: Ended, error: BaseException | None) -> None:
        """Take from an attempt what it tells of the host and of the number of connections it takes."""
        breaker, now = self._breakers[way.host], self._clock()
        held = way.transfer.sections.held
        came, way.moved = held > way.moved, held
        if isinstance(error, Halted):
            breaker.leave()
        elif isinstance(error, Interrupted) and not came:
            breaker.fail(now, ended.key, unserved=error.unserved)
            if error.after:
                breaker.hold(now + error.after)
        else:
            breaker.succeed()
        if isinstance(error, Interrupted) and error.overloaded:
            self._window.shrink(ended.begun, now)
        elif error is None:
            self._window.grow()

    def _react(self, way: _Way, ended: Ended, error: BaseException) -> None:
        """Decide whether a file is tried again after an attempt has failed."""
        if isinstance(error, Interrupted) and ended.begun < way.reacted:
            return  # several connections of one file broke together; that is one failure
        way.reacted = self._clock()
        wait = None
        if isinstance(error, TransferError):
            wait = way.persistence.pause_after(error, way.transfer.sections.held)
        elif not isinstance(error, M2MSyncError):
            raise error
        if wait is None:
            way.verdict = error
            way.transfer.sections.halt()
        else:
            way.not_before = way.reacted + wait

    def _conclude(self, key: str, way: _Way) -> Settled | None:
        """Once no connection works on a file: tell what came of it, or have it wait for its next attempt."""
        if way.running:
            return None
        del self._running[key]
        way.transfer.renew()
        if way.fetched is not None:
            return Settled(key, way.fetched)
        if way.verdict is not None:
            return Settled(key, error=way.verdict)
        if not self._draining:
            self._wait(key, way)
        return None


def _settled(ended: Ended) -> Settled:
    error = ended.attempt.exception()
    if error is None:
        return Settled(ended.key, ended.attempt.result())
    if isinstance(error, M2MSyncError):
        return Settled(ended.key, error=error)
    raise error
