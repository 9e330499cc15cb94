"""A folder of this machine in which files are made before they are seen, and left when they must not be."""

from __future__ import annotations

import shutil
from hashlib import sha256
from typing import TYPE_CHECKING

from m2msync.core.naming import sanitise
from m2msync.store.disk import explained, make_folder, move

if TYPE_CHECKING:
    from pathlib import Path


class Scratch:
    """What a store keeps in a folder of its own."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder

    @property
    def lock_path(self) -> Path:
        """The lock of whoever changes the store; several catalogs may share it, and so a partial file."""
        return self.folder / "store.lock"

    def partial_path(self, key: str) -> Path:
        """Return where an unfinished product is kept; the same product always gets the same place."""
        digest = sha256(key.encode("utf-8", "surrogatepass")).hexdigest()[:16]
        return self.room("partial") / sanitise(f"{digest}-{key.rpartition('/')[2]}.part")

    def draft_folder(self, key: str) -> Path:
        """Return a new and empty folder in which a product's files can be made; nobody sees it."""
        folder = self.room("unpacking") / sha256(key.encode("utf-8", "surrogatepass")).hexdigest()[:16]
        with explained(folder):
            if folder.exists():  # left by a killed run
                shutil.rmtree(folder)
            folder.mkdir()
        return folder

    def quarantine(self, file: Path, reason: str) -> Path:
        """Put a file that is not what was announced aside, with the reason beside it, and return its new place."""
        folder = self.room("quarantine")
        name = file.name.removesuffix(".part")
        number = 1
        while (place := folder / f"{number}-{name}").exists():
            number += 1
        with explained(place):
            move(file, place)
            place.with_name(f"{place.name}.txt").write_text(f"{reason}\n", "utf-8", "backslashreplace")
        return place

    def room(self, name: str) -> Path:
        """Return a folder in it, made if there is none."""
        folder = self.folder / name
        with explained(folder):
            make_folder(folder)
        return folder

    def free_bytes(self) -> int:
        """Return how many bytes may still be written on the disk on which it is, or will be made."""
        folder = next(place for place in (self.folder, *self.folder.parents) if place.exists())
        with explained(folder):
            return shutil.disk_usage(folder).free
