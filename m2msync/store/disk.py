"""Changes to a folder that are seen whole or not at all, survive a power cut, and fail in a sentence."""

from __future__ import annotations

import errno
import filecmp
import os
import re
import shutil
from contextlib import contextmanager
from hashlib import sha256
from typing import TYPE_CHECKING, BinaryIO

from m2msync.core.errors import Misplaced, StorageError, StorageFull

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator
    from pathlib import Path

PRIVATE = ".m2msync"
"""The store's own folder, where partial and quarantined files, and by default the catalog, live."""

_DRAFT = re.compile(r"\.[0-9a-f]{16}\.draft")
_FULL = (errno.ENOSPC, errno.EDQUOT)
_DENIED = (errno.EACCES, errno.EPERM, errno.EROFS)
_TAKEN = (errno.EISDIR, errno.ENOTDIR, errno.EEXIST, errno.ELOOP, errno.ENAMETOOLONG)
# Across devices, or where the file system knows no hard links, or no more of them to one file.
_UNLINKABLE = (errno.EXDEV, errno.EPERM, errno.ENOTSUP, errno.EOPNOTSUPP, errno.ENOSYS, errno.EMLINK)


def make_folder(folder: Path) -> None:
    """Make a folder and those above it, so that their names survive a power cut."""
    if folder.is_dir():
        return
    make_folder(folder.parent)
    folder.mkdir(exist_ok=True)
    flush_names(folder.parent)


@contextmanager
def drafted(target: Path) -> Iterator[Path]:
    """Yield where to make a file that is moved to its place after the block; of what fails nothing stays."""
    # Beside its target, because only there a rename is sure to work, and named after it, so that what a killed run
    # left behind is used up by the next.
    draft = target.with_name(f".{sha256(target.name.encode()).hexdigest()[:16]}.draft")
    draft.unlink(missing_ok=True)  # it may be a link to somebody's file, left by a killed run: never write into it
    try:
        yield draft
        if draft.exists():
            draft.replace(target)
    finally:
        draft.unlink(missing_ok=True)  # a rename leaves it where the target is the same file


def hardlinked(source: Path, draft: Path) -> bool:
    """Make a draft that is a hard link; return whether that could be done here."""
    try:
        draft.hardlink_to(source.resolve())
    except OSError as error:
        if error.errno not in _UNLINKABLE:
            raise
        return False
    return True


def copy_flushed(source: Path, draft: Path) -> None:
    """Make a draft that is a copy, and survives a power cut."""
    shutil.copyfile(source, draft)
    flush(draft)


def move(source: Path, target: Path) -> None:
    """Give a file its place in one step, on another file system too."""
    try:
        source.replace(target)
    except OSError as error:
        if error.errno != errno.EXDEV:
            raise
        with drafted(target) as draft:
            copy_flushed(source, draft)
        source.unlink()


def write_whole(path: Path, lines: Iterable[str]) -> bool:
    """Write a text file in one step; return whether it differs from what was there.

    Raises:
        StorageError: it cannot be written.
    """
    with appearing(path) as draft:
        with draft.open("w", encoding="utf-8", newline="\n") as file:
            file.writelines(lines)
        if same := path.exists() and filecmp.cmp(path, draft, shallow=False):
            draft.unlink()
    return not same


@contextmanager
def appearing(path: Path) -> Iterator[Path]:
    """Yield where to make a file that appears at `path` when the block has ended well and has not removed it.

    Raises:
        StorageError: it cannot be written.
    """
    with explained(path), drafted(path) as draft:
        yield draft
        if draft.exists():
            flush(draft)


def is_draft(name: str) -> bool:
    """Say whether a file of that name is one that is being made."""
    return _DRAFT.fullmatch(name) is not None


def flush(path: Path) -> None:
    """Make the contents of a file survive a power cut."""
    # Of a link to a file that may only be read, too; Windows wants one that may be written.
    with path.open("rb+" if os.name == "nt" else "rb") as file:
        os.fsync(file.fileno())


def flush_or_drop(file: BinaryIO, partial: Path) -> None:
    """Make a file survive a power cut, or remove it: after a failure Linux may take what is lost for written."""
    try:
        os.fsync(file.fileno())
    except OSError:
        partial.unlink(missing_ok=True)
        raise


def flush_names(folder: Path) -> None:
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
