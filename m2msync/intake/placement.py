"""Puts a file that has been read into its place in the store; what lies there already is never replaced."""

from __future__ import annotations

import hashlib
import os
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from stat import S_ISREG
from typing import TYPE_CHECKING

from m2msync.core.errors import Misplaced, StorageError
from m2msync.intake.appraisal import ALTERED, digest_of, mark_of
from m2msync.store import Label

if TYPE_CHECKING:
    from m2msync.core.adoption import How
    from m2msync.intake.appraisal import Appraisal
    from m2msync.store import Store

IN_PLACE = "in place"
_DEEDS: dict[How, str] = {"link": "linked", "move": "moved", "copy": "copied"}


@dataclass(frozen=True, slots=True)
class Placed:
    """What came of putting a file in its place."""

    paths: tuple[str, ...] = ()
    """Where it lies now, relative to the store."""
    deed: str = ""
    """How it came there: linked, moved, copied, in place."""
    objection: str = ""
    """Why it is not there."""
    error: StorageError | None = None
    """Why no file can be put there."""


class _Altered(Exception):
    """A file is no longer what was read."""


class Placement:
    """A way of putting files into a store."""

    def __init__(self, store: Store, how: How, *, dry_run: bool) -> None:
        self._store, self._how, self._dry_run = store, how, dry_run

    def place(self, path: str, appraisal: Appraisal, places: tuple[str, ...]) -> Placed:
        """Make a file appear wherever its product is wanted and nothing lies yet.

        Whether the same has been done before, and how far, makes no difference to the outcome.

        Args:
            path: the file, absolute.
            appraisal: what was read.
            places: relative to the store.
        """
        try:
            return self._place(path, appraisal, places)
        except _Altered:
            return Placed(objection=ALTERED)
        except OSError as error:
            return Placed(objection=f"it cannot be read: {error.strerror}")
        except Misplaced as error:
            return Placed(objection=error.message)
        except StorageError as error:
            return Placed(error=error) if os.path.exists(path) else Placed(objection="it has vanished")  # noqa: PTH110

    def is_at(self, path: str, place: str) -> bool:
        """Return whether a file, told by its absolute path, is the one at a place of the store."""
        folder = self._store.folder
        if folder is None:
            return False
        target = folder / place
        return str(target.parent.resolve() / target.name) == path

    def remove(self, original: str, place: str) -> None:
        """Remove a file that has been moved to a place of the store, if that is another entry, and of its size.

        Raises:
            OSError: it cannot be removed.
        """
        if self._dry_run:
            return
        folder, source = self._store.folder, Path(original)
        if _holds_another(folder / place, source) if folder else self._store.size(place) == source.stat().st_size:
            source.unlink()

    def _place(self, path: str, appraisal: Appraisal, places: tuple[str, ...]) -> Placed:
        there = [place for place in places if self._has(place, appraisal)]
        free = [place for place in places if self._store.is_free(place)]
        if not there and not free:
            return Placed(objection=f"another file lies in its place in the store: {places[0]}")
        for place in free:
            self._store.check_place(place)
        taken = tuple(place for place in places if place in there or place in free)
        deed = IN_PLACE if any(self.is_at(path, place) for place in there) else _DEEDS[self._how]
        if self._dry_run:
            return Placed(taken, deed)
        if there:
            self._store.flush(there[0])
        elif not self._take(path, appraisal, free[0]) and self._how == "link":
            deed = _DEEDS["copy"]
        for place in free:
            self._store.link((there or free)[0], place)
        return Placed(taken, deed)

    def _take(self, path: str, appraisal: Appraisal, place: str) -> bool:
        label = Label(appraisal.sought.asset.key if appraisal.sought else "", appraisal.digest)
        check = partial(_check, appraisal)
        return self._store.take(Path(path), place, copy=self._how == "copy", check=check, label=label)

    def _has(self, place: str, appraisal: Appraisal) -> bool:
        """Return whether the file, or another with the same contents, lies at a place of the store."""
        folder = self._store.folder
        if folder and _is_marked(folder / place, appraisal):
            return True
        if self._store.size(place) != appraisal.size:
            return False
        with self._store.open(place) as file:
            found = hashlib.file_digest(file, appraisal.algorithm).hexdigest()
        return f"{appraisal.algorithm}:{found}" == appraisal.digest


def _is_marked(target: Path, appraisal: Appraisal) -> bool:
    """Return whether a file is the very one that was read."""
    try:
        return mark_of(target.stat()) == appraisal.mark
    except OSError:
        return False


def _holds_another(target: Path, original: Path) -> bool:
    """Return whether a file lies at `target` that stays when `original` goes."""
    kept, left = target.lstat(), original.lstat()
    if not S_ISREG(kept.st_mode):
        return False  # it may be a link to the original
    # The same entry may go by two names: where letter case does not count, or by way of a linked folder.
    alike = target.name.casefold() == original.name.casefold() and target.parent.samefile(original.parent)
    return not alike and (left.st_nlink > 1 or not os.path.samestat(left, kept))


def _check(appraisal: Appraisal, draft: Path) -> None:
    """Make sure that a link or a copy holds what was read."""
    if mark_of(draft.stat()) != appraisal.mark and digest_of(draft, appraisal.algorithm) != appraisal.digest:
        raise _Altered
