"""The deliveries of one run: from what is to be got to verified files, one commit for every file that lands.

One thread decides and writes the catalog: the one that calls `deliver`. The others do what takes time, one call to
M2M or one transfer each, and put what came of it into the inbox.
"""

from __future__ import annotations

import time
from collections import Counter
from concurrent.futures import Executor, ThreadPoolExecutor
from queue import Empty, SimpleQueue
from typing import TYPE_CHECKING

from m2msync.core.crew import THREADS
from m2msync.core.errors import HostDown, LinkExpired, StorageError, TransferError
from m2msync.core.events import Draining, Event, Failed, Landed, Moved, Ordered, Staging, Started
from m2msync.core.match import Wish
from m2msync.core.meter import Meter
from m2msync.core.outcome import Outcome
from m2msync.core.result import Failure
from m2msync.core.secrets import Link
from m2msync.core.thumbnails import is_public
from m2msync.ordering import TICK, Answered, Ordering
from m2msync.transfer.engine import Engine, Settled
from m2msync.transfer.executors import employing
from m2msync.transfer.job import Fetched, Job, find_landed, make_room
from m2msync.transfer.transport import Message

if TYPE_CHECKING:
    import threading
    from collections.abc import Iterable, Mapping, Sequence
    from contextlib import AbstractContextManager

    from m2msync.catalog import Catalog
    from m2msync.core.events import Sink
    from m2msync.core.holding import State
    from m2msync.core.model import Route
    from m2msync.core.outcome import Run
    from m2msync.core.plan import Action
    from m2msync.core.terms import Terms
    from m2msync.m2m.session import Session
    from m2msync.store import Store
    from m2msync.transfer.transport import NewTransfer

REORDERS = 2  # how often a product whose link expired is ordered again in one run
HORIZON = 10 * 60  # seconds ahead that links are ordered for; how long they live is not documented (api.md §10.2)


class Delivery:
    """One run's deliveries, from actions to landed files."""

    def __init__(  # noqa: PLR0913 - what a run consists of
        self,
        session: Session,
        catalog: Catalog,
        store: Store,
        *,
        run: Run,
        terms: Terms,
        on_event: Sink,
        stop: threading.Event,
    ) -> None:
        self._session, self._catalog, self._store = session, catalog, store
        self._run, self._terms, self._on_event, self._stop = run, terms, on_event, stop
        self._inbox: SimpleQueue[Event | Answered | Message] = SimpleQueue()
        self._ordering = Ordering(session, run.label, earlier=run.earlier, wait=terms.wait, put=self._inbox.put)
        self._meter = Meter(terms.limits, run.began)
        self._actions: dict[str, Action] = {}
        self._present: Mapping[str, int] = {}
        self._routes: Counter[str] = Counter()
        self._expired: Counter[str] = Counter()
        self._down: dict[str, str] = {}
        self._draining = False
        self._staging = 0
        self.outcome = Outcome()
        """What the deliveries have come to so far."""

    def deliver(self, actions: Sequence[Action]) -> None:
        """Fetch, verify, publish and record every action's product; one that fails never stops the others.

        Args:
            actions: what to get, each with a route to order it by or a copy to link from.
        """
        self._session.on_event = self._inbox.put
        with (
            self._employing(actions) as new_transfer,
            ThreadPoolExecutor(1, "m2m") as lane,
            ThreadPoolExecutor(2 * self._terms.jobs, "fetch") as transfers,
        ):
            self._engine = Engine(
                transfers,
                self._store,
                most=self._terms.jobs,
                put=self._inbox.put,
                on_bytes=lambda key, number: self._inbox.put(Moved(key, number)),
                patience=self._session.patience.later,
                until=self._meter.until,
                new_transfer=new_transfer,
            )
            try:
                self._begin(actions)
                while not self._over():
                    self._ask(lane)
                    self._start()
                    self._take()
            finally:
                # Nothing runs any more, unless the catalog failed: what then landed would not be recorded.
                self._ordering.close()
                self._engine.halt()
        self._session.on_event = self._on_event
        self._tidy()

    def _employing(self, actions: Sequence[Action]) -> AbstractContextManager[NewTransfer]:
        """Have a cluster's workers check in before anything is ordered; nothing is asked of them in vain."""
        crew = self._terms.crew if any(action.source is None for action in actions) else THREADS
        patience = self._session.patience.later
        return employing(
            crew, self._store, jobs=self._terms.jobs, patience=patience, on_event=self._on_event, stop=self._stop
        )

    def _begin(self, actions: Sequence[Action]) -> None:
        fitting, self.outcome.capped = self._meter.share(actions, self._store.capacity())
        self._actions = {action.key: action for action in fitting}
        self._present = self._store.sizes([path for a in fitting for path in (a.path, *a.links)])
        for action in fitting:
            if action.source is not None:
                self._engine.run(action.key, _copy, self._job(action), action.source, self._store)
            elif action.digest and action.path in self._present:
                # Perhaps the last run was killed after this file had landed and before it was recorded.
                self._engine.run(action.key, find_landed, self._job(action), self._store)
            else:
                self._order(action)

    def _over(self) -> bool:
        if self._stop.is_set() and not self._draining:
            self._drain()
            self._on_event(Draining(self._engine.running))
        if not self._draining and self._meter.is_due(time.monotonic()):
            self._heed_limits()
        return not self._engine.in_hand and self._ordering.over

    def _heed_limits(self) -> None:
        if reason := self._meter.exhausted(time.monotonic(), self._store.scratch.free_bytes()):
            self.outcome.capped = self.outcome.capped or reason
            self._drain()
            self._engine.halt()

    def _drain(self) -> None:
        """Let running transfers finish, and begin nothing new."""
        self._draining = True
        self._ordering.close()
        self._engine.drain()

    def _ask(self, lane: Executor) -> None:
        for wish in self._ordering.overdue():
            self._report(self._actions[wish.key], "M2M is still preparing it", rerun_helps=True)
        keys = [wish.key for wish in self._ordering.ask(lane, self._engine.in_hand, self._soon())]
        if keys:
            self._note(keys, "requested", f"ordered as {self._run.label}")

    def _soon(self) -> int | None:
        """Return how many products the transfers will use within the horizon, None before the first has landed."""
        if not self.outcome.got:
            return None
        return int(self.outcome.got / (time.monotonic() - self._run.began) * HORIZON)

    def _start(self) -> None:
        for key in self._engine.start(last=self._ordering.all_told):
            action = self._actions[key]
            self._on_event(Started(key, action.path, action.size))
        for settled in self._engine.give_up():
            self._land(settled)

    def _take(self) -> None:
        try:
            message = self._inbox.get(timeout=TICK)
        except Empty:
            return
        if isinstance(message, Answered):
            self._settle(message)
        elif isinstance(message, Message):
            if settled := self._engine.settle(message):
                self._land(settled)
        else:
            if isinstance(message, Moved):
                self.outcome.bytes = self._meter.count(message.bytes)
            self._on_event(message)

    def _settle(self, answered: Answered) -> None:
        placed = self._ordering.settle(answered)
        if self._ordering.error and not self._stop.is_set():
            self.outcome.error = self.outcome.error or self._ordering.error
        self._note(placed.ready, "ready", "M2M gave a link")
        self._note(placed.staging, "staging", "M2M prepares it")
        for key, link in placed.ready.items():
            if not self._draining and key not in self._engine:
                self._engine.add(self._job(self._actions[key]), link)
        for key, reason in placed.rejected.items():
            self._try_next_route(self._actions[key], reason, rerun_helps=True)
        counts = (len(placed.ready), len(placed.staging), len(placed.rejected))
        if answered.ask.label is None and any(counts):
            self._on_event(Ordered(sum(counts), *counts))
        if self._ordering.staging or self._staging:
            self._on_event(Staging(self._ordering.staging))
        self._staging = self._ordering.staging

    def _land(self, settled: Settled) -> None:
        action, error = self._actions[settled.key], settled.error
        if error is None and settled.result is not None:
            self._record(action, settled.result)
        elif error is None:
            self._order(action)
        elif isinstance(error, LinkExpired):
            self._order_again(action, error)
        elif isinstance(error, HostDown):
            self._avoid(action, error)
        elif isinstance(error, TransferError):
            self._try_next_route(action, error.message, rerun_helps=error.rerun_helps)
        else:
            # The store cannot be written; that will not be different for the next file.
            self.outcome.error = self.outcome.error or error
            self._drain()

    def _order_again(self, action: Action, error: LinkExpired) -> None:
        self._expired[action.key] += 1
        if self._expired[action.key] > REORDERS or self._draining or self._ordering.error:
            self._fail(action, error.message, rerun_helps=True)
        else:
            self._order(action)

    def _avoid(self, action: Action, error: HostDown) -> None:
        """Try everything that is delivered the same way as this, by a host that is down, another way."""
        system = self._route(action).system
        self._down[system] = error.message
        waiting = [self._actions[wish.key] for wish in self._ordering.withdraw(system)]
        for other in (action, *waiting):
            self._try_next_route(other, error.message, rerun_helps=True)

    def _try_next_route(self, action: Action, reason: str, *, rerun_helps: bool) -> None:
        self._routes[action.key] += 1
        if self._routes[action.key] < len(action.routes) and not self._draining and not self._ordering.error:
            self._order(action)
        else:
            self._fail(action, reason, rerun_helps=rerun_helps)

    def _order(self, action: Action) -> None:
        if self._draining:
            return
        route = self._route(action)
        if reason := self._down.get(route.system):
            self._try_next_route(action, reason, rerun_helps=True)
        elif is_public(route):
            self._engine.add(self._job(action), Link(route.product_id))
        else:
            self._ordering.add(Wish(action.key, action.key.partition("/")[2], action.display_id, route))

    def _route(self, action: Action) -> Route:
        return action.routes[self._routes[action.key]]

    def _job(self, action: Action) -> Job:
        known = action.verb == "refetch"  # what is damaged was ours
        return Job(
            key=action.key,
            path=action.path,
            filename=action.key.partition("/")[2],
            links=action.links,
            size=action.size,
            exact=action.exact,
            digest=action.digest,
            taken=() if known else tuple(p for p in (action.path, *action.links) if p in self._present),
        )

    def _record(self, action: Action, fetched: Fetched) -> None:
        paths = fetched.paths or (action.path, *action.links)
        self._catalog.record_landed(
            self._run.number, action.key, paths=paths, size=fetched.size, digest=fetched.digest, at=time.time()
        )
        if action.replaces:
            self._note([action.replaces], "superseded", f"replaced by {action.display_id}")
        self.outcome.got += 1
        self._on_event(Landed(action.key, paths[0], fetched.size, fetched.digest))

    def _note(self, keys: Iterable[str], state: State, reason: str) -> None:
        self._catalog.record_state(self._run.number, keys, state, reason, at=time.time())

    def _fail(self, action: Action, reason: str, *, rerun_helps: bool) -> None:
        self._catalog.record_failed(self._run.number, action.key, reason, rerun_helps=rerun_helps, at=time.time())
        self._report(action, reason, rerun_helps=rerun_helps)
        if self._terms.fail_fast:
            self._drain()

    def _report(self, action: Action, reason: str, *, rerun_helps: bool) -> None:
        self.outcome.failed.append(Failure(action.key, action.path, reason, rerun_helps))
        self._on_event(Failed(action.key, action.path, reason, rerun_helps))

    def _tidy(self) -> None:
        """Leave nothing of ours at M2M, unless the next run shall pick it up."""
        if not self.outcome.error and not self._stop.is_set():
            complete = not self._draining and not any(failure.rerun_helps for failure in self.outcome.failed)
            self.outcome.settled = self._ordering.tidy(complete=complete)


def _copy(job: Job, source: str, store: Store) -> Fetched:
    make_room(job, store)
    try:
        for path in (job.path, *job.links):
            store.link(source, path)
    except StorageError as error:
        if store.size(source) is not None:
            raise
        raise TransferError(f"{source}, which it was to be a copy of, is no longer there") from error
    return Fetched(job.key, job.size or 0, job.digest or "")
