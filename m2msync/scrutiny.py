"""Reads one file of the store and says whether it is what the catalog records; runs in a thread of its own."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal

from m2msync import rasters
from m2msync.core.deep import open_all
from m2msync.core.errors import OF_ALL_FILES, StorageError
from m2msync.core.inspect import disguise, flaw
from m2msync.core.tiff import Flawed

if TYPE_CHECKING:
    from io import BufferedReader
    from pathlib import Path

    from m2msync.core.audit import Copy
    from m2msync.core.deep import Unopened
    from m2msync.core.verification import Depth, Symbol
    from m2msync.store import Store


@dataclass(frozen=True, slots=True)
class Verdict:
    """What a look at one file has told."""

    symbol: Symbol | Literal["="]
    reason: str = ""
    bytes: int = 0
    """Bytes read."""
    opened: bool = True
    """Whether everything in it could be opened, where that was asked for."""


def scrutinise(store: Store, copy: Copy, depth: Depth) -> Verdict:
    """Compare one file with its record. Whatever is wrong with it is told, not raised.

    Raises:
        StoreDown: nothing can be said of it, nor of any other file.
        StoreRefused, StorageFull: the same.
    """
    try:
        size = store.measure(copy.path)
        if depth == "quick":
            return Verdict("*", _other_size(size, copy)) if size != copy.size else Verdict("=")
        with store.open(copy.path) as file:
            return _read(file, store, size, copy, deep=depth == "deep")
    except FileNotFoundError:
        return Verdict("-", "file missing on disk")
    except OF_ALL_FILES:
        raise
    except StorageError as error:
        return Verdict("!", error.message)
    except OSError as error:
        return Verdict("!", f"it cannot be read: {error.strerror or error}")


def _read(file: BufferedReader, store: Store, size: int, copy: Copy, *, deep: bool) -> Verdict:
    if size != copy.size:
        return Verdict("*", _joined(_other_size(size, copy), disguise(file, copy.filename)))
    if copy.digest:
        algorithm = copy.digest.partition(":")[0]
        found = hashlib.file_digest(file, algorithm).hexdigest()
        file.seek(0)
        if copy.digest != f"{algorithm}:{found}":
            reason = f"the {algorithm} digest differs from the recorded one"
            return Verdict("*", _joined(reason, flaw(file, size, copy.filename)), size)
    if deep:
        return _open(file, store, size, copy)
    # Without a digest its container is all that can be checked.
    wrong = None if copy.digest else flaw(file, size, copy.filename)
    return Verdict("*", wrong, size) if wrong else Verdict("=", bytes=size)


def _open(file: BufferedReader, store: Store, size: int, copy: Copy) -> Verdict:
    try:
        left = open_all(file, size, copy.filename)
    except Flawed as flawed:
        return Verdict("*", str(flawed), size)
    if not (left and rasters.available()):
        return Verdict("=", bytes=size, opened=not left)
    with store.at_hand(copy.path) as path:
        return _open_rest(path, size, left)


def _open_rest(path: Path, size: int, left: tuple[Unopened, ...]) -> Verdict:
    opened = True
    for picture in left:
        try:
            wrong = rasters.open_picture(path, picture)
        except LookupError:
            opened = False
        else:
            if wrong:
                return Verdict("*", wrong, size)
    return Verdict("=", bytes=size, opened=opened)


def _other_size(size: int, copy: Copy) -> str:
    return f"size on disk differs: {size} bytes, recorded {copy.size}"


def _joined(reason: str, more: str | None) -> str:
    return f"{reason}; {more}" if more else reason
