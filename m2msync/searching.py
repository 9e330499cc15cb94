"""Finds out what the manifest wants, from M2M's searches and listings."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime
from itertools import count
from typing import TYPE_CHECKING

from m2msync.assortment import Assortment
from m2msync.core import assets
from m2msync.core.comparison import Wanted
from m2msync.core.events import Searched, Stage
from m2msync.core.reprocessing import keep_held
from m2msync.core.select import select
from m2msync.listing import Lister
from m2msync.m2m.filters import Translator
from m2msync.m2m.search import search

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from m2msync.assortment import Names
    from m2msync.catalog import Catalog
    from m2msync.core.events import Sink
    from m2msync.core.model import Acquisition, Asset, Image, Manifest
    from m2msync.core.select import Selected
    from m2msync.m2m.session import Session
    from m2msync.store import Store


class Found:
    """What searches have found to be wanted."""

    def __init__(self, assets: Sequence[Asset]) -> None:
        self._assets = sorted(assets, key=lambda asset: asset.key)

    def wanted(self) -> Iterator[Wanted[Asset]]:
        """Yield the products in the order of their keys."""
        return (Wanted(asset.key, asset.paths, asset.image, asset) for asset in self._assets)

    def asset(self, item: Asset) -> Asset:
        """Return what `wanted` yielded as an asset."""
        return item

    def assets(self) -> Sequence[Asset]:
        """Return all of them."""
        return self._assets


class Searching:
    """What the searches of one run need at hand."""

    def __init__(
        self, manifest: Manifest, store: Store, catalog: Catalog, session: Session, on_event: Sink
    ) -> None:
        self._manifest, self._store = manifest, store
        self._catalog, self._session, self._on_event = catalog, session, on_event
        self._lister = Lister(catalog, session, on_event)
        self._assortment = Assortment(session)

    def find(self) -> Found:
        """Return what the manifest wants.

        Raises:
            M2MSyncError: M2M refuses a search, or stays in trouble.
        """
        found = assets.merge(self._wanted())
        if any(asset.keeps_held for asset in found):
            found = keep_held(found, self._catalog.products(self._manifest.name), self._store.size)
        return Found(found)

    def _wanted(self) -> Iterator[Asset]:
        """Yield the wanted products; with `if_missing: skip_image` images that lack a band give way to the next."""
        entries = list(self._manifest.acquisitions)
        found = self._search_all(entries)
        skip: list[frozenset[str]] = [frozenset() for _ in entries]
        for reach in count():
            # Each time some have to be passed over, twice as many candidates are listed: calls are scarce.
            wider = [
                replace(e, images_per_scene=e.images_per_scene and e.images_per_scene << reach) for e in entries
            ]
            images = _images(entries, _selected(found, wider, skip))
            filenames: dict[str, Names] = {d: self._lister.filenames(d, wanted) for d, wanted in images.items()}
            for number, entry in enumerate(entries):
                entries[number], filenames[entry.dataset] = self._assortment.settle(
                    entry, images[entry.dataset], filenames[entry.dataset], self._lister
                )
            chosen = _selected(found, entries, skip)
            lacking = [
                assets.lacking(c, filenames[e.dataset], e) if e.if_missing == "skip_image" else frozenset()
                for c, e in zip(chosen, entries, strict=True)
            ]
            if not any(lacking):
                break
            skip = [before | more for before, more in zip(skip, lacking, strict=True)]
        for several, entry in zip(chosen, entries, strict=True):
            yield from assets.wanted(several, filenames[entry.dataset], entry, self._manifest.layout)

    def _search_all(self, entries: Sequence[Acquisition]) -> list[dict[str, tuple[Image, ...]]]:
        asked = list(dict.fromkeys((e.dataset, region, e.filters) for e in entries for region in e.regions))
        self._on_event(Stage("searching", len(asked)))
        translator = Translator(self._session, self._catalog, self._manifest.file)
        translator.check(entries)
        today, found = datetime.now(UTC).date(), {}
        for dataset, region, filters in asked:
            found[dataset, region, filters] = search(self._session, dataset, region, filters, translator, today)
            self._on_event(Searched(dataset, region.name, len(found[dataset, region, filters])))
        return [{r.name: found[e.dataset, r, e.filters] for r in e.regions} for e in entries]


def _images(entries: Sequence[Acquisition], chosen: Sequence[Sequence[Selected]]) -> dict[str, dict[str, Image]]:
    """Return the chosen images per dataset and display id."""
    images: dict[str, dict[str, Image]] = {entry.dataset: {} for entry in entries}
    for entry, several in zip(entries, chosen, strict=True):
        images[entry.dataset] |= {s.image.display_id: s.image for s in several}
    return images


def _selected(
    found: Sequence[Mapping[str, Sequence[Image]]],
    entries: Sequence[Acquisition],
    skip: Sequence[frozenset[str]],
) -> list[tuple[Selected, ...]]:
    return [select(f, e, s) for f, e, s in zip(found, entries, skip, strict=True)]
