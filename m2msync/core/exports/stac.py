"""What is held as a static STAC catalog (version 1.1.0): an item for each image, a collection for each dataset.

Only what is known without opening a picture is told. The extension `landsat` is named only where all that it
requires is known. https://github.com/radiantearth/stac-spec, https://stac-extensions.github.io
"""

from __future__ import annotations

import re
from collections import Counter
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from m2msync.core import naming
from m2msync.core.exports.assets import asset
from m2msync.core.exports.geometry import WORLD, Bounds, bounds, geometry, joined
from m2msync.core.exports.mtl import Metadata
from m2msync.core.naming import natural

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping

    from m2msync.core.exports.records import ImageRecord, ProductRecord

_VERSION = "1.1.0"
_EXTENSIONS = {
    "classification": "https://stac-extensions.github.io/classification/v1.1.0/schema.json",
    "eo": "https://stac-extensions.github.io/eo/v1.1.0/schema.json",
    "file": "https://stac-extensions.github.io/file/v2.1.0/schema.json",
    "landsat": "https://stac-extensions.github.io/landsat/v2.0.0/schema.json",
    "proj": "https://stac-extensions.github.io/projection/v2.0.0/schema.json",
    "view": "https://stac-extensions.github.io/view/v1.0.0/schema.json",
}
_PROVIDER = {
    "name": "U.S. Geological Survey",
    "roles": ["licensor", "producer", "processor", "host"],
    "url": "https://www.usgs.gov/centers/eros",
}
_LICENSE = {
    "rel": "license",
    "href": "https://www.usgs.gov/information-policies-and-instructions/copyrights-and-credits",
    "type": "text/html",
    "title": "Copyrights and credits, U.S. Geological Survey",
}
_JSON = "application/json"
_INSTRUMENTS = {
    "C": ("oli", "tirs"),
    "O": ("oli",),
    "T": ("tirs",),
    "E": ("etm+",),
    "M": ("mss",),
}
_FIRST_WITH_TIRS, _FIRST_OF_WRS_2 = 8, 4  # Landsat 1 to 3 flew on WRS-1, and T was the TM of Landsat 4 and 5
_SCENE_ID = re.compile(r"L[CEMOT][1-9]\d{13}[A-Z]{3}\d\d", re.ASCII)
_NOTHING = Metadata()
MARK = "m2msync:manifest"
"""The field of a catalog.json of ours that tells whose it is."""


@dataclass(slots=True)
class Extent:
    """What a collection covers, as its items are added one by one."""

    box: Bounds | None = None
    days: list[str] = field(default_factory=list)
    """The first and the last."""
    platforms: set[str] = field(default_factory=set)
    instruments: set[str] = field(default_factory=set)

    def add(self, item: Mapping[str, Any]) -> None:
        """Take in an item."""
        told = item["properties"]
        if "bbox" in item:
            self.box = joined(self.box, tuple(item["bbox"]))
        days = [
            *self.days,
            told.get("start_datetime") or told["datetime"],
            told.get("end_datetime") or told["datetime"],
        ]
        self.days = [min(days), max(days)]
        self.platforms.update([told["platform"]] if "platform" in told else [])
        self.instruments.update(told.get("instruments", []))


def item(
    record: ImageRecord, place: Callable[[str], str], metadata: Metadata | None = None
) -> dict[str, Any] | None:
    """Return the item of an image, None when nobody knows when it was taken, which STAC requires.

    Args:
        record: the image and what is held of it.
        place: returns how an item refers to a path of the store.
        metadata: what its MTL text tells, when that is held.
    """
    image, metadata = record.image, metadata or _NOTHING
    properties = _when(record, metadata) | _properties(record, metadata)
    if "datetime" not in properties:
        return None
    shape = geometry(image.footprint)
    assets = _assets(record, place, metadata)
    return {
        "type": "Feature",
        "stac_version": _VERSION,
        "stac_extensions": _extensions(properties, assets),
        "id": image.display_id,
        **({"bbox": list(bounds(shape))} if shape else {}),
        "geometry": shape,
        "collection": image.dataset,
        "properties": properties,
        "links": [
            {"rel": "root", "href": "../catalog.json", "type": _JSON},
            {"rel": "parent", "href": "./collection.json", "type": _JSON},
            {"rel": "collection", "href": "./collection.json", "type": _JSON},
        ],
        "assets": assets,
    }


def collection(dataset: str, extent: Extent, items: Iterable[tuple[str, str]]) -> dict[str, Any]:
    """Return the collection of a dataset.

    Args:
        dataset: its alias.
        extent: all of its items taken together.
        items: their ids, and the names of their files beside the collection's.
    """
    summaries = {"platform": sorted(extent.platforms), "instruments": sorted(extent.instruments)}
    return {
        "type": "Collection",
        "stac_version": _VERSION,
        "id": dataset,
        "title": dataset,
        "description": f"What is held of the dataset {dataset} of USGS",
        "license": "other",
        "providers": [_PROVIDER],
        "extent": {
            "spatial": {"bbox": [list(extent.box or WORLD)]},
            "temporal": {"interval": [extent.days or [None, None]]},
        },
        **({"summaries": told} if (told := {name: values for name, values in summaries.items() if values}) else {}),
        "links": [
            {"rel": "root", "href": "../catalog.json", "type": _JSON},
            {"rel": "parent", "href": "../catalog.json", "type": _JSON},
            _LICENSE,
            *(
                {"rel": "item", "href": f"./{file}", "type": "application/geo+json", "title": name}
                for name, file in items
            ),
        ],
    }


def catalog(manifest: str, children: Iterable[tuple[str, str]]) -> dict[str, Any]:
    """Return the catalog above the collections.

    Args:
        manifest: the name of the manifest that wants it.
        children: the datasets, and the names of their folders.
    """
    return {
        "type": "Catalog",
        "stac_version": _VERSION,
        "id": manifest,
        "title": manifest,
        "description": f"What is held for the manifest {manifest}",
        MARK: manifest,
        "links": [
            {"rel": "root", "href": "./catalog.json", "type": _JSON},
            *(
                {"rel": "child", "href": f"./{folder}/collection.json", "type": _JSON, "title": dataset}
                for dataset, folder in children
            ),
        ],
    }


def _when(record: ImageRecord, metadata: Metadata) -> dict[str, Any]:
    """Return the moment; where only the day is known, the day from its beginning to its end."""
    if metadata.moment:
        return {"datetime": metadata.moment}
    day = record.image.acquired
    if day is None:
        return {}
    return {
        "datetime": None,
        "start_datetime": f"{day.isoformat()}T00:00:00Z",
        "end_datetime": f"{day.isoformat()}T23:59:59Z",
    }


def _properties(record: ImageRecord, metadata: Metadata) -> dict[str, Any]:
    cloud = record.image.cloud_cover
    told = {
        "eo:cloud_cover": cloud if cloud is not None and 0 <= cloud <= 100 else None,  # noqa: PLR2004 - percent
        "view:sun_azimuth": metadata.sun_azimuth,
        "view:sun_elevation": metadata.sun_elevation,
        "proj:code": metadata.code,
        **_landsat(record, metadata),
    }
    return {name: value for name, value in told.items() if value is not None}


def _landsat(record: ImageRecord, metadata: Metadata) -> dict[str, Any]:
    named = naming.parse_display_id(record.image.display_id)
    if named is None:
        return {}
    instruments = (
        ("tm",) if named.sensor == "T" and named.satellite < _FIRST_WITH_TIRS else _INSTRUMENTS[named.sensor]
    )
    return {
        "platform": f"landsat-{named.satellite}",
        "instruments": list(instruments),
        "constellation": "landsat",
        "landsat:scene_id": record.image.entity_id,
        "landsat:correction": named.level,
        "landsat:wrs_type": "2" if named.satellite >= _FIRST_OF_WRS_2 else "1",
        "landsat:wrs_path": f"{named.path:03}",
        "landsat:wrs_row": f"{named.row:03}",
        "landsat:collection_number": f"{named.collection:02}",
        "landsat:collection_category": named.tier,
        "landsat:cloud_cover_land": metadata.cloud_cover_land,
    }


def _assets(record: ImageRecord, place: Callable[[str], str], metadata: Metadata) -> dict[str, Any]:
    """Return the assets by what a manifest calls them; by their file names where that would be two of them."""
    times = Counter(product.product for product in record.held)
    named = {p.filename if times[p.product] > 1 else p.product: p for p in record.held}
    return {
        name: asset(named[name], record.image.display_id, _href(named[name], place), metadata)
        for name in sorted(named, key=natural)
    }


def _href(product: ProductRecord, place: Callable[[str], str]) -> str:
    return place(product.path or "")


def _extensions(properties: Mapping[str, Any], assets: Mapping[str, Mapping[str, Any]]) -> list[str]:
    """Return the extensions whose fields are used and which would find them right."""
    names = [*properties, *(name for each in assets.values() for name in each)]
    used = {name.partition(":")[0] for name in names if ":" in name}
    if "landsat:cloud_cover_land" not in properties or not _SCENE_ID.fullmatch(properties["landsat:scene_id"]):
        used.discard("landsat")
    return [_EXTENSIONS[name] for name in sorted(used)]
