"""Takes files out of a folder: away for good, or into a trash where nothing is ever overwritten."""

from __future__ import annotations

import filecmp
import os
from itertools import count
from pathlib import Path
from typing import TYPE_CHECKING

from m2msync.core.errors import StorageError
from m2msync.store.disk import copy_flushed, drafted, explained, flush_names, hardlinked, make_folder

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator


def remove(source: Path, place: Path | None) -> None:
    """Delete a file, once it is in the trash as well where there is one.

    Args:
        source: the file; if it is gone already, that is as good.
        place: where it lies in the trash if that is free, else under a name like it.

    Raises:
        StorageFull: the disk of the trash is full.
        StorageError: the file may not be read, written or deleted.
    """
    if place:
        _keep(source, place)
    with explained(source.parent):
        source.unlink(missing_ok=True)


def remove_empty(folders: Iterable[Path], root: Path) -> None:
    """Remove the folders that are empty, with those above them that become so, and make all losses last.

    Args:
        folders: from which files were removed.
        root: stays in any case.

    Raises:
        StorageError: the file system fails.
    """
    remaining = set()
    for folder in sorted(set(folders), reverse=True):
        while folder != root and _is_removed(folder):
            folder = folder.parent  # noqa: PLW2901 - climbing
        remaining.add(folder)
    for folder in filter(Path.is_dir, remaining):
        with explained(folder):
            flush_names(folder)


def _keep(source: Path, target: Path) -> None:
    """Put a file into another folder as well, beside what has its name there; the same bytes are kept once."""
    with explained(target):
        make_folder(target.parent)
        if target.parent.resolve() == source.parent:
            raise StorageError(f"{target.parent} leads back into the store")
        place = next(p for p in _names(target) if not os.path.lexists(p) or _is_copy(p, source))
        if os.path.lexists(place):
            return  # brought here by a run that was killed
        if not hardlinked(source, place):
            with drafted(place) as draft:
                copy_flushed(source, draft)
        flush_names(place.parent)


def _names(path: Path) -> Iterator[Path]:
    """Yield the names a file may get in a folder where its own is taken, that one first."""
    yield path
    yield from (path.with_name(f"{path.stem}.{number}{path.suffix}") for number in count(2))


def _is_copy(path: Path, original: Path) -> bool:
    return path.is_file() and (path.samefile(original) or filecmp.cmp(path, original, shallow=False))


def _is_removed(folder: Path) -> bool:
    """Remove a folder if it is empty, and return whether it is gone."""
    try:
        folder.rmdir()
    except FileNotFoundError:
        return True
    except OSError:
        return False
    return True
