"""A few files that are m2msync's own in an object store, such as the copy of a catalog."""

from __future__ import annotations

from typing import TYPE_CHECKING

from m2msync.core.errors import StorageError, UsageError
from m2msync.store.objects import ObjectStore

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

    from m2msync.store.contract import Store


class Vault:
    """The private part of an object store."""

    def __init__(self, store: Store) -> None:
        """Open the vault of a store.

        Raises:
            UsageError: it is a folder, of which the catalog is a part by default.
        """
        if not isinstance(store, ObjectStore):
            raise UsageError(
                "the store is a folder: whoever has the folder has the catalog",
                hint="`catalog push` and `pull` are for stores at s3://; copy a folder as a whole.",
            )
        self._store = store

    def put(self, file: Path, name: str, about: Mapping[str, str]) -> None:
        """Keep a file under a name, with metadata; it replaces what has the name, in one step."""
        self._store.send(file, name, about)

    def about(self, name: str) -> Mapping[str, str] | None:
        """Return the metadata of what is kept under a name, None if there is nothing."""
        head = self._store.bucket.head(self._store.private_key(name))
        return None if head is None else head.about

    def get(self, name: str, file: Path) -> None:
        """Write what is kept under a name to a file.

        Raises:
            StorageError: there is nothing.
        """
        key = self._store.private_key(name)
        head = self._store.bucket.head(key)
        if head is None:
            raise StorageError(f"there is no {name} in the store {self._store.url}")
        self._store.bucket.fetch(key, head.size, file)
