"""Finds out what the manifest wants, from M2M's searches and listings."""

from __future__ import annotations

from collections import deque
from dataclasses import replace
from datetime import UTC, datetime
from itertools import chain, count
from typing import TYPE_CHECKING

from m2msync.assortment import Assortment
from m2msync.core import assets
from m2msync.core.events import Searched, Stage, Warned
from m2msync.core.reprocessing import keep_held
from m2msync.core.select import fruitless, select
from m2msync.listing import Lister
from m2msync.m2m.datasets import placed
from m2msync.m2m.filters import Translator
from m2msync.m2m.places import Atlas
from m2msync.m2m.search import search

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from m2msync.assortment import Names
    from m2msync.catalog import Catalog
    from m2msync.core.events import Sink
    from m2msync.core.model import Acquisition, Asset, Filters, Image, Manifest, Region
    from m2msync.core.select import Found as Images
    from m2msync.core.select import Selected
    from m2msync.core.survey import Survey
    from m2msync.core.verdicts import Verdict
    from m2msync.m2m.session import Session
    from m2msync.store import Store

    Entry = tuple[Acquisition, Images, Mapping[str, Sequence[str]]]
    """One of the manifest's, what was found for it, and which bands lack in images that were passed over."""


class Found:
    """What searches have found to be wanted, and what it was chosen from."""

    def __init__(self, assets: Sequence[Asset], *, complete: bool, entries: Sequence[Entry] = ()) -> None:
        self._assets = sorted(assets, key=lambda asset: asset.key)
        self.complete = complete
        """Whether M2M returned every image that it counts."""
        self._entries = entries

    def wanted(self) -> Iterator[Asset]:
        """Yield the products in the order of their keys."""
        return iter(self._assets)

    def asset(self, one: Asset) -> Asset:
        """Return what `wanted` yielded as an asset."""
        return one

    def assets(self) -> Sequence[Asset]:
        """Return all of them."""
        return self._assets

    def verdicts(self) -> Iterator[Verdict]:
        """Yield why each image that was found is wanted, or is not, entry by entry."""
        from m2msync.core.verdicts import explain  # noqa: PLC0415 - an apply does without

        return chain.from_iterable(explain(found, entry, lacking) for entry, found, lacking in self._entries)


class Searching:
    """What the searches of one run need at hand."""

    def __init__(
        self,
        manifest: Manifest,
        store: Store,
        catalog: Catalog,
        session: Session,
        on_event: Sink,
        lister: Lister | None = None,
    ) -> None:
        """Use a lister that planning goes on with, or one of its own."""
        self._manifest, self._store = manifest, store
        self._catalog, self._session, self._on_event = catalog, session, on_event
        self._lister = lister or Lister(catalog, session, on_event)
        self._assortment = Assortment(session, manifest.file)
        self._chosen_from: list[Entry] = []
        self._complete = True

    def find(self, *, explain: bool = False) -> Found:
        """Return what the manifest wants.

        Args:
            explain: whether all images are kept in mind, so that each can be told why it is wanted or not.

        Raises:
            M2MSyncError: M2M refuses a search, or stays in trouble.
        """
        with placed(self._manifest.acquisitions, self._manifest.file):
            found = assets.merge(self._wanted())
        if any(asset.keeps_held for asset in found):
            found = keep_held(found, self._catalog.products(self._manifest.name), self._store.sizing())
        return Found(found, complete=self._complete, entries=self._chosen_from if explain else ())

    def survey(self) -> Survey:
        """Return which images the searches find, and which are chosen; products are listed only to skip images.

        Raises:
            M2MSyncError: M2M refuses a search, or stays in trouble.
        """
        from m2msync.core.survey import survey  # noqa: PLC0415 - an apply does without

        entries = self._manifest.acquisitions
        if any(entry.if_missing == "skip_image" for entry in entries):
            with placed(entries, self._manifest.file):
                deque(self._wanted(), maxlen=0)
        else:
            with placed(entries, self._manifest.file):
                found = self._search_all(entries)
            self._chosen_from = [(entry, images, {}) for entry, images in zip(entries, found, strict=True)]
        chosen = [(found, select(found, entry, skip)) for entry, found, skip in self._chosen_from]
        return survey(self._manifest.name, chosen)

    def _wanted(self) -> Iterator[Asset]:
        """Yield the wanted products; with `if_missing: skip_image` images that lack a band give way to the next."""
        entries = list(self._manifest.acquisitions)
        found = self._search_all(entries)
        skip: list[dict[str, tuple[str, ...]]] = [{} for _ in entries]
        for reach in count():
            # Each time some have to be passed over, twice as many candidates are listed: calls are scarce.
            wider = [
                replace(e, images_per_scene=e.images_per_scene and e.images_per_scene << reach) for e in entries
            ]
            chosen = _selected(found, entries, skip)
            # With `spread` the chosen need not be among twice as many.
            further = _selected(found, wider, skip) if reach else chosen
            candidates = [(*a, *b) for a, b in zip(chosen, further, strict=True)]
            images = _images(entries, candidates)
            filenames: dict[str, Names] = {d: self._lister.filenames(d, wanted) for d, wanted in images.items()}
            for number, entry in enumerate(entries):
                entries[number], filenames[entry.dataset] = self._assortment.settle(
                    entry, images[entry.dataset], filenames[entry.dataset], self._lister
                )
            lacking = [
                assets.lacking(c, filenames[e.dataset], e) if e.if_missing == "skip_image" else {}
                for c, e in zip(candidates, entries, strict=True)
            ]
            if not any(s.image.entity_id in lack for c, lack in zip(chosen, lacking, strict=True) for s in c):
                break
            skip = [before | more for before, more in zip(skip, lacking, strict=True)]
        self._chosen_from = list(zip(entries, found, skip, strict=True))
        for several, entry in zip(chosen, entries, strict=True):
            yield from assets.wanted(several, filenames[entry.dataset], entry, self._manifest.layout)

    def _search_all(self, entries: Sequence[Acquisition]) -> list[dict[str, tuple[Image, ...]]]:
        entries = Atlas(self._session, self._catalog, self._manifest.file).locate(entries)
        asked = list(dict.fromkeys((e.dataset, region, e.filters) for e in entries for region in e.regions))
        self._on_event(Stage("searching", len(asked)))
        translator = Translator(self._session, self._catalog, self._manifest.file)
        translator.check(entries)
        today = datetime.now(UTC).date()
        found: dict[tuple[str, Region, Filters], tuple[Image, ...]] = {}
        for dataset, region, filters in asked:
            hits = search(self._session, dataset, region, filters, translator, today)
            found[dataset, region, filters] = hits.images
            self._on_event(Searched(dataset, region.name, len(hits.images)))
            if hits.lack:
                self._complete = False
                self._on_event(Warned(f"{hits.lack}; what was wanted before still is, returned or not"))
        several = [{r.name: found[e.dataset, r, e.filters] for r in e.regions} for e in entries]
        for entry, images in zip(entries, several, strict=True):
            if warning := fruitless(images, entry):
                self._on_event(Warned(warning))
        return several


def _images(entries: Sequence[Acquisition], chosen: Sequence[Sequence[Selected]]) -> dict[str, dict[str, Image]]:
    """Return the chosen images per dataset and display id."""
    images: dict[str, dict[str, Image]] = {entry.dataset: {} for entry in entries}
    for entry, several in zip(entries, chosen, strict=True):
        images[entry.dataset] |= {s.image.display_id: s.image for s in several}
    return images


def _selected(
    found: Sequence[Mapping[str, Sequence[Image]]],
    entries: Sequence[Acquisition],
    skip: Sequence[Mapping[str, Sequence[str]]],
) -> list[tuple[Selected, ...]]:
    return [select(f, e, s) for f, e, s in zip(found, entries, skip, strict=True)]
