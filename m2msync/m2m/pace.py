"""The single lane to M2M: one request in flight per account, and slower while others share the account."""

from __future__ import annotations

import threading
import time
from collections import defaultdict
from contextlib import contextmanager
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

_SHORTEST, _LONGEST = 0.5, 8.0  # seconds between calls while another process is about


class Lane:
    """What every API call of one account goes through (api.md §4.2).

    M2M answers a second request in flight with RATE_LIMIT. Calls of this process can then only collide with another
    process that uses the account; each collision doubles the pause between our calls, each success halves it.
    """

    def __init__(self, clock: Callable[[], float] = time.monotonic) -> None:
        self._lock = threading.Lock()
        self._clock = clock
        self._gap = 0.0
        self._free_at = 0.0

    @contextmanager
    def turn(self, pause: Callable[[float], object]) -> Iterator[None]:
        """Have the lane to oneself, after the pause that is due; `pause` waits so many seconds."""
        with self._lock:
            due = self._free_at - self._clock()
            if due > 0:
                pause(due)
            try:
                yield
            finally:
                self._free_at = self._clock() + self._gap

    def collide(self) -> None:
        """Go slower: another process has used the account at the same time."""
        self._gap = min(max(self._gap * 2, _SHORTEST), _LONGEST)

    def ease(self) -> None:
        """Go faster again: a call went through."""
        self._gap = self._gap / 2 if self._gap > _SHORTEST else 0.0


_lanes: defaultdict[tuple[str, str], Lane] = defaultdict(Lane)
_guard = threading.Lock()


def lane_of(endpoint: str, username: str) -> Lane:
    """Return the lane of an account, the same for all sessions of this process."""
    with _guard:
        return _lanes[endpoint, username]
