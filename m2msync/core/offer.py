"""What M2M can deliver of an image, as a person looks for it who writes a manifest."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from m2msync.core import products

if TYPE_CHECKING:
    from m2msync.core.model import Image, Listing, Product


@dataclass(frozen=True, slots=True)
class Offer:
    """The products of one image."""

    image: Image
    listing: Listing

    def to_json(self) -> dict[str, Any]:
        """Return it as one JSON object (schemas/products.schema.json)."""
        image = self.image
        return {
            "schema_version": 1,
            "kind": "products",
            "dataset": image.dataset,
            "image": {
                "entity_id": image.entity_id,
                "display_id": image.display_id,
                "acquired": str(image.acquired) if image.acquired else None,
            },
            "products": [
                {
                    "key": key_of(product),
                    "name": name_of(product),
                    "filename": product.filename,
                    "size": product.size,
                    "exact": product.exact,
                    "digest": product.digest.partition(":")[0] if product.digest else None,
                    "systems": systems_of(product),
                }
                for product in self.listing.products
            ],
        }


def key_of(product: Product) -> str:
    """Return the key of a manifest's entry that asks for a product: `bands`, or `products` for what is no band."""
    return "products" if _is_bundle(product) or products.is_named(product.band) else "bands"


def name_of(product: Product) -> str:
    """Return what a manifest calls a product under its key, e.g. `B2`, `MTL` or `bundle`."""
    if _is_bundle(product):
        return products.BUNDLE
    return products.label(product.band) if products.is_named(product.band) else product.band


def systems_of(product: Product) -> dict[str, bool]:
    """Return the systems that deliver a product, and whether each would do so now."""
    systems: dict[str, bool] = {}
    for route in product.routes:
        systems[route.system] = systems.get(route.system, False) or route.available
    return systems


def _is_bundle(product: Product) -> bool:
    return product.filename.endswith(".tar")
