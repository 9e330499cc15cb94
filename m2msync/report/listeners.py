"""Shows a run while it goes on: a live display on a terminal, timestamped lines anywhere else."""

from __future__ import annotations

import threading
import time
from contextlib import contextmanager, suppress
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Protocol

from m2msync.core.events import ignore
from m2msync.report.progress import Progress
from m2msync.report.sentences import DETAILS, STEPS, sentence
from m2msync.report.terminal import is_terminal
from m2msync.report.text import plain

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from typing import TextIO

    from m2msync.core.events import Event, Sink

EVERY = 10.0
"""Seconds between two progress lines."""
PAUSE = 1.0
"""Seconds between them at least, when a tenth of the work is done sooner."""
TENTHS = 10


class Loudness(Protocol):
    """How much a person wants to be told."""

    @property
    def quiet(self) -> bool:
        """Only errors and the final lines."""

    @property
    def verbose(self) -> bool:
        """Also every region searched and every file that landed."""


@contextmanager
def shown(stream: TextIO, loudness: Loudness, doing: str = "starting") -> Iterator[Sink]:
    """Yield a listener that shows a run's events on a stream, normally stderr, while the block lasts.

    Args:
        stream: where to.
        loudness: how much.
        doing: what a terminal shows before any event; nothing else tells it.
    """
    if loudness.quiet:
        yield ignore
    elif is_terminal(stream):
        from m2msync.report.live import live  # noqa: PLC0415 - brings rich, which only a terminal needs

        with live(stream, doing, verbose=loudness.verbose) as listener:
            yield listener
    else:
        yield Lines(stream, doing, verbose=loudness.verbose)


class Lines:
    """Writes one timestamped line a stage, a failure, and every ten seconds or tenth of the work."""

    def __init__(
        self,
        stream: TextIO,
        doing: str = "starting",
        *,
        verbose: bool = False,
        clock: Callable[[], float] = time.time,
    ) -> None:
        self._stream = stream
        self._told = DETAILS if verbose else STEPS
        self._clock = clock
        self._progress = Progress(doing, clock())
        self._lock = threading.Lock()
        self._last = (clock(), 0)

    def __call__(self, event: Event) -> None:
        """Show an event; safe from any thread."""
        with self._lock:
            now = self._clock()
            self._progress.follow(event, now)
            if type(event) in self._told:
                self._write(sentence(event), now)
            elif self._is_due(now):
                self._write(self._progress.summary(now), now)

    def write(self, text: str) -> None:
        """Write a line that is no event."""
        with self._lock:
            self._write(plain(text), self._clock())

    def _is_due(self, now: float) -> bool:
        since, before = self._last
        # Asked at every event, and the share is a sum over the running transfers.
        if now - since < PAUSE:
            return False
        tenth = int(self._progress.share * TENTHS)
        due = tenth > before or now - since >= EVERY
        # A new stage begins at nothing again.
        self._last = (now if due else since, tenth)
        return due

    def _write(self, text: str, now: float) -> None:
        at = datetime.fromtimestamp(now, UTC)
        # A log nobody can read any more must not end the run.
        with suppress(OSError):
            self._stream.write(f"{at:%Y-%m-%dT%H:%M:%SZ} {text}\n")
            self._stream.flush()
