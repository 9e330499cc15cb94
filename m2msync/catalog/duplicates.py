"""A catalog as a file that can be carried elsewhere, consistent even while somebody writes it."""

from __future__ import annotations

from contextlib import closing
from typing import TYPE_CHECKING

from m2msync.catalog import Catalog
from m2msync.catalog.database import connect, explained
from m2msync.core.safekeeping import Edition

if TYPE_CHECKING:
    from pathlib import Path


def edition_of(path: Path) -> Edition | None:
    """Return which catalog a file is, and how far it has come; None if there is no file.

    Raises:
        CatalogError: it is no catalog, damaged, or made by another version.
    """
    if not path.exists():
        return None
    with Catalog.open(path, create=False) as catalog:
        return Edition(catalog.lineage, catalog.serial)


def duplicate(path: Path, target: Path) -> None:
    """Make a file the same catalog as another; a catalog that is there already is replaced in one transaction.

    Args:
        path: the catalog; somebody may be writing it.
        target: the other file.

    Raises:
        CatalogError: one of them cannot be read or written.
        StorageFull: there is no room.
    """
    with (
        explained(path),
        closing(connect(path, create=False, readonly=False)) as original,
        explained(target),
        closing(connect(target, create=True, readonly=False)) as copy,
    ):
        original.backup(copy)
