"""What was deleted on purpose: tombstones, and all that has to be known before something may be deleted."""

from __future__ import annotations

from contextlib import contextmanager
from typing import TYPE_CHECKING

from m2msync.catalog.database import Database, grow, text_time, transaction
from m2msync.core.holding import lifts

if TYPE_CHECKING:
    import sqlite3
    from collections.abc import Container, Iterable, Iterator, Mapping

    from m2msync.core.holding import State

_ELSEWHERE = """
SELECT p.key, min(m.name)
FROM wants AS w JOIN manifests AS m ON m.id = w.manifest JOIN products AS p ON p.id = w.product
WHERE w.current AND m.name <> ?
GROUP BY p.id
"""
# Few manifests, each looked up in the index of `wants`; without CROSS, SQLite might read all of that.
_CLAIMS = "manifests AS m CROSS JOIN wants AS w ON w.manifest = m.id AND w.product = products.id"
# Nobody may want it, and nothing of it may be left: asked here again, in the transaction that says so.
_PRUNE = f"""
UPDATE products SET
  state = 'tombstoned', reason = ?, changed_at = ?, run = NULL,
  pruned_under = (SELECT coalesce(group_concat(m.digest, ' '), '') FROM {_CLAIMS})
WHERE key = ? AND state <> 'tombstoned'
  AND NOT EXISTS (SELECT 1 FROM copies WHERE product = products.id)
  AND NOT EXISTS (SELECT 1 FROM {_CLAIMS} WHERE w.current)
"""  # noqa: S608 - all of it is written above


class Graves(Database):
    """The catalog's part about what was deleted on purpose."""

    @contextmanager
    def still(self) -> Iterator[None]:
        """Let everything that is read in the block be of one moment, whoever writes meanwhile."""
        with self._reading() as db, transaction(db, "DEFERRED"):
            yield

    def copy_sizes(self) -> dict[str, int]:
        """Return the recorded length in bytes of every copy, by its path."""
        with self._reading() as db:
            return dict(db.execute("SELECT path, size FROM copies"))

    def wanted_elsewhere(self, manifest: str) -> dict[str, str]:
        """Return, for every product that another manifest wants now, the name of one that does."""
        with self._reading() as db:
            return dict(db.execute(_ELSEWHERE, (manifest,)))

    def record_pruned(self, removed: Iterable[tuple[str, str, str]], *, at: float) -> None:
        """Record that copies are in the store no longer; a product that nobody wants is tombstoned with its last.

        Args:
            removed: the product's key, the path, and why it was removed.
            at: seconds since 1970.
        """
        with self._writing() as db:
            for key, path, reason in removed:
                db.execute("DELETE FROM copies WHERE path = ?", (path,))
                told = f"pruned {text_time(at)[:10]}: {reason}"
                db.execute(_PRUNE, (told, text_time(at), key))
            grow(db)

    def bury(self, reasons: Mapping[str, str], *, at: float) -> None:
        """Tombstone products because a person says so, each for its reason; only `exhume` lifts that."""
        with self._writing() as db:
            db.executemany(
                "UPDATE products SET state = 'tombstoned', reason = ?, pruned_under = NULL, changed_at = ?,"
                " run = NULL WHERE key = ?",
                [(reason, text_time(at), key) for key, reason in reasons.items()],
            )
            grow(db)

    def exhume(self, states: Mapping[str, State], gone: Iterable[str], *, at: float) -> None:
        """Lift tombstones.

        Args:
            states: per key, the state of the product from now on.
            gone: paths of recorded copies that are not in the store, or not as they were recorded.
            at: seconds since 1970.
        """
        with self._writing() as db:
            db.executemany("DELETE FROM copies WHERE path = ?", [(path,) for path in gone])
            db.executemany(
                "UPDATE products SET state = ?, reason = 'no longer forgotten', pruned_under = NULL,"
                " changed_at = ?, run = NULL WHERE key = ?",
                [(state, text_time(at), key) for key, state in states.items()],
            )
            grow(db)


def lift(db: sqlite3.Connection, wanted: Container[str], digest: str, at: float) -> bool:
    """Lift, inside a transaction, the tombstones that do not hold for a manifest; return whether there were any.

    Args:
        db: the catalog.
        wanted: keys of the products the manifest wants.
        digest: of the manifest.
        at: seconds since 1970.
    """
    pruned = db.execute("SELECT id, key, pruned_under FROM products WHERE state = 'tombstoned'").fetchall()
    free = [number for number, key, under in pruned if key in wanted and lifts(under, digest)]
    db.executemany(
        "UPDATE products SET state = 'wanted', reason = 'wanted again; ' || reason, pruned_under = NULL,"
        " changed_at = ?, run = NULL WHERE id = ?",
        [(text_time(at), number) for number in free],
    )
    return bool(free)
