"""What lies in a store: every file in it, or one looked at closely. Symbolic links are never followed unseen."""

from __future__ import annotations

import os
import re
from stat import S_ISREG
from typing import TYPE_CHECKING

from m2msync.core.errors import StorageError
from m2msync.store import PRIVATE

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from m2msync.core.audit import Found
    from m2msync.store import Store

_DRAFT = re.compile(r"\.[0-9a-f]{16}\.draft")  # what Store makes beside a file that it copies


def walk(store: Store, on_error: Callable[[str, OSError], None]) -> Iterator[list[Found]]:
    """Yield, folder by folder, everything in the store that is no folder, except what is m2msync's own.

    Args:
        store: where to look.
        on_error: told of every folder that cannot be listed.
    """
    folders = [""]
    while folders:
        folder = folders.pop()
        found: list[Found] = []
        try:
            with os.scandir(f"{store.root}{os.sep}{folder}") as entries:
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


def _measured(entry: os.DirEntry[str], folder: str) -> tuple[Found, ...]:
    try:
        status = entry.stat(follow_symlinks=False)
    except OSError:
        return ()  # it vanished
    name = entry.name
    if not S_ISREG(status.st_mode):
        return ((folder + name, None, None),)
    if name[0] == "." and _DRAFT.fullmatch(name):
        return ()
    return ((folder + name, status.st_size, (status.st_dev, status.st_ino) if status.st_nlink > 1 else None),)


def look(store: Store, path: str) -> int:
    """Return the length of one file, also where links within the store lead to it.

    Raises:
        FileNotFoundError: it is not there.
        OSError: it cannot be looked at.
        StorageError: something else is there, or a link leads outside the store.
    """
    base = f"{store.root}{os.sep}"
    try:
        os.lstat(base + path)  # this alone where many are missing: to follow links takes ten times as long
        real = os.path.realpath(base + path)
        if not real.startswith(base):
            raise StorageError("a link leads outside the store")
        status = os.stat(real)  # noqa: PTH116 - as in Store.sizes
    except NotADirectoryError as error:
        raise FileNotFoundError(*error.args) from None
    except ValueError:
        raise StorageError("no file can have this name") from None
    if not S_ISREG(status.st_mode):
        raise StorageError("something that is no file is in its place")
    return status.st_size
