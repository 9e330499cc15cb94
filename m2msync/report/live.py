"""Shows a run on a terminal: the running transfers redrawn in place, and above them what stays."""

from __future__ import annotations

import threading
import time
from contextlib import contextmanager, suppress
from typing import TYPE_CHECKING

from rich.console import Console
from rich.live import Live
from rich.text import Text

from m2msync.core.events import Event, Failed, Warned
from m2msync.report.progress import Progress
from m2msync.report.screen import Paper, drawing
from m2msync.report.sentences import DETAILS, URGENT, sentence

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from typing import TextIO

PERIOD = 0.25
"""Seconds between two drawings: more would be felt over a slow line, and read by nobody."""
STYLES: dict[type[Event], str] = {Failed: "red", Warned: "yellow"}


@contextmanager
def live(
    stream: TextIO, doing: str = "starting", *, verbose: bool = False, clock: Callable[[], float] = time.time
) -> Iterator[Callable[[Event], None]]:
    """Yield a listener that redraws the running transfers in place and prints what stays above them."""
    console = Console(file=stream, markup=False, highlight=False, emoji=False)
    screen = _Screen(console, doing, verbose=verbose, clock=clock)
    over = threading.Event()
    painter = threading.Thread(target=_paint, args=(screen, over), name="screen", daemon=True)
    painter.start()
    try:
        yield screen.listen
    finally:
        over.set()
        painter.join()


class _Screen:
    """Takes events at any rate, and shows them at its own: a terminal that is slow, or stopped, holds up nobody."""

    def __init__(self, console: Console, doing: str, *, verbose: bool, clock: Callable[[], float]) -> None:
        self.console, self._clock = console, clock
        self._told = DETAILS if verbose else URGENT
        self._progress, self._lock = Progress(doing, clock()), threading.Lock()
        self._lines: list[Text] = []

    def listen(self, event: Event) -> None:
        """Take note of an event; safe from any thread."""
        with self._lock:
            self._progress.follow(event, self._clock())
            if type(event) in self._told:
                self._lines.append(Text(sentence(event), style=STYLES.get(type(event), "")))

    def draw(self) -> Text:
        """Return what is redrawn in place."""
        console = self.console
        paper = Paper(console.width, console.height, ascii=console.options.ascii_only or console.legacy_windows)
        with self._lock:
            lines = drawing(self._progress, self._clock(), paper)
        return Text("\n".join(lines), no_wrap=True, overflow="crop")

    def print(self) -> None:
        """Print what stays, and has not been printed yet."""
        with self._lock:
            lines, self._lines = self._lines, []
        # Printing takes the display's lock, whose holder may be waiting for ours in draw(): never hold both.
        if lines:
            self.console.print(*lines, sep="\n", soft_wrap=True)


def _paint(screen: _Screen, over: threading.Event) -> None:
    """Show the screen until it is over; only this thread writes to the terminal, which may keep it waiting."""
    display = Live(
        console=screen.console,
        get_renderable=screen.draw,
        auto_refresh=False,
        transient=True,
        redirect_stdout=False,
    )
    # A terminal that has gone away must not end the run.
    with suppress(OSError), display:
        display.refresh()
        while not over.wait(PERIOD):
            screen.print()
            display.refresh()
        screen.print()
