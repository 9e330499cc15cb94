"""Deletes what is held and wanted no longer: finds it, and takes it away when told so."""

from __future__ import annotations

import time
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

from m2msync.core import assets
from m2msync.core.addresses import is_remote
from m2msync.core.endings import as_recorded
from m2msync.core.errors import OF_ALL_FILES, StorageError, UsageError
from m2msync.core.events import Removed, Stage
from m2msync.core.leftovers import count_held, find_surplus
from m2msync.core.model import Image
from m2msync.core.surplus import LEAVING, Surplus, check_amount, check_applied
from m2msync.store import PRIVATE

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Sequence

    from m2msync.catalog import Catalog
    from m2msync.core.events import Sink
    from m2msync.core.holding import Known
    from m2msync.core.model import Manifest
    from m2msync.core.surplus import Leftover
    from m2msync.store import Store

BATCH = 200  # files between two commits: folders are flushed once a batch


class Pruning:
    """What a pruning needs at hand."""

    def __init__(self, manifest: Manifest, store: Store, catalog: Catalog, on_event: Sink) -> None:
        self._manifest, self._store, self._catalog, self._on_event = manifest, store, catalog, on_event

    def find(self, trash: str | Path | None = None) -> Surplus:
        """Return what would be deleted or moved, what has gone already and what is left, and why.

        Args:
            trash: a folder into which files shall be moved instead of being deleted.

        Raises:
            Unsafe: it is not certain what the manifest wants now.
            StorageError: there is no store.
            UsageError: the trash is part of the store.
        """
        name, place = self._manifest.name, self._trash(trash)
        with self._catalog.still():
            last = self._catalog.last_apply(name)
            check_applied(last.status, last.digest, self._manifest.digest)
            known, sizes = self._catalog.known(name), self._catalog.copy_sizes()
            elsewhere = self._catalog.wanted_elsewhere(name)
        self._store.insist()
        on_disk = self._store.look(sizes)
        leftovers = find_surplus(known, sizes, elsewhere, on_disk, self._places(known.values()))
        if place:
            leftovers = tuple(replace(x, verb="move") if x.verb == "delete" else x for x in leftovers)
        return Surplus(name, leftovers, count_held(known.values(), sizes, on_disk), trash=place)

    def carry_out(self, surplus: Surplus, most: int | None) -> Surplus:
        """Delete or move the files and return what became of each; one that cannot be deleted stops no other.

        Args:
            surplus: what was found.
            most: how many files may leave; None when nobody said.

        Raises:
            Unsafe: more would leave; nothing has been done.
            StorageFull: there is no room in the trash; what was moved is recorded.
            StoreDown: the store does not serve; what was deleted is recorded.
        """
        check_amount(surplus, most)
        if surplus.leaving:
            self._on_event(Stage("moving" if surplus.trash else "deleting", len(surplus.leaving)))
        ended: list[Leftover] = []
        for start in range(0, len(surplus.leftovers), BATCH):
            ended += self._remove(surplus.leftovers[start : start + BATCH], surplus.trash)
        return replace(surplus, leftovers=tuple(ended), done=True)

    def _remove(self, batch: Sequence[Leftover], trash: str) -> Sequence[Leftover]:
        ended: list[Leftover] = []
        try:
            for leftover in batch:
                ended.append(self._discard(leftover, trash))  # noqa: PERF401 - kept when the next one fails
        finally:
            self._settle([x for x in ended if x.verb in (*LEAVING, "gone")])
        return ended

    def _discard(self, leftover: Leftover, trash: str) -> Leftover:
        if leftover.verb not in LEAVING:
            return leftover
        try:
            self._store.discard(leftover.path, leftover.size, Path(trash) if trash else None)
        except OF_ALL_FILES:
            raise
        except StorageError as error:
            return replace(leftover, verb="failed", reason=error.message)
        self._on_event(Removed(leftover.product.key, leftover.path, leftover.size))
        return leftover

    def _settle(self, removed: Sequence[Leftover]) -> None:
        """Make the losses last, then record them.

        In this order a kill or a power cut leaves, at the worst, files that are recorded and not there, which the
        next prune finds gone and records; never a file that is there and no longer known.
        """
        if removed:
            self._store.tidy(x.path for x in removed)
            self._catalog.record_pruned(((x.product.key, x.path, x.reason) for x in removed), at=time.time())

    def _places(self, products: Iterable[Known]) -> Callable[[Known], frozenset[str] | None]:
        wanted: dict[str, set[str]] = {}
        for product in products:
            if product.wanted and len(product.paths) > 1:
                wanted.setdefault(product.dataset, set()).add(product.display_id)
        images = {dataset: self._catalog.images(dataset, names) for dataset, names in wanted.items()}

        def places(product: Known) -> frozenset[str] | None:
            bare = Image(product.dataset, product.image, product.display_id)
            image = images.get(product.dataset, {}).get(product.display_id, bare)
            try:
                places = assets.places(image, product.product, product.key.partition("/")[2], self._manifest)
            except UsageError:
                return None
            return frozenset(as_recorded(product.key, places, product.paths))

        return places

    def _trash(self, trash: str | Path | None) -> str:
        if trash is None:
            return ""
        if is_remote(str(trash)):
            raise UsageError(f"the trash cannot be {trash}", hint="Name a folder of this machine.")
        folder, store = Path(trash).resolve(), self._store.folder
        if store is None:
            return str(folder)
        if store.is_relative_to(folder) or (folder.is_relative_to(store) and store / PRIVATE not in folder.parents):
            raise UsageError(
                f"the trash {folder} is part of the store, or the other way round",
                hint=f"Name a folder beside the store, or one in {store / PRIVATE}.",
            )
        return str(folder)
