"""The copies of the products: where each lies, and when it was last read again and found whole."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

from m2msync.catalog.database import Database, text_time
from m2msync.core.audit import Copy, Recorded

if TYPE_CHECKING:
    from collections.abc import Iterable

_LANDED = "p.state IN ('held', 'superseded')"
# CROSS, because left to itself SQLite goes through the copies by path, which takes twice as long.
_RECORDED = f"""
SELECT c.path, c.size, w.product IS NOT NULL AND {_LANDED}, c.verified_at >= ?
FROM products AS p
CROSS JOIN copies AS c ON c.product = p.id
LEFT JOIN wants AS w ON w.product = c.product AND w.manifest = (SELECT id FROM manifests WHERE name = ?)
"""  # noqa: S608 - written above
_COPIES = f"""
SELECT p.key, c.path, c.size, c.digest
FROM copies AS c JOIN products AS p ON p.id = c.product
WHERE c.path IN (SELECT value FROM json_each(?)) AND {_LANDED}
"""  # noqa: S608 - written above


class Copies(Database):
    """The catalog's part about the files themselves."""

    def recorded(self, manifest: str, *, since: float | None = None) -> Recorded:
        """Return every recorded path, told apart by whether its product is held for `manifest`.

        Args:
            manifest: its name.
            since: seconds since 1970; copies verified from then on count as fresh.
        """
        sizes, fresh, others = {}, set(), set()
        moment = None if since is None else text_time(since)
        with self._reading() as db:
            for path, size, ours, verified in db.execute(_RECORDED, (moment, manifest)):
                if not ours:
                    others.add(path)
                    continue
                sizes[path] = size
                if verified:
                    fresh.add(path)
        return Recorded(sizes, frozenset(fresh), frozenset(others))

    def copies(self, paths: Iterable[str]) -> dict[str, Copy]:
        """Return what is recorded of the copies at these paths, for those whose product is held now."""
        with self._reading() as db:
            rows = db.execute(_COPIES, (json.dumps(list(paths)),))
            return {path: Copy(key, path, size, digest) for key, path, size, digest in rows}

    def known_paths(self, paths: Iterable[str]) -> set[str]:
        """Return those of the paths at which anything is recorded."""
        with self._reading() as db:
            asked = json.dumps(list(paths))
            rows = db.execute("SELECT path FROM copies WHERE path IN (SELECT value FROM json_each(?))", (asked,))
            return {path for (path,) in rows}

    def record_verified(self, copies: Iterable[Copy], at: float) -> None:
        """Record that copies were read and found whole; one that was replaced meanwhile is left alone."""
        with self._writing() as db:
            db.executemany(
                "UPDATE copies SET verified_at = ? WHERE path = ? AND digest IS ?",
                [(text_time(at), copy.path, copy.digest) for copy in copies],
            )

    def record_doubted(self, paths: Iterable[str]) -> None:
        """Record that these copies are not whole, so that no earlier verify speaks for them."""
        with self._writing() as db:
            db.executemany("UPDATE copies SET verified_at = NULL WHERE path = ?", [(path,) for path in paths])
