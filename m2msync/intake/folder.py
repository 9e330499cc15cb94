"""The files below a folder, one at a time, however many there are; links to folders are not followed."""

from __future__ import annotations

import os
from dataclasses import dataclass
from stat import S_ISDIR, S_ISREG
from typing import TYPE_CHECKING

from m2msync.store import PRIVATE

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

LINKED = "a link to a folder, which is not followed"
ODD = "no regular file"


@dataclass(frozen=True, slots=True)
class Entry:
    """A file, or something that cannot be read as one."""

    path: str
    """Absolute."""
    size: int = 0
    odd: str = ""
    """What it is when it is no file."""
    trouble: str = ""
    """Why it cannot be looked at."""


def walk(folder: Path, *, first: Path | None = None) -> Iterator[Entry]:
    """Yield what lies below a folder, in an order that depends on the names alone: shorter ones first.

    Args:
        folder: absolute, without links in its path.
        first: a folder that is looked through before all others if it lies below `folder`.
    """
    begin = [str(folder)]
    if first is not None and first != folder and first.is_relative_to(folder) and first.is_dir():
        begin.append(str(first))
    done = set(begin[1:])
    while begin:
        waiting = [begin.pop()]
        while waiting:
            below: list[str] = []
            for entry in _listed(waiting.pop()):
                if isinstance(entry, Entry):
                    yield entry
                elif entry not in done:
                    below.append(entry)
            waiting += reversed(below)


def _listed(folder: str) -> Iterator[Entry | str]:
    """Yield the files of one folder, and the paths of the folders in it."""
    try:
        with os.scandir(folder) as entries:
            # Only the names are kept: entries with all they know take ten times the room, and folders are large.
            names = {entry.name: entry.is_dir(follow_symlinks=False) for entry in entries if entry.name != PRIVATE}
    except OSError as error:
        yield Entry(folder, trouble=f"the folder cannot be read: {error.strerror}")
        return
    # A copy has a longer name than its original: `B4 (1).TIF`.
    for name in sorted(sorted(names), key=len):
        path = os.path.join(folder, name)  # noqa: PTH118 - a Path for each of a million costs more than the rest
        yield path if names[name] else _entry(path)


def _entry(path: str) -> Entry:
    try:
        status = os.stat(path)  # noqa: PTH116
    except OSError as error:
        return Entry(path, trouble=f"it cannot be read: {error.strerror}")
    if S_ISDIR(status.st_mode):
        return Entry(path, odd=LINKED)
    return Entry(path, status.st_size) if S_ISREG(status.st_mode) else Entry(path, odd=ODD)
