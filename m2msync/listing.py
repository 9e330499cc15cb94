"""What M2M can deliver of images: asked for those the catalog does not know yet, and remembered there."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING

from m2msync.core import thumbnails
from m2msync.core.errors import UsageError
from m2msync.core.events import Counted, Stage
from m2msync.m2m import order
from m2msync.m2m.browsing import image_named

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    from m2msync.catalog import Catalog
    from m2msync.core.events import Sink
    from m2msync.core.model import Image
    from m2msync.m2m.session import Session

_STALE = 3600  # seconds after which a product that could not be delivered is looked up anew


class Lister:
    """Asks M2M, and remembers in the catalog."""

    def __init__(self, catalog: Catalog, session: Session, on_event: Sink) -> None:
        self._catalog, self._session, self._on_event = catalog, session, on_event
        self._found: dict[tuple[str, str], Image] = {}

    def filenames(self, dataset: str, images: Mapping[str, Image]) -> dict[str, Sequence[str]]:
        """Return, per display id, the names of the files M2M can deliver.

        Args:
            dataset: whose images these are.
            images: by their display id.

        Raises:
            M2MSyncError: M2M refuses to list an image, or stays in trouble.
        """
        known = self._catalog.band_names(dataset, images)
        # An empty list is asked for again: the products of a new image appear some time after the image.
        unknown = [image for name, image in images.items() if not known.get(name)]
        unseen = self._catalog.unseen_images(dataset) & images.keys()
        if unknown or unseen:
            self._catalog.remember_images([*unknown, *(images[name] for name in unseen)])
        if not unknown:
            return {**known}
        self.look_up(dataset, unknown)
        return {**self._catalog.band_names(dataset, images)}

    def look_up(self, dataset: str, images: Sequence[Image]) -> None:
        """Have the catalog know what M2M can deliver of these images now.

        Raises:
            M2MSyncError: M2M refuses to list an image, or stays in trouble.
        """
        self._on_event(Stage("listing products", len(images)))
        for start in range(0, len(images), order.IMAGES_PER_CALL):
            batch = images[start : start + order.IMAGES_PER_CALL]
            self._catalog.remember_listings(order.list_products(self._session, dataset, batch), at=time.time())
            self._on_event(Counted(len(batch)))

    def note_found(self, images: Iterable[Image]) -> None:
        """Bear in mind images as a search of this run has told them: it has told where their pictures are."""
        self._found |= {(image.dataset, image.display_id): image for image in images}

    def is_noted(self, dataset: str, display_id: str) -> bool:
        """Return whether a search of this run has told of an image whose pictures are wanted."""
        return (dataset, display_id) in self._found

    def renew_pictures(self, dataset: str, images: Iterable[Image]) -> bool:
        """Have the catalog know where the small pictures are of images without others; say whether that is news.

        Args:
            dataset: whose images these are.
            images: M2M is asked of each that no search of this run has told of.

        Raises:
            M2MSyncError: M2M stays in trouble.
        """
        told = [self._found.get((dataset, image.display_id)) or self._told(image) for image in images]
        listings = self._catalog.listings(dataset, [image.display_id for image in told])
        known = [(listings[i.display_id], i) for i in told if i.display_id in listings]
        news = [new for old, image in known if (new := thumbnails.with_pictures(old, image)) != old]
        self._catalog.remember_listings(news, at=time.time())
        return bool(news)

    def _told(self, image: Image) -> Image:
        try:
            return image_named(self._session, image.dataset, image.entity_id)
        except UsageError:  # it is gone
            return image

    def outdated(self, dataset: str, display_ids: Iterable[str]) -> list[str]:
        """Return those of the images that were never listed, or so long ago that M2M may know better now.

        A time to come was told by a clock that went wrong.
        """
        display_ids = list(display_ids)
        listed = self._catalog.listed_at(dataset, display_ids)
        return [name for name in display_ids if not 0 <= time.time() - listed.get(name, 0) <= _STALE]
