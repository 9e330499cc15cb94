"""Writes a run's events to a file, one JSON object a line."""

from __future__ import annotations

import json
import threading
from contextlib import suppress
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any, Self

from m2msync.cli.failure import explain
from m2msync.core.errors import M2MSyncError, UsageError

if TYPE_CHECKING:
    from m2msync.core.events import Event


class Recording:
    """An events file that is being written, and a listener that may be called from any thread.

    A run that ends with an expected error still gets its last line.
    """

    def __init__(self, path: str | None) -> None:
        """Open the file.

        Args:
            path: where to write, None for nowhere.

        Raises:
            UsageError: the file cannot be written.
        """
        self._lock = threading.Lock()
        self.failure = ""
        """Why the recording broke off, empty while it has not."""
        try:
            self._file = Path(path).open("w", buffering=1, encoding="utf-8") if path else None  # noqa: SIM115
        except OSError as error:
            raise UsageError(
                f"the events cannot be written to {path}: {error.strerror}", hint="give --events another file"
            ) from None

    def __enter__(self) -> Self:
        return self

    def __exit__(self, _kind: type[BaseException] | None, error: BaseException | None, _trace: object) -> None:
        if isinstance(error, (M2MSyncError, KeyboardInterrupt)):
            self.finish(explain(error).to_result().to_json())
        if self._file:
            with suppress(OSError):
                self._file.close()

    def __call__(self, event: Event) -> None:
        """Write an event."""
        if self._file:
            self._write(event.to_json())

    def finish(self, outcome: dict[str, Any]) -> None:
        """Write the last line: how it ended."""
        self._write({"event": "finished", **outcome})

    def _write(self, told: dict[str, Any]) -> None:
        with self._lock:
            if self._file is None or self.failure:
                return
            try:
                self._file.write(json.dumps({"at": datetime.now(UTC).isoformat(), **told}) + "\n")
            except OSError as error:
                # A full disk must not end the run for the sake of its record.
                self.failure = error.strerror or "unknown reason"
