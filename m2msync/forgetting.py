"""Forgets products on purpose, and remembers them again: only the catalog changes, no file does."""

from __future__ import annotations

import time
from datetime import UTC, datetime
from typing import TYPE_CHECKING

from m2msync.core.forgetting import Chosen, Forgotten, forgotten, pick, remembered
from m2msync.core.leftovers import is_whole

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from m2msync.catalog import Catalog
    from m2msync.core.holding import Known
    from m2msync.store import Store


def forget(
    manifest: str, words: Iterable[str], catalog: Catalog, store: Store, *, undo: bool = False, reason: str = ""
) -> Forgotten:
    """Tombstone products of a manifest, or lift their tombstones, and return what that changed.

    Args:
        manifest: its name.
        words: what the products are called: keys, display ids, paths in the store, or globs of these.
        catalog: open for writing.
        store: where their files are.
        undo: whether to lift tombstones.
        reason: why, in a person's words.

    Raises:
        UsageError: some words mean nothing; nothing was changed.
        StorageError: the store that has files of these products is not there.
    """
    known = catalog.known(manifest).values()
    picked = pick(words, (k for k in known if k.claimed))
    if undo and any(k.paths for k in picked):
        store.insist()
    chosen = _chosen(manifest, picked, catalog, store)
    day = f"{datetime.now(UTC):%Y-%m-%d}"
    after = [remembered(c) if undo else forgotten(c, reason, day) for c in chosen]
    changed = [c for c in after if c.changed]
    if undo and changed:
        gone = [path for c in changed for path in c.product.paths if path not in c.files]
        catalog.exhume({c.product.key: c.state for c in changed}, gone, at=time.time())
    elif changed:
        catalog.bury({c.product.key: c.reason for c in changed}, at=time.time())
    return Forgotten(manifest, undo, tuple(after))


def _chosen(manifest: str, products: Sequence[Known], catalog: Catalog, store: Store) -> list[Chosen]:
    sizes, elsewhere = catalog.copy_sizes(), catalog.wanted_elsewhere(manifest)
    on_disk = store.look(path for product in products for path in product.paths)
    return [
        Chosen(
            product,
            product.state,
            product.reason,
            changed=False,
            files=(files := tuple(path for path in product.paths if is_whole(path, sizes, on_disk))),
            bytes=sum({on_disk[path].file: sizes[path] for path in files}.values()),
            elsewhere=elsewhere.get(product.key, ""),
        )
        for product in products
    ]
