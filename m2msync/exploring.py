"""Looks around at M2M before there is a manifest: what exists, how it can be filtered, what can be had."""

from __future__ import annotations

from typing import TYPE_CHECKING

from m2msync.core.errors import UsageError
from m2msync.core.events import Sink, ignore
from m2msync.core.offer import Offer
from m2msync.core.searchable import Searchable
from m2msync.core.thumbnails import with_pictures
from m2msync.m2m import browsing, order
from m2msync.m2m.conversation import converse

if TYPE_CHECKING:
    from m2msync.core.datasets import Datasets
    from m2msync.core.model import Image
    from m2msync.m2m.credentials import Credentials
    from m2msync.m2m.session import Session

RECENT = 10
"""How many of the newest images are looked at for one that has products; those of the very newest come later."""


class Explorer:
    """A way to M2M that needs no manifest and changes nothing."""

    def __init__(
        self, *, endpoint: str | None = None, credentials: Credentials | None = None, on_event: Sink = ignore
    ) -> None:
        self._endpoint, self._credentials, self._on_event = endpoint, credentials, on_event

    def datasets(self, text: str = "") -> Datasets:
        """Return the datasets with a text in their alias or name; without a text all.

        Raises:
            M2MSyncError: the credentials are refused, or M2M is in trouble.
        """
        with self._session() as session:
            return browsing.find_datasets(session, text.strip())

    def filters(self, dataset: str) -> Searchable:
        """Return what a dataset can be filtered by.

        Raises:
            M2MSyncError: there is no such dataset, the credentials are refused, or M2M is in trouble.
        """
        with self._session() as session:
            return Searchable(dataset, browsing.list_fields(session, dataset))

    def products(self, dataset: str, image: str | None = None) -> Offer:
        """Return what M2M can deliver of an image, by default of the newest one that has products.

        Args:
            dataset: its alias.
            image: a display id or entity id.

        Raises:
            M2MSyncError: there is no such dataset or image, the credentials are refused, or M2M is in trouble.
        """
        with self._session() as session:
            images: tuple[Image, ...]
            if image:
                images = (browsing.image_named(session, dataset, image),)
            else:
                images = browsing.recent_images(session, dataset, RECENT)
            for batch in images[:1], images[1:]:
                listings = order.list_products(session, dataset, batch) if batch else ()
                for one, listing in zip(batch, listings, strict=True):
                    if listing.products:
                        return Offer(one, with_pictures(listing, one))
        which = image or (f"the newest {len(images)} images" if images else "any image")
        raise UsageError(f"M2M lists no products of {which} of {dataset}", hint="name another image")

    def _session(self) -> Session:
        return converse(self._endpoint, self._credentials, on_event=self._on_event)
