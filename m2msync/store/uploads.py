"""The uploads in several parts that this machine has begun, so that those of killed runs can be ended."""

from __future__ import annotations

import json
from contextlib import contextmanager, suppress
from hashlib import sha256
from typing import TYPE_CHECKING, Protocol

from m2msync.core.errors import StorageError, StoreRefused
from m2msync.store.disk import write_whole

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

    from m2msync.store.scratch import Scratch


class Server(Protocol):
    """Where uploads are begun and ended."""

    def uploads(self, key: str) -> list[str]:
        """Return the uploads of an object that have been begun and not ended."""

    def abort(self, key: str, upload: str) -> None:
        """End an upload that has been begun; if there is no such any more, that is as good."""


class Uploads:
    """A note for every upload under way: what was sent is paid for until somebody ends it."""

    def __init__(self, scratch: Scratch) -> None:
        self._scratch = scratch

    @contextmanager
    def noted(self, server: Server, key: str) -> Iterator[Callable[[str], str]]:
        """Keep a note of an upload while the block lasts; if the block fails, the upload is ended as well.

        Yields:
            A function that takes note of the upload's id, once there is one, and returns it.

        Raises:
            StorageError: the note cannot be written.
        """
        note = self._scratch.room("uploads") / f"{sha256(key.encode()).hexdigest()[:24]}.json"

        def write(upload: str) -> str:
            write_whole(note, [json.dumps({"key": key, "upload": upload})])
            return upload

        try:
            write("")  # before anything is begun: a kill may come at any moment
            yield write
        except BaseException:
            with suppress(StorageError):  # then the next run does it
                self._end(server, note)
            raise
        note.unlink(missing_ok=True)

    def end_left(self, server: Server) -> None:
        """End the uploads of runs that were killed; only while none is under way from here.

        Raises:
            StorageError: the server does not do it.
        """
        for note in sorted(self._scratch.room("uploads").glob("*.json")):
            self._end(server, note)

    def _end(self, server: Server, note: Path) -> None:
        """End the upload of a note, or all of its key where the run was killed before it knew which it is."""
        try:
            left = json.loads(note.read_text(encoding="utf-8"))
            key, upload = str(left["key"]), str(left["upload"])
            begun = [upload] if upload else server.uploads(key)
        except (OSError, ValueError, LookupError, TypeError, StoreRefused):
            begun = []  # cut short by a kill, or we may not ask: a rule of the bucket has to see to it
        for one in begun:
            server.abort(key, one)
        note.unlink(missing_ok=True)
