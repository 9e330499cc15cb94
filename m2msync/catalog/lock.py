"""One writer at a time: the operating system decides, a note beside the lock says who."""

from __future__ import annotations

import errno
import json
import os
import socket
import time
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import TYPE_CHECKING

from m2msync.catalog.database import text_time
from m2msync.core.errors import CatalogError, StorageFull

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from os import PathLike


@contextmanager
def hold(
    path: str | PathLike[str], purpose: str, *, what: str = "catalog", clock: Callable[[], float] = time.time
) -> Iterator[None]:
    """Be the only one who works on a catalog, or in a store, for as long as the block lasts.

    The lock ends with its process, however that ends; the note it may leave behind blocks nobody.

    Args:
        path: the lock file; the note lies beside it with `.json` added.
        purpose: what the others are told, e.g. `apply coast.yaml`.
        what: what is held, in a word.
        clock: the time now, in seconds since 1970.

    Raises:
        CatalogError: another process holds it, or the lock file cannot be made.
        StorageFull: there is no room for the lock file.
    """
    from filelock import FileLock, Timeout  # noqa: PLC0415 - a quarter of the start-up time of commands without lock

    path = Path(path)
    note = path.with_name(f"{path.name}.json")
    lock = FileLock(path)
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        lock.acquire(blocking=False)
    except Timeout:
        raise CatalogError(_who(note, what), hint="Wait for it, or stop it, and run this again.") from None
    except NotImplementedError:  # filelock before its own way out: some Lustre is mounted so
        raise CatalogError(
            f"the file system of {path} has no locks", hint="Run pip install -U filelock, or name another place."
        ) from None
    except OSError as error:
        if error.errno in (errno.ENOSPC, errno.EDQUOT):
            raise StorageFull(f"the disk is full: {path}", hint="Make room and run it again.") from error
        raise CatalogError(
            f"the lock {path} cannot be made: {error.strerror}", hint="Check that you may write in that folder."
        ) from error
    try:
        with suppress(OSError):  # on a full disk; the lock holds without it
            _leave(note, purpose, clock())
        yield
    finally:
        with suppress(OSError):  # of a disk that has gone, or may only be read by now
            note.unlink(missing_ok=True)
        lock.release()


def _leave(note: Path, purpose: str, started: float) -> None:
    owner = {"pid": os.getpid(), "host": socket.gethostname(), "started": text_time(started), "command": purpose}
    draft = note.with_name(f"{note.name}.new")
    draft.write_text(json.dumps(owner), encoding="utf-8")
    draft.replace(note)


def _who(note: Path, what: str) -> str:
    try:
        owner = json.loads(note.read_text(encoding="utf-8"))
        since = f"{owner['started'][:10]} {owner['started'][11:16]} UTC"
        who = f"another m2msync (pid {owner['pid']} on {owner['host']}, since {since})"
        return f"{who} is working on this {what}: {owner['command']}"
    except (OSError, ValueError, LookupError, TypeError):
        # It has the lock, but has not written its note yet.
        return f"another m2msync is working on this {what}"
