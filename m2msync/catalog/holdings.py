"""Which images are held, and which files of one."""

from __future__ import annotations

from typing import TYPE_CHECKING

from m2msync.catalog.database import Database
from m2msync.core.quicklook import Held, HeldImage

if TYPE_CHECKING:
    from collections.abc import Iterator

_IMAGES = """
SELECT DISTINCT p.dataset, p.image, p.display_id
FROM products AS p JOIN wants AS w ON w.product = p.id
WHERE w.manifest = (SELECT id FROM manifests WHERE name = ?) AND EXISTS (SELECT 1 FROM copies WHERE product = p.id)
ORDER BY p.display_id, p.dataset
"""
# By key, as those of an image begin alike: without CROSS, SQLite would go through all that the manifest wants.
_FILES = """
SELECT p.key, c.path, w.current
FROM products AS p CROSS JOIN wants AS w ON w.product = p.id LEFT JOIN copies AS c ON c.product = p.id
WHERE w.manifest = (SELECT id FROM manifests WHERE name = ?) AND p.key BETWEEN ? AND ? AND p.display_id = ?
ORDER BY p.key, c.rank
"""
_LAST = "\U0010ffff"


class Holdings(Database):
    """The catalog's part about images."""

    def held_images(self, manifest: str) -> list[HeldImage]:
        """Return every image of which a file is held that a manifest wants or wanted, by display id."""
        with self._reading() as db:
            return [HeldImage(*row) for row in db.execute(_IMAGES, (manifest,))]

    def files_of(self, manifest: str, image: HeldImage) -> Iterator[Held]:
        """Yield the files of an image that a manifest wants or wanted; each copy, and those never fetched once."""
        begin = f"{image.dataset}/{image.display_id}"
        with self._reading() as db:
            for key, path, current in db.execute(_FILES, (manifest, begin, begin + _LAST, image.display_id)):
                yield Held(key.partition("/")[2], path, wanted=current == 1)
