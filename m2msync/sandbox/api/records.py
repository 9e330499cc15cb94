"""Images, datasets and products as the JSON records of the service (api.md §6, §7.1, §8.1)."""

from __future__ import annotations

import calendar
import json
from functools import lru_cache
from typing import TYPE_CHECKING, Any

from m2msync.sandbox.account.central import stamp, stamp_of
from m2msync.sandbox.world import wrs2
from m2msync.sandbox.world.catalogue import DATASETS
from m2msync.sandbox.world.facts import level_1_of
from m2msync.sandbox.world.filters import DICTIONARY, made_id
from m2msync.sandbox.world.frames import SERIES
from m2msync.sandbox.world.metadata import full_metadata
from m2msync.sandbox.world.scene import Scene

if TYPE_CHECKING:
    from datetime import date

    from m2msync.sandbox.world.archive import Deletion
    from m2msync.sandbox.world.catalogue import Dataset
    from m2msync.sandbox.world.frames import Frame

    Polygon = dict[str, Any]

_BROWSE = {
    ("oli-tirs", 1): (
        ("5e81f7d39594374", "Reflective Browse", "refl", "natural_color"),
        ("5e82332d4223a26c", "Thermal Browse", "tir", "thermal"),
        ("5e9e85952b93b918", "Quality Browse", "qb", "qa"),
    ),
    ("tm", 1): (("5e9e83b68ba2f3d4", "Reflective Browse", "refl", "natural_color"),),
    ("oli-tirs", 2): (("5fb4ba12d7ec307f", "Level-1 Reflective Browse", "refl", "natural_color"),),
}
_SUMMARY_IDS = {
    "ID": "5e81f1503645de13",
    "Date Acquired": "5e81f15034744a9a",
    "Path": "5e81f150b36f50f7",
    "Row": "5e81f150f1cd23a",
}


def image_record(image: Scene | Frame, origin: str, metadata_type: str | None) -> dict[str, Any]:
    """Return an image as scene-search prints it: cloud cover as a whole number, metadata only when asked for."""
    bounds, coverage = _shapes(image)
    day = f"{image.acquired} 00:00:00"
    return {
        "browse": _browse(image, origin),
        "cloudCover": None if image.cloud_cover is None else round(image.cloud_cover),
        "entityId": image.entity_id,
        "displayId": image.display_id,
        "orderingId": None,
        "metadata": _metadata(image, metadata_type),
        "hasCustomizedMetadata": None,
        "options": {"bulk": True, "download": True, "order": False, "secondary": False},
        "selected": {"bulk": False, "compare": False, "order": False},
        "spatialBounds": bounds,
        "spatialCoverage": coverage,
        "temporalCoverage": {"endDate": day, "startDate": day},
        "publishDate": published(image),
    }


def metadata_record(image: Scene | Frame, origin: str, metadata_type: str | None) -> dict[str, Any]:
    """Return an image as scene-metadata prints it: cloud cover as text, ids and flags a little different (§7.1)."""
    cloud = image.cloud_cover
    return {
        **image_record(image, origin, metadata_type),
        "cloudCover": None if cloud is None else f"{cloud:.2f}",
        "orderingId": image.entity_id,
        "hasCustomizedMetadata": False,
        "selected": None,
    }


def published(image: Scene | Frame) -> str:
    """Return when an image entered the archive, some time during its processing day; of some nobody knows."""
    seed = image.seed if isinstance(image, Scene) else 1
    if seed % 50 == 0:
        return "Unknown"
    return stamp(calendar.timegm(image.processed.timetuple()) + 43_200 + seed % 18_000)


def deletion_record(deletion: Deletion) -> dict[str, Any]:
    """Return a replaced product as scene-search-delete prints it."""
    scene = deletion.scene
    return {
        "entityId": scene.entity_id,
        "displayId": scene.display_id,
        "deletionDate": stamp(calendar.timegm(deletion.day.timetuple()) + 68_402),
        "acquisitionDate": f"{scene.acquired} 10:{scene.row % 60:02d}:19",
    }


def dataset_record(dataset: Dataset, today: date) -> dict[str, Any]:
    """Return a dataset as dataset and dataset-search print it; its temporal coverage is JSON inside a string."""
    bands = not dataset.products
    edges = zip(("north", "east", "south", "west"), dataset.bounds or (), strict=False)
    return {
        "abstractText": f"{dataset.long_name}, as a simulated archive.",
        "acquisitionStart": dataset.start.isoformat(),
        # Null even of Landsat 5, which ended long ago.
        "acquisitionEnd": None if bands or dataset.landsat else dataset.covers and str(dataset.covers[1]),
        "catalogs": list(dataset.catalogs),
        "collectionName": dataset.name,
        "collectionLongName": dataset.long_name,
        "datasetId": dataset.id,
        "datasetAlias": dataset.alias,
        "datasetCategoryName": dataset.category,
        "dataOwner": "LSAA" if dataset.alias.startswith("landsat") else "DMID",
        "dateUpdated": stamp_of(today, "12:38:49.315571"),
        "doiNumber": dataset.doi,
        "ingestFrequency": "PT30M" if bands else "P1D" if dataset.landsat else None,
        "keywords": "None,Satellite,Remote Sensing,U.S. Geological Survey (USGS)",
        "legacyId": dataset.legacy_id,
        "sceneCount": scene_count(dataset, today),
        "spatialBounds": dict(edges) or None,
        "temporalCoverage": _coverage(dataset, today),
        "supportCloudCover": dataset.landsat,
        "supportDeletionSearch": dataset.landsat,
        "allowInKmz": dataset.landsat,
    }


def category_id(dataset: Dataset) -> str:
    """Return the id of the category a dataset belongs to, as dataset-search takes it."""
    return made_id(dataset.id[:8], dataset.category or "")


def _coverage(dataset: Dataset, today: date) -> str | None:
    if dataset.covers is None:
        return None
    first, last = dataset.covers
    return json.dumps([stamp_of(first), stamp_of(last or today)], separators=(",", ":"))


def scene_count(dataset: Dataset, today: date) -> int:
    """Return about how many images a dataset holds: the cached count of an unfiltered search (api.md §7.1)."""
    if not dataset.landsat:
        return SERIES[dataset.alias].images if dataset.alias in SERIES else 0
    days = sum(((last or today) - first).days for _, first, last in dataset.satellites)
    share = 0.97 if dataset.level == 1 else 0.9
    return int(days * 233 / 16 * 122 * share)


def _shapes(image: Scene | Frame) -> tuple[Polygon, Polygon]:
    return _cell_shapes(image.path, image.row) if isinstance(image, Scene) else _polygons(image.footprint)


@lru_cache(maxsize=30_000)
def _cell_shapes(path: int, row: int) -> tuple[Polygon, Polygon]:
    upper_left, upper_right, lower_right, lower_left = wrs2.corners(path, row)
    return _polygons((lower_left, lower_right, upper_right, upper_left, lower_left))


def _polygons(ring: tuple[wrs2.Point, ...]) -> tuple[Polygon, Polygon]:
    points = [[round(lon, 5), round(lat, 5)] for lon, lat in ring]
    lons, lats = [lon for lon, _ in points], [lat for _, lat in points]
    west, south, east, north = min(lons), min(lats), max(lons), max(lats)
    envelope = [[west, south], [west, north], [east, north], [east, south], [west, south]]
    return {"type": "Polygon", "coordinates": [envelope]}, {"type": "Polygon", "coordinates": [points]}


def _browse(image: Scene | Frame, origin: str) -> list[dict[str, Any]]:
    if not isinstance(image, Scene):
        return []
    level = int(image.level[1])
    product = level_1_of(image).display_id
    rows = _BROWSE.get((image.sensor, level), _BROWSE["tm", 1])
    return [
        {
            "id": id_,
            "browseRotationEnabled": None,
            "browseName": name,
            "browsePath": f"{origin}/gen-browse?size=rrb&type={kind}&product_id={product}",
            "overlayPath": f"{origin}/dynamic-tiler/scenes/{product}/tiles/{{z}}/{{x}}/{{y}}.png?layer={layer}",
            "overlayType": "ls_chs",
            "thumbnailPath": f"{origin}/gen-browse?size=thumb&type={kind}&product_id={product}",
        }
        for id_, name, kind, layer in rows
    ]


def _metadata(image: Scene | Frame, metadata_type: str | None) -> list[dict[str, Any]]:
    if metadata_type is None or not isinstance(image, Scene):
        return []
    if metadata_type == "summary":
        fields: list[tuple[str, Any]] = [
            ("ID", image.display_id),
            ("Date Acquired", f"{image.acquired:%Y/%m/%d}"),
            ("Path", f" {image.path:03d}"),
            ("Row", f" {image.row:03d}"),
        ]
    else:
        fields = list(full_metadata(image))
    plain = metadata_type == "summary"
    return [_field(image.dataset, name, value, plain=plain) for name, value in fields]


def _field(alias: str, name: str, value: Any, *, plain: bool) -> dict[str, Any]:
    known = _SUMMARY_IDS.get(name) if alias == "landsat_ot_c2_l1" and plain else None
    return {
        "id": known or _field_id(alias, name),
        "fieldName": name,
        "dictionaryLink": None if plain else DICTIONARY + name.lower().replace(" ", "_"),
        "value": value,
    }


@lru_cache(maxsize=2_000)
def _field_id(alias: str, name: str) -> str:
    return made_id(DATASETS[alias].id, name)
