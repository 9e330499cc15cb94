"""The endpoints about images: searching, their metadata, and lists of them (api.md §7)."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from m2msync.sandbox.errors import Refusal, invalid
from m2msync.sandbox.query import days_of
from m2msync.sandbox.records import deletion_record, image_record, metadata_record, scene_count
from m2msync.sandbox.state import dataset_named

if TYPE_CHECKING:
    from collections.abc import Callable

    from m2msync.sandbox.catalogue import Dataset
    from m2msync.sandbox.frames import Frame
    from m2msync.sandbox.scene import Scene
    from m2msync.sandbox.state import Call

MAX_RESULTS = 50_000
_SORTS: dict[str, Callable[[Any], Any]] = {
    "acquisitiondate": lambda image: image.acquired,
    "dateacquired": lambda image: image.acquired,
    "cloudcover": lambda image: -1 if image.cloud_cover is None else image.cloud_cover,
    "entityid": lambda image: image.entity_id,
    "displayid": lambda image: image.display_id,
    "publishdate": lambda image: image.processed,
}


def scene_search(call: Call) -> Any:
    """Answer `scene-search`: default order, paging and the odd nextRecord of api.md §7.1."""
    dataset = call.dataset()
    start, count = call.number("startingNumber", 1, 1), min(call.number("maxResults", 100), MAX_RESULTS)
    hits = call.state.world.search(dataset, call.get("sceneFilter"))
    excluded = {e for _, e in call.members(str(call.get("excludeListName", "")), dataset.alias)}
    if excluded or call.get("sortField") or call.get("sortDirection"):
        images = [image for image in _sorted(call, hits.page(0, len(hits))) if image.entity_id not in excluded]
        total, page = len(images), images[start - 1 : start - 1 + count]
    else:
        total, page = len(hits), hits.page(start - 1, count)
    kind = _metadata_type(call)
    records = [image_record(image, call.state.origin, kind) for image in page]
    _mark(call, dataset, records)
    unfiltered = not any((call.get("sceneFilter") or {}).values())
    return {
        "results": records,
        "recordsReturned": len(records),
        "totalHits": scene_count(dataset, call.state.world.today) if unfiltered else total,
        "totalHitsAccuracy": "approximate" if unfiltered else "calculated",
        "isCustomized": False,
        "numExcluded": len(hits) - total,
        "startingNumber": start,
        # On the last page the service names a record it has already returned.
        "nextRecord": min(start + len(records), total),
    }


def _sorted(call: Call, images: list[Scene | Frame]) -> list[Scene | Frame]:
    if not (call.get("sortField") or call.get("sortDirection")):
        return images
    field = str(call.get("sortField", "acquisitionDate"))
    key = _SORTS.get("".join(letter for letter in field.lower() if letter.isalpha()))
    if key is None:
        raise invalid("sortField", f"cannot sort by {field!r}")
    return sorted(images, key=key, reverse=str(call.get("sortDirection", "ASC")).upper() == "DESC")


def _mark(call: Call, dataset: Dataset, records: list[dict[str, Any]]) -> None:
    """Set the `selected` flags of what is on the lists a search names."""
    for flag, parameter in (("bulk", "bulkListName"), ("compare", "compareListName"), ("order", "orderListName")):
        chosen = {entity_id for _, entity_id in call.members(str(call.get(parameter, "")), dataset.alias)}
        for record in records if chosen else ():
            record["selected"][flag] = record["entityId"] in chosen


def _metadata_type(call: Call) -> str | None:
    kind = call.get("metadataType")
    if kind not in {None, "summary", "full", "fgdc", "iso"}:
        raise invalid("metadataType", f"{kind!r} is neither summary nor full")
    return None if kind is None else str(kind)


def scene_search_delete(call: Call) -> Any:
    """Answer `scene-search-delete`: the products that were replaced (api.md §7.5)."""
    dataset = call.dataset()
    start, count = call.number("startingNumber", 1, 1), min(call.number("maxResults", 100), MAX_RESULTS)
    first, last = days_of(call.get("temporalFilter"), "temporalFilter")
    gone = [
        deletion_record(deletion)
        for deletion in call.state.world.deletions
        if deletion.scene.dataset == dataset.alias and first <= deletion.day <= last
    ]
    page = gone[start - 1 : start - 1 + count]
    return {
        "results": page,
        "totalHits": len(gone),
        "nextRecord": min(start + len(page), len(gone)),
        "recordsReturned": len(page),
    }


def scene_search_secondary(call: Call) -> Any:
    """Answer `scene-search-secondary`, which no dataset here supports (api.md §7.6)."""
    raise Refusal("DATASET_ERROR", f"Dataset {call.dataset().alias} does not support secondary searches")


def scene_metadata(call: Call) -> Any:
    """Answer `scene-metadata`."""
    dataset, wanted = call.dataset(), str(call.need("entityId"))
    find = call.state.world.by_display_id if call.get("idType") == "displayId" else call.state.world.by_entity_id
    if (image := find(dataset, wanted)) is None:
        raise Refusal("NOT_FOUND", "Scene not found")
    return metadata_record(image, call.state.origin, _metadata_type(call) or "full")


def scene_metadata_list(call: Call) -> Any:
    """Answer `scene-metadata-list`: an object of lists by dataset alias (api.md §7.3)."""
    kind = _metadata_type(call) or "full"
    found: dict[str, list[dict[str, Any]]] = {}
    for alias, image in _images(call, str(call.need("listId")), call.get("datasetName")):
        found.setdefault(alias, []).append(metadata_record(image, call.state.origin, kind))
    return found or []


def _images(call: Call, list_id: str, alias: str | None) -> list[tuple[str, Scene | Frame]]:
    pairs = call.members(list_id, alias)
    found = [(name, call.state.world.by_entity_id(dataset_named(name), entity_id)) for name, entity_id in pairs]
    return [(name, image) for name, image in found if image is not None]


CALLS = {
    "scene-search": scene_search,
    "scene-search-delete": scene_search_delete,
    "scene-search-secondary": scene_search_secondary,
    "scene-metadata": scene_metadata,
    "scene-metadata-list": scene_metadata_list,
}
