"""The endpoints about datasets: what exists, how it can be filtered, what can be had (api.md §6)."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from m2msync.sandbox import wrs2
from m2msync.sandbox.catalogue import DATASETS
from m2msync.sandbox.errors import Refusal, invalid, required
from m2msync.sandbox.query import days_of
from m2msync.sandbox.records import dataset_record
from m2msync.sandbox.state import dataset_named

if TYPE_CHECKING:
    from m2msync.sandbox.catalogue import Dataset
    from m2msync.sandbox.state import Call

_SORTED_BY = {"shortName": "name", "longName": "long_name", "datasetName": "alias", "GloVis": "name"}
_PLACES = {
    "galapagos": (-90.5, -0.67, "EC"),
    "sioux falls": (-96.73, 43.55, "US"),
    "lake tahoe": (-120.03, 39.09, "US"),
}
_GROUPS = {
    "landsat_ot_c2_l1": (
        ("ls_c2l1_all", "Landsat Collection-2 Level-1 All Files", ("ANG.txt", "MTL.txt", "B1.TIF", "B10.TIF")),
        ("ls_c2l1_ot_band", "Landsat Collection-2 Level-1 OLI/TIRS Bands", ("B1.TIF", "B10.TIF")),
    ),
    "landsat_ot_c2_l2": (
        ("ls_c2l2_sr_band", "Landsat Collection-2 Level-2 SR Bands", ("SR_B1.TIF", "SR_B2.TIF")),
        ("ls_c2l2_st_band", "Landsat Collection-2 Level-2 ST Bands", ("ST_B10.TIF",)),
    ),
}


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
    """Answer `dataset-search`: a part of the alias or name, a catalogue, a period; an empty body lists all."""
    text = str(call.get("datasetName", "")).lower().strip("*%")
    start, end = days_of(call.get("temporalFilter"), "temporalFilter")
    order = _SORTED_BY.get(str(call.get("sortField", "shortName")), "name")
    chosen = [
        d
        for d in DATASETS.values()
        if (text in d.alias.lower() or text in d.name.lower())
        and d.start <= end
        and (d.end is None or d.end >= start)
    ]
    chosen.sort(key=lambda d: str(getattr(d, order)), reverse=str(call.get("sortDirection")).upper() == "DESC")
    records = [dataset_record(d, call.state.world.today) for d in chosen]
    catalog = call.get("catalog")
    return [record for record in records if catalog in {None, *record["catalogs"]}]


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
    groups = _GROUPS.get(chosen.alias)
    if groups is None or chosen.bands is None:
        return {"primary": [], "secondary": []}
    made = {name: _group(chosen, name, what, files) for name, what, files in groups}
    return {"primary": [], "secondary": {chosen.bands.dataset_id: made}}


def _group(chosen: Dataset, name: str, what: str, files: tuple[str, ...]) -> dict[str, Any]:
    bands = chosen.bands
    shown = [
        {
            "name": file,
            "productIds": {bands.product_id: "ls_s3"} if bands else {},
            "productName": bands.name if bands else None,
            "displayOrder": order,
        }
        for order, file in enumerate(files, 1)
    ]
    return {
        "id": name,
        "color": None,
        "description": what,
        "displayOrder": 0,
        "icon": None,
        "label": what,
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
            "dateUpdated": f"{call.state.world.today} 14:57:00-06",
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
    points = (
        [wrs2.centre(path, row)] if shape == "point" else [*wrs2.corners(path, row), wrs2.corners(path, row)[0]]
    )
    return {"shape": shape, "coordinates": [{"latitude": lat, "longitude": lon} for lon, lat in points]}


def placename(call: Call) -> Any:
    """Answer `placename`, from a very small gazetteer."""
    wanted = str(call.need("name")).lower()
    return {
        "results": [
            {
                "id": number,
                "feature_id": number,
                "placename": name.title(),
                "feature_code": "PPL",
                "country_code": country,
                "latitude": lat,
                "longitude": lon,
                "feature_name": name.title(),
                "country_name": country,
            }
            for number, (name, (lon, lat, country)) in enumerate(_PLACES.items(), 1)
            if wanted in name
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
