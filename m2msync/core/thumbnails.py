"""Small pictures of images that are no products: M2M's search tells where anyone may fetch them (api.md §7.1).

They stand in for the browse products that level-2 images and other datasets do not have, and need no order.
"""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from m2msync.core import naming, products
from m2msync.core.model import Product, Route

if TYPE_CHECKING:
    from m2msync.core.model import Image, Listing

SYSTEM = "public"
"""What delivers them; the id of such a product is its address."""


def is_public(route: Route) -> bool:
    """Return whether a product is fetched from where everybody may, without an order."""
    return route.system == SYSTEM


def is_lacking(listing: Listing) -> bool:
    """Return whether M2M can deliver an image, but no picture of it."""
    tails = [p.filename.removeprefix(listing.display_id) for p in listing.products]
    return bool(tails) and not products.tails_of(products.BROWSE, tails)


def with_pictures(listing: Listing, image: Image) -> Listing:
    """Return what M2M can deliver of an image, and its small pictures, where they are now, if it has no others."""
    ordered = tuple(product for product in listing.products if not any(map(is_public, product.routes)))
    if not image.pictures or not is_lacking(replace(listing, products=ordered)):
        return listing
    return replace(listing, products=(*ordered, *(_picture(image, *told) for told in image.pictures)))


def _picture(image: Image, name: str, url: str) -> Product:
    called = name if products.BROWSE in name.lower() else f"{name} {products.BROWSE}"
    filename = products.file_name(image.display_id, called, "", SYSTEM)
    route = Route(image.entity_id, url, SYSTEM, available=True)
    return Product(filename, naming.band_of(filename, image.display_id), routes=(route,))
