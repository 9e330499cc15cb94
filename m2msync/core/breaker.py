"""Stops transfers from a host that does not serve, and tries with one now and then whether it does again."""

from __future__ import annotations

import math

_UNSERVED = 5  # files in a row to which a host does not answer, or says that it does not serve: it is left alone
_FAILED = 100  # files in a row that fail otherwise without a byte: some bad files are no outage, so many are
_FIRST, _LONGEST = 2.0, 30.0  # seconds until it is tried again, doubling


class Breaker:
    """What is known of one host; times are monotonic seconds."""

    def __init__(self, patience: float) -> None:
        """Trust the host.

        Args:
            patience: seconds for which a host that does not serve is waited for.
        """
        self._patience = patience
        self._unserved: set[str] = set()
        self._failed: set[str] = set()
        self._pause = _FIRST
        self._since = self._open_until = self._held_until = 0.0
        self.served_at = -math.inf
        """When it served last."""
        self._probing = False

    @property
    def is_open(self) -> bool:
        """Whether the host is left alone but for a probe."""
        return len(self._unserved) >= _UNSERVED or len(self._failed) >= _FAILED

    def allows(self, now: float) -> bool:
        """Say whether a transfer may begin; while the host is in trouble only one at a time, to see."""
        return now >= self._open_until and not self._probing

    def begin(self) -> None:
        """Take note that a transfer begins."""
        self._probing = self.is_open

    def hold(self, until: float) -> None:
        """Leave the host alone until a moment, as it has asked for."""
        self._held_until = max(self._held_until, until)
        self._open_until = max(self._open_until, until)

    def succeed(self, now: float) -> None:
        """Take note that the host served: bytes, or a clear answer."""
        self.served_at = now
        self._unserved.clear()
        self._failed.clear()
        self._pause, self._probing = _FIRST, False

    def fail(self, now: float, key: str, *, unserved: bool) -> float:
        """Take note that the host gave nothing of a file, and return the seconds of the pause that begins, if any.

        Args:
            now: monotonic seconds.
            key: the file.
            unserved: whether the host seems to serve nobody.
        """
        if not self._failed:
            self._since = now
        self._failed.add(key)
        if unserved:
            self._unserved.add(key)
        self._probing = False
        if not self.is_open or now < self._open_until:
            return 0.0
        pause, self._pause = self._pause, min(self._pause * 2, _LONGEST)
        self._open_until = now + pause
        return pause

    def leave(self) -> None:
        """Take note that a transfer ended for a reason of ours, which tells nothing of the host."""
        self._probing = False

    def is_down(self, now: float) -> bool:
        """Say whether the host has been in trouble for longer than our patience, or asks for more of it."""
        return self._held_until - now > self._patience or (self.is_open and now - self._since >= self._patience)
