"""A prefix of a bucket as a store: files are made and verified in a folder of this machine, then sent."""

from __future__ import annotations

import errno
import shutil
import sys
import time
from contextlib import contextmanager, suppress
from functools import cache
from itertools import count
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING, BinaryIO
from urllib.parse import quote

from m2msync.core.errors import Misplaced, StorageError
from m2msync.core.surplus import Found
from m2msync.store.bucket import Bucket
from m2msync.store.contract import UNLABELLED, Label
from m2msync.store.disk import PRIVATE, explained
from m2msync.store.paths import is_harmless
from m2msync.store.removal import remove
from m2msync.store.scratch import Scratch
from m2msync.store.uploads import Uploads

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Mapping
    from io import BufferedReader
    from pathlib import Path

    from m2msync.core.addresses import Address
    from m2msync.core.audit import Found as Met

_LONGEST = 1024  # bytes of a key
_FEW = 50  # folders that are listed one by one rather than with the whole store
_OLD = 86_400  # seconds after which a copy that somebody was looking at is taken for left by a killed process


class ObjectStore:
    """The objects under one prefix; paths are relative to it."""

    def __init__(self, address: Address, scratch: Path) -> None:
        """Connect to nothing yet.

        Args:
            address: bucket and prefix.
            scratch: a folder of this machine for this store alone.
        """
        self.address = address
        self.scratch = Scratch(scratch)
        self._uploads = Uploads(self.scratch)
        self.bucket = Bucket(address.bucket, address.url, self._uploads)
        self._base = f"{address.prefix}/" if address.prefix else ""

    @property
    def url(self) -> str:
        """The address as a manifest has it."""
        return self.address.url

    @property
    def folder(self) -> None:
        """None: its files are no files of this machine."""

    def key_of(self, path: str) -> str:
        """Return the key under which a path of the store is an object.

        Raises:
            Misplaced: the path leads outside the store, or into its private part, or is too long.
        """
        key = self._base + path
        if not is_harmless(path) or len(key.encode("utf-8", "surrogatepass")) > _LONGEST:
            raise Misplaced(
                f"{path!r} cannot be a file of the store {self.url}", hint="Check the manifest's layout."
            )
        return key

    def private_key(self, name: str) -> str:
        """Return the key of what is m2msync's own in the store."""
        return f"{self._base}{PRIVATE}/{name}"

    def send(self, file: Path, name: str, about: Mapping[str, str]) -> None:
        """Make a file one of m2msync's own in the store, with metadata."""
        with explained(file), file.open("rb") as stream:
            self.bucket.put(stream, self.private_key(name), about)

    def prepare(self) -> None:
        """End what killed runs of this machine have begun to send, and remove their marks and copies."""
        self._uploads.end_left(self.bucket)
        for note in self.scratch.room("marks").iterdir():
            self.unmark(note.name)
        copies = self.scratch.room("copies")
        with explained(copies):
            for left in copies.iterdir():
                with suppress(FileNotFoundError):  # whoever looked at it has just done so
                    if left.stat().st_mtime < time.time() - _OLD:
                        shutil.rmtree(left, ignore_errors=True)

    def mark(self, name: str) -> None:
        """Leave a mark that every process sees that has the same store."""
        note = self.scratch.room("marks") / name
        with explained(note):
            note.touch()
        self.bucket.write(self._mark(name), "")

    def is_marked(self, name: str) -> bool:
        """Return whether such a mark is there."""
        return self.bucket.head(self._mark(name)) is not None

    def unmark(self, name: str) -> None:
        """Remove a mark; if it is gone already, that is as good."""
        self.bucket.delete(self._mark(name))
        note = self.scratch.room("marks") / name
        with explained(note):
            note.unlink(missing_ok=True)

    def check_place(self, path: str) -> None:
        """Check that a path can be a key; there are no folders that could be in its way."""
        self.key_of(path)

    def publish(
        self,
        partial: Path,
        path: str,
        check: Callable[[BinaryIO], None] = lambda _: None,
        label: Label = UNLABELLED,
    ) -> None:
        """Send a finished file, its label as metadata, and remove it from this machine once the store has it."""
        key = self.key_of(path)
        with explained(partial):
            with partial.open("rb") as file:
                check(file)
                self.bucket.put(file, key, _about(label))
            partial.unlink()

    def link(self, source: str, path: str) -> None:
        """Make an object appear at a second path too: as a copy that the server makes."""
        original, key = self.key_of(source), self.key_of(path)
        if original == key:
            return
        try:
            self.bucket.copy(original, key)
        except FileNotFoundError:
            raise StorageError(f"{source} is no longer in the store {self.url}") from None

    def take(
        self, source: Path, path: str, *, copy: bool, check: Callable[[Path], None], label: Label = UNLABELLED
    ) -> bool:
        """Send a file from elsewhere; nothing in a bucket can be a link to it."""
        del copy
        key = self.key_of(path)
        with explained(source), source.open("rb") as file:
            self.bucket.put(file, key, _about(label), lambda: check(source))
        return False

    def publish_folder(self, draft: Path, path: str, labels: Mapping[str, Label]) -> None:
        """Send the files of a folder, one after the other."""
        for file in sorted(draft.iterdir()):
            self.publish(file, f"{path}/{file.name}", label=labels.get(file.name, UNLABELLED))
        with explained(draft):
            draft.rmdir()

    def flush(self, path: str) -> None:
        """Do nothing: the server has said that it keeps the object."""

    def put_aside(self, path: str, reason: str) -> None:
        """Move a damaged object into the private part of the store, with the reason beside it."""
        key = self.key_of(path)
        if self.bucket.head(key) is None:
            return
        name = path.rpartition("/")[2]
        places = (self.private_key(f"quarantine/{number}-{name}") for number in count(1))
        place = next(place for place in places if self.bucket.head(place) is None)
        self.bucket.copy(key, place)
        self.bucket.write(f"{place}.txt", f"{reason}\n")
        self.bucket.delete(key)

    def is_free(self, path: str) -> bool:
        """Return whether there is no object at a path."""
        return self.bucket.head(self.key_of(path)) is None

    def size(self, path: str) -> int | None:
        """Return the length in bytes of the object at a path, None if there is none."""
        if not is_harmless(path):
            return None
        found = self.bucket.head(self._base + path)
        return found.size if found else None

    def sizes(self, paths: Iterable[str]) -> dict[str, int]:
        """Return the length in bytes of those of the paths at which there is an object."""
        wanted = set(paths)
        folders = {path.rpartition("/")[0] for path in wanted}
        if len(folders) > _FEW:
            pages = self._listed()
        else:
            pages = (
                page for folder in sorted(folders) for page in self._listed(f"{folder}/" if folder else "", "/")
            )
        return {path: size for page in pages for path, size in page if path in wanted}

    def sizing(self) -> Callable[[str], int | None]:
        """Return a function that looks up a list of all that is in the store, made when it is first asked."""
        everything = cache(lambda: {path: size for page in self._listed() for path, size in page})
        return lambda path: everything().get(path)

    def look(self, paths: Iterable[str]) -> dict[str, Found]:
        """Return what lies at each of the paths at which there is anything."""
        wanted = list(paths)
        sizes = self.sizes(path for path in wanted if is_harmless(path))
        found = {path: Found(None) for path in wanted if not is_harmless(path)}
        # No two objects share their bytes.
        return found | {path: Found(size, (0, number)) for number, (path, size) in enumerate(sizes.items())}

    def walk(self, on_error: Callable[[str, OSError], None]) -> Iterator[list[Met]]:
        """Yield all that is in the store, a thousand at a time; it can be listed as a whole or not at all."""
        del on_error
        return ([(path, size, None) for path, size in page] for page in self._listed())

    def measure(self, path: str) -> int:
        """Return the length of one object."""
        size = self.size(path)
        if size is None:
            raise FileNotFoundError(errno.ENOENT, "there is no such object", path)
        return size

    def open(self, path: str) -> BufferedReader:
        """Open an object for reading, a piece at a time."""
        return self.bucket.open(self.key_of(path), self.measure(path))

    @contextmanager
    def at_hand(self, path: str) -> Iterator[Path]:
        """Have a copy of an object on this machine while the block lasts.

        Raises:
            FileNotFoundError: there is none.
            StorageFull: there is no room for it.
        """
        key, size, room = self.key_of(path), self.measure(path), self.scratch.room("copies")
        with explained(room):
            made = TemporaryDirectory(dir=room, ignore_cleanup_errors=True)
        with made as folder:
            copy = room / folder / path.rpartition("/")[2]
            self.bucket.fetch(key, size, copy)
            yield copy

    def discard(self, path: str, size: int, trash: Path | None = None) -> None:
        """Delete an object, once a copy of it is in a folder of this machine where that is asked for."""
        found = self.size(path)
        if found is None:
            return
        if found != size:
            raise StorageError(f"{self.url}/{path} has been changed meanwhile")
        if trash:
            with self.at_hand(path) as copy:
                remove(copy, trash / path)
        self.bucket.delete(self.key_of(path))

    def tidy(self, paths: Iterable[str]) -> None:
        """Do nothing: a bucket has no folders."""

    def insist(self) -> None:
        """Make sure that the store is there, and something in it."""
        if not next(self.bucket.pages(self._base, most=1)):
            hint = "Check the manifest's bucket and prefix, and AWS_ENDPOINT_URL_S3."
            raise StorageError(f"there is nothing in the store {self.url}", hint=hint)

    def capacity(self) -> int:
        """Return more than anybody has: a bucket grows, and only what is on its way needs room here."""
        return sys.maxsize

    def _mark(self, name: str) -> str:
        return self.private_key(f"marks/{name}")

    def _listed(self, within: str = "", delimiter: str = "") -> Iterator[list[tuple[str, int]]]:
        """Yield paths and lengths of the objects in the store, or below a path of it, without what is our own."""
        begin, private = len(self._base), f"{PRIVATE}/"
        for page in self.bucket.pages(self._base + within, delimiter=delimiter):
            found = ((key[begin:], size) for key, size in page)
            yield [
                (path, size) for path, size in found if not path.startswith(private) and path[-1:] not in ("", "/")
            ]


def _about(label: Label) -> dict[str, str]:
    """Return a label as metadata, which has to be ASCII."""
    if not label.key:
        return {}
    algorithm, _, digest = label.digest.partition(":")
    return {"m2msync-key": quote(label.key), f"m2msync-{algorithm}": digest}
