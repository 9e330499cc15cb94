"""A folder as a store: files appear in it whole or not at all, and never outside of it."""

from __future__ import annotations

import os
import shutil
from contextlib import contextmanager
from pathlib import Path
from stat import S_ISREG
from typing import TYPE_CHECKING, BinaryIO

from m2msync.core.errors import Misplaced, StorageError
from m2msync.store import inventory
from m2msync.store.contract import UNLABELLED, Label
from m2msync.store.disk import (
    PRIVATE,
    copy_flushed,
    drafted,
    explained,
    flush,
    flush_names,
    flush_or_drop,
    hardlinked,
    make_folder,
    move,
)
from m2msync.store.paths import is_harmless
from m2msync.store.removal import remove, remove_empty
from m2msync.store.scratch import Scratch

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Mapping
    from io import BufferedReader
    from os import PathLike

    from m2msync.core.audit import Found as Met
    from m2msync.core.surplus import Found


class LocalStore:
    """The files under one folder; paths are relative to it and use forward slashes."""

    def __init__(self, root: str | PathLike[str]) -> None:
        self.root = Path(root).resolve()
        self._base = f"{self.root}{os.sep}"
        self.scratch = Scratch(self.root / PRIVATE)
        self._inside: set[Path] = set()  # folders that were looked at already: five stats saved for every file

    @property
    def url(self) -> str:
        """The folder, absolute."""
        return str(self.root)

    @property
    def folder(self) -> Path:
        """The folder, absolute and without links in its path."""
        return self.root

    def resolve(self, path: str) -> Path:
        """Return the absolute path of a file of the store.

        Raises:
            Misplaced: the path leads outside the store, or into its private folder.
        """
        absolute = self.root / path
        if not is_harmless(path) or not self._is_inside(absolute.parent):
            raise Misplaced(
                f"{path!r} does not lead to a file of the store {self.root}",
                hint="Check the manifest's layout, and symbolic links inside the store.",
            )
        return absolute

    def check_place(self, path: str) -> None:
        """Check that neither a folder lies at a path nor a file where a folder should be, and that it is inside."""
        target = self.resolve(path)
        if target.parent in self._inside and not target.is_dir():
            return
        nearest = next(place for place in (target, *target.parents) if place.exists())
        if nearest.is_dir() == (nearest == target):
            kind = "folder" if nearest == target else "file"
            raise Misplaced(f"{target} cannot be written: there is a {kind} at {nearest}")

    def prepare(self) -> None:
        """Remove the marks of killed runs; what else they have left in a folder is used up by the next."""
        marks = self._mark("")
        with explained(marks):
            for left in marks.glob("*"):
                left.unlink(missing_ok=True)

    def mark(self, name: str) -> None:
        """Leave a mark that every process sees that has the same folder."""
        with explained(self._mark(name)):
            make_folder(self._mark(name).parent)
            self._mark(name).touch()

    def is_marked(self, name: str) -> bool:
        """Return whether such a mark is there."""
        return self._mark(name).exists()

    def unmark(self, name: str) -> None:
        """Remove a mark; if it is gone already, that is as good."""
        with explained(self._mark(name)):
            self._mark(name).unlink(missing_ok=True)

    def publish(
        self,
        partial: Path,
        path: str,
        check: Callable[[BinaryIO], None] = lambda _: None,
        label: Label = UNLABELLED,
    ) -> None:
        """Move a file to its place in one step that survives a power cut; it carries no label."""
        del label
        target = self.resolve(path)
        with explained(target):
            with partial.open("rb+", 1 << 12) as file:
                check(file)
                flush_or_drop(file, partial)
            make_folder(target.parent)
            move(partial, target)
            flush_names(target.parent)

    def link(self, source: str, path: str) -> None:
        """Make a file of the store appear at a second path too: as a hard link, or a copy where links cannot be."""
        original, target = self.resolve(source), self.resolve(path)
        with explained(target):
            if target.exists() and target.samefile(original):
                return
            make_folder(target.parent)
            with drafted(target) as draft:
                if not hardlinked(original, draft):
                    copy_flushed(original, draft)
            flush_names(target.parent)

    def take(
        self, source: Path, path: str, *, copy: bool, check: Callable[[Path], None], label: Label = UNLABELLED
    ) -> bool:
        """Make a link to a file from elsewhere, or a copy where none can be or one is asked for; no label."""
        del label
        target = self.resolve(path)
        with explained(target):
            make_folder(target.parent)
            with drafted(target) as draft:
                linked = not copy and hardlinked(source, draft)
                if not linked:
                    shutil.copyfile(source, draft)
                check(draft)
                flush(draft)
            flush_names(target.parent)
        return linked

    def publish_folder(self, draft: Path, path: str, labels: Mapping[str, Label]) -> None:
        """Make a folder of flushed files appear in one step, or one by one where there is such a folder already."""
        del labels  # files carry none
        target = self.resolve(path)
        with explained(target):
            flush_names(draft)
            make_folder(target.parent)
            if not target.exists() and draft.stat().st_dev == target.parent.stat().st_dev:
                draft.replace(target)
            else:
                for file in sorted(draft.iterdir()):
                    self.publish(file, f"{path}/{file.name}")
                draft.rmdir()
            flush_names(target.parent)

    def flush(self, path: str) -> None:
        """Make a file that lies in its place survive a power cut, which nobody may have seen to yet."""
        target = self.resolve(path)
        with explained(target):
            flush(target)
            flush_names(target.parent)

    def put_aside(self, path: str, reason: str) -> None:
        """Put a damaged file of the store into quarantine."""
        place = self.resolve(path)
        if os.path.lexists(place):
            self.scratch.quarantine(place, reason)

    def is_free(self, path: str) -> bool:
        """Return whether nothing lies at a path, not even a broken link."""
        return not os.path.lexists(self.resolve(path))

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

    def sizing(self) -> Callable[[str], int | None]:
        """Return `size`: to ask of one file after the other is what a disk does best."""
        return self.size

    def walk(self, on_error: Callable[[str, OSError], None]) -> Iterator[list[Met]]:
        """Yield, folder by folder, everything in the store that is no folder, except what is m2msync's own."""
        return inventory.walk(self.root, on_error)

    def measure(self, path: str) -> int:
        """Return the length of one file, also where links within the store lead to it."""
        return inventory.measure(self._base, path)

    def open(self, path: str) -> BufferedReader:
        """Open a file for reading."""
        return self.resolve(path).open("rb")

    @contextmanager
    def at_hand(self, path: str) -> Iterator[Path]:
        """Yield where a file lies."""
        yield self.resolve(path)

    def look(self, paths: Iterable[str]) -> dict[str, Found]:
        """Return what lies at each of the paths at which there is anything; no symbolic link is followed."""
        return inventory.look(self.root, paths)

    def discard(self, path: str, size: int, trash: Path | None = None) -> None:
        """Delete a file, or move it to the same path under a folder; if it is gone already, that is as good."""
        source = self.root / path
        found = self.look([path]).get(path)
        if found is None:
            return
        if found.size != size:
            raise StorageError(f"{source} has been changed meanwhile")
        remove(source, trash / path if trash else None)

    def tidy(self, paths: Iterable[str]) -> None:
        """Remove the folders that lost their last file with these, and make the losses survive a power cut."""
        remove_empty((self.resolve(path).parent for path in paths), self.root)

    def insist(self) -> None:
        """Make sure that there is something in the store, as there is not where a disk is not mounted."""
        with explained(self.root):
            if not (self.root.is_dir() and any(self.root.iterdir())):
                raise StorageError(f"there is nothing in the store {self.root}", hint="Is its disk mounted?")

    def capacity(self) -> int:
        """Return the same: files are made where they stay."""
        return self.scratch.free_bytes()

    def _mark(self, name: str) -> Path:
        return self.scratch.folder / "marks" / name

    def _is_inside(self, folder: Path) -> bool:
        if folder in self._inside:
            return True
        if not folder.resolve().is_relative_to(self.root):
            return False
        if folder.is_dir():  # else it may yet become a link to anywhere
            self._inside.add(folder)
        return True
