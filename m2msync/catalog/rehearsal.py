"""A catalog to try things on: a copy, which leaves no trace."""

from __future__ import annotations

import os
import sqlite3
from contextlib import closing, contextmanager
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING, Self

from m2msync.catalog.database import Database, connect, explained

if TYPE_CHECKING:
    from collections.abc import Iterator
    from os import PathLike


class Rehearsal(Database):
    """The catalog's part about trying things."""

    @classmethod
    @contextmanager
    def rehearse(cls, path: str | PathLike[str]) -> Iterator[Self]:
        """Yield a copy of a catalog, an empty one if there is none, that is forgotten when the block ends.

        Raises:
            CatalogError: the catalog is not ours, damaged, too new, or cannot be read.
            StorageFull: there is no room for a copy where temporary files go.
        """
        path = Path(path)
        with TemporaryDirectory(prefix="m2msync-", ignore_cleanup_errors=True) as folder:
            copy = Path(folder, "catalog.db")
            if path.exists():
                # Opened for writing where that is possible: a mere reader would leave files beside it.
                frozen = not os.access(path.parent, os.W_OK)
                with (
                    explained(path),
                    closing(connect(path, create=False, readonly=frozen)) as original,
                    closing(sqlite3.connect(copy)) as target,
                ):
                    original.backup(target)
            with cls.open(copy) as catalog:
                catalog.path = path
                yield catalog
