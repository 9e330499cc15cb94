"""What the rest of the program may ask of a store, whatever it is made of."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, BinaryIO, Protocol

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Mapping
    from contextlib import AbstractContextManager
    from io import BufferedReader
    from pathlib import Path

    from m2msync.core.audit import Found as Met
    from m2msync.core.surplus import Found
    from m2msync.store.scratch import Scratch


@dataclass(frozen=True, slots=True)
class Label:
    """What is written on a file where a store can carry that: object metadata."""

    key: str
    """The product's key."""
    digest: str
    """The file's digest as `algorithm:hex`."""


UNLABELLED = Label("", "")


class Store(Protocol):
    """Verified files by their paths, which are relative to the store and use forward slashes.

    Every method may raise StorageError and its kinds: Misplaced for a path that leads out of the store, StorageFull
    where there is no room, StoreRefused where credentials or permissions are lacking, StoreDown in an outage.
    """

    @property
    def url(self) -> str:
        """What `open_store` makes the same store of: the folder, absolute, or `s3://bucket/prefix`."""

    @property
    def folder(self) -> Path | None:
        """The folder that holds the files under their paths; None when they are no files of this machine."""

    @property
    def scratch(self) -> Scratch:
        """Where files are made on this machine before they are seen, and left when they must not be."""

    # Towards a place in the store.

    def prepare(self) -> None:
        """Clear away what killed runs have left half-done; called under the lock, before files are published."""

    def mark(self, name: str) -> None:
        """Leave a mark that every process sees that has the same store."""

    def is_marked(self, name: str) -> bool:
        """Return whether such a mark is there."""

    def unmark(self, name: str) -> None:
        """Remove a mark; if it is gone already, that is as good."""

    def check_place(self, path: str) -> None:
        """Check that a file may come to lie at a path, before it is fetched."""

    def publish(
        self,
        partial: Path,
        path: str,
        check: Callable[[BinaryIO], None] = lambda _: None,
        label: Label = UNLABELLED,
    ) -> None:
        """Make a finished file appear in its place in one step, and nowhere else.

        Args:
            partial: the file.
            path: where it shall lie.
            check: given the file before it is seen; what it raises prevents that.
            label: what is written on it.
        """

    def link(self, source: str, path: str) -> None:
        """Make a file of the store appear at a second path too."""

    def take(
        self, source: Path, path: str, *, copy: bool, check: Callable[[Path], None], label: Label = UNLABELLED
    ) -> bool:
        """Make a file from elsewhere appear in the store too, in one step, and return whether it could be linked.

        Args:
            source: the file.
            path: where it shall lie.
            copy: whether it must not be a link.
            check: given the file that will be seen, before it is; what it raises prevents that.
            label: what is written on it.
        """

    def publish_folder(self, draft: Path, path: str, labels: Mapping[str, Label]) -> None:
        """Make the flushed files of a folder appear: all in one step, or one by one where that cannot be.

        Args:
            draft: the folder.
            path: of the folder in the store.
            labels: what is written on each, by its name.
        """

    def flush(self, path: str) -> None:
        """Make a file that lies in its place survive a power cut, which nobody may have seen to yet."""

    def put_aside(self, path: str, reason: str) -> None:
        """Put a damaged file of the store aside, with the reason beside it; what is not there is left so."""

    # What lies there.

    def is_free(self, path: str) -> bool:
        """Return whether nothing at all lies at a path."""

    def size(self, path: str) -> int | None:
        """Return the length in bytes of the file at a path, None if there is none."""

    def sizes(self, paths: Iterable[str]) -> dict[str, int]:
        """Return the length in bytes of those of the paths at which there is a file."""

    def sizing(self) -> Callable[[str], int | None]:
        """Return a function like `size` for asking about most of what is in the store, as it is now."""

    def look(self, paths: Iterable[str]) -> dict[str, Found]:
        """Return what lies at each of the paths at which there is anything; no symbolic link is followed."""

    def walk(self, on_error: Callable[[str, OSError], None]) -> Iterator[list[Met]]:
        """Yield, some at a time, every file in the store, except what is m2msync's own.

        Args:
            on_error: told of every part of the store that cannot be listed.
        """

    def measure(self, path: str) -> int:
        """Return the length of one file, looked at closely.

        Raises:
            FileNotFoundError: it is not there.
            OSError: it cannot be looked at.
            StorageError: something else is there, or a link leads outside the store.
        """

    def open(self, path: str) -> BufferedReader:
        """Open a file for reading; it can be sought in.

        Raises:
            OSError: it is not there, or cannot be read.
        """

    def at_hand(self, path: str) -> AbstractContextManager[Path]:
        """Have a file on this machine while the block lasts: itself, or a copy; it must not be changed.

        Raises:
            OSError: it is not there, or cannot be read.
        """

    # Away from there.

    def discard(self, path: str, size: int, trash: Path | None = None) -> None:
        """Delete a file, or move it to the same path under a folder; if it is gone already, that is as good.

        Args:
            path: the file.
            size: its length in bytes; another file is left alone.
            trash: the folder; what lies in it is never overwritten.
        """

    def tidy(self, paths: Iterable[str]) -> None:
        """Remove the folders that lost their last file with these, and make the losses survive a power cut."""

    def insist(self) -> None:
        """Make sure that there is a store, before files that are not found are taken for deleted."""

    # Room.

    def capacity(self) -> int:
        """Return how many bytes the store can still take, as far as that is known."""
