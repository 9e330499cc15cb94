"""Whether a catalog is sound, and who is working on it; nothing of it is changed."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from m2msync.catalog.database import Database
from m2msync.catalog.lock import hold
from m2msync.core.errors import CatalogError

if TYPE_CHECKING:
    from os import PathLike

_FEW = 3


class Patient(Database):
    """An open catalog that is being examined."""

    def damage(self) -> tuple[str, ...]:
        """Return the first complaints of SQLite's quick check, none when the file is sound."""
        with self._reading() as db:
            told = (row[0] for row in db.execute(f"PRAGMA quick_check({_FEW})"))
            return tuple(line for line in told if line != "ok")


def damage(path: str | PathLike[str]) -> tuple[str, ...]:
    """Return what is wrong inside a catalog; empty when nothing is.

    Raises:
        CatalogError: it cannot even be opened, or is of another version.
    """
    with Patient.open(path, readonly=True) as patient:
        return patient.damage()


def writer(lock: str | PathLike[str]) -> str:
    """Return who holds a catalog's lock, as a sentence; empty when nobody does."""
    # Without a note nobody has held it for long. With one it may have been left behind by a process that was
    # killed, which only taking the lock can tell.
    if not Path(lock).with_name(f"{Path(lock).name}.json").exists():
        return ""
    try:
        with hold(lock, "doctor"):
            return ""
    except CatalogError as held:
        return held.message
