"""Makes the lock of a manifest, and keeps it true: exactly which products it stands for, with sizes and digests."""

from __future__ import annotations

from typing import TYPE_CHECKING

from m2msync import lockfile
from m2msync.core.errors import Stale
from m2msync.core.lock import Locked, fill, is_complete, taken_over, updated
from m2msync.core.pins import write_pins
from m2msync.core.scope import narrow
from m2msync.searching import Searching
from m2msync.store import write_whole

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Sequence

    from m2msync.catalog import Catalog
    from m2msync.core.events import Sink
    from m2msync.core.model import Asset, Manifest
    from m2msync.lockfile import Lock
    from m2msync.m2m.session import Session
    from m2msync.store import Store


class Locking:
    """What the making of a lock needs at hand."""

    def __init__(
        self, manifest: Manifest, store: Store, catalog: Catalog, connect: Callable[[], Session], on_event: Sink
    ) -> None:
        """Begin.

        Args:
            manifest: what is to be locked.
            store: where it is.
            catalog: knows what is held.
            connect: begins a conversation with M2M; called only when there is something to ask.
            on_event: told everything that happens.
        """
        self._manifest, self._store, self._catalog = manifest, store, catalog
        self._connect, self._on_event = connect, on_event

    def lock(self, update: Sequence[str] | None) -> Locked:
        """Write the lock; pins of a manifest that has not been changed are kept, and completed.

        Args:
            update: datasets and regions to search again, or globs of their names, all when empty; None to search
                only when there is no lock yet, or the manifest has been changed.

        Raises:
            M2MSyncError: M2M stands in the way, or the lock cannot be read or written.
        """
        old = self._old(update)
        before = list(old.assets()) if old else []
        if old and update is None and old.digest == self._manifest.digest:
            now = before
        else:
            now = list(self._search(old, before, update or ()))
        path = lockfile.path_of(self._manifest.file)
        held = self._catalog.known(self._manifest.name, [asset.key for asset in now if not is_complete(asset)])
        pins = [fill(asset, held.get(asset.key)) for asset in now]
        changed = write_whole(path, write_pins(self._manifest.digest, pins))
        return taken_over(str(path), before, pins, changed=changed)

    def _old(self, update: Sequence[str] | None) -> Lock | None:
        try:
            return lockfile.Lock.find(self._manifest.file)
        except Stale:
            if update is None or update:
                raise
            return None  # all of it is written anew anyway

    def _search(self, old: Lock | None, before: Sequence[Asset], names: Sequence[str]) -> Iterable[Asset]:
        """Return what is found now, and what was locked of what is not searched again."""
        same = old is not None and old.digest == self._manifest.digest
        part = narrow(self._manifest, names if same else ())
        with self._connect() as session:
            found = Searching(part, self._store, self._catalog, session, self._on_event).find().assets()
        fresh = self._announced([asset for asset in found if asset.missing is None and asset.barred is None])
        if not (names and same):
            return fresh
        return updated(before, fresh, names, self._manifest)

    def _announced(self, assets: Sequence[Asset]) -> Iterator[Asset]:
        """Yield the assets with what M2M announces of their files."""
        for dataset in dict.fromkeys(asset.dataset for asset in assets):
            mine = [asset for asset in assets if asset.dataset == dataset]
            listings = self._catalog.listings(dataset, {asset.display_id for asset in mine}).values()
            products = {p.filename: p for listing in listings for p in listing.products}
            for asset in mine:
                p = products.get(asset.filename)
                yield asset._replace(size=p.size, exact=p.exact, digest=p.digest) if p else asset
