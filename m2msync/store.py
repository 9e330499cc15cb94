"""The local store: files appear in it whole or not at all, and never outside its folder."""

from __future__ import annotations

import errno
import filecmp
import os
import shutil
from contextlib import contextmanager
from functools import lru_cache
from hashlib import sha256
from itertools import count
from pathlib import Path, PurePosixPath
from stat import S_ISREG
from typing import TYPE_CHECKING, BinaryIO

from m2msync.core.errors import Misplaced, StorageError, StorageFull
from m2msync.core.naming import sanitise
from m2msync.core.surplus import Found

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator
    from os import PathLike

PRIVATE = ".m2msync"
"""The store's own folder, where partial and quarantined files, and by default the catalog, live."""

_FULL = (errno.ENOSPC, errno.EDQUOT)
_DENIED = (errno.EACCES, errno.EPERM, errno.EROFS)
_TAKEN = (errno.EISDIR, errno.ENOTDIR, errno.EEXIST, errno.ELOOP, errno.ENAMETOOLONG)
# Across devices, or where the file system knows no hard links, or no more of them to one file.
_UNLINKABLE = (errno.EXDEV, errno.EPERM, errno.ENOTSUP, errno.EOPNOTSUPP, errno.ENOSYS, errno.EMLINK)


class Store:
    """The files under one folder; paths are relative to it and use forward slashes."""

    def __init__(self, root: str | PathLike[str]) -> None:
        self.root = Path(root).resolve()
        self._base = f"{self.root}{os.sep}"
        self._inside: set[Path] = set()  # folders that were looked at already: five stats saved for every file

    def resolve(self, path: str) -> Path:
        """Return the absolute path of a file of the store.

        Raises:
            Misplaced: the path leads outside the store, or into its private folder.
        """
        absolute = self.root / path
        if not _is_harmless(path) or not self._is_inside(absolute.parent):
            raise Misplaced(
                f"{path!r} does not lead to a file of the store {self.root}",
                hint="Check the manifest's layout, and symbolic links inside the store.",
            )
        return absolute

    def check_place(self, path: str) -> None:
        """Check that a file may come to lie at a path, before it is fetched.

        Raises:
            Misplaced: a folder lies there, a file where a folder should be, or it is outside the store.
        """
        target = self.resolve(path)
        if target.parent in self._inside and not target.is_dir():
            return
        nearest = next(place for place in (target, *target.parents) if place.exists())
        if nearest.is_dir() == (nearest == target):
            kind = "folder" if nearest == target else "file"
            raise Misplaced(f"{target} cannot be written: there is a {kind} at {nearest}")

    @property
    def lock_path(self) -> Path:
        """The lock of whoever changes the store; several catalogs may share it, and so a partial file."""
        return self.root / PRIVATE / "store.lock"

    def partial_path(self, key: str) -> Path:
        """Return where an unfinished product is kept; the same product always gets the same place."""
        digest = sha256(key.encode("utf-8", "surrogatepass")).hexdigest()[:16]
        return self._private("partial") / sanitise(f"{digest}-{key.rpartition('/')[2]}.part")

    def publish(self, partial: Path, path: str, check: Callable[[BinaryIO], None] = lambda _: None) -> None:
        """Move a file to its place in one step that survives a power cut.

        Args:
            partial: the file.
            path: where it shall lie.
            check: given the file before it is seen; what it raises prevents that.

        Raises:
            StorageFull: the disk is full.
            StorageError: the place is outside the store, or may not be written.
        """
        target = self.resolve(path)
        with explained(target):
            with partial.open("rb+", 1 << 12) as file:
                check(file)
                _flush_or_drop(file, partial)
            _make_folder(target.parent)
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
            if _linked(original, draft):
                draft.replace(target)
            else:
                _copy(original, target)
            _flush_names(target.parent)

    def take(self, source: Path, path: str, *, copy: bool, check: Callable[[Path], None]) -> bool:
        """Make a file from elsewhere appear in the store too, in one step, and return whether it could be linked.

        Args:
            source: the file; a copy of it is made where no hard link can be, or when `copy` asks for one.
            path: where it shall lie.
            copy: whether to make a copy in any case.
            check: given the link or the copy before it is seen; what it raises prevents that.

        Raises:
            StorageFull: the disk is full.
            StorageError: the place is outside the store, or may not be written.
        """
        target = self.resolve(path)
        draft = _draft(target)
        with explained(target):
            _make_folder(target.parent)
            try:
                linked = not copy and _linked(source, draft)
                if not linked:
                    shutil.copyfile(source, draft)
                check(draft)
                _flush(draft)
                draft.replace(target)
            finally:
                draft.unlink(missing_ok=True)
            _flush_names(target.parent)
        return linked

    def draft_folder(self, key: str) -> Path:
        """Return a new and empty folder in which a product's files can be made; nobody sees it."""
        folder = self._private("unpacking") / sha256(key.encode("utf-8", "surrogatepass")).hexdigest()[:16]
        with explained(folder):
            if folder.exists():  # left by a killed run
                shutil.rmtree(folder)
            folder.mkdir()
        return folder

    def publish_folder(self, draft: Path, path: str) -> None:
        """Make a folder of flushed files appear in one step, or one by one where there is such a folder already.

        Raises:
            StorageFull: the disk is full.
            StorageError: the place is outside the store, or may not be written.
        """
        target = self.resolve(path)
        with explained(target):
            _flush_names(draft)
            _make_folder(target.parent)
            if not target.exists() and draft.stat().st_dev == target.parent.stat().st_dev:
                draft.replace(target)
            else:
                for file in sorted(draft.iterdir()):
                    self.publish(file, f"{path}/{file.name}")
                draft.rmdir()
            _flush_names(target.parent)

    def flush(self, path: str) -> None:
        """Make a file that lies in its place survive a power cut, which nobody may have seen to yet.

        Raises:
            StorageError: it is not there, or its disk fails.
        """
        target = self.resolve(path)
        with explained(target):
            _flush(target)
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

    def size(self, path: str) -> int | None:
        """Return the length in bytes of the regular file at a path, None if there is none."""
        try:
            status = os.stat(self._base + path)  # noqa: PTH116 - a Path for each of a million costs more than the stat
        except (OSError, ValueError):
            return None
        return status.st_size if S_ISREG(status.st_mode) else None

    def sizes(self, paths: Iterable[str]) -> dict[str, int]:
        """Return the length in bytes of those of the paths at which there is a regular file."""
        # One stat per path: twice as fast as listing folders when the files are there, which is the usual case.
        return {path: size for path in paths if (size := self.size(path)) is not None}

    def look(self, paths: Iterable[str]) -> dict[str, Found]:
        """Return what lies at each of the paths at which there is anything; no symbolic link is followed."""
        found = {}
        is_direct = lru_cache(_is_direct)
        for path in paths:
            absolute = self.root / path
            if not (_is_harmless(path) and is_direct(absolute.parent)):
                found[path] = Found(None)
                continue
            try:
                status = absolute.lstat()
            except (FileNotFoundError, NotADirectoryError):
                continue
            except OSError:
                # Not to be seen is not to be gone.
                found[path] = Found(None)
                continue
            size = status.st_size if S_ISREG(status.st_mode) else None
            found[path] = Found(size, (status.st_dev, status.st_ino), status.st_nlink)
        return found

    def discard(self, path: str, size: int, trash: Path | None = None) -> None:
        """Delete a file, or move it to the same path under another folder; if it is gone already, that is as good.

        What lies in that folder is never overwritten: the file gets a number when its name is taken.

        Raises:
            StorageFull: the disk of the other folder is full.
            StorageError: the file is not the expected one any more, or may not be read, written or deleted.
        """
        source = self.root / path
        found = self.look([path]).get(path)
        if found is None:
            return
        if found.size != size:
            raise StorageError(f"{source} has been changed meanwhile")
        if trash:
            _keep(source, trash / path)
        with explained(source.parent):
            source.unlink(missing_ok=True)

    def tidy(self, paths: Iterable[str]) -> None:
        """Remove the folders that lost their last file with these, and make the losses survive a power cut.

        Raises:
            StorageError: the file system fails.
        """
        remaining = set()
        for folder in sorted({self.resolve(path).parent for path in paths}, reverse=True):
            while folder != self.root and _is_removed(folder):
                folder = folder.parent  # noqa: PLW2901 - climbing
            remaining.add(folder)
        for folder in filter(Path.is_dir, remaining):
            with explained(folder):
                _flush_names(folder)

    def insist(self) -> None:
        """Make sure that there is a store, before files that are not found are taken for deleted.

        Raises:
            StorageError: there is none, or nothing in it, as in the place of a disk that is not mounted.
        """
        with explained(self.root):
            if not (self.root.is_dir() and any(self.root.iterdir())):
                raise StorageError(f"there is nothing in the store {self.root}", hint="Is its disk mounted?")

    def free_bytes(self) -> int:
        """Return how many bytes may still be written on the store's disk."""
        folder = self.root
        while not folder.exists():
            folder = folder.parent
        with explained(folder):
            return shutil.disk_usage(folder).free

    def _is_inside(self, folder: Path) -> bool:
        if folder in self._inside:
            return True
        if not folder.resolve().is_relative_to(self.root):
            return False
        if folder.is_dir():  # else it may yet become a link to anywhere
            self._inside.add(folder)
        return True

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


def _is_direct(folder: Path) -> bool:
    """Return whether no symbolic link is on the way to a folder."""
    return os.path.realpath(folder) == str(folder)


def _make_folder(folder: Path) -> None:
    if folder.is_dir():
        return
    _make_folder(folder.parent)
    folder.mkdir(exist_ok=True)
    _flush_names(folder.parent)


def _linked(source: Path, draft: Path) -> bool:
    """Make a draft that is a hard link; return whether that could be done here."""
    draft.unlink(missing_ok=True)
    try:
        draft.hardlink_to(source.resolve())
    except OSError as error:
        if error.errno not in _UNLINKABLE:
            raise
        return False
    return True


def _copy(source: Path, target: Path) -> None:
    draft = _draft(target)
    draft.unlink(missing_ok=True)  # it may be a link to somebody's file, left by a killed run: never write into it
    shutil.copyfile(source, draft)
    _flush(draft)
    draft.replace(target)


def _keep(source: Path, target: Path) -> None:
    """Put a file into another folder as well, beside what has its name there; the same bytes are kept once."""
    with explained(target):
        _make_folder(target.parent)
        if target.parent.resolve() == source.parent:
            raise StorageError(f"{target.parent} leads back into the store")
        place = next(p for p in _names(target) if not os.path.lexists(p) or _is_copy(p, source))
        if os.path.lexists(place):
            return  # brought here by a run that was killed
        try:
            place.hardlink_to(source)
        except OSError as error:
            if error.errno not in _UNLINKABLE:
                raise
            _copy(source, place)
        _flush_names(place.parent)


def _names(path: Path) -> Iterator[Path]:
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


def _draft(target: Path) -> Path:
    # Beside its target, because only there a rename is sure to work, and named after it, so that what a killed run
    # left behind is used up by the next.
    return target.with_name(f".{sha256(target.name.encode()).hexdigest()[:16]}.draft")


def _flush(path: Path) -> None:
    """Make the contents of a file survive a power cut."""
    # Of a link to a file that may only be read, too; Windows wants one that may be written.
    with path.open("rb+" if os.name == "nt" else "rb") as file:
        os.fsync(file.fileno())


def _flush_or_drop(file: BinaryIO, partial: Path) -> None:
    """Make a file survive a power cut, or remove it: after a failure Linux may take what is lost for written."""
    try:
        os.fsync(file.fileno())
    except OSError:
        partial.unlink(missing_ok=True)
        raise


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
        Misplaced: something else is in its place.
        StorageError: it may not or cannot be written.
    """
    try:
        yield
    except OSError as error:
        if error.errno in _FULL:
            raise StorageFull(f"the disk is full: {path}", hint="Make room and run it again.") from error
        hint = "Check who may write there, and whether the disk is mounted read-only."
        raise (Misplaced if error.errno in _TAKEN else StorageError)(
            f"{path} cannot be written: {error.strerror}", hint=hint if error.errno in _DENIED else ""
        ) from error
