"""Reads a file from elsewhere and says which of the products it may be it is."""

from __future__ import annotations

import hashlib
import os
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from m2msync.core.contents import objection
from m2msync.core.endings import ended, ending_of, gained, is_open

if TYPE_CHECKING:
    from collections.abc import Callable
    from io import BufferedReader

    from m2msync.core.recognise import Guess, Index
    from m2msync.core.sought import Sought

    Mark = tuple[int, int, int, int]
    """What tells one file, as it is now, from another and from itself after a change."""

UNFINISHED = "an unfinished download"
ALTERED = "it changes while it is read"
_UNNAMED = "sha512"  # what is recorded when USGS announces no digest
_PIECE = 1 << 20


@dataclass(frozen=True, slots=True)
class Appraisal:
    """What the reading of a file has told."""

    sought: Sought | None = None
    """The product it is."""
    digest: str = ""
    """As `algorithm:hex`."""
    ending: str = ""
    """What is put behind the places of a product whose delivery tells how its name ends."""
    mark: Mark = (0, 0, 0, 0)
    objection: str = ""
    """Why it is none of those it may be."""
    trouble: str = ""
    """Why it could not be read."""

    @property
    def places(self) -> tuple[str, ...]:
        """Where the product's file is wanted, relative to the store."""
        return tuple(ended(path, self.ending) for path in self.sought.asset.paths) if self.sought else ()

    @property
    def size(self) -> int:
        """The file's length in bytes."""
        return self.mark[2]

    @property
    def algorithm(self) -> str:
        """The name of its digest."""
        return self.digest.partition(":")[0]


def appraise(path: str, guess: Guess, index: Index | None, on_bytes: Callable[[int], None]) -> Appraisal:
    """Say which product a file is.

    Args:
        path: the file, absolute.
        guess: what it may be by its name and place.
        index: where files are looked up by their digests, whatever their names; None for nowhere.
        on_bytes: told the number of bytes of every piece that is read.
    """
    # Programs that fetch in segments say beside the file that it is not whole; aria2 is what landsatlinks uses.
    if guess.unfinished or Path(f"{path}.aria2").exists():
        return Appraisal(objection=UNFINISHED)
    try:
        with open(path, "rb") as file:  # noqa: PTH123 - paths are texts here, a million of them
            return _Reader(path, file, on_bytes).decide(guess, index)
    except OSError as error:
        return Appraisal(trouble=f"it cannot be read: {error.strerror}")


def mark_of(status: os.stat_result) -> Mark:
    """Return what tells a file, as it is now, from others and from itself after a change."""
    return status.st_dev, status.st_ino, status.st_size, status.st_mtime_ns


def digest_of(path: Path, algorithm: str) -> str:
    """Return a file's digest as `algorithm:hex`."""
    with path.open("rb") as file:
        return f"{algorithm}:{hashlib.file_digest(file, algorithm).hexdigest()}"


class _Reader:
    """One open file, of which each digest is computed once at most."""

    def __init__(self, path: str, file: BufferedReader, on_bytes: Callable[[int], None]) -> None:
        self._path, self._file, self._on_bytes = path, file, on_bytes
        self._mark = mark_of(os.fstat(file.fileno()))
        self._digests: dict[str, str] = {}

    def decide(self, guess: Guess, index: Index | None) -> Appraisal:
        objections = []
        for sought in guess.sought:
            wrong = self._objection(sought)
            if wrong is None:
                return self._is(sought)
            objections.append(wrong)
        if index and index.is_plausible(self._mark[2]):
            for algorithm in sorted(index.algorithms):
                if found := index.by_digest(self._digest(algorithm)):
                    return self._is(found)
        return Appraisal(objection=objections[0] if objections else "")

    def _objection(self, sought: Sought) -> str | None:
        asset, size = sought.asset, self._mark[2]
        named = asset.display_id.casefold() in self._path.casefold()
        asset = asset._replace(filename=ended(asset.filename, self._ending(sought)))
        return objection(self._file, size, asset, named=named, digest=self._digest)

    def _is(self, sought: Sought) -> Appraisal:
        digest = self._digest((sought.asset.digest or _UNNAMED).partition(":")[0])
        if mark_of(os.fstat(self._file.fileno())) != self._mark:
            return Appraisal(objection=ALTERED)
        return Appraisal(sought, digest, mark=self._mark, ending=self._ending(sought))

    def _ending(self, sought: Sought) -> str:
        """Return the ending that a product has got by being delivered, empty when it has one of its own."""
        if not is_open(sought.asset.filename):
            return ""
        return gained(os.path.basename(self._path)) or ending_of(self._file)  # noqa: PTH119 - as above

    def _digest(self, algorithm: str) -> str:
        if algorithm not in self._digests:
            hasher, left = hashlib.new(algorithm), self._mark[2]
            self._file.seek(0)
            # No further than it reached at first: a download that is under way may be as fast as this.
            while piece := self._file.read(min(_PIECE, left)):
                hasher.update(piece)
                left -= len(piece)
                self._on_bytes(len(piece))
            self._digests[algorithm] = f"{algorithm}:{hasher.hexdigest()}"
        return self._digests[algorithm]
