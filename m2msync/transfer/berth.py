"""Where a worker keeps unfinished files: folders of its own, as several may share a disk and must not mix bytes."""

from __future__ import annotations

import socket
import threading
import time
import uuid
from contextlib import contextmanager, suppress
from typing import TYPE_CHECKING

from filelock import FileLock, Timeout

from m2msync.core.naming import sanitise
from m2msync.store import explained
from m2msync.transfer.partial import discard

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

_SLOTS = 256  # processes of one host that can go on where an earlier one stopped
_STALE = 7 * 86400  # seconds after which nobody will go on with an unfinished file
_guard = threading.Lock()
_berths: dict[Path, Path] = {}
_locks: list[FileLock] = []  # held until the process ends; then the system releases them, however it ended
_busy: set[Path] = set()


@contextmanager
def claimed(usual: Path) -> Iterator[Path]:
    """Yield where an unfinished file may be gathered: at its usual place, where what was interrupted is continued.

    An attempt that comes while another of this process at the same file has not ended gets a place of its own.
    """
    with _guard:
        alone = usual not in _busy
        _busy.add(usual)
    place = usual if alone else usual.with_name(f"{uuid.uuid4().hex[:8]}-{usual.name}")
    try:
        yield place
    finally:
        if alone:
            _busy.discard(usual)
        else:
            discard(place)


def berth(shared: Path) -> Path:
    """Return this process's own folder in one that many share; it is the same until the process ends.

    Raises:
        StorageError: it cannot be made.
    """
    with _guard:
        if shared not in _berths:
            with explained(shared):
                shared.mkdir(parents=True, exist_ok=True)
                _clear(shared)
                _berths[shared] = _take(shared)
                _berths[shared].mkdir(exist_ok=True)
        return _berths[shared]


def _take(shared: Path) -> Path:
    """Return the first folder of this host that no other process has; a lock tells, where there are locks."""
    host = sanitise(f"{socket.gethostname()}-{uuid.getnode():x}")
    for slot in range(_SLOTS):
        lock = FileLock(shared / f"{host}-{slot}.lock", timeout=0)
        try:
            lock.acquire()
        except Timeout:
            continue
        except (OSError, NotImplementedError):
            break
        _locks.append(lock)
        return shared / f"{host}-{slot}"
    return shared / f"{host}-{uuid.uuid4().hex}"


def _clear(shared: Path) -> None:
    """Remove what workers have left that never came back."""
    for part in shared.glob("*/**/*.part"):
        with suppress(OSError):  # another worker does the same
            if time.time() - part.stat().st_mtime > _STALE:
                discard(part)
