"""The local store: files appear in it whole or not at all, and never outside its folder."""

from __future__ import annotations

import errno
import os
import shutil
from contextlib import contextmanager
from hashlib import sha256
from pathlib import Path, PurePosixPath
from stat import S_ISREG
from typing import TYPE_CHECKING

from m2msync.core.errors import StorageError, StorageFull
from m2msync.core.naming import sanitise

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator
    from os import PathLike

PRIVATE = ".m2msync"
"""The store's own folder, where partial and quarantined files, and by default the catalog, live."""

_FULL = (errno.ENOSPC, errno.EDQUOT)
_DENIED = (errno.EACCES, errno.EPERM, errno.EROFS)
# Across devices, or where the file system knows no hard links, or no more of them to one file.
_UNLINKABLE = (errno.EXDEV, errno.EPERM, errno.ENOTSUP, errno.EOPNOTSUPP, errno.ENOSYS, errno.EMLINK)


class Store:
    """The files under one folder; paths are relative to it and use forward slashes."""

    def __init__(self, root: str | PathLike[str]) -> None:
        self.root = Path(root).resolve()

    def resolve(self, path: str) -> Path:
        """Return the absolute path of a file of the store.

        Raises:
            StorageError: the path leads outside the store, or into its private folder.
        """
        absolute = self.root / path
        if not _is_harmless(path) or not absolute.parent.resolve().is_relative_to(self.root):
            raise StorageError(
                f"{path!r} does not lead to a file of the store {self.root}",
                hint="Check the manifest's layout, and symbolic links inside the store.",
            )
        return absolute

    def partial_path(self, key: str) -> Path:
        """Return where an unfinished product is kept; the same product always gets the same place."""
        digest = sha256(key.encode("utf-8", "surrogatepass")).hexdigest()[:16]
        return self._private("partial") / sanitise(f"{digest}-{key.rpartition('/')[2]}.part")

    def publish(self, partial: Path, path: str) -> None:
        """Move a verified file to its place in one step that survives a power cut.

        Raises:
            StorageFull: the disk is full.
            StorageError: the place is outside the store, or may not be written.
        """
        target = self.resolve(path)
        with explained(target):
            _make_folder(target.parent)
            _flush(partial)
            try:
                partial.replace(target)
            except OSError as error:
                if error.errno != errno.EXDEV:
                    raise
                _copy(partial, target)
                partial.unlink()
            _flush_names(target.parent)

    def link(self, source: str, path: str) -> None:
        """Make a file of the store appear at a second path too: as a hard link, or a copy where links cannot be.

        Raises:
            StorageFull: the disk is full.
            StorageError: a path is outside the store, the source is gone, or the place may not be written.
        """
        original, target = self.resolve(source), self.resolve(path)
        with explained(target):
            if target.exists() and target.samefile(original):
                return
            _make_folder(target.parent)
            draft = _draft(target)
            draft.unlink(missing_ok=True)
            try:
                draft.hardlink_to(original.resolve())
            except OSError as error:
                if error.errno not in _UNLINKABLE:
                    raise
                _copy(original, target)
            else:
                draft.replace(target)
            _flush_names(target.parent)

    def quarantine(self, partial: Path, reason: str) -> Path:
        """Put a file that is not what was announced aside, with the reason beside it, and return its new place."""
        folder = self._private("quarantine")
        name = partial.name.removesuffix(".part")
        number = 1
        while (place := folder / f"{number}-{name}").exists():
            number += 1
        with explained(place):
            partial.replace(place)
            place.with_name(f"{place.name}.txt").write_text(f"{reason}\n", "utf-8", "backslashreplace")
        return place

    def sizes(self, paths: Iterable[str]) -> dict[str, int]:
        """Return the length in bytes of those of the paths at which there is a regular file."""
        found = {}
        base = f"{self.root}{os.sep}"
        # One stat per path: twice as fast as listing folders when the files are there, which is the usual case.
        for path in paths:
            try:
                status = os.stat(base + path)  # noqa: PTH116 - a Path for each of a million costs more than the stat
            except (OSError, ValueError):
                continue
            if S_ISREG(status.st_mode):
                found[path] = status.st_size
        return found

    def free_bytes(self) -> int:
        """Return how many bytes may still be written on the store's disk."""
        folder = self.root
        while not folder.exists():
            folder = folder.parent
        with explained(folder):
            return shutil.disk_usage(folder).free

    def _private(self, name: str) -> Path:
        folder = self.root / PRIVATE / name
        with explained(folder):
            _make_folder(folder)
        return folder


def _is_harmless(path: str) -> bool:
    parts = PurePosixPath(path).parts
    if not parts or ".." in parts or path.startswith("/") or parts[0].casefold() == PRIVATE:
        return False
    # A backslash is a letter of a name here and a folder on Windows; a zero byte ends every path.
    return "\\" not in path and "\0" not in path


def _make_folder(folder: Path) -> None:
    if folder.is_dir():
        return
    _make_folder(folder.parent)
    folder.mkdir(exist_ok=True)
    _flush_names(folder.parent)


def _copy(source: Path, target: Path) -> None:
    draft = _draft(target)
    shutil.copyfile(source, draft)
    _flush(draft)
    draft.replace(target)


def _draft(target: Path) -> Path:
    # Beside its target, because only there a rename is sure to work, and named after it, so that what a killed run
    # left behind is used up by the next.
    return target.with_name(f".{sha256(target.name.encode()).hexdigest()[:16]}.draft")


def _flush(path: Path) -> None:
    """Make the contents of a file survive a power cut."""
    with path.open("rb+") as file:
        os.fsync(file.fileno())


def _flush_names(folder: Path) -> None:
    """Make the names in a folder survive a power cut, as far as its file system can promise that."""
    if os.name == "nt":
        return  # Windows opens no folders; its file systems keep names in a journal
    handle = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(handle)
    except OSError as error:
        if error.errno not in (errno.EINVAL, errno.ENOTSUP):  # some network file systems cannot
            raise
    finally:
        os.close(handle)


@contextmanager
def explained(path: Path) -> Iterator[None]:
    """Tell a failure to write `path` in a sentence.

    Raises:
        StorageFull: the disk is full.
        StorageError: it may not or cannot be written.
    """
    try:
        yield
    except OSError as error:
        if error.errno in _FULL:
            raise StorageFull(f"the disk is full: {path}", hint="Make room and run it again.") from error
        hint = "Check who may write there, and whether the disk is mounted read-only."
        raise StorageError(
            f"{path} cannot be written: {error.strerror}", hint=hint if error.errno in _DENIED else ""
        ) from error
