"""The endpoints about datasets: what exists, how it can be filtered, what can be had (api.md §6)."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from m2msync.sandbox.account.central import stamp_of
from m2msync.sandbox.account.shelf import FILE_SYSTEM
from m2msync.sandbox.account.state import dataset_named
from m2msync.sandbox.api.records import category_id, dataset_record
from m2msync.sandbox.errors import Refusal, invalid, required
from m2msync.sandbox.world import wrs2
from m2msync.sandbox.world.catalogue import DATASETS
from m2msync.sandbox.world.gazetteer import COUNTRIES, KINDS, places_named
from m2msync.sandbox.world.geometry import area_of
from m2msync.sandbox.world.groups import groups_of
from m2msync.sandbox.world.parameters import object_of
from m2msync.sandbox.world.query import days_of

if TYPE_CHECKING:
    from collections.abc import Iterator

    from m2msync.sandbox.account.state import Call
    from m2msync.sandbox.world.catalogue import Bands, Dataset
    from m2msync.sandbox.world.geometry import Box

_SORTED_BY = {"shortName": "name", "longName": "long_name", "datasetName": "alias", "GloVis": "name"}


def dataset(call: Call) -> Any:
    """Answer `dataset`: an unknown one is null without an error (api.md §6.2)."""
    name = call.get("datasetName", call.get("datasetId"))
    if name is None:
        raise required("datasetName")
    try:
        return dataset_record(dataset_named(str(name)), call.state.world.today)
    except Refusal as refusal:
        if refusal.code == "DATASET_INVALID":
            return None
        raise


def dataset_search(call: Call) -> Any:
    """Answer `dataset-search`: a part of the alias or name, a catalogue, a period, an area; empty lists all.

    Everything here is public, so that `publicOnly` leaves nothing out.
    """
    order = _SORTED_BY.get(str(call.get("sortField", "shortName")), "name")
    catalog, category = call.text("catalog"), call.text("categoryId")
    chosen = [
        each
        for each in _covering(call)
        if catalog in {None, *each.catalogs} and category in {None, category_id(each)}
    ]
    chosen.sort(key=lambda d: str(getattr(d, order)), reverse=str(call.get("sortDirection")).upper() == "DESC")
    return [dataset_record(each, call.state.world.today) for each in chosen]


def _covering(call: Call) -> Iterator[Dataset]:
    """Yield the datasets with the wanted name that touch the wanted period and area."""
    text = str(call.get("datasetName", "")).lower().strip("*%")
    start, end = days_of(call.get("temporalFilter"), "temporalFilter")
    spatial = object_of(call.get("spatialFilter"), "spatialFilter")
    box = area_of(spatial).box if spatial else None
    for each in DATASETS.values():
        first, last = each.covers or (each.start, None)
        named = text in each.alias.lower() or text in each.name.lower()
        if named and first <= end and (last is None or last >= start) and _touches(call, each, box):
            yield each


def _touches(call: Call, dataset: Dataset, box: Box | None) -> bool:
    if box is None or dataset.bounds is None:
        return box is None or bool(call.get("includeUnknownSpatial"))
    (west, south, east, north), (upper, right, lower, left) = box, dataset.bounds
    return south <= upper and north >= lower and any(west + t <= right and east + t >= left for t in (-360, 0, 360))


def dataset_filters(call: Call) -> Any:
    """Answer `dataset-filters`."""
    return [searched.to_json() for searched in call.dataset().filters]


def dataset_download_options(call: Call) -> Any:
    """Answer `dataset-download-options`: what a dataset offers, without saying what is available."""
    return [
        {
            "productId": product.id,
            "productCode": product.code,
            "productName": product.name,
            "downloadName": product.download_name,
            "downloadSystem": product.system,
            "fileGroups": None,
        }
        for product in call.dataset().products
    ]


def dataset_catalogs(call: Call) -> Any:  # noqa: ARG001
    """Answer `dataset-catalogs`."""
    return {"EE": "EarthExplorer", "GV": "GloVis", "HDDS": "HDDS Explorer"}


def dataset_file_groups(call: Call) -> Any:
    """Answer `dataset-file-groups`: an empty map is a list (api.md §13)."""
    chosen = call.dataset()
    if chosen.bands is None:
        return {"primary": [], "secondary": []}
    made = {group: _group(chosen.bands, group, label, files) for group, label, files in groups_of(chosen)}
    return {"primary": [], "secondary": {chosen.bands.dataset_id: made}}


def _group(bands: Bands, group: str, label: str, files: list[str]) -> dict[str, Any]:
    shown = [
        {"name": file, "productIds": {bands.product_id: FILE_SYSTEM}, "productName": bands.name,
         "displayOrder": order}
        for order, file in enumerate(files, 1)
    ]  # fmt: skip
    return {
        "id": group,
        "color": None,
        "description": label,
        "displayOrder": 0,
        "icon": None,
        "label": label,
        "files": shown,
    }


def notifications(call: Call) -> Any:
    """Answer `notifications`: what the service wants its users to know."""
    call.need("systemId")
    return [
        {
            "id": 46,
            "subject": "This is a sandbox",
            "messageContent": "A simulated service: its images are drawn, not taken.",
            "severityCode": "I",
            "severityText": "Informational",
            "severityCssClass": "alert-info",
            "dateUpdated": stamp_of(call.state.world.today, "14:57:00"),
        }
    ]


def grid2ll(call: Call) -> Any:
    """Answer `grid2ll`: the middle or the outline of a WRS-2 cell."""
    if str(call.need("gridType")).upper() != "WRS2":
        raise invalid("gridType", "the sandbox knows WRS2 only")
    path, row = call.number("path", 0, 1), call.number("row", 0, 1)
    if path > wrs2.PATHS or row > wrs2.ROWS:
        raise Refusal("INPUT_INVALID", "There is no such path and row")
    shape = str(call.get("responseShape", "point"))
    if shape not in {"point", "polygon"}:
        raise invalid("responseShape", "it is either point or polygon")
    points = (
        [wrs2.centre(path, row)] if shape == "point" else [*wrs2.corners(path, row), wrs2.corners(path, row)[0]]
    )
    return {"shape": shape, "coordinates": [{"latitude": lat, "longitude": lon} for lon, lat in points]}


def placename(call: Call) -> Any:
    """Answer `placename`: the places of a small gazetteer that are called so, or have it in their name."""
    kind = call.text("featureType")
    if kind is not None and kind.casefold() not in {"us", "world"}:
        raise invalid("featureType", "it is either US or World")
    return {
        "results": [
            {
                "id": number,
                "feature_id": number,
                "placename": place.name,
                "feature_code": place.code,
                "country_code": place.country,
                "latitude": place.latitude,
                "longitude": place.longitude,
                "feature_name": KINDS[place.code],
                "country_name": COUNTRIES[place.country],
            }
            for number, place in places_named(str(call.need("name")), kind)
        ]
    }


CALLS = {
    "dataset": dataset,
    "dataset-search": dataset_search,
    "dataset-filters": dataset_filters,
    "dataset-download-options": dataset_download_options,
    "dataset-catalogs": dataset_catalogs,
    "dataset-file-groups": dataset_file_groups,
    "notifications": notifications,
    "grid2ll": grid2ll,
    "placename": placename,
}
