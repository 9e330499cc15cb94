"""What the connections that fetch one file side by side share: its sections, and whether to stop."""

from __future__ import annotations

import threading
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from typing import TYPE_CHECKING

from m2msync.core.errors import Halted

if TYPE_CHECKING:
    from collections.abc import Iterator

    import urllib3

    from m2msync.transfer.partial import Edition, Kept

LEAST = 2 << 20  # bytes a section holds at least; smaller ones cost more requests than they save time
_ENDLESS = 1 << 62


@dataclass(slots=True)
class _Section:
    reached: int
    """The first byte that is still to come."""
    stop: int
    """The byte behind its last."""
    served: bool = False

    @property
    def missing(self) -> int:
        return self.stop - self.reached


class Sections:
    """The sections of one file, by their first byte; at first there is one, of unknown length. Thread-safe.

    The connection that serves a section claims what it is about to write; a split takes the far half of what nobody
    has claimed yet.
    """

    def __init__(self, *, splittable: bool = True) -> None:
        self.edition: Edition | None = None
        self.halted = self.spoilt = False
        """Whether to stop; and whether what has arrived is of no use, so that the file has to come anew."""
        self.noting = threading.Lock()
        """Held while the note beside the partial file is written."""
        self._splittable = splittable
        self._lock = threading.Lock()
        self._parts = {0: _Section(0, _ENDLESS)}
        self._answers: set[urllib3.BaseHTTPResponse] = set()
        self._finished = False

    @property
    def held(self) -> int:
        """How many bytes of the file are there."""
        with self._lock:
            return sum(part.reached - start for start, part in self._parts.items())

    @property
    def widest(self) -> int:
        """How many bytes the largest rest has."""
        with self._lock:
            return max(part.missing for part in self._parts.values())

    @property
    def known_edition(self) -> Edition:
        """The edition of a file that can be told from others, as every file is of which a part is asked for."""
        assert self.edition is not None
        return self.edition

    @property
    def starts(self) -> tuple[int, ...]:
        """Where the sections behind the first begin."""
        with self._lock:
            return tuple(sorted(self._parts))[1:]

    def restore(self, kept: Kept) -> None:
        """Take over what has been left by an earlier attempt, or an earlier run."""
        with self._lock:
            self.edition = kept.edition
            if len(self._parts) == 1:
                stops = [*sorted(kept.reached), kept.edition.total][1:]
                for (start, reached), stop in zip(sorted(kept.reached.items()), stops, strict=True):
                    self._parts[start] = _Section(min(reached, stop), stop, served=start == 0)
            self._parts[0].reached = kept.reached[0]

    def rewind(self, start: int, reached: int) -> None:
        """Take note that a section holds less than was claimed."""
        with self._lock:
            self._parts[start].reached = min(reached, self._parts[start].stop)

    def restart(self) -> bool:
        """Say whether the whole file may come instead: nothing is split off, nor will be before `begin`."""
        with self._lock:
            if len(self._parts) > 1:
                return False
            self.edition = None
            return True

    def begin(self, total: int | None, edition: Edition | None) -> None:
        """Take note that the whole file comes from its first byte, and how long it will be, None when untold."""
        with self._lock:
            self._parts = {0: _Section(0, _ENDLESS if total is None else total, served=True)}
            self.edition = edition

    def end(self, start: int) -> bool:
        """Say whether a section of unknown length is complete, now that its connection has ended."""
        with self._lock:
            part = self._parts[start]
            unknown = part.stop == _ENDLESS
            part.stop = part.reached if unknown else part.stop
            return unknown

    def stretch(self, start: int) -> tuple[int, int]:
        """Return the first byte of a section that is still to come, and the byte behind its last."""
        with self._lock:
            part = self._parts[start]
            return part.reached, part.stop

    def is_large(self, start: int) -> bool:
        """Say whether what a section still misses takes a while."""
        with self._lock:
            return self._parts[start].missing >= LEAST

    def claim(self, start: int, number: int) -> int:
        """Return how many of so many bytes belong to a section; they count as written."""
        with self._lock:
            part = self._parts[start]
            claimed = min(number, part.missing)
            part.reached += claimed
            return claimed

    def serve(self, start: int) -> None:
        """Take note that a connection works on a section."""
        with self._lock:
            self._parts[start].served = True

    def leave(self, start: int) -> None:
        """Take note that it does so no more."""
        with self._lock:
            self._parts[start].served = False

    def waiting(self) -> int | None:
        """Return a section that is not complete and that nobody works on."""
        with self._lock:
            return next((start for start, p in sorted(self._parts.items()) if p.missing and not p.served), None)

    def split(self) -> int | None:
        """Make a new section of the far half of the largest rest; None where that does not pay or work."""
        with self._lock:
            part = max(self._parts.values(), key=lambda part: part.missing)
            if not self._splittable or self.halted or self.edition is None or part.missing < 2 * LEAST:
                return None
            start = part.reached + part.missing // 2
            self._parts[start] = _Section(start, part.stop)
            part.stop = start
            return start

    def finish(self) -> bool:
        """Say whether the file is complete; to one caller only, who puts it together."""
        with self._lock:
            # What another connection has claimed may not be written yet; then that one will ask.
            complete = not self._answers and not any(part.missing for part in self._parts.values())
            first, self._finished = complete and not self._finished, self._finished or complete
            return first

    @contextmanager
    def open_answer(self, answer: urllib3.BaseHTTPResponse) -> Iterator[None]:
        """Let `halt` reach an answer while it is read.

        Raises:
            Halted: it has been called.
        """
        with self._lock:
            if self.halted:
                raise Halted("stopped on request")
            self._answers.add(answer)
        try:
            yield
        finally:
            with self._lock:
                self._answers.discard(answer)

    def halt(self) -> None:
        """Make all connections of this file end at once, even those that wait for the next byte."""
        with self._lock:
            self.halted = True
            for answer in self._answers:
                with suppress(RuntimeError, ValueError, OSError):  # it has just ended by itself
                    answer.shutdown()

    def spoil(self) -> None:
        """Make all connections end, and the file begin anew."""
        self.spoilt = True
        self.halt()
