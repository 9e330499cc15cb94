"""What is exported as tables: a row for each product, or for each image."""

from __future__ import annotations

import csv
import io
from typing import TYPE_CHECKING, Any

from m2msync.core import naming

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from m2msync.core.exports.records import ImageRecord, ProductRecord

PRODUCT_COLUMNS = {
    "key": "the product, `<dataset>/<file name>`; unique",
    "dataset": "M2M's dataset",
    "display_id": "the image, as people name it",
    "image": "the image, as M2M names it (entity id)",
    "region": "the region of the manifest for which it is wanted; the first of several",
    "product": "the band or product, as a manifest names it: `B2`, `MTL`, `bundle`",
    "state": "held, failed, unavailable, wanted ...; see the catalog",
    "path": "the file, relative to the store; empty when it is not held",
    "size": "bytes; empty when it is not held",
    "digest": "`sha512:<hex>` or `sha256:<hex>` of the file",
    "fetched_at": "when it landed, ISO 8601 in UTC",
    "acquired": "the day the image was taken, `2022-03-28`",
    "cloud_cover": "percent; empty when USGS does not tell",
    "wrs_path": "path of the WRS grid",
    "wrs_row": "row of the WRS grid",
    "tier": "T1, T2 or RT",
    "attempts": "failed attempts since it last landed",
    "reason": "why it is in its state",
}
"""The columns of the CSV, and what each is."""
IMAGE_COLUMNS = {
    "dataset": "M2M's dataset",
    "display_id": "the image, as people name it; unique within its dataset",
    "image": "the image, as M2M names it (entity id)",
    "acquired": "the day it was taken",
    "cloud_cover": "percent; none when USGS does not tell",
    "wrs_path": "path of the WRS grid",
    "wrs_row": "row of the WRS grid",
    "tier": "T1, T2 or RT",
    "regions": "the regions of the manifest for which it is wanted",
    "wanted": "how many of its products are wanted",
    "held": "how many of them are held",
    "failed": "how many of them failed",
    "bytes": "the size of what is held",
    "products": "what is held, as a manifest names it",
    "paths": "the files of the same, in the same order, relative to the store",
}
"""The columns of the GeoParquet beside `geometry` and `bbox`, and the properties of the GeoJSON."""
_TEXTS = ("dataset", "display_id", "image", "region", "product", "path", "tier", "reason", "key")
_FORMULAS = ("=", "+", "-", "@", "\t")


def product_lines(records: Iterable[ImageRecord]) -> Iterator[str]:
    """Yield the CSV, a line for each product.

    A text that a spreadsheet would take for a formula gets an apostrophe in front, which shows it as a text there
    (OWASP, "CSV Injection").
    """
    sheet = io.StringIO()
    writer = csv.writer(sheet, lineterminator="\n")
    writer.writerow(PRODUCT_COLUMNS)
    for record in records:
        facts = _facts(record)
        writer.writerows(_product_row(facts, product) for product in record.products)
        yield sheet.getvalue()
        sheet.seek(0)
        sheet.truncate()
    yield sheet.getvalue()


def image_row(record: ImageRecord) -> dict[str, Any]:
    """Return the values of IMAGE_COLUMNS for an image."""
    held = sorted(record.held, key=lambda product: (naming.natural(product.product), product.key))
    return {
        **_facts(record),
        "regions": list(record.regions),
        "wanted": record.wanted,
        "held": len(held),
        "failed": record.failed,
        "bytes": record.bytes,
        "products": [product.product for product in held],
        "paths": [product.path for product in held],
    }


def _facts(record: ImageRecord) -> dict[str, Any]:
    image = record.image
    return {
        "dataset": image.dataset,
        "display_id": image.display_id,
        "image": image.entity_id,
        "acquired": image.acquired and image.acquired.isoformat(),
        "cloud_cover": image.cloud_cover,
        "wrs_path": image.path,
        "wrs_row": image.row,
        "tier": image.tier,
    }


def _product_row(facts: dict[str, Any], product: ProductRecord) -> list[Any]:
    landed = product.path is not None
    told = facts | {
        "key": product.key,
        "region": product.region,
        "product": product.product,
        "state": product.state,
        "path": product.path,
        "size": product.size if landed else None,
        "digest": product.digest if landed else None,
        "fetched_at": product.fetched_at if landed else None,
        "attempts": product.attempts,
        "reason": product.reason,
    }
    for name in _TEXTS:
        if told[name]:
            told[name] = _harmless(told[name])
    return [told[name] for name in PRODUCT_COLUMNS]


def _harmless(text: str) -> str:
    # A lone carriage return would end a line for some readers, and csv quotes it for none.
    text = text.replace("\r", " ")
    return f"'{text}" if text.startswith(_FORMULAS) else text
