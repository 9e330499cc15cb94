"""How long one file is kept at: what breaks is tried again, for longer as long as it comes further."""

from __future__ import annotations

from m2msync.core.errors import Corrupt, Interrupted, TransferError

TRIES = 4
"""Attempts in a row that brought a file no further, before it is given up for this link."""
RESUMPTIONS = 50
"""How often a file is taken up again in all."""
TURNS = 12
"""How often a file may be turned away by a host that serves others, because it takes only so many connections."""
REFETCHES = 2
"""How often a file that arrived wrong is fetched again."""
_LONGEST = 120.0  # seconds a host may tell us to wait; with more than that the next run is the better time


class Persistence:
    """What has been tried for one file."""

    def __init__(self) -> None:
        self._breaks = self._wrongs = self._resumptions = self._furthest = self._turns = 0

    def pause_after(self, error: TransferError, reached: int, *, crowded_out: bool = False) -> float | None:
        """Return the seconds to wait before the next attempt, None when the file is to be given up.

        Args:
            error: how the last attempt ended.
            reached: bytes of the file that are there now; more than ever before renews the patience.
            crowded_out: whether the host had too many connections, rather than anything against this file.
        """
        if isinstance(error, Corrupt):
            self._wrongs += 1
            return 0 if self._wrongs <= REFETCHES else None
        if not isinstance(error, Interrupted) or error.after > _LONGEST:
            return None
        if crowded_out and self._turns < TURNS:
            self._turns += 1
            return max(1.0, error.after)
        self._breaks = 1 if reached > self._furthest else self._breaks + 1
        self._furthest = max(reached, self._furthest)
        if self._breaks >= TRIES or self._resumptions >= RESUMPTIONS:
            return None
        self._resumptions += 1
        return max(0.5 * (1 << self._breaks), error.after)
