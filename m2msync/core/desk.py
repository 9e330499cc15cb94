"""When to ask M2M for what: orders just ahead of the transfers, and at growing intervals what it still prepares."""

from __future__ import annotations

from collections import deque
from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

    from m2msync.core.match import Wish

_FIRST, _LONGEST = 2.0, 60.0  # seconds between polls, doubling; clients poll every 10 to 30 s (api.md §5)
# Part of the products used within the horizon that is kept in hand: five seconds' worth of ten minutes.
_SHARE = 120
_SMALLEST = 20  # products an order holds at least, however slow the transfers are: calls are scarce too


@dataclass(frozen=True, slots=True)
class Ask:
    """The next thing to ask M2M: a new order, or, when a label is given, what it has of that earlier order."""

    wishes: tuple[Wish, ...]
    label: str | None = None


class Desk:
    """The products that are still to be ordered, and those that M2M prepares."""

    def __init__(self, *, batch: int, backlog: int, patience: float, earlier: Iterable[str] = ()) -> None:
        """Start empty.

        Args:
            batch: products an order may hold.
            backlog: transfers in hand below which more is ordered, and more where they go fast; links must not
                expire unused.
            patience: seconds after which a product that M2M still prepares is left to the next run.
            earlier: labels of runs that were cut short; what they ordered is asked for before anything is ordered.
        """
        self._batch, self._backlog, self._patience = batch, backlog, patience
        self._todo: dict[str, Wish] = {}
        self._staging: dict[str, tuple[Wish, float]] = {}
        self._earlier = deque(earlier)
        self._labels: deque[str] = deque()
        self._poll_at = self._not_before = 0.0
        self._interval = _FIRST
        self._quota: int | None = None
        self._closed = False

    @property
    def empty(self) -> bool:
        """Whether nothing is left to ask for."""
        return not self._todo and not self._staging

    @property
    def waiting(self) -> bool:
        """Whether something is left to be ordered."""
        return bool(self._todo)

    @property
    def staging(self) -> int:
        """The number of products that M2M still prepares."""
        return len(self._staging)

    def add(self, *wishes: Wish) -> None:
        """Have products ordered."""
        if not self._closed:
            self._todo |= {wish.key: wish for wish in wishes}

    def withdraw(self, condition: Callable[[Wish], bool]) -> tuple[Wish, ...]:
        """Return, and no longer order, those of the products still to be ordered that meet a condition."""
        withdrawn = tuple(wish for wish in self._todo.values() if condition(wish))
        for wish in withdrawn:
            del self._todo[wish.key]
        return withdrawn

    def close(self) -> None:
        """Ask for nothing any more, whatever is answered to what is being asked just now."""
        self._closed = True
        self._todo.clear()
        self._staging.clear()

    def pause(self, until: float) -> None:
        """Order nothing before a moment, in monotonic seconds; polls go on."""
        self._not_before = until

    def limit(self, quota: int | None) -> None:
        """Order no more than M2M said is left of the quota; None when it said nothing."""
        self._quota = quota

    def settle(self, ready: Iterable[str], staging: Iterable[Wish], labels: Iterable[str], now: float) -> None:
        """Take over what M2M answered: stop asking for what is ready, and poll for what it prepares.

        Args:
            ready: keys of products that can be fetched.
            staging: products M2M prepares, under any of `labels`.
            labels: where to ask for them.
            now: monotonic seconds.
        """
        if self._closed:
            return
        for key in ready:
            self._todo.pop(key, None)
            self._staging.pop(key, None)
        fresh = {wish.key: (wish, now) for wish in staging if wish.key not in self._staging}
        for key in fresh:
            self._todo.pop(key, None)
        if fresh:
            self._labels.extend(label for label in labels if label not in self._labels)
            self._interval, self._poll_at = _FIRST, now + _FIRST
            self._staging |= fresh

    def next_ask(self, now: float, in_hand: int, soon: int | None = None) -> Ask | None:
        """Return what to ask M2M now, None when nothing is due.

        Args:
            now: monotonic seconds.
            in_hand: transfers running or waiting for a connection.
            soon: how many products the transfers can use before links age; None when that is not known yet.
        """
        if self._todo and self._earlier:
            return Ask(tuple(self._todo.values()), self._earlier.popleft())
        if self._todo and now >= self._not_before and in_hand < max(self._backlog, (soon or 0) // _SHARE):
            size = self._size(soon)
            wishes = tuple(wish for wish, _ in zip(self._todo.values(), range(size), strict=False))
            for wish in wishes:
                del self._todo[wish.key]
            return Ask(wishes)
        if not self._staging or now < self._poll_at:
            return None
        label = self._labels[0]
        self._labels.rotate(-1)
        self._interval = min(self._interval * 2, _LONGEST)
        self._poll_at = now + self._interval / len(self._labels)
        return Ask(tuple(wish for wish, _ in self._staging.values()), label)

    def _size(self, soon: int | None) -> int:
        size = self._batch if soon is None else min(self._batch, max(soon, _SMALLEST))
        return size if self._quota is None else max(1, min(size, self._quota))

    def overdue(self, now: float) -> tuple[Wish, ...]:
        """Return, and forget, what M2M has been preparing for longer than our patience."""
        late = tuple(wish for wish, since in self._staging.values() if now - since > self._patience)
        for wish in late:
            del self._staging[wish.key]
        return late
