"""What an export tells about: everything a manifest wants, by image."""

from __future__ import annotations

from itertools import groupby
from operator import itemgetter
from typing import TYPE_CHECKING, Any

from m2msync.catalog.database import Database
from m2msync.catalog.listings import COLUMNS, read_image
from m2msync.core.exports.records import ImageRecord, ProductRecord, completed
from m2msync.core.model import Image

if TYPE_CHECKING:
    import sqlite3
    from collections.abc import Iterable, Iterator

# CROSS, because left to itself SQLite may begin with all products, whoever wants them.
_PRODUCTS = """
SELECT p.dataset, p.display_id, p.image, p.key, p.product, p.region, p.state, p.reason, p.attempts,
       c.path, c.size, c.digest, c.fetched_at
FROM wants AS w
CROSS JOIN products AS p ON p.id = w.product
LEFT JOIN copies AS c ON c.product = p.id
WHERE w.manifest = (SELECT id FROM manifests WHERE name = ?) AND w.current
ORDER BY p.dataset, p.display_id, p.key, c.rank
"""
_IMAGE = f"SELECT {COLUMNS} FROM images WHERE dataset = ? AND display_id = ?"  # noqa: S608 - written there


class Exports(Database):
    """The catalog's part about exports."""

    def image_records(self, manifest: str) -> Iterator[ImageRecord]:
        """Yield every image of which a manifest wants something, by dataset and display id."""
        with self._reading() as db:
            rows = db.execute(_PRODUCTS, (manifest,))
            for (dataset, display_id), several in groupby(rows, key=itemgetter(0, 1)):
                told = list(several)
                image = _image(db, dataset, display_id, told[0][2])
                yield ImageRecord(image, tuple(_records(told)))


def _image(db: sqlite3.Connection, dataset: str, display_id: str, entity_id: str) -> Image:
    row = db.execute(_IMAGE, (dataset, display_id)).fetchone()
    return completed(read_image(row) if row else Image(dataset, entity_id, display_id))


def _records(rows: Iterable[tuple[Any, ...]]) -> Iterator[ProductRecord]:
    for key, copies in groupby(rows, key=itemgetter(3)):
        first, *others = copies
        _, _, _, _, product, region, state, reason, attempts, path, size, digest, fetched_at = first
        paths = () if path is None else (path, *(row[9] for row in others))
        yield ProductRecord(key, product, region, state, reason, attempts, paths, size, digest, fetched_at)
