"""When to ask M2M for what: orders just ahead of the transfers, and at growing intervals what it still prepares."""

from __future__ import annotations

from collections import deque
from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable

    from m2msync.core.match import Wish

_FIRST, _LONGEST = 2.0, 60.0  # seconds between polls, doubling; clients poll every 10 to 30 s (api.md §5)


@dataclass(frozen=True, slots=True)
class Ask:
    """The next thing to ask M2M: a new order, or, when a label is given, what of that order is ready."""

    wishes: tuple[Wish, ...]
    label: str | None = None


class Desk:
    """The products that are still to be ordered, and those that M2M prepares."""

    def __init__(self, *, batch: int, backlog: int, patience: float) -> None:
        """Start empty.

        Args:
            batch: products an order may hold.
            backlog: transfers in hand below which more is ordered; links must not expire unused.
            patience: seconds after which products that M2M still prepares are left to the next run.
        """
        self._batch, self._backlog, self._patience = batch, backlog, patience
        self._todo: deque[Wish] = deque()
        self._staging: dict[str, Wish] = {}
        self._labels: deque[str] = deque()
        self._poll_at = self._since = 0.0
        self._interval = _FIRST

    @property
    def empty(self) -> bool:
        """Whether nothing is left to ask for."""
        return not self._todo and not self._staging

    @property
    def staging(self) -> int:
        """The number of products that M2M still prepares."""
        return len(self._staging)

    def add(self, wish: Wish) -> None:
        """Have a product ordered."""
        self._todo.append(wish)

    def prepare(self, wishes: Iterable[Wish], labels: Iterable[str], now: float) -> None:
        """Have products that M2M still prepares polled for, under any of these labels; `now` in seconds."""
        before = len(self._staging)
        self._staging |= {wish.key: wish for wish in wishes}
        if len(self._staging) > before:
            self._since, self._interval = now, _FIRST
            self._poll_at = now + self._interval
            self._labels.extend(label for label in labels if label not in self._labels)

    def deliver(self, keys: Iterable[str]) -> None:
        """Stop polling for products that have become ready."""
        for key in keys:
            self._staging.pop(key, None)

    def next_ask(self, now: float, in_hand: int) -> Ask | None:
        """Return what to ask M2M now, None when nothing is due.

        Args:
            now: monotonic seconds.
            in_hand: transfers running or waiting for a connection.
        """
        if self._todo and in_hand < self._backlog:
            return Ask(tuple(self._todo.popleft() for _ in range(min(len(self._todo), self._batch))))
        if not self._staging or now < self._poll_at:
            return None
        label = self._labels[0]
        self._labels.rotate(-1)
        self._interval = min(self._interval * 2, _LONGEST)
        self._poll_at = now + self._interval / len(self._labels)
        return Ask(tuple(self._staging.values()), label)

    def overdue(self, now: float) -> tuple[Wish, ...]:
        """Return, and forget, what M2M has been preparing for longer than our patience."""
        if not self._staging or now - self._since <= self._patience:
            return ()
        late = tuple(self._staging.values())
        self._staging.clear()
        return late
