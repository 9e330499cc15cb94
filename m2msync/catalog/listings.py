"""What M2M has told: the products it can deliver of an image, and the images themselves."""

from __future__ import annotations

import json
import zlib
from datetime import date
from typing import TYPE_CHECKING, Any

from m2msync.catalog.database import Database, seconds, text_time
from m2msync.core.model import Image, Listing, Product, Route

if TYPE_CHECKING:
    from collections.abc import Iterable

COLUMNS = "dataset, entity_id, display_id, acquired, cloud_cover, path, row, tier, footprint"
"""What `read_image` reads."""


class Listings(Database):
    """The catalog's part about answers of M2M."""

    def band_names(self, dataset: str, display_ids: Iterable[str]) -> dict[str, tuple[str, ...]]:
        """Return the file names M2M can deliver, for those of the images whose products are known."""
        rows = self._listed("display_id, filenames", dataset, display_ids)
        return {display_id: tuple(json.loads(filenames)) for display_id, filenames in rows}

    def listings(self, dataset: str, display_ids: Iterable[str]) -> dict[str, Listing]:
        """Return everything M2M can deliver, for those of the images whose products are known."""
        rows = self._listed("display_id, entity_id, details", dataset, display_ids)
        return {name: Listing(dataset, entity_id, name, _unpack(details)) for name, entity_id, details in rows}

    def listed_at(self, dataset: str, display_ids: Iterable[str]) -> dict[str, float]:
        """Return when M2M listed the products of those images it was asked about, in seconds since 1970."""
        rows = self._listed("display_id, listed_at", dataset, display_ids)
        return {display_id: seconds(listed_at) for display_id, listed_at in rows}

    def remember_listings(self, listings: Iterable[Listing], at: float) -> None:
        """Keep what M2M listed at a time (seconds since 1970), instead of what it listed before."""
        with self._writing() as db:
            db.executemany(
                "INSERT OR REPLACE INTO listings (dataset, display_id, entity_id, listed_at, filenames, details)"
                " VALUES (?, ?, ?, ?, ?, ?)",
                ((x.dataset, x.display_id, x.entity_id, text_time(at), _filenames(x), _pack(x)) for x in listings),
            )

    def remember_images(self, images: Iterable[Image]) -> None:
        """Keep the images for reports; those known just so already cost no write."""
        told = "entity_id, acquired, cloud_cover, path, row, tier, footprint"
        new = ", ".join(f"excluded.{name}" for name in told.split(", "))
        with self._writing() as db:
            db.executemany(
                f"INSERT INTO images (dataset, display_id, {told})"  # noqa: S608 - columns are written above
                " VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)"
                f" ON CONFLICT DO UPDATE SET ({told}) = ({new}) WHERE ({told}) IS NOT ({new})",
                (_row(image) for image in images),
            )

    def unseen_images(self, dataset: str) -> set[str]:
        """Return the display ids of a dataset's images of which products are known and nothing else.

        With a lock images are ordered that no search has told of.
        """
        with self._reading() as db:
            rows = db.execute(
                "SELECT display_id FROM listings AS l WHERE dataset = ? AND NOT EXISTS"
                " (SELECT 1 FROM images AS i WHERE i.dataset = l.dataset AND i.display_id = l.display_id)",
                (dataset,),
            )
            return {display_id for (display_id,) in rows}

    def images(self, dataset: str, display_ids: Iterable[str]) -> dict[str, Image]:
        """Return those of the images that are known, by their display id."""
        with self._reading() as db:
            rows = db.execute(
                f"SELECT {COLUMNS} FROM images"  # noqa: S608 - columns are written above
                " WHERE dataset = ? AND display_id IN (SELECT value FROM json_each(?))",
                (dataset, json.dumps(list(display_ids))),
            )
            return {image.display_id: image for image in map(read_image, rows)}

    def _listed(self, columns: str, dataset: str, display_ids: Iterable[str]) -> list[tuple[Any, ...]]:
        with self._reading() as db:
            return db.execute(
                f"SELECT {columns} FROM listings"  # noqa: S608 - columns are written above
                " WHERE dataset = ? AND display_id IN (SELECT value FROM json_each(?))",
                (dataset, json.dumps(list(display_ids))),
            ).fetchall()


def _filenames(listing: Listing) -> str:
    return json.dumps([product.filename for product in listing.products])


def _pack(listing: Listing) -> bytes:
    # Digests and routes are most of the bulk and are needed only for what is about to be fetched.
    # The lowest level: a fifth of the time saved for a twentieth more bytes.
    return zlib.compress(json.dumps(listing.products, default=_fields).encode(), level=1)


def _fields(value: Product | Route) -> dict[str, Any]:
    return {name: getattr(value, name) for name in value.__slots__}


def _unpack(details: bytes) -> tuple[Product, ...]:
    products = json.loads(zlib.decompress(details))
    return tuple(Product(**{**p, "routes": tuple(Route(**r) for r in p["routes"])}) for p in products)


def read_image(row: tuple[Any, ...]) -> Image:
    """Return the image that a row of COLUMNS tells of."""
    dataset, entity_id, display_id, acquired, cloud_cover, wrs_path, wrs_row, tier, footprint = row
    day = acquired and date.fromisoformat(acquired)
    corners = tuple((x, y) for x, y in json.loads(footprint))
    return Image(dataset, entity_id, display_id, day, cloud_cover, wrs_path, wrs_row, tier, corners)


def _row(image: Image) -> tuple[object, ...]:
    return (
        image.dataset,
        image.display_id,
        image.entity_id,
        image.acquired and image.acquired.isoformat(),
        image.cloud_cover,
        image.path,
        image.row,
        image.tier,
        json.dumps(image.footprint),
    )
