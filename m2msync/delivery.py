"""The deliveries of one run: orders just ahead of the transfers, one commit for every file that lands.

One thread decides and writes the catalog: the one that calls `deliver`. The others do what takes time, one call to
M2M or one transfer each, and put what came of it into the inbox.
"""

from __future__ import annotations

import time
from collections import Counter
from concurrent.futures import Executor, Future, ThreadPoolExecutor
from dataclasses import dataclass, field
from queue import Empty, SimpleQueue
from typing import TYPE_CHECKING

from m2msync.core.desk import Ask, Desk
from m2msync.core.errors import LinkExpired, M2MSyncError, TransferError
from m2msync.core.events import Draining, Event, Failed, Landed, Moved, Ordered, Started, Waiting
from m2msync.core.match import Wish
from m2msync.core.result import Failure
from m2msync.m2m import order
from m2msync.transfer.fetch import Fetched, Job, fetch, find_landed

if TYPE_CHECKING:
    import threading
    from collections.abc import Callable, Iterable

    from m2msync.catalog import Catalog
    from m2msync.core.events import Sink
    from m2msync.core.plan import Action
    from m2msync.core.secrets import Link
    from m2msync.m2m.session import Session
    from m2msync.store import Store

BACKLOG = 100  # transfers in hand below which more is ordered
REORDERS = 2  # how often a product whose link expired is ordered again in one run
STAGING_PATIENCE = 30 * 60  # seconds until staged products are left to the next run
_TICK = 0.25  # seconds after which a request to stop is noticed at the latest


@dataclass(slots=True)
class Outcome:
    """What the deliveries came to."""

    got: int = 0
    bytes: int = 0
    failed: list[Failure] = field(default_factory=list)
    error: M2MSyncError | None = None
    """What ended the run for all, if anything did."""


@dataclass(frozen=True, slots=True)
class Run:
    """What names a run: in the catalog, and at M2M."""

    number: int
    label: str


@dataclass(frozen=True, slots=True)
class _Answered:
    ask: Ask
    answer: Future[order.Order]


@dataclass(frozen=True, slots=True)
class _Ended:
    action: Action
    transfer: Future[Fetched | None]


class Delivery:
    """One run's deliveries, from actions to landed files."""

    def __init__(
        self,
        session: Session,
        catalog: Catalog,
        store: Store,
        *,
        run: Run,
        on_event: Sink,
        stop: threading.Event,
    ) -> None:
        self._session, self._catalog, self._store = session, catalog, store
        self._run = run
        self._on_event, self._stop = on_event, stop
        self._inbox: SimpleQueue[Event | _Answered | _Ended] = SimpleQueue()
        self._desk = Desk(batch=order.PRODUCTS_PER_CALL, backlog=BACKLOG, patience=STAGING_PATIENCE)
        self._actions: dict[str, Action] = {}
        self._flying: dict[str, Future[Fetched | None]] = {}
        self._expired: Counter[str] = Counter()
        self._asking = self._ending = False
        self._outcome = Outcome()

    def deliver(self, actions: Iterable[Action], jobs: int) -> Outcome:
        """Fetch, verify, publish and record every action's product; one that fails never stops the others.

        Args:
            actions: what to get, each with a route to order it by or a copy to link from.
            jobs: transfers at a time.
        """
        self._actions = {action.key: action for action in actions}
        self._session.on_event = self._inbox.put
        with ThreadPoolExecutor(1, "m2m") as lane, ThreadPoolExecutor(jobs, "fetch") as transfers:
            try:
                self._begin(transfers)
                while not self._over():
                    self._ask(lane)
                    self._wait(transfers)
            finally:
                self._drain()
        self._session.on_event = self._on_event
        return self._outcome

    def _begin(self, transfers: Executor) -> None:
        present = self._store.sizes([action.path for action in self._actions.values()])
        for action in self._actions.values():
            if action.source is not None:
                self._start(transfers, action, _copy, _job(action), action.source, self._store)
            elif action.digest and present.get(action.path) is not None:
                # Perhaps the last run was killed after this file had landed and before it was recorded.
                self._start(transfers, action, find_landed, _job(action), self._store)
            else:
                self._desk.add(_wish(action))

    def _over(self) -> bool:
        if self._stop.is_set() and not self._ending:
            self._drain()
            self._on_event(Draining(len(self._flying)))
        busy = self._asking or bool(self._flying)
        return not busy and (self._ending or self._desk.empty)

    def _drain(self) -> None:
        """Let running transfers finish, and begin nothing new."""
        self._ending = True
        for key in [key for key, transfer in self._flying.items() if transfer.cancel()]:
            del self._flying[key]

    def _ask(self, lane: Executor) -> None:
        if self._asking or self._ending:
            return
        now = time.monotonic()
        for wish in self._desk.overdue(now):
            self._fail(self._actions[wish.key], "M2M is still preparing it", rerun_helps=True, state="staging")
        ask = self._desk.next_ask(now, len(self._flying))
        if ask is None:
            return
        self._asking = True
        if ask.label is None:
            keys = [wish.key for wish in ask.wishes]
            self._catalog.record_state(
                self._run.number, keys, "requested", f"ordered as {self._run.label}", at=time.time()
            )
            answer = lane.submit(order.request, self._session, ask.wishes, self._run.label)
        else:
            answer = lane.submit(order.poll, self._session, ask.label, ask.wishes)
        answer.add_done_callback(lambda done: self._inbox.put(_Answered(ask, done)))

    def _wait(self, transfers: Executor) -> None:
        try:
            message = self._inbox.get(timeout=_TICK)
        except Empty:
            return
        if isinstance(message, _Answered):
            self._asking = False
            self._settle(message, transfers)
        elif isinstance(message, _Ended):
            self._land(message)
        else:
            self._on_event(message)

    def _settle(self, answered: _Answered, transfers: Executor) -> None:
        try:
            placed = answered.answer.result()
        except M2MSyncError as error:
            self._give_up(error)
            return
        wishes = {wish.key: wish for wish in answered.ask.wishes}
        for key, link in placed.ready.items():
            self._fetch(transfers, self._actions[key], link)
        self._desk.deliver(placed.ready)
        if answered.ask.label is None:
            self._desk.prepare((wishes[key] for key in placed.staging), placed.labels, time.monotonic())
            self._catalog.record_state(
                self._run.number, placed.staging, "staging", "M2M prepares it", at=time.time()
            )
            for key, reason in placed.rejected.items():
                self._fail(self._actions[key], reason, rerun_helps=True)
            self._on_event(Ordered(len(wishes), len(placed.ready), len(placed.staging), len(placed.rejected)))
        if self._desk.staging and not self._flying:
            self._on_event(Waiting(f"M2M prepares {self._desk.staging} products", 0))

    def _fetch(self, transfers: Executor, action: Action, link: Link) -> None:
        if self._ending or action.key in self._flying:
            return
        self._start(transfers, action, self._transfer, _job(action), link)

    def _transfer(self, job: Job, link: Link) -> Fetched:
        self._inbox.put(Started(job.key, job.path, job.size))
        return fetch(job, link, self._store, on_bytes=self._moved, pause=self._stop.wait)

    def _moved(self, key: str, number: int) -> None:
        self._inbox.put(Moved(key, number))

    def _start(
        self, transfers: Executor, action: Action, work: Callable[..., Fetched | None], *arguments: object
    ) -> None:
        transfer = transfers.submit(work, *arguments)
        self._flying[action.key] = transfer
        transfer.add_done_callback(lambda done: self._inbox.put(_Ended(action, done)))

    def _land(self, ended: _Ended) -> None:
        action = ended.action
        self._flying.pop(action.key, None)
        if ended.transfer.cancelled():
            return
        try:
            fetched = ended.transfer.result()
        except LinkExpired as error:
            self._order_again(action, error)
        except TransferError as error:
            self._fail(action, error.message, rerun_helps=error.rerun_helps)
        except M2MSyncError as error:
            self._give_up(error)
        else:
            if fetched is None:
                self._desk.add(_wish(action))
            else:
                self._outcome.bytes += fetched.received
                self._record(action, size=fetched.size, digest=fetched.digest)

    def _order_again(self, action: Action, error: LinkExpired) -> None:
        self._expired[action.key] += 1
        if self._expired[action.key] > REORDERS:
            self._fail(action, error.message, rerun_helps=True)
        else:
            self._desk.add(_wish(action))

    def _record(self, action: Action, *, size: int, digest: str) -> None:
        paths = (action.path, *action.links)
        self._catalog.record_landed(
            self._run.number, action.key, paths=paths, size=size, digest=digest, at=time.time()
        )
        if action.replaces:
            reason = f"replaced by {action.display_id}"
            self._catalog.record_state(self._run.number, [action.replaces], "superseded", reason, at=time.time())
        self._outcome.got += 1
        self._on_event(Landed(action.key, action.path, size, digest))

    def _fail(self, action: Action, reason: str, *, rerun_helps: bool, state: str = "failed") -> None:
        if state == "failed":
            self._catalog.record_failed(
                self._run.number, action.key, reason, rerun_helps=rerun_helps, at=time.time()
            )
        self._outcome.failed.append(Failure(action.key, action.path, reason, rerun_helps))
        self._on_event(Failed(action.key, action.path, reason, rerun_helps))

    def _give_up(self, error: M2MSyncError) -> None:
        # While stopping, an abandoned call's trouble is of our own making.
        if self._outcome.error is None and not self._stop.is_set():
            self._outcome.error = error
        self._drain()


def _wish(action: Action) -> Wish:
    filename = action.key.partition("/")[2]
    return Wish(action.key, filename, action.display_id, action.routes[0])


def _copy(job: Job, source: str, store: Store) -> Fetched:
    for path in (job.path, *job.links):
        store.link(source, path)
    return Fetched(job.key, job.size or 0, job.digest or "", received=0)


def _job(action: Action) -> Job:
    return Job(
        key=action.key,
        path=action.path,
        filename=action.key.partition("/")[2],
        links=action.links,
        size=action.size,
        exact=action.exact,
        digest=action.digest,
    )
