"""Ctrl-C and SIGTERM in two steps: the first asks, the second insists."""

from __future__ import annotations

import os
import signal
import socket
import sys
import threading
from contextlib import contextmanager
from typing import TYPE_CHECKING

from m2msync.cli.failure import INTERRUPTED
from m2msync.core.events import Warned
from m2msync.report.terminal import restore

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from m2msync.core.events import Sink

SIGNALS = (signal.SIGINT, signal.SIGTERM)


@contextmanager
def interruptible(show: Sink) -> Iterator[threading.Event]:
    """Yield what the first interrupt sets, so that what is in flight finishes; the second ends the process."""
    stop = threading.Event()

    def ask() -> None:
        stop.set()
        show(Warned("interrupted; press Ctrl-C again to stop at once"))

    def insist() -> None:
        restore(sys.stderr)
        os._exit(INTERRUPTED)

    with heeded(ask, insist):
        yield stop


@contextmanager
def heeded(first: Callable[[], None], second: Callable[[], None]) -> Iterator[None]:
    """While the block lasts, call `first` on the first interrupt and `second` on every later one.

    Both are called from a thread of their own, at once, even while the main thread is blocked or holds locks: the
    interpreter writes each signal's number to a socket on which that thread waits. A handler in the main thread
    could neither take a lock nor print, for it may have stopped that thread in the middle of doing the same.
    """
    reader, writer = socket.socketpair()
    writer.setblocking(False)
    watcher = threading.Thread(target=_watch, args=(reader, first, second), name="interrupts", daemon=True)
    before = [signal.signal(number, lambda _number, _frame: None) for number in SIGNALS]
    wakeup = signal.set_wakeup_fd(writer.fileno(), warn_on_full_buffer=False)
    watcher.start()
    try:
        yield
    finally:
        signal.set_wakeup_fd(wakeup)
        for number, handler in zip(SIGNALS, before, strict=True):
            signal.signal(number, handler)
        writer.close()
        watcher.join()
        reader.close()


def _watch(reader: socket.socket, first: Callable[[], None], second: Callable[[], None]) -> None:
    react = first
    while number := reader.recv(1):
        # Other signals with a handler, such as a window that changes its size, arrive here too.
        if number[0] in SIGNALS:
            react()
            react = second
