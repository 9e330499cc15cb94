"""Keeps a log of runs in a file: what was asked, what happened, how it ended, each line with its time."""

from __future__ import annotations

import shlex
import time
from contextlib import suppress
from pathlib import Path
from typing import TYPE_CHECKING

from m2msync import __version__
from m2msync.core.errors import UsageError
from m2msync.report.listeners import Lines
from m2msync.report.text import duration

if TYPE_CHECKING:
    from collections.abc import Iterable


class Log:
    """A log that grows at its end; several runs may write into one file."""

    def __init__(self, path: str, words: Iterable[str]) -> None:
        """Begin with what was asked.

        Args:
            path: of the file; what is in it stays.
            words: of the command line.

        Raises:
            UsageError: the file cannot be written.
        """
        try:
            # A line at a time, so that the lines of two runs do not mix.
            self._file = Path(path).open("a", buffering=1, encoding="utf-8", errors="backslashreplace")  # noqa: SIM115
        except OSError as error:
            raise UsageError(
                f"the log cannot be written to {path}: {error.strerror}", hint="give --log-file another file"
            ) from None
        self._began = time.monotonic()
        self.tell = Lines(self._file, verbose=True)
        """Takes the events of the run."""
        self.write([f"m2msync {__version__}: {shlex.join(words)}"])

    def write(self, lines: Iterable[str]) -> None:
        """Write lines for people, without what colours them."""
        for line in lines:
            if line:
                self.tell.write(line)

    def close(self, exit_code: int) -> None:
        """Write how it ended."""
        self.write([f"ended with exit code {exit_code} after {duration(time.monotonic() - self._began)}"])
        with suppress(OSError):
            self._file.close()
