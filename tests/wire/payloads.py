"""What one may ask of the sandbox: places, datasets, and the payloads built of them."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Callable

L1, L2 = "landsat_ot_c2_l1", "landsat_ot_c2_l2"
OLDER = ("landsat_etm_c2_l1", "landsat_etm_c2_l2", "landsat_tm_c2_l1", "landsat_tm_c2_l2")
BANDS = "landsat_band_files_c2_l1"
EVERY = (L1, L2, *OLDER, "naip")
PATH, SATELLITE, PRODUCT = "5e81f14f8faf8048", "61af93b8fad2acf5", "5e81f14fe3c40983"
RING = [[-80.2, 0.9], [-79.2, 0.9], [-79.2, 1.9], [-80.2, 0.9]]


def box_filter(west: float, south: float, east: float, north: float) -> dict[str, object]:
    """Return the spatial filter of a box in degrees."""
    corners = {"lowerLeft": (west, south), "upperRight": (east, north)}
    return {"filterType": "mbr", **{name: {"longitude": x, "latitude": y} for name, (x, y) in corners.items()}}


COAST = box_filter(-80.2, 0.9, -79.2, 1.9)
TEXAS = box_filter(-98.0, 30.0, -97.9, 30.1)


@dataclass(frozen=True, slots=True)
class Known:
    """What a test has found out about the world it asks; a pair is what download-request wants."""

    scenes: dict[str, dict[str, Any]]
    files: list[dict[str, str]]
    bundle: dict[str, str]
    frame: dict[str, str]


def search(**filters: object) -> dict[str, object]:
    """Return a small search of March 2023; filters are added, or replaced."""
    month = {"start": "2023-03-01", "end": "2023-03-31"}
    return {
        "datasetName": L1,
        "maxResults": 5,
        "sceneFilter": {"acquisitionFilter": month, "spatialFilter": COAST, **filters},
    }


def where(filter_type: str, **condition: object) -> dict[str, object]:
    """Return a search by metadata."""
    return search(metadataFilter={"filterType": filter_type, **condition})


def geojson(kind: str, ring: object) -> dict[str, object]:
    """Return a search by a polygon, as deep as its coordinates are given."""
    return search(spatialFilter={"filterType": kind, "geoJson": {"type": "Polygon", "coordinates": ring}})


def image(dataset: str, field: str, named: str = "entityId", **more: object) -> Callable[[Known], object]:
    """Return a payload that names the known image of a dataset."""

    def payload(known: Known) -> object:
        told = known.scenes[dataset][named]
        return {"datasetName": dataset, field: [told] if field.endswith("s") else told, **more}

    return payload


def order(*, label: str, frame: bool = False, **more: object) -> Callable[[Known], object]:
    """Return an order of some files, or twice of one frame that stages."""

    def payload(known: Known) -> object:
        return {"downloads": [known.frame] * 2 if frame else known.files[:3], "label": label, **more}

    return payload
