"""How many connections are in use at a time: more while all goes well, half when a host is overloaded."""

from __future__ import annotations

_START = 5  # connections; what users report that USGS's hosts take well


class Window:
    """The number of transfers that may run at a time."""

    def __init__(self, most: int) -> None:
        """Start small.

        Args:
            most: connections a person allows.
        """
        self._most = most
        self._width = float(min(_START, most))
        self._shrunk_at = float("-inf")

    @property
    def width(self) -> int:
        """How many transfers may run now."""
        return int(self._width)

    def grow(self) -> None:
        """Take note that a transfer went well: one more until the first trouble, then one more each round."""
        step = 1 if self._shrunk_at == float("-inf") else 1 / self._width
        self._width = min(self._width + step, self._most)

    def shrink(self, begun: float, now: float) -> None:
        """Take note that a transfer, begun at a moment of monotonic seconds, met an overloaded host or stalled.

        Transfers that were under way when it last shrank tell nothing new: a burst of refusals halves it once.
        """
        if begun > self._shrunk_at:
            self._width = max(1.0, self._width / 2)
            self._shrunk_at = now
