"""Products that a manifest names as M2M does: which a dataset has, and whether an image's list is too old."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from m2msync.core import products
from m2msync.core.assets import tails
from m2msync.core.errors import ManifestError, Problem
from m2msync.core.wording import Unfit
from m2msync.m2m.offers import file_groups, offered

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from m2msync.core.model import Acquisition, Image
    from m2msync.listing import Lister
    from m2msync.m2m.session import Session

    Names = Mapping[str, Sequence[str]]
    """Per display id, the names of the files M2M can deliver."""


class Assortment:
    """What the datasets of one run offer; asked for only when a word means nothing that the images have."""

    def __init__(self, session: Session, file: str) -> None:
        self._session, self._file = session, file
        self._offered: dict[str, tuple[tuple[str, str], ...]] = {}
        self._groups: dict[str, dict[str, tuple[str, ...]]] = {}

    def check(self, entries: Sequence[Acquisition]) -> None:
        """Check that the datasets have the products that a manifest names as M2M does.

        Raises:
            ManifestError: one of them has not.
            ApiError: M2M refuses, or stays in trouble.
        """
        for entry in entries:
            for word in entry.products:
                if products.is_free(word):
                    self._translated(entry, word)

    def settle(
        self, entry: Acquisition, images: Mapping[str, Image], names: Names, lister: Lister
    ) -> tuple[Acquisition, Names]:
        """Return an entry with M2M's own names of its products, and what M2M can deliver of its images.

        Args:
            entry: of the manifest.
            images: those that may be wanted, by their display id.
            names: of their files, as far as known.
            lister: asks what M2M can deliver of an image.

        Raises:
            ManifestError: the dataset has no product of that name.
            ApiError: M2M refuses, or stays in trouble.
        """
        if not any(word.lower() != products.BUNDLE for word in entry.products) or not any(names.values()):
            return entry, names
        ends = {name: tails(names.get(name, ()), name) for name in images}
        every = {tail for several in ends.values() for tail in several}
        bands, words = list(entry.bands), list[str]()
        for word in entry.products:
            if products.is_free(word) and not products.tails_of(word, every):
                name, files = self._translated(entry, word)
                bands += [file for file in files if file not in bands]
                words += [name] if name else []
            else:
                words.append(word)
        # A list may be of a time before the product was, or was kept: what is lacking is looked up once an hour.
        lacking = [name for name, mine in ends.items() if not all(products.tails_of(w, mine) for w in words)]
        old = lister.outdated(entry.dataset, lacking)
        if old:
            lister.look_up(entry.dataset, [images[name] for name in old])
            names = lister.filenames(entry.dataset, images)
        if products.BROWSE in map(str.lower, words):
            ends = {name: tails(names.get(name, ()), name) for name in images}
            bare = [images[name] for name, mine in ends.items() if not products.tails_of(products.BROWSE, mine)]
            lister.note_found(images.values())
            if bare and lister.renew_pictures(entry.dataset, bare):
                names = lister.filenames(entry.dataset, images)
        return replace(entry, bands=tuple(bands), products=tuple(words)), names

    def _translated(self, entry: Acquisition, word: str) -> tuple[str, tuple[str, ...]]:
        """Return M2M's name of a product; or of a group of files, which has none here, the names of the files."""
        dataset = entry.dataset
        if dataset not in self._offered:
            self._offered[dataset] = offered(self._session, dataset)
        try:
            return products.translated(word, dataset, self._offered[dataset]), ()
        except Unfit as unfit:
            if dataset not in self._groups:
                self._groups[dataset] = file_groups(self._session, dataset)
            if files := self._groups[dataset].get(word.lower()):
                return "", files
            raise ManifestError(self._file, [Problem(*entry.spot, unfit.message, unfit.hint)]) from None
