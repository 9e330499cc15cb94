"""What a run uses up of its limits, and what still fits."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

from m2msync.core.errors import TimeUp

if TYPE_CHECKING:
    from collections.abc import Sequence

    from m2msync.core.limits import Limits
    from m2msync.core.plan import Action


class Meter:
    """What a run has used up of its limits; times are monotonic seconds."""

    def __init__(self, limits: Limits, began: float) -> None:
        """Begin to count.

        Args:
            limits: where the run stops.
            began: when the run began.
        """
        self._limits, self._began = limits, began
        self._received = 0
        self._looked = began

    @property
    def until(self) -> float:
        """When the run has lasted as long as it may."""
        return self._began + (math.inf if self._limits.max_seconds is None else self._limits.max_seconds)

    def count(self, number: int) -> int:
        """Take note that so many bytes have arrived, and return how many that are in all."""
        self._received += number
        return self._received

    def share(self, actions: Sequence[Action], free: int) -> tuple[tuple[Action, ...], str]:
        """Return the actions, in their order, that keep within the limits, and what is said of the others.

        One that does not fit is passed over for smaller ones behind it, so that a run always gets on. What is
        linked from a copy costs nothing.

        Args:
            actions: what is to be fetched.
            free: bytes that may be written on the disk of the store.
        """
        disk = max(0, free - self._limits.reserve_free)
        most = self._limits.max_bytes
        room = disk if most is None else min(disk, most)
        fitting: list[Action] = []
        left: list[Action] = []
        for action in actions:
            size = (action.size or 0) if action.source is None else 0
            (fitting if size <= room else left).append(action)
            room -= size if size <= room else 0
        if not left:
            return tuple(fitting), ""
        what = f"{len(left):,} of {len(actions):,} files, {_gigabytes(sum(a.size or 0 for a in left))}, do not fit"
        if most is not None and most <= disk:
            return tuple(fitting), f"{what} into the limit of {_gigabytes(most)}"
        kept = f", {_gigabytes(self._limits.reserve_free)} of which stay free" if self._limits.reserve_free else ""
        return tuple(fitting), f"{what} on the disk: it has {_gigabytes(free)} free{kept}"

    def is_due(self, now: float) -> bool:
        """Say whether it is time to look again, once a second."""
        due = now - self._looked >= 1
        self._looked = now if due else self._looked
        return due

    def exhausted(self, now: float, free: int) -> str:
        """Return which limit has been reached, as a sentence, empty when none has.

        Args:
            now: the moment.
            free: bytes that may be written on the disk of the store.
        """
        limits = self._limits
        if limits.max_seconds is not None and now - self._began >= limits.max_seconds:
            return TimeUp(limits.max_seconds).message
        if limits.max_bytes is not None and self._received > limits.max_bytes:
            return f"the limit of {_gigabytes(limits.max_bytes)} is reached"
        if free < limits.reserve_free:
            return f"less than {_gigabytes(limits.reserve_free)} of the disk are free"
        return ""


def _gigabytes(number: int) -> str:
    for unit, size in (("GB", 1e9), ("MB", 1e6)):
        if number >= size:
            return f"{number / size:,.1f} {unit}"
    return f"{number:,} bytes"
