"""How far a run has come, kept up to date by its events."""

from __future__ import annotations

from collections import deque
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, ClassVar

from m2msync.core.events import (
    Compared,
    Counted,
    Damaged,
    Draining,
    Failed,
    Landed,
    Matched,
    Moved,
    Planned,
    Removed,
    Searched,
    Seen,
    Stage,
    Staging,
    Started,
    Verified,
    Verifying,
    Waiting,
)
from m2msync.report.text import count, duration, size

if TYPE_CHECKING:
    from collections.abc import Callable

    from m2msync.core.events import Event

OPEN_WAIT = 60
"""Seconds for which a wait without a known end is told."""
SAMPLES = 15
"""How many seconds the rate looks back."""
LONG = 2
"""Seconds after which it is told how long a stage has lasted, as nothing else may move."""
STEPS = {"searching": "region", "listing products": "image", "unpacking": "bundle", "exporting": "image"}
"""What the steps of a stage are, where they are not files."""


@dataclass(slots=True)
class Transfer:
    """A running transfer: the file's name, its length in bytes when announced, the bytes that have arrived."""

    name: str
    size: int | None
    moved: int = 0

    @property
    def arrived(self) -> int:
        """Bytes that count: what came twice, because a broken transfer began anew, counts once."""
        return self.moved if self.size is None else min(self.moved, self.size)


class Progress:
    """How far a run has come; `follow` keeps it up to date, the rest tells."""

    def __init__(self, stage: str, began: float) -> None:
        """Begin.

        Args:
            stage: what the run is busy with until an event tells otherwise.
            began: seconds since 1970.
        """
        self.stage, self._since = stage, began
        self.steps = self.steps_done = self.images = 0
        self.files = self.files_done = self.failed = self.damaged = 0
        self.bytes = self.bytes_landed = 0
        self.staging = 0
        self.running: dict[str, Transfer] = {}
        self._begun = False
        self._waits: dict[str, float] = {}
        self._traffic = 0
        self._samples: deque[tuple[float, int]] = deque(maxlen=SAMPLES)

    @property
    def bytes_done(self) -> int:
        """Bytes of the plan that have arrived, running transfers included."""
        return self.bytes_landed + sum(t.arrived for t in self.running.values())

    @property
    def share(self) -> float:
        """The part of the work that is done, 0 to 1, by bytes where known; never 1 before the last file."""
        if not self.files:
            return min(self.steps_done / self.steps, 1) if self.steps else 0
        share = self.bytes_done / self.bytes if self.bytes else self.files_done / self.files
        return min(share, 1 if self.files_done >= self.files else 0.99)

    @property
    def doing(self) -> str:
        """What the run is busy with: the stage, or what the transfers are waiting for."""
        if self.stage != "fetching" or self.running or self.files_done + self.failed >= self.files:
            return self.stage
        if self.staging:
            return "staging"
        return self.stage if self._begun else "ordering"

    @property
    def unit(self) -> str:
        """What the steps of the stage are."""
        return STEPS.get(self.stage, "file")

    def follow(self, event: Event, now: float) -> None:
        """Take note of an event that happened at `now` (seconds since 1970)."""
        if isinstance(event, Waiting):
            self._waits = dict(self.waits(now)) | {event.reason: now + (event.seconds or OPEN_WAIT)}
        if isinstance(event, Stage):
            self._since = now
        if note := self._NOTES.get(type(event)):
            note(self, event)
        if not self._samples or now - self._samples[-1][0] >= 1:
            self._samples.append((now, self._traffic))

    def rate(self, now: float) -> float:
        """Return the bytes per second of the last seconds; 0 when less than a second has been seen."""
        began, traffic = self._samples[0] if self._samples else (now, 0)
        return (self._traffic - traffic) / (now - began) if now - began >= 1 else 0

    def lasting(self, now: float) -> str:
        """Return how long the stage has lasted; empty while that is only a moment."""
        return duration(now - self._since) if now - self._since >= LONG else ""

    def waits(self, now: float) -> list[tuple[str, float]]:
        """Return what is waited for at the moment, each with its end."""
        return [(reason, until) for reason, until in self._waits.items() if now < until]

    def left(self, now: float) -> float:
        """Return the seconds until the last byte, at the rate of the moment; 0 when that is not known."""
        rate = self.rate(now)
        return max(self.bytes - self.bytes_done, 0) / rate if rate >= 1 else 0

    def summary(self, now: float) -> str:
        """Return one line without bars: the stage, files, bytes, rate and what is left of the time."""
        if not self.files:
            return self.stage + self._steps() + self._found() + self._failures()
        done = f"{self.files_done:,} of {count(self.files, 'file')}, {size(self.bytes_done)} of {size(self.bytes)}"
        return f"{self.doing}: {done} ({self.share:.0%}){self._speed(now)}{self._staged()}{self._failures()}"

    def _speed(self, now: float) -> str:
        rate, left = self.rate(now), self.left(now)
        if rate < 1:
            return ""
        return f", {size(rate)}/s" + (f", {duration(left)} left" if left else "")

    def _staged(self) -> str:
        return f", {self.staging:,} being prepared" if self.staging else ""

    def _failures(self) -> str:
        damaged = f", {self.damaged:,} damaged" if self.damaged else ""
        return damaged + (f", {self.failed:,} failed" if self.failed else "")

    def _steps(self) -> str:
        if self.steps:
            return f": {self.steps_done:,} of {count(self.steps, self.unit)}"
        return f": {count(self.steps_done, self.unit)}" if self.steps_done else ""

    def _found(self) -> str:
        return f", {count(self.images, 'image')}" if self.images else ""

    def _begin(self, files: int, size: int) -> None:
        """Begin work on so many files; a repair follows a verify."""
        self.files, self.bytes = files, size
        self.files_done = self.bytes_landed = self.staging = 0
        self._begun = False

    def _pass(self, size: int) -> None:
        """Count a file that has been read."""
        self.files_done += 1
        self.bytes_landed += size
        self._traffic += size

    def _note_stage(self, event: Stage) -> None:
        self.stage, self.steps = event.name, event.total
        self.steps_done = self.images = 0
        if event.name != "fetching":
            self.files = 0  # whose number the plan has told

    def _note_searched(self, event: Searched) -> None:
        self.steps_done += 1
        self.images += event.images

    def _note_removed(self, _: Removed) -> None:
        self.steps_done += 1

    def _note_planned(self, event: Planned) -> None:
        self._begin(event.get, event.bytes_to_get)

    def _note_staging(self, event: Staging) -> None:
        self.staging = event.products

    def _note_draining(self, _: Draining) -> None:
        self.stage, self.staging, self._waits = "finishing", 0, {}

    def _note_counted(self, event: Counted) -> None:
        self.steps_done += event.steps

    def _note_verifying(self, event: Verifying) -> None:
        self.stage = "verifying"
        self._begin(event.files, event.bytes)

    def _note_verified(self, event: Verified) -> None:
        self._pass(event.bytes)

    def _note_damaged(self, event: Damaged) -> None:
        self.damaged += 1
        self._pass(event.bytes)

    def _note_seen(self, event: Seen) -> None:
        self.steps_done = event.files

    def _note_matched(self, event: Matched) -> None:
        self.stage, self.files, self.bytes = "comparing", event.files, event.bytes

    def _note_compared(self, event: Compared) -> None:
        self.files_done += 1
        self.bytes_landed += event.size
        self.running.pop(event.path, None)

    def _note_started(self, event: Started) -> None:
        # A transfer that begins anew replaces its first attempt.
        if not self._begun:
            self._begun = True
            self._samples.clear()  # what came before was no transfer, and says nothing of the rate
        self.running[event.key] = Transfer(event.path.rpartition("/")[2], event.size)

    def _note_moved(self, event: Moved) -> None:
        self._traffic += event.bytes
        if event.key in self.running:
            self.running[event.key].moved += event.bytes

    def _note_landed(self, event: Landed) -> None:
        self.files_done += 1
        # What was linked from a copy in the store never ran, and its bytes are not in the plan's.
        if self.running.pop(event.key, None):
            self.bytes_landed += event.size

    def _note_failed(self, event: Failed) -> None:
        self.running.pop(event.key, None)
        self.failed += 1

    # By type, as every piece of every transfer is an event; most others change nothing.
    _NOTES: ClassVar[dict[type[Event], Callable[[Progress, Any], None]]] = {
        Stage: _note_stage,
        Searched: _note_searched,
        Removed: _note_removed,
        Planned: _note_planned,
        Counted: _note_counted,
        Staging: _note_staging,
        Draining: _note_draining,
        Verifying: _note_verifying,
        Verified: _note_verified,
        Damaged: _note_damaged,
        Seen: _note_seen,
        Matched: _note_matched,
        Compared: _note_compared,
        Started: _note_started,
        Moved: _note_moved,
        Landed: _note_landed,
        Failed: _note_failed,
    }
