"""Finds out what the manifest wants, from M2M's searches and listings, and compares it with what is held."""

from __future__ import annotations

import time
from dataclasses import replace
from datetime import UTC, datetime
from itertools import count
from typing import TYPE_CHECKING

from m2msync.core import assets
from m2msync.core.diff import detail, diff
from m2msync.core.events import Searched, Stage
from m2msync.core.model import Image
from m2msync.core.plan import FETCHING, Plan
from m2msync.core.select import select
from m2msync.m2m import order
from m2msync.m2m.filters import Translator
from m2msync.m2m.search import search

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping, Sequence

    from m2msync.catalog import Catalog
    from m2msync.core.events import Sink
    from m2msync.core.model import Acquisition, Asset, Manifest
    from m2msync.core.plan import Action
    from m2msync.core.select import Selected
    from m2msync.m2m.session import Session
    from m2msync.store import Store

_STALE = 3600  # seconds after which a product that could not be delivered is looked up anew


class Planning:
    """What the planning of one run needs at hand."""

    def __init__(
        self, manifest: Manifest, store: Store, catalog: Catalog, session: Session, on_event: Sink
    ) -> None:
        self._manifest, self._store = manifest, store
        self._catalog, self._session, self._on_event = catalog, session, on_event

    def plan(self) -> tuple[Plan, tuple[Asset, ...]]:
        """Return the plan, and the wanted products it was made from.

        Raises:
            M2MSyncError: M2M refuses a search, stays in trouble, or two products would share a path.
        """
        wanted = assets.merge(self._wanted())
        known = self._catalog.known(self._manifest.name)
        paths = [path for k in known.values() for path in k.paths]
        on_disk = self._store.sizes([*paths, *(path for asset in wanted for path in asset.paths)])
        actions = self.detailed(diff(wanted, known, on_disk))
        plan = Plan(self._manifest.name, self._catalog.serial, actions)
        # What the planning cost, the orders, and the logout.
        calls = self._session.calls + -(-plan.orders // order.PRODUCTS_PER_CALL) + 1
        return replace(plan, api_calls=calls), wanted

    def _wanted(self) -> Iterator[Asset]:
        """Yield the wanted products; with `if_missing: skip_image` images that lack a band give way to the next."""
        entries = self._manifest.acquisitions
        found = self._search_all(entries)
        skip: list[frozenset[str]] = [frozenset() for _ in entries]
        for reach in count():
            # Each time some have to be passed over, twice as many candidates are listed: calls are scarce.
            wider = [
                replace(e, images_per_scene=e.images_per_scene and e.images_per_scene << reach) for e in entries
            ]
            filenames = self._filenames(entries, _selected(found, wider, skip))
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

    def _filenames(
        self, entries: Sequence[Acquisition], chosen: Sequence[Sequence[Selected]]
    ) -> dict[str, dict[str, Sequence[str]]]:
        """Return, per dataset and display id, the names of the files M2M can deliver."""
        images: dict[str, dict[str, Image]] = {entry.dataset: {} for entry in entries}
        for entry, several in zip(entries, chosen, strict=True):
            images[entry.dataset] |= {s.image.display_id: s.image for s in several}
        return {dataset: self._names(dataset, wanted) for dataset, wanted in images.items()}

    def _names(self, dataset: str, images: Mapping[str, Image]) -> dict[str, Sequence[str]]:
        known = self._catalog.band_names(dataset, images)
        # An empty list is asked for again: the products of a new image appear some time after the image.
        unknown = [image for name, image in images.items() if not known.get(name)]
        if not unknown:
            return {**known}
        self._catalog.remember_images(unknown)
        self._list(dataset, unknown)
        return {**self._catalog.band_names(dataset, images)}

    def _list(self, dataset: str, images: Sequence[Image]) -> None:
        self._on_event(Stage("listing products", len(images)))
        for batch in _batches(images, order.IMAGES_PER_CALL):
            listed = order.list_products(self._session, dataset, batch)
            self._catalog.remember_listings(listed, at=time.time())

    def detailed(self, actions: Sequence[Action]) -> tuple[Action, ...]:
        """Return the actions with what fetching needs; what could not be delivered some time ago is looked up anew.

        Raises:
            M2MSyncError: M2M refuses to list an image, or stays in trouble.
        """
        detailed = self._with_listings(actions)
        stale = self._stale([d for a, d in zip(actions, detailed, strict=True) if d.verb != a.verb])
        if not stale:
            return detailed
        for dataset, images in stale.items():
            self._list(dataset, images)
        return self._with_listings(actions)

    def _with_listings(self, actions: Sequence[Action]) -> tuple[Action, ...]:
        wanted = [a for a in actions if a.verb in FETCHING and a.source is None]
        listings = {
            name: listing
            for dataset in {a.dataset for a in wanted}
            for name, listing in self._catalog.listings(
                dataset, {a.display_id for a in wanted if a.dataset == dataset}
            ).items()
        }
        return detail(actions, listings)

    def _stale(self, undeliverable: Iterable[Action]) -> dict[str, list[Image]]:
        images: dict[str, dict[str, Image]] = {}
        for a in undeliverable:
            images.setdefault(a.dataset, {})[a.display_id] = Image(a.dataset, a.image, a.display_id)
        old = {
            dataset: [several[name] for name in self._older(dataset, several)]
            for dataset, several in images.items()
        }
        return {dataset: several for dataset, several in old.items() if several}

    def _older(self, dataset: str, display_ids: Iterable[str]) -> list[str]:
        listed = self._catalog.listed_at(dataset, display_ids)
        return [name for name in display_ids if time.time() - listed.get(name, 0) > _STALE]


def _widened(entry: Acquisition, reach: int) -> Acquisition:
    several = entry.images_per_scene
    return replace(entry, images_per_scene=several and several << reach)


def _selected(
    found: Sequence[Mapping[str, Sequence[Image]]],
    entries: Sequence[Acquisition],
    skip: Sequence[frozenset[str]],
) -> list[tuple[Selected, ...]]:
    return [select(f, e, s) for f, e, s in zip(found, entries, skip, strict=True)]


def _batches(images: Sequence[Image], size: int) -> Iterator[Sequence[Image]]:
    for start in range(0, len(images), size):
        yield images[start : start + size]
