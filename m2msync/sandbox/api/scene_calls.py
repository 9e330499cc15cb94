"""The endpoints about images: searching, their metadata, and lists of them (api.md §7)."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any

from m2msync.sandbox.account.state import dataset_named
from m2msync.sandbox.api.records import deletion_record, image_record, metadata_record, scene_count
from m2msync.sandbox.errors import Refusal, invalid
from m2msync.sandbox.world.archive import Deletion
from m2msync.sandbox.world.query import EMPTY, days_of

if TYPE_CHECKING:
    from collections.abc import Callable

    from m2msync.sandbox.account.state import Call
    from m2msync.sandbox.world.catalogue import Dataset
    from m2msync.sandbox.world.frames import Frame
    from m2msync.sandbox.world.scene import Scene

MAX_RESULTS = 50_000
SORTED = 100_000
"""How many of the newest hits are sorted by anything else, or searched for members of a list to leave out."""
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
    unfiltered = all(value in EMPTY for value in (call.get("sceneFilter") or {}).values())
    total = scene_count(dataset, call.state.world.today) if unfiltered else len(hits)
    excluded = {e for _, e in call.members(str(call.get("excludeListName", "")), dataset.alias)}
    left_out = 0
    if excluded or call.get("sortField") or call.get("sortDirection"):
        whole = _sorted(call, hits.page(0, min(total, SORTED)))
        images = [image for image in whole if image.entity_id not in excluded]
        left_out = len(whole) - len(images)
        page = images[start - 1 : start - 1 + count]
    else:
        arrived = 0 if call.state.behaviour.steady_pages else (start - 1) // max(count, 1)
        page, total = hits.page(start - 1 - arrived, count), total + arrived
    total -= left_out
    kind = _metadata_type(call)
    records = [image_record(image, call.state.origins.landsatlook, kind) for image in page]
    _mark(call, dataset, records)
    return {
        "results": records,
        "recordsReturned": len(records),
        "totalHits": total,
        "totalHitsAccuracy": "approximate" if unfiltered else "calculated",
        "isCustomized": False,
        "numExcluded": left_out,
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
    if kind not in (None, "summary", "full", "fgdc", "iso"):
        raise invalid("metadataType", f"{kind!r} is neither summary nor full")
    return None if kind is None else str(kind)


def scene_search_delete(call: Call) -> Any:
    """Answer `scene-search-delete`: the products that were replaced (api.md §7.5)."""
    dataset = call.dataset()
    start, count = call.number("startingNumber", 1, 1), min(call.number("maxResults", 100), MAX_RESULTS)
    first, last = days_of(call.get("temporalFilter"), "temporalFilter")
    told = [d for d in call.state.world.deletions if d.scene.dataset == dataset.alias and first <= d.day <= last]
    replaced = call.state.world.replaced(dataset, (first, last))
    total = len(told) + len(replaced)
    page = told[start - 1 : start - 1 + count]
    more = replaced.page(max(start - 1 - len(told), 0), count - len(page)) if len(page) < count else []
    records = [deletion_record(each) for each in (*page, *map(_real_time, more))]
    return {
        "results": records,
        "totalHits": total,
        "nextRecord": min(start + len(records), total),
        "recordsReturned": len(records),
    }


def _real_time(final: Any) -> Deletion:
    """Return the real-time product that stood in the place of a final one until that was made."""
    return Deletion(replace(final, tier="RT", processed=final.acquired), final.processed)


def scene_search_secondary(call: Call) -> Any:
    """Answer `scene-search-secondary`, which no dataset here supports (api.md §7.6)."""
    raise Refusal("DATASET_ERROR", f"Dataset {call.dataset().alias} does not support secondary searches")


def scene_metadata(call: Call) -> Any:
    """Answer `scene-metadata`."""
    dataset, wanted = call.dataset(), str(call.need("entityId"))
    find = call.state.world.by_display_id if call.get("idType") == "displayId" else call.state.world.by_entity_id
    if (image := find(dataset, wanted)) is None:
        raise Refusal("NOT_FOUND", "Scene not found")
    return metadata_record(image, call.state.origins.landsatlook, _metadata_type(call) or "full")


def scene_metadata_list(call: Call) -> Any:
    """Answer `scene-metadata-list`: lists by dataset alias, or one list when a dataset is named.

    The documentation has the former (api.md §7.3); clients that name it, such as usgsxplore, read the latter.
    """
    kind = _metadata_type(call) or "full"
    found: dict[str, list[dict[str, Any]]] = {}
    for alias, image in _images(call, str(call.need("listId")), call.text("datasetName")):
        found.setdefault(alias, []).append(metadata_record(image, call.state.origins.landsatlook, kind))
    if call.get("datasetName") is not None:
        return [record for records in found.values() for record in records]
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
