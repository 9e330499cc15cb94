"""Which images of a dataset lie in a region and satisfy the filters."""

from __future__ import annotations

import difflib
from typing import TYPE_CHECKING, Any

from m2msync.core.errors import Refused, ServiceTrouble
from m2msync.m2m import wire

if TYPE_CHECKING:
    from collections.abc import Iterator

    from m2msync.core.model import Box, DateRange, Filters, Image, Region
    from m2msync.m2m.session import Session

_UNKNOWN_DATASET = ("DATASET_INVALID", "DATASET_AUTH", "DATASET_UNAUTHORIZED")
PAGE = 2000  # records a page: big enough to need few calls, small enough to stay far below 200 MB once parsed


def search(session: Session, dataset: str, region: Region, filters: Filters) -> tuple[Image, ...]:
    """Return the images of a region, each once.

    Raises:
        ApiError: M2M refused the search, or stayed in trouble.
    """
    found: dict[str, Image] = {}
    try:
        for box in region.boxes:
            for image in _pages(session, dataset, scene_filter(box, filters)):
                found.setdefault(image.entity_id, image)
    except Refused as refused:
        if refused.code in _UNKNOWN_DATASET:
            raise _unknown_dataset(session, dataset, refused) from None
        raise
    return tuple(found.values())


def check_dataset(session: Session, dataset: str) -> None:
    """Make sure that a dataset exists; M2M answers null, without an error, when it does not (api.md §6.2).

    Raises:
        Refused: it does not; the hint names those whose alias is near.
    """
    try:
        found = session.call("dataset", {"datasetName": dataset})
    except Refused as refused:
        if refused.code in _UNKNOWN_DATASET:
            raise _unknown_dataset(session, dataset, refused) from None
        raise
    if not found:
        raise _unknown_dataset(session, dataset, None)


def _unknown_dataset(session: Session, dataset: str, refused: Refused | None) -> Refused:
    # All of them, more than a thousand: asking for a part of the name fails when the slip is in that part.
    listed = session.call("dataset-search", {})
    aliases = [wire.text(record.get("datasetAlias")) for record in wire.records(listed)]
    near = difflib.get_close_matches(dataset, aliases)
    hint = f"did you mean {' or '.join(near)}?" if near else "find the alias at https://earthexplorer.usgs.gov"
    if refused is not None and refused.code in ("DATASET_AUTH", "DATASET_UNAUTHORIZED"):
        hint = "the dataset was withdrawn, or is not open to this account"
    told = f" ({refused.message})" if refused is not None else ""
    return Refused(f"M2M has no dataset {dataset!r}{told}", hint=hint, endpoint="dataset")


def _pages(session: Session, dataset: str, wanted: dict[str, Any]) -> Iterator[Image]:
    # `nextRecord` of the last page names a record already returned; count what came instead (api.md §7.1).
    start = 1
    while True:
        query = {"datasetName": dataset, "maxResults": PAGE, "startingNumber": start, "sceneFilter": wanted}
        data = wire.mapping(session.call("scene-search", query))
        if not isinstance(data.get("results"), list):
            raise ServiceTrouble(f"M2M answered the search of {dataset} without results", endpoint="scene-search")
        page = wire.records(data["results"])
        for record in page:
            image = wire.image(dataset, record)
            if image is not None:
                yield image
        start += len(data["results"])
        total = wire.number(data.get("totalHits"))
        if not page or (start > total if total is not None else len(page) < PAGE):
            return


def scene_filter(box: Box, filters: Filters) -> dict[str, Any]:
    """Return the filters as M2M's SceneFilter (api.md §9)."""
    wanted: dict[str, Any] = {
        "spatialFilter": {
            "filterType": "mbr",
            "lowerLeft": {"latitude": box.south, "longitude": box.west},
            "upperRight": {"latitude": box.north, "longitude": box.east},
        }
    }
    if filters.acquired:
        wanted["acquisitionFilter"] = _range(filters.acquired)
    if filters.ingested:
        wanted["ingestFilter"] = _range(filters.ingested)
    if filters.cloud_cover:
        clouds = filters.cloud_cover
        wanted["cloudCoverFilter"] = {
            "min": clouds.minimum,
            "max": clouds.maximum,
            "includeUnknown": clouds.include_unknown,
        }
    if filters.months:
        wanted["seasonalFilter"] = list(filters.months)
    return wanted


def _range(days: DateRange) -> dict[str, str]:
    ends = {"start": days.start, "end": days.end}
    return {name: day.isoformat() for name, day in ends.items() if day}
