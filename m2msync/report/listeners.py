"""Shows a run while it goes on: a live display on a terminal, timestamped lines anywhere else."""

from __future__ import annotations

import threading
import time
from contextlib import contextmanager, suppress
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Protocol

from rich.console import Console
from rich.live import Live
from rich.text import Text

from m2msync.core.events import Event, Failed, ignore
from m2msync.report.progress import Progress
from m2msync.report.sentences import DETAILS, STEPS, URGENT, sentence
from m2msync.report.terminal import is_terminal

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from typing import TextIO

    from m2msync.core.events import Sink

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
def shown(stream: TextIO, loudness: Loudness) -> Iterator[Sink]:
    """Yield a listener that shows a run's events on a stream, normally stderr, while the block lasts."""
    if loudness.quiet:
        yield ignore
    elif is_terminal(stream):
        with live(stream, verbose=loudness.verbose) as listener:
            yield listener
    else:
        yield Lines(stream, verbose=loudness.verbose)


class Lines:
    """Writes one timestamped line a stage, a failure, and every ten seconds or tenth of the work."""

    def __init__(self, stream: TextIO, *, verbose: bool = False, clock: Callable[[], float] = time.time) -> None:
        self._stream = stream
        self._told = DETAILS if verbose else STEPS
        self._clock = clock
        self._progress = Progress()
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

    def _is_due(self, now: float) -> bool:
        tenth = int(self._progress.share * TENTHS)
        since, before = self._last
        due = now - since >= (PAUSE if tenth > before else EVERY)
        # A new stage begins at nothing again.
        self._last = (now if due else since, tenth)
        return due

    def _write(self, text: str, now: float) -> None:
        at = datetime.fromtimestamp(now, UTC)
        # A log nobody can read any more must not end the run.
        with suppress(OSError):
            self._stream.write(f"{at:%Y-%m-%dT%H:%M:%SZ} {text}\n")
            self._stream.flush()


@contextmanager
def live(
    stream: TextIO, *, verbose: bool = False, clock: Callable[[], float] = time.time
) -> Iterator[Callable[[Event], None]]:
    """Yield a listener that redraws the running transfers in place and prints what stays above them."""
    console = Console(file=stream, markup=False, highlight=False, emoji=False)
    progress, lock = Progress(), threading.Lock()

    def draw() -> Text:
        with lock:
            lines = progress.drawing(clock(), console.width)
        return Text("\n".join(lines), no_wrap=True, overflow="crop")

    def listen(event: Event) -> None:
        with lock:
            progress.follow(event, clock())
        # Printing takes the display's lock, whose holder may be waiting for ours in draw(): never hold both.
        if type(event) in (DETAILS if verbose else URGENT):
            with suppress(OSError):
                console.print(
                    Text(sentence(event), style="red" if isinstance(event, Failed) else ""), soft_wrap=True
                )

    with Live(console=console, get_renderable=draw, refresh_per_second=5, transient=True, redirect_stdout=False):
        yield listen
