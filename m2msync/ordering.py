"""The ordering side of a run: what M2M is asked beside the transfers, and what its answers mean."""

from __future__ import annotations

import time
from contextlib import suppress
from dataclasses import dataclass
from typing import TYPE_CHECKING

from m2msync.core.desk import Ask, Desk
from m2msync.core.errors import M2MSyncError, RateLimited
from m2msync.core.events import Waiting
from m2msync.m2m import order

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from concurrent.futures import Executor, Future

    from m2msync.core.events import Event
    from m2msync.core.match import Wish
    from m2msync.m2m.order import Order
    from m2msync.m2m.session import Session

BACKLOG = 100  # transfers in hand below which more is ordered
STAGING_PATIENCE = 30 * 60  # seconds until staged products are left to the next run
TICK = 0.25  # seconds after which a request to stop is noticed at the latest


@dataclass(frozen=True, slots=True)
class Answered:
    """A call to M2M has returned."""

    ask: Ask
    answer: Future[Order]


class Ordering:
    """What a run orders at M2M; it decides in the caller's thread, and only the calls run in another."""

    def __init__(
        self,
        session: Session,
        label: str,
        *,
        earlier: tuple[str, ...],
        wait: bool,
        put: Callable[[Answered | Event], None],
    ) -> None:
        """Begin with nothing to order.

        Args:
            session: the conversation with M2M.
            label: names this run's orders.
            earlier: labels of runs that were cut short; what they ordered is not ordered again.
            wait: whether to wait for the next quota window rather than end the run.
            put: takes answers, and events on the way, from any thread.
        """
        self.error: M2MSyncError | None = None
        self.labels = (label, *earlier)
        self._unseen = set(earlier)
        self._useful: set[str] = set()
        self._staged = self._left = False
        self._session, self._label, self._wait, self._put = session, label, wait, put
        self._desk = Desk(
            batch=order.PRODUCTS_PER_CALL, backlog=BACKLOG, patience=STAGING_PATIENCE, earlier=earlier
        )
        self._asking = False

    @property
    def over(self) -> bool:
        """Whether there is nothing left to ask for."""
        return not self._asking and self._desk.empty

    @property
    def staging(self) -> int:
        """The number of products that M2M still prepares."""
        return self._desk.staging

    def add(self, *wishes: Wish) -> None:
        """Have products ordered."""
        if self.error is None:
            self._desk.add(*wishes)

    @property
    def all_told(self) -> bool:
        """Whether nothing is left to be ordered; what M2M prepares may still come."""
        return not self._asking and not self._desk.waiting

    def withdraw(self, system: str) -> tuple[Wish, ...]:
        """Return, and no longer order, what would be delivered by one of M2M's systems."""
        return self._desk.withdraw(lambda wish: wish.route.system == system)

    def close(self) -> None:
        """Ask for nothing any more; a call under way still returns."""
        self._desk.close()

    def ask(self, lane: Executor, in_hand: int, soon: int | None) -> tuple[Wish, ...]:
        """Ask M2M the next thing if one is due, and return what is being ordered by that."""
        if self._asking:
            return ()
        ask = self._desk.next_ask(time.monotonic(), in_hand, soon)
        if ask is None:
            return ()
        self._asking = True
        call = lane.submit(self._call, ask)
        call.add_done_callback(lambda done: self._put(Answered(ask, done)))
        return ask.wishes if ask.label is None else ()

    def _call(self, ask: Ask) -> Order:
        if ask.label is None:
            return order.request_within_quota(self._session, ask.wishes, self._label)
        if ask.label in self._unseen:
            self._unseen.discard(ask.label)
            return order.pick_up(self._session, ask.label, ask.wishes)
        return order.poll(self._session, ask.label, ask.wishes)

    def settle(self, answered: Answered) -> Order:
        """Return what M2M answered; after a failure that is nothing, and `error` or a pause takes effect."""
        self._asking = False
        try:
            placed = answered.answer.result()
        except RateLimited as limited:
            self._yield(answered.ask, limited)
            return order.Order()
        except M2MSyncError as error:
            self._fail(error)
            return order.Order()
        if answered.ask.label is None:
            self._desk.limit(placed.remaining)
            self._desk.add(*(w for w in answered.ask.wishes if not placed.tells_of(w.key)))
        if placed.ready or placed.staging:
            self._useful.add(answered.ask.label or self._label)
        wishes = {wish.key: wish for wish in answered.ask.wishes}
        staging = [wishes[key] for key in placed.staging]
        self._staged = self._staged or bool(staging)
        self._desk.settle(placed.ready, staging, placed.labels, time.monotonic())
        return placed

    def overdue(self) -> Sequence[Wish]:
        """Return, and no longer ask for, what M2M has been preparing for too long."""
        late = self._desk.overdue(time.monotonic())
        self._left = self._left or bool(late)
        return late

    def _yield(self, ask: Ask, limited: RateLimited) -> None:
        if not (self._wait and limited.after):
            self._fail(limited)
            return
        self._desk.add(*ask.wishes)
        self._desk.pause(time.monotonic() + limited.after)
        self._put(Waiting(limited.message, limited.after))

    def _fail(self, error: M2MSyncError) -> None:
        self.error = error
        self._desk.close()

    def tidy(self, *, complete: bool) -> tuple[str, ...]:
        """Return the labels that are done with; what M2M prepared for us is taken off its queue when all have come.

        Landsat's links are proxied: M2M has handed them over and keeps nothing (api.md §5), so runs without staged
        products, and those are most, need no call for this. Labels that only duplicates named are left alone.

        Args:
            complete: whether the next run has nothing to get from this one's orders; otherwise their labels stay
                open, so that it need not order again.
        """
        if self._left or not complete:
            return tuple(label for label in self.labels if label not in self._useful)
        if self._staged:
            with suppress(M2MSyncError):
                order.forget(self._session, self.labels)
        return self.labels
