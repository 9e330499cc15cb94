"""Reads the body of an answer, and tells a slow transfer from one that has stalled."""

from __future__ import annotations

import math
import threading
import time
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from m2msync.core.errors import Interrupted

if TYPE_CHECKING:
    from collections.abc import Callable

    import urllib3

CHUNK = 1 << 20  # bytes a write: 64 kB costs a third more, 4 MB gains nothing
_READ = 1 << 14  # bytes asked of the connection at a time: a TLS record, of which it never gives more than one
_threads = threading.local()
_BEAT = 0.25  # seconds after which what has come is passed on, however little


@dataclass(frozen=True, slots=True)
class Patience:
    """How slow a transfer may be: below `rate` bytes a second for so many `seconds` it counts as stalled."""

    rate: float = 1000
    seconds: float = 120
    silence: float = 60
    """Seconds without a single byte."""
    connect: float = 10
    """Seconds until a connection stands."""
    clock: Callable[[], float] = time.monotonic
    until: float = math.inf
    """When the run is over, in seconds of that clock: what has not begun to come cannot be broken off before."""

    @property
    def for_bytes(self) -> float:
        """How many seconds to wait now without a single byte."""
        return max(_BEAT, min(self.silence, self.until - self.clock()))

    def at_most(self, seconds: float) -> Patience:
        """Return the same, but with no wait longer than so many seconds."""
        most = max(seconds, 1.0)
        return replace(
            self,
            seconds=min(self.seconds, most),
            silence=min(self.silence, most),
            connect=min(self.connect, most),
        )


def read_body(raw: urllib3.BaseHTTPResponse, take: Callable[[memoryview], bool], patience: Patience) -> None:
    """Pass a body on as it comes, undecoded, in pieces of up to CHUNK bytes; when it breaks, all that came before.

    Args:
        raw: the answer's body.
        take: given each piece, which is valid during the call only; says whether to go on.
        patience: when a trickle is too little.

    Raises:
        Interrupted: the connection moves too little.
        urllib3.exceptions.HTTPError: it broke.
    """
    buffer, filled = _own_buffer(), 0
    least, moved = patience.rate * patience.seconds, 0
    begun = passed = patience.clock()
    try:
        # Not readinto, which would wait for a full buffer: at a trickle for hours.
        while got := raw.read1(min(_READ, CHUNK - filled), decode_content=False):
            buffer[filled : filled + len(got)] = got
            filled, moved, now = filled + len(got), moved + len(got), patience.clock()
            if filled == CHUNK or now - passed >= _BEAT:
                piece, filled, passed = buffer[:filled], 0, now
                if not take(piece):
                    return
            if now - begun >= patience.seconds:
                if moved < least:
                    raise Interrupted(f"only {moved} bytes came in {now - begun:.0f} seconds", overloaded=True)
                begun, moved = now, 0
    finally:
        if filled:
            take(buffer[:filled])


def _own_buffer() -> memoryview:
    """Return this thread's buffer; a new one for every file costs more than a small file's bytes."""
    if not hasattr(_threads, "buffer"):
        _threads.buffer = memoryview(bytearray(CHUNK))
    buffer: memoryview = _threads.buffer
    return buffer
