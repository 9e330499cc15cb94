"""What a run may use up: bytes, seconds, room on the disk."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING

from m2msync.core.wording import Unfit

if TYPE_CHECKING:
    from collections.abc import Sequence

    from m2msync.core.plan import Action

_UNITS = {"": 1, **{f"{letter}B": 1000**n for n, letter in enumerate("KMGTP", 1)}}
_UNITS |= {f"{letter}IB": 1024**n for n, letter in enumerate("KMGTP", 1)} | {"B": 1}
_SIZE = re.compile(r"(\d+(?:\.\d+)?) ?([A-Za-z]*)", re.ASCII)
_SPAN = re.compile(r"(?:(\d+)d)?(?:(\d+)h)?(?:(\d+)m(?:in)?)?(?:(\d+)s?)?", re.ASCII)
_SECONDS = (86400, 3600, 60, 1)


@dataclass(frozen=True, slots=True)
class Limits:
    """Where a run stops by itself; None sets no limit."""

    max_bytes: int | None = None
    """Bytes received from file hosts."""
    max_seconds: float | None = None
    """From the beginning of the run."""
    reserve_free: int = 0
    """Bytes of the disk that stay free."""


def read_size(text: str) -> int:
    """Return a number of bytes: `500`, `500MB`, `2TB` (powers of 1000), `4GiB` (powers of 1024).

    Raises:
        Unfit: it is none.
    """
    told = _SIZE.fullmatch(text.strip())
    unit = _UNITS.get(told[2].upper()) if told else None
    if told is None or unit is None:
        raise Unfit(f"{text!r} is not a number of bytes", "write e.g. 500MB, 2TB or 4GiB")
    return int(float(told[1]) * unit)


def read_span(text: str) -> float:
    """Return a length of time in seconds: `90`, `45m`, `8h`, `1h30m`, `2d`.

    Raises:
        Unfit: it is none.
    """
    told = _SPAN.fullmatch(text.strip().lower().replace(" ", ""))
    seconds = sum(int(n or 0) * unit for n, unit in zip(told.groups(), _SECONDS, strict=True)) if told else 0
    if not seconds:
        raise Unfit(f"{text!r} is not a length of time", "write e.g. 90s, 45m, 8h or 1h30m")
    return float(seconds)


NO_LIMITS = Limits()


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
            return f"the time limit of {limits.max_seconds:,.0f} seconds is reached"
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
