"""The story of a validation: datasets, filters, bands, regions, and what an apply would come to."""

from __future__ import annotations

from collections import Counter
from pathlib import Path
from typing import TYPE_CHECKING

from m2msync.assortment import Assortment
from m2msync.core.errors import ManifestError
from m2msync.core.events import Searched
from m2msync.core.manifest.yaml12 import read
from m2msync.core.validation import deserted, outlook, strangers
from m2msync.listing import Lister
from m2msync.m2m import order
from m2msync.m2m.browsing import has_images, recent_images
from m2msync.m2m.datasets import check_dataset, placed
from m2msync.m2m.filters import Translator
from m2msync.m2m.places import Atlas
from m2msync.planning import Planning
from m2msync.searching import Searching

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

    from m2msync.catalog import Catalog
    from m2msync.core.errors import Problem
    from m2msync.core.events import Event, Sink
    from m2msync.core.manifest.yaml12 import Document
    from m2msync.core.model import Acquisition, Manifest
    from m2msync.core.validation import Doubt, Validation
    from m2msync.m2m.session import Session
    from m2msync.store import Store

_IMAGES = 10  # of a dataset whose products are listed: one alone may lack what others have (api.md §11.2)
_MOST_REGIONS = 20  # without images of which M2M is asked why


class Validating:
    """What the validation of one manifest needs at hand."""

    def __init__(
        self, manifest: Manifest, store: Store, catalog: Catalog, session: Session, on_event: Sink
    ) -> None:
        self._manifest, self._store = manifest, store
        self._catalog, self._session, self._on_event = catalog, session, on_event
        self._found: Counter[tuple[str, str]] = Counter()

    def validate(self) -> Validation:
        """Return what an apply would do now.

        Raises:
            ManifestError: datasets, filters, values of them, products or bands that do not exist.
            M2MSyncError: the credentials are refused, or M2M stays in trouble.
        """
        entries = Atlas(self._session, None, self._manifest.file).locate(self._manifest.acquisitions)
        with placed(entries, self._manifest.file):
            for dataset in dict.fromkeys(entry.dataset for entry in entries):
                check_dataset(self._session, dataset)
        translator = Translator(self._session, None, self._manifest.file)
        translator.check(entries)
        Assortment(self._session, self._manifest.file).check(entries)
        if problems := self._strangers():
            raise ManifestError(self._manifest.file, problems)
        place = self._manifest, self._store, self._catalog, self._session
        lister = Lister(self._catalog, self._session, self._on_event)
        found = Searching(*place, self._listen, lister).find()
        plan = Planning(*place, lister).plan(found)
        images = {(asset.dataset, asset.image) for asset in found.assets()}
        return outlook(plan, len(images), list(self._deserted(entries, translator)))

    def _strangers(self) -> list[Problem]:
        """Return the bands that no recent image of their dataset has."""
        document = read(Path(self._manifest.file).read_bytes().decode("utf-8-sig"))
        entries: dict[str, list[tuple[int, Acquisition]]] = {}
        for index, entry in enumerate(self._manifest.acquisitions):
            entries.setdefault(entry.dataset, []).append((index, entry))
        problems: list[Problem] = []
        for dataset, several in entries.items():
            problems += self._strangers_to(dataset, several, document)
        return problems

    def _strangers_to(
        self, dataset: str, entries: Sequence[tuple[int, Acquisition]], document: Document
    ) -> list[Problem]:
        images = recent_images(self._session, dataset, _IMAGES)
        known: set[tuple[str, str]] = set()
        problems: list[Problem] = []
        for batch in images[:1], images[1:]:  # one tells it nearly always
            listings = order.list_products(self._session, dataset, batch) if batch else ()
            known |= {(product.filename, each.display_id) for each in listings for product in each.products}
            problems = [problem for index, entry in entries for problem in strangers(entry, index, known, document)]
            if known and not problems:
                break
        # A dataset that lists nothing at all may do so tomorrow.
        return problems if known else []

    def _deserted(self, entries: Iterable[Acquisition], translator: Translator) -> Iterator[Doubt]:
        """Yield what is to be said of regions in which nothing was found."""
        areas = {(entry.dataset, region.name): region for entry in entries for region in entry.regions}
        empty = [place for place in areas if not self._found[place]]
        for dataset, name in empty[:_MOST_REGIONS]:
            there = has_images(self._session, dataset, areas[dataset, name], translator)
            yield deserted(dataset, name, anything=there)

    def _listen(self, event: Event) -> None:
        if isinstance(event, Searched):
            self._found[event.dataset, event.region] += event.images
        self._on_event(event)
