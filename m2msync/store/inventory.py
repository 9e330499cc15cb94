"""What lies in the folder of a store: everything, some of it, or one file looked at closely; links are seen."""

from __future__ import annotations

import os
from functools import lru_cache
from stat import S_ISREG
from typing import TYPE_CHECKING

from m2msync.core.errors import StorageError
from m2msync.core.surplus import Found
from m2msync.store.disk import PRIVATE, is_draft
from m2msync.store.paths import is_harmless

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator
    from pathlib import Path

    from m2msync.core.audit import Found as Met


def walk(root: Path, on_error: Callable[[str, OSError], None]) -> Iterator[list[Met]]:
    """Yield, folder by folder, everything in the store that is no folder, except what is m2msync's own.

    Args:
        root: where to look.
        on_error: told of every folder that cannot be listed.
    """
    folders = [""]
    while folders:
        folder = folders.pop()
        found: list[Met] = []
        try:
            with os.scandir(f"{root}{os.sep}{folder}") as entries:
                for entry in entries:
                    if not entry.is_dir(follow_symlinks=False):
                        found += _measured(entry, folder)
                    elif folder or entry.name.casefold() != PRIVATE:
                        folders.append(f"{folder}{entry.name}/")
        except FileNotFoundError:
            continue  # it vanished, or the store has never been made
        except OSError as error:
            on_error(folder or ".", error)
        yield found


def _measured(entry: os.DirEntry[str], folder: str) -> tuple[Met, ...]:
    try:
        status = entry.stat(follow_symlinks=False)
    except OSError:
        return ()  # it vanished
    name = entry.name
    if not S_ISREG(status.st_mode):
        return ((folder + name, None, None),)
    if name[0] == "." and is_draft(name):
        return ()
    return ((folder + name, status.st_size, (status.st_dev, status.st_ino) if status.st_nlink > 1 else None),)


def measure(base: str, path: str) -> int:
    """Return the length of one file, also where links within the store lead to it.

    Args:
        base: the store's folder, with a separator at its end.
        path: of the file, relative to the folder.

    Raises:
        FileNotFoundError: it is not there.
        OSError: it cannot be looked at.
        StorageError: something else is there, or a link leads outside the store.
    """
    try:
        os.lstat(base + path)  # this alone where many are missing: to follow links takes ten times as long
        real = os.path.realpath(base + path)
        if not real.startswith(base):
            raise StorageError("a link leads outside the store")
        status = os.stat(real)  # noqa: PTH116 - as in LocalStore.size
    except NotADirectoryError as error:
        raise FileNotFoundError(*error.args) from None
    except ValueError:
        raise StorageError("no file can have this name") from None
    if not S_ISREG(status.st_mode):
        raise StorageError("something that is no file is in its place")
    return status.st_size


def look(root: Path, paths: Iterable[str]) -> dict[str, Found]:
    """Return what lies at each of the paths at which there is anything; what leads out of the store is no file."""
    found = {}
    is_direct = lru_cache(_is_direct)
    base = f"{root}{os.sep}"
    # Of a million files as texts, not as Path, which takes longer than asking the disk.
    for path in paths:
        if not (is_harmless(path) and is_direct(os.path.dirname(base + path))):  # noqa: PTH120
            found[path] = Found(None)
            continue
        try:
            status = os.lstat(base + path)
        except (FileNotFoundError, NotADirectoryError):
            continue
        except OSError:
            # Not to be seen is not to be gone.
            found[path] = Found(None)
            continue
        size = status.st_size if S_ISREG(status.st_mode) else None
        found[path] = Found(size, (status.st_dev, status.st_ino), status.st_nlink)
    return found


def _is_direct(folder: str) -> bool:
    """Return whether no symbolic link is on the way to a folder."""
    return os.path.realpath(folder) == os.path.normpath(folder)
