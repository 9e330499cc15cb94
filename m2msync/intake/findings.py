"""What a folder holds, file by file, with what each may be."""

from __future__ import annotations

import os
from dataclasses import dataclass
from typing import TYPE_CHECKING

from m2msync.core.recognise import Guess, Index
from m2msync.intake.folder import walk

if TYPE_CHECKING:
    from collections.abc import Collection, Iterator
    from pathlib import Path

    from m2msync.core.sought import Sought
    from m2msync.intake.folder import Entry


@dataclass(frozen=True, slots=True)
class Find:
    """Something that lies in the folder."""

    entry: Entry
    guess: Guess
    shown: str
    """Its path relative to the folder, as text that can be printed and stored."""

    @property
    def likeliest(self) -> Sought | None:
        """The product it most likely is."""
        return self.guess.sought[0] if self.guess.sought else None


class Findings:
    """The files below a folder, seen by what is wanted."""

    def __init__(
        self,
        wanted: tuple[Sought, ...],
        folder: Path,
        store: Path | None,
        *,
        by_digest: bool,
        again: Collection[str],
    ) -> None:
        """Look at nothing yet.

        Args:
            wanted: the products that files may be of.
            folder: absolute, without links in its path.
            store: the store's folder, if it is one; what lies there comes first, so that it stays where it is.
            by_digest: whether files with names of their own may be wanted products too.
            again: absolute paths of files that are of interest although their products are held.
        """
        self.index = Index(wanted)
        self.by_digest = by_digest
        self._folder, self._store, self._again = folder, store, again

    def __iter__(self) -> Iterator[Find]:
        base = os.path.join(self._folder, "")  # noqa: PTH118
        store = os.path.join(self._store, "") if self._store else None  # noqa: PTH118
        for entry in walk(self._folder, first=self._store):
            place = _posix(entry.path.removeprefix(base))
            if entry.odd or entry.trouble:
                yield Find(entry, Guess((), entry.odd), text(place))
                continue
            places = [place]
            if store and entry.path.startswith(store):
                places.insert(0, _posix(entry.path.removeprefix(store)))
            yield Find(entry, self.index.guess(place.rpartition("/")[2], places), text(place))

    def is_read(self, find: Find) -> bool:
        """Say whether a file has to be read to tell what becomes of it."""
        if find.entry.odd or find.entry.trouble:
            return False
        if find.guess.sought:
            return any(one.open for one in find.guess.sought) or text(find.entry.path) in self._again
        return self.by_digest and self.index.is_plausible(find.entry.size)


def text(path: str) -> str:
    """Return a path as text that can be stored; names of other encodings keep their bytes as escapes."""
    return path.encode("utf-8", "backslashreplace").decode()


def _posix(path: str) -> str:
    return path.replace(os.sep, "/")
