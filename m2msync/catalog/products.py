"""What is wanted and what is held: products, their copies in the store, and every change of their state."""

from __future__ import annotations

import json
from dataclasses import replace
from typing import TYPE_CHECKING, Any

from m2msync.catalog.database import Database, grow, text_time
from m2msync.catalog.graves import lift
from m2msync.core.comparison import Entry
from m2msync.core.holding import Known

if TYPE_CHECKING:
    import sqlite3
    from collections.abc import Iterable, Iterator, Sequence

    from m2msync.core.holding import State
    from m2msync.core.model import Asset
    from m2msync.core.plan import Action

    Described = Asset | Action

_KNOWN = """
SELECT p.key, p.dataset, p.region, p.image, p.display_id, p.product, p.state, c.path, c.size, c.digest,
       p.reason, p.attempts, p.rerun_helps, w.current, p.pruned_under
FROM products AS p
LEFT JOIN wants AS w ON w.product = p.id AND w.manifest = (SELECT id FROM manifests WHERE name = ?)
LEFT JOIN copies AS c ON c.product = p.id
{}
ORDER BY p.id, c.rank
"""
_SOME = "WHERE p.key IN (SELECT value FROM json_each(?))"
# By key, which a comparison with other sorted lists needs; a million rows take twice as long that way as by id.
_ENTRIES = """
SELECT p.key, p.state, w.current, c.path, c.size, p.dataset, p.region, c.digest
FROM products AS p
LEFT JOIN wants AS w ON w.product = p.id AND w.manifest = (SELECT id FROM manifests WHERE name = ?)
LEFT JOIN copies AS c ON c.product = p.id
ORDER BY p.key, c.rank
"""
_WANTED = """
SELECT p.key, p.region, p.image, p.product, w.current
FROM products AS p LEFT JOIN wants AS w ON w.product = p.id AND w.manifest = ?
"""


class Products(Database):
    """The catalog's part about products."""

    @property
    def serial(self) -> int:
        """A number that has grown whenever something else is wanted or held than before."""
        with self._reading() as db:
            serial: int = db.execute("SELECT serial FROM catalog").fetchone()[0]
        return serial

    def entries(self, manifest: str) -> Iterator[Entry]:
        """Yield what a comparison needs of every product's copies, by key, as `manifest` sees them."""
        with self._reading() as db:
            yield from map(Entry._make, db.execute(_ENTRIES, (manifest,)))

    def known(self, manifest: str, keys: Iterable[str] | None = None) -> dict[str, Known]:
        """Return products of the catalog by their keys, as `manifest` sees them.

        Args:
            manifest: its name.
            keys: which of them; None for all.
        """
        return {known.key: known for known in self.products(manifest, keys)}

    def products(self, manifest: str, keys: Iterable[str] | None = None) -> Iterator[Known]:
        """Yield the same one by one, in no order to rely on."""
        # Written out, because a million products come this way: a row costs about 5 microseconds, and products
        # share few of the strings that go through `one`, which keeps one of each.
        one = dict[Any, Any]().setdefault
        sql = _KNOWN.format("" if keys is None else _SOME)
        asked = (manifest,) if keys is None else (manifest, json.dumps(list(keys)))
        last: Known | None = None
        with self._reading() as db:
            for (
                key, dataset, region, image, display_id, product, state, path, size, digest,
                reason, attempts, helps, wanted, pruned_under,
            ) in db.execute(sql, asked):  # fmt: skip
                if last is not None:
                    if last.key == key:
                        last = replace(last, paths=(*last.paths, path))
                        continue
                    yield last
                last = Known(
                    key,
                    one(dataset, dataset),
                    one(region, region),
                    one(image, image),
                    one(display_id, display_id),
                    one(product, product),
                    one(state, state),
                    () if path is None else (path,),
                    size,
                    digest,
                    reason,
                    attempts,
                    helps == 1,
                    wanted == 1,
                    wanted is not None,
                    one(pruned_under, pruned_under),
                )
        if last is not None:
            yield last

    def want(
        self,
        manifest: str,
        assets: Iterable[Described],
        *,
        at: float,
        digest: str | None = None,
        file: str | None = None,
        whole: bool = True,
    ) -> None:
        """Make `assets` what `manifest` wants now; what it wanted before stays claimed.

        Those that were pruned under other manifests, or before this one was edited, are tombstoned no longer.
        Only differences are written, so wanting the same again costs one read.

        Args:
            manifest: its name.
            assets: what it wants.
            at: seconds since 1970.
            digest: of the manifest as it stands now; None keeps the one that is recorded.
            file: where that one lies.
            whole: whether that is all it wants; else it goes on to want what it wanted before.
        """
        added, lost = {asset.key: asset for asset in assets}, []
        begin = 0 if whole else 1  # a part does not tell which region of all is the first that wants a product
        with self._writing() as db:
            asking, lifted = manifest_id(db, manifest), False
            if digest and whole:
                db.execute(
                    "UPDATE manifests SET digest = ?, file = ? WHERE id = ? AND digest IS NOT ?",
                    (digest, file, asking, digest),
                )
                lifted = lift(db, added, digest, at)
            for key, *told in db.execute(_WANTED, (asking,)):
                asset = added.get(key)
                if asset is None and told[-1] and whole:
                    lost.append(key)
                elif asset is not None and told[begin:] == [asset.region, asset.image, asset.product, 1][begin:]:
                    del added[key]
            if added or lost:
                _describe(db, added.values(), "never fetched", at)
                _mark(db, asking, added, current=True)
                _mark(db, asking, lost, current=False)
            if added or lost or lifted:
                grow(db)

    def record_landed(  # noqa: PLR0913 - what is known of a product that is in its place
        self,
        run: int,
        key: str,
        *,
        paths: Sequence[str],
        size: int,
        digest: str | None,
        at: float,
        reason: str = "verified",
    ) -> None:
        """Record that a product has been verified and lies at `paths`, the first being its primary copy.

        Copies recorded earlier elsewhere stay recorded. Another product that was recorded at one of the paths has
        been overwritten, and is held no longer unless it has other copies.

        Args:
            run: the run that did it.
            key: a product that is or was wanted.
            paths: relative to the store.
            size: length in bytes.
            digest: `algorithm:hex`, None when it was not computed.
            at: seconds since 1970.
            reason: how it came to be held.

        Raises:
            KeyError: the product was never wanted.
        """
        with self._writing() as db:
            product = _product(db, key)
            for path in paths:
                _release(db, path, f"overwritten by {key}", at=at, but=product)
            (first,) = db.execute("SELECT min(rank) FROM copies WHERE product = ?", (product,)).fetchone()
            start = (first or 0) - len(paths)
            db.executemany(
                "INSERT INTO copies (product, rank, path, size, digest, fetched_at) VALUES (?, ?, ?, ?, ?, ?)",
                [(product, start + i, path, size, digest, text_time(at)) for i, path in enumerate(paths)],
            )
            db.execute(
                "UPDATE products SET state = 'held', reason = ?, attempts = 0, rerun_helps = 1,"
                " changed_at = ?, run = ? WHERE id = ?",
                (reason, text_time(at), run, product),
            )
            # At once, so that the record of a run that is killed tells what it did; how it ended `end_run` tells.
            db.execute("UPDATE run_history SET got = got + 1, bytes = bytes + ? WHERE id = ?", (size, run))
            grow(db)

    def record_failed(self, run: int, key: str, reason: str, *, rerun_helps: bool, at: float) -> None:
        """Record one more failed attempt at a product, and whether trying again may help."""
        with self._writing() as db:
            db.execute(
                "UPDATE products SET state = 'failed', reason = ?, attempts = attempts + 1, rerun_helps = ?,"
                " changed_at = ?, run = ? WHERE id = ?",
                (reason, rerun_helps, text_time(at), run, _product(db, key)),
            )
            grow(db)

    def record_state(self, run: int, keys: Iterable[str], state: State, reason: str, at: float) -> None:
        """Record that products have come into a state; those in it for that reason already are left alone."""
        with self._writing() as db:
            changed = db.executemany(
                "UPDATE products SET state = ?, reason = ?, changed_at = ?, run = ?"
                " WHERE key = ? AND (state, reason) IS NOT (?, ?)",
                [(state, reason, text_time(at), run, key, state, reason) for key in keys],
            ).rowcount
            if changed > 0:
                grow(db)

    def forget_copy(self, path: str, *, at: float) -> None:
        """Forget a recorded copy that is no longer on disk; a product that loses its last one is wanted again."""
        with self._writing() as db:
            if _release(db, path, f"no longer at {path}", at=at):
                grow(db)


def manifest_id(db: sqlite3.Connection, name: str) -> int:
    """Return the number of a manifest, giving it one when it is new."""
    db.execute("INSERT INTO manifests (name) VALUES (?) ON CONFLICT DO NOTHING", (name,))
    number: int = db.execute("SELECT id FROM manifests WHERE name = ?", (name,)).fetchone()[0]
    return number


def _product(db: sqlite3.Connection, key: str) -> int:
    row: tuple[int] | None = db.execute("SELECT id FROM products WHERE key = ?", (key,)).fetchone()
    if row is None:
        raise KeyError(key)
    return row[0]


def _describe(db: sqlite3.Connection, assets: Iterable[Described], reason: str, at: float) -> None:
    db.executemany(
        "INSERT INTO products (key, dataset, region, image, display_id, product, state, reason, changed_at)"
        " VALUES (?, ?, ?, ?, ?, ?, 'wanted', ?, ?) ON CONFLICT (key)"
        " DO UPDATE SET region = excluded.region, image = excluded.image, product = excluded.product",
        ((a.key, a.dataset, a.region, a.image, a.display_id, a.product, reason, text_time(at)) for a in assets),
    )


def _mark(db: sqlite3.Connection, manifest: int, keys: Iterable[str], *, current: bool) -> None:
    db.executemany(
        "INSERT INTO wants (manifest, product, current) SELECT ?, id, ? FROM products WHERE key = ?"
        " ON CONFLICT DO UPDATE SET current = excluded.current",
        ((manifest, current, key) for key in keys),
    )


def _release(db: sqlite3.Connection, path: str, reason: str, *, at: float, but: int | None = None) -> bool:
    """Forget who holds `path`; an owner without any copy left, unless it is `but`, is wanted again."""
    owner = db.execute("DELETE FROM copies WHERE path = ? RETURNING product", (path,)).fetchone()
    if owner is None:
        return False
    db.execute(
        "UPDATE products SET state = 'wanted', reason = ?, changed_at = ? WHERE id = ? AND id IS NOT ?"
        " AND state = 'held' AND NOT EXISTS (SELECT 1 FROM copies WHERE product = products.id)",
        (reason, text_time(at), owner[0], but),
    )
    return True
