"""M2M's records read into our values, tolerant of every shape seen on the wire (api.md §13).

A record that cannot be understood is left out; what is wanted and missing then shows in the plan with a reason.
"""

from __future__ import annotations

import math
import re
from collections import defaultdict
from dataclasses import replace
from datetime import date
from itertools import chain
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

from m2msync.core import naming, products
from m2msync.core.errors import StorageError
from m2msync.core.fields import Field
from m2msync.core.model import Image, Listing, Product, Route
from m2msync.core.places import Candidate

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

_DIGEST_LENGTHS = {"sha512": 128, "sha256": 64, "sha256sum": 64, "md5": 32}
_MAX_PERCENT = 100
_ANTIMERIDIAN, _POLE = 180, 90
_COLUMN = re.compile(r"\b[A-Za-z_]\w*\b(?!\s*\()")  # the first name that is no function's, as in trunc(DATE_X)


def records(value: Any) -> list[dict[str, Any]]:
    """Return a list's objects; anything else, null included, is an empty list."""
    return [r for r in value if isinstance(r, dict)] if isinstance(value, list) else []


def mapping(value: Any) -> dict[str, Any]:
    """Return an object; PHP sends an empty one as `[]` (api.md §13 no. 1)."""
    return value if isinstance(value, dict) else {}


def number(value: Any) -> int | None:
    """Return a whole number that may travel as a string, None when it is none."""
    try:
        return None if isinstance(value, bool) else int(value)
    except (TypeError, ValueError, OverflowError):
        return None


def text(value: Any) -> str:
    """Return a string, empty when it is none."""
    return value if isinstance(value, str) else ""


def url(value: Any) -> str:
    """Return a web address, empty when it is none."""
    try:
        parts = urlsplit(text(value))
    except ValueError:  # half an IPv6 address
        return ""
    return text(value) if parts.scheme in ("http", "https") and parts.hostname else ""


def image(dataset: str, record: dict[str, Any]) -> Image | None:
    """Return a scene record of scene-search as an image (api.md §7.1)."""
    entity_id, display_id = text(record.get("entityId")), text(record.get("displayId"))
    if not (entity_id and _can_be_a_name(entity_id) and _can_be_a_name(display_id or entity_id)):
        return None
    named = naming.parse_display_id(display_id)
    acquired = _day(mapping(record.get("temporalCoverage")).get("startDate"))
    return Image(
        dataset=dataset,
        entity_id=entity_id,
        display_id=display_id or entity_id,
        acquired=acquired or (named.acquired if named else None),
        cloud_cover=_percent(record.get("cloudCover")),
        path=named.path if named else None,
        row=named.row if named else None,
        tier=named.tier if named else None,
        footprint=_ring(record.get("spatialCoverage")),
        pictures=() if named and named.level.startswith("L1") else _pictures(record.get("browse")),
    )


def _pictures(browse: Any) -> tuple[tuple[str, str], ...]:
    told = ((text(record.get("browseName")), url(record.get("browsePath"))) for record in records(browse))
    return tuple((name, address) for name, address in told if name and address and _can_be_a_name(name))


def places(answer: Any) -> tuple[Candidate, ...]:
    """Return the `data` of placename as candidates (api.md §6.8); those without a position are left out."""
    found = (_place(record) for record in records(mapping(answer).get("results")))
    return tuple(place for place in found if place)


def _place(record: dict[str, Any]) -> Candidate | None:
    try:
        longitude, latitude = float(record["longitude"]), float(record["latitude"])
    except (KeyError, TypeError, ValueError, OverflowError):
        return None
    name = text(record.get("placename"))
    if not name or not (abs(longitude) <= _ANTIMERIDIAN and abs(latitude) <= _POLE):
        return None
    keys = ("country_name", "feature_name", "country_code", "feature_code")
    details = dict.fromkeys(text(record.get(key)) for key in keys)
    return Candidate(name, longitude, latitude, tuple(told for told in details if told and told != name))


def fields(filters: Any) -> tuple[Field, ...]:
    """Return the `data` of dataset-filters as fields (api.md §6.3)."""
    return tuple(_field(record) for record in records(filters) if text(record.get("id")))


def _field(record: dict[str, Any]) -> Field:
    label, sql = text(record.get("fieldLabel")), text(record.get("searchSql"))
    config = mapping(record.get("fieldConfig"))
    column = _COLUMN.search(sql)
    validators = [text(validator.get("type")) for validator in records(config.get("validators"))]
    values = mapping(record.get("valueList")).items()
    return Field(
        id=record["id"],
        label=label,
        column=column[0].upper() if column else "",
        kind=text(config.get("type")),
        like=" like " in f" {sql} ".lower(),
        dated="Date" in validators or "YYYY" in label,
        # The first key is empty: it stands for all.
        values=tuple((key, str(shown)) for key, shown in values if key),
    )


def listings(dataset: str, images: Iterable[Image], options: Any) -> tuple[Listing, ...]:
    """Return what M2M can deliver of each image, in their order; an image it knows nothing of has no products.

    Args:
        dataset: the dataset's alias.
        images: the images asked for.
        options: the `data` of download-options: a flat list over all images, or null (api.md §8.1).
    """
    found: defaultdict[str, list[tuple[dict[str, Any], bool]]] = defaultdict(list)
    for option in records(options):
        owner = text(option.get("entityId"))
        found[owner].append((option, False))
        found[owner] += [(secondary, True) for secondary in records(option.get("secondaryDownloads"))]
    return tuple(
        Listing(dataset, i.entity_id, i.display_id, tuple(_products(found[i.entity_id], i.display_id)))
        for i in images
    )


def _products(options: Iterable[tuple[dict[str, Any], bool]], display_id: str) -> Iterator[Product]:
    # The same files are repeated under every bundle and folder row (api.md §8.1): one product, each route once.
    merged: dict[str, Product] = {}
    for option, secondary in _distinct(options):
        product = _product(option, display_id, secondary=secondary)
        if product is None:
            continue
        before = merged.get(product.filename, product)
        routes = tuple(dict.fromkeys(before.routes + product.routes))
        merged[product.filename] = replace(
            before, routes=routes, size=before.size or product.size, digest=before.digest or product.digest
        )
    return iter(merged.values())


def _distinct(options: Iterable[tuple[dict[str, Any], bool]]) -> Iterator[tuple[dict[str, Any], bool]]:
    """Leave out what was said before, word for word: most of it, and reading it again takes time."""
    said: dict[tuple[str, str, bool], dict[str, Any]] = {}
    for option, secondary in options:
        row = text(option.get("entityId")), text(option.get("id")), secondary
        if said.get(row) != option:
            said[row] = option
            yield option, secondary


def _product(option: dict[str, Any], display_id: str, *, secondary: bool) -> Product | None:
    route = Route(
        entity_id=text(option.get("entityId")),
        product_id=text(option.get("id")),
        system=text(option.get("downloadSystem")),
        available=option.get("available") is True,
        code=text(option.get("productCode")),
    )
    name = text(option.get("displayId")) if secondary else _product_name(option, display_id)
    if not name or not route.entity_id or not route.product_id or route.system == "folder":
        return None
    try:
        filename = naming.sanitise(name)
    except StorageError:
        return None
    size = number(option.get("filesize")) or 0
    return Product(
        filename=filename,
        band=naming.band_of(filename, display_id),
        size=size if size > 0 else None,
        exact=secondary and _is_exact(filename),
        digest=_digest(option.get("checksum")),
        routes=(route,),
    )


def _product_name(option: dict[str, Any], display_id: str) -> str:
    name, code = text(option.get("productName")), text(option.get("productCode"))
    return products.file_name(display_id, name, code, text(option.get("downloadSystem")))


def _is_exact(filename: str) -> bool:
    # Level-1 band sizes are exact; level-2 ones were seen to be round nominal numbers (api.md §11.3).
    named = naming.parse_display_id("_".join(filename.split("_")[:7]))
    return named is not None and named.level.startswith("L1")


def _digest(checksums: Any) -> str | None:
    for entry in records(checksums):
        kind, value = text(entry.get("id")).lower(), text(entry.get("value")).lower()
        if _DIGEST_LENGTHS.get(kind) == len(value) and set(value) <= set("0123456789abcdef"):
            return f"{kind.removesuffix('sum')}:{value}"
    return None


def _can_be_a_name(told: str) -> bool:
    try:
        naming.sanitise(told)
    except StorageError:
        return False
    return "\0" not in told  # SQLite ends a text there, and what is remembered under it is not found again


def _percent(value: Any) -> float | None:
    # Unknown cloud cover is null or -1, and numbers may travel as strings (api.md §7.1).
    try:
        percent = float(value)
    except (TypeError, ValueError, OverflowError):
        return None
    return percent if 0 <= percent <= _MAX_PERCENT else None


def _day(value: Any) -> date | None:
    try:
        return date.fromisoformat(text(value)[:10].replace("/", "-"))
    except ValueError:
        return None


def _ring(coverage: Any) -> tuple[tuple[float, float], ...]:
    try:
        ring = mapping(coverage)["coordinates"][0]
        points = tuple((float(point[0]), float(point[1])) for point in ring)
        return points if all(map(math.isfinite, chain.from_iterable(points))) else ()
    except (KeyError, IndexError, TypeError, ValueError, OverflowError):
        return ()
