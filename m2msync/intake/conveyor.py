"""Calls made side by side, their results handed on in order, a bounded number ahead; events come along."""

from __future__ import annotations

from collections import deque
from queue import SimpleQueue
from typing import TYPE_CHECKING, TypeVar

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator
    from concurrent.futures import Executor, Future

    from m2msync.core.events import Event, Sink

    Item = TypeVar("Item")
    Result = TypeVar("Result")


class Conveyor:
    """Carries items through threads; listeners are told in the thread that waits for the results."""

    def __init__(self, pool: Executor, ahead: int, on_event: Sink) -> None:
        """Start empty.

        Args:
            pool: makes the calls.
            ahead: how many items may be under way at a time, on each belt.
            on_event: told what the calls tell.
        """
        self._pool, self._ahead, self._on_event = pool, ahead, on_event
        self._inbox: SimpleQueue[Event | None] = SimpleQueue()

    def tell(self, event: Event) -> None:
        """Have an event told; for the calls, from any thread."""
        self._inbox.put(event)

    def carry(self, calls: Iterable[tuple[Item, Callable[[], Result]]]) -> Iterator[tuple[Item, Result]]:
        """Yield each item with what its call returned, in the order of the items.

        One belt may feed another: `calls` is asked for more only when there is room for it.
        """
        flying: deque[tuple[Item, Future[Result]]] = deque()
        for item, call in calls:
            future = self._pool.submit(call)
            future.add_done_callback(lambda _: self._inbox.put(None))
            flying.append((item, future))
            if len(flying) >= self._ahead:
                yield self._first(flying)
        while flying:
            yield self._first(flying)

    def _first(self, flying: deque[tuple[Item, Future[Result]]]) -> tuple[Item, Result]:
        item, future = flying.popleft()
        while not (future.done() and self._inbox.empty()):
            if event := self._inbox.get():
                self._on_event(event)
        return item, future.result()
