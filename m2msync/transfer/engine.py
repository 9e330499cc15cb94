"""Keeps the connections busy: which file comes next, over how many of them, and what a failure means for the rest.

All of it happens in the thread that calls; only the attempts themselves run elsewhere.
"""

from __future__ import annotations

import math
import time
from collections import defaultdict
from dataclasses import dataclass, replace
from functools import partial
from typing import TYPE_CHECKING, Any

from m2msync.core.breaker import Breaker
from m2msync.core.errors import Halted, HostDown, Interrupted, M2MSyncError, TransferError
from m2msync.core.events import Waiting
from m2msync.core.persistence import Persistence
from m2msync.core.window import Window
from m2msync.transfer.body import Patience
from m2msync.transfer.fetch import Transfer
from m2msync.transfer.transport import Ended, Freed, Opened

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from concurrent.futures import Executor, Future

    from m2msync.core.secrets import Link
    from m2msync.store import Store
    from m2msync.transfer.job import Fetched, Job
    from m2msync.transfer.transport import Message, NewTransfer, Transport


_AT_ONCE = 10.0  # seconds within which a host turns away one connection too many, and serves another


@dataclass(frozen=True, slots=True)
class Settled:
    """What came of a job; the result of an errand, or why it failed."""

    key: str
    result: Any = None
    error: M2MSyncError | None = None


class _Way:
    """One transfer, with what has been tried and when it may be tried again."""

    def __init__(self, transfer: Transport) -> None:
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
        put: Callable[[Message | Waiting], None],
        on_bytes: Callable[[str, int], None],
        patience: float,
        until: float = math.inf,
        clock: Callable[[], float] = time.monotonic,
        new_transfer: NewTransfer = Transfer,
    ) -> None:
        """Begin with nothing to do.

        Args:
            executor: runs errands, and attempts if they are made here; more than `most`, as some only verify.
            store: where files go.
            most: connections at a time.
            put: takes what has happened, from any thread; `settle` wants a message back.
            on_bytes: told the key and the number of bytes of every piece that arrives, from any thread.
            patience: seconds for which a host that does not serve is waited for.
            until: when the run is over.
            clock: monotonic seconds.
            new_transfer: makes what has a product fetched.
        """
        self._executor, self._store, self._put, self._on_bytes, self._clock = executor, store, put, on_bytes, clock
        self._new_transfer = new_transfer
        self._patience = replace(Patience().at_most(patience), until=until)
        self._window = Window(most)
        self._breakers: defaultdict[str, Breaker] = defaultdict(partial(Breaker, patience))
        self._waiting: dict[str, _Way] = {}
        self._running: dict[str, _Way] = {}
        self._errands: dict[str, Future[Any]] = {}
        self._connected: set[tuple[str, int]] = set()  # a file, and the first byte of one of its sections
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
        transfer = self._new_transfer(
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
        begun = self._clock()
        self._errands[key] = errand = self._executor.submit(work, *arguments)
        self._await(key, 0, begun, errand)

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
            way.transfer.halt()

    def start(self, *, last: bool) -> Iterator[str]:
        """Begin what may begin now, and yield the key of each job that had not begun before.

        Args:
            last: whether nothing more will be added; then the largest come first, so that none is left for the end.
        """
        now = self._clock()
        if last and not self._sorted:
            self._sort()
        while len(self._connected) < self.width and (way := self._next(now)):
            key = way.transfer.job.key
            if not way.begun:
                yield key
            self._begin(way, way.transfer.sections.waiting() or 0)
        while len(self._connected) < self.width and (found := self._next_section(now)):
            self._begin(*found)

    def settle(self, message: Message) -> Settled | None:
        """Return what came of a job whose attempt has ended, None when it goes on."""
        if isinstance(message, Ended):
            return self._end(message)
        if isinstance(message, Freed):
            self._connected.discard((message.key, message.start))
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

    def _await(self, key: str, start: int, begun: float, attempt: Future[Any]) -> None:
        attempt.add_done_callback(lambda done: self._put(Ended(key, start, begun, done)))

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
        self._connected.add((key, start))
        way.running += 1
        way.transfer.sections.serve(start)
        begun = self._clock()
        self._await(key, start, begun, way.transfer.begin(self._executor, start))

    def _end(self, ended: Ended) -> Settled | None:
        if ended.key in self._errands:
            del self._errands[ended.key]
            return _settled(ended)
        if (way := self._running.get(ended.key)) is None:
            return None  # an errand that was cancelled
        self._connected.discard((ended.key, ended.start))
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
            if pause := breaker.fail(now, ended.key, unserved=error.unserved):
                self._put(Waiting(f"{way.host} does not serve", pause))
            if error.after:
                breaker.hold(now + error.after)
        else:
            breaker.succeed(now)
        if isinstance(error, Interrupted) and error.overloaded and not breaker.is_open:
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
            crowded_out = self._is_crowded_out(way, ended, error)
            wait = way.persistence.pause_after(error, way.transfer.sections.held, crowded_out=crowded_out)
        elif not isinstance(error, M2MSyncError):
            raise error
        if wait is None:
            way.verdict = error
            way.transfer.sections.halt()
        else:
            way.not_before = way.reacted + wait

    def _is_crowded_out(self, way: _Way, ended: Ended, error: TransferError) -> bool:
        """Say whether a host turned an attempt away at once that goes on serving others."""
        begun, served = ended.begun, self._breakers[way.host].served_at
        recently = way.reacted - min(begun, served) < _AT_ONCE
        return isinstance(error, Interrupted) and error.overloaded and recently

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
