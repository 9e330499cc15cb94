"""Shows a run on a terminal: the running transfers redrawn in place, and above them what stays."""

from __future__ import annotations

import threading
import time
from contextlib import contextmanager, suppress
from typing import TYPE_CHECKING

from rich.console import Console
from rich.live import Live
from rich.text import Text

from m2msync.core.events import Event, Failed
from m2msync.report.progress import Progress
from m2msync.report.sentences import DETAILS, URGENT, sentence

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from typing import TextIO


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
