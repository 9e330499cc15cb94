"""The endpoints about scene lists: named sets of images kept per account (api.md §7.4)."""

from __future__ import annotations

from collections import defaultdict
from typing import TYPE_CHECKING, Any

from m2msync.sandbox.account.central import stamp_of
from m2msync.sandbox.account.lists import seconds_of
from m2msync.sandbox.account.state import dataset_named
from m2msync.sandbox.errors import Refusal, required

if TYPE_CHECKING:
    from m2msync.sandbox.account.state import Call
    from m2msync.sandbox.world.frames import Frame
    from m2msync.sandbox.world.scene import Scene


def scene_list_add(call: Call) -> Any:
    """Answer `scene-list-add`; ids as a bare string break the service (api.md §3.1)."""
    list_id, dataset = str(call.need("listId")), call.dataset()
    if isinstance(call.get("entityIds"), str):
        raise Refusal("SERVER_ERROR", "An unexpected error occurred", status=500)
    ids = call.entity_ids()
    if not ids:
        raise required("entityIds")
    if call.get("idField") == "displayId":
        images = [call.state.world.by_display_id(dataset, display_id) for display_id in ids]
        ids = [image.entity_id for image in images if image is not None]
    pairs = [(dataset.alias, entity_id) for entity_id in ids]
    return call.state.lists.add(call.account.username, list_id, pairs, seconds_of(call.get("timeToLive")))


def scene_list_get(call: Call) -> Any:
    """Answer `scene-list-get`: always entityIds, whatever was added; an unknown list is empty."""
    pairs = call.members(str(call.need("listId")), call.text("datasetName"))
    start = call.number("startingNumber", 1, 1) - 1
    count = call.number("maxResults", len(pairs))
    return [{"entityId": entity_id, "datasetName": alias} for alias, entity_id in pairs[start : start + count]]


def scene_list_remove(call: Call) -> Any:
    """Answer `scene-list-remove`: the whole list, one dataset of it, or single ids."""
    list_id, alias, ids = str(call.need("listId")), call.text("datasetName"), set(call.entity_ids())
    kept = [
        pair
        for pair in call.members(list_id)
        if (alias is not None and pair[0] != alias) or (ids and pair[1] not in ids)
    ]
    call.state.lists.keep(call.account.username, list_id, kept)


def scene_list_summary(call: Call) -> Any:
    """Answer `scene-list-summary`: the whole count is a string, the counts of datasets are numbers (api.md §13)."""
    list_id = str(call.need("listId"))
    by_alias: dict[str, list[str]] = defaultdict(list)
    for alias, entity_id in call.members(list_id, call.text("datasetName")):
        by_alias[alias].append(entity_id)
    found = {alias: _found(call, alias, ids) for alias, ids in by_alias.items()}
    everything = [image for images in found.values() for image in images.values()]
    return {
        "summary": {
            "sceneCount": str(sum(map(len, by_alias.values()))) if by_alias else None,
            **_extent(everything),
        },
        "datasets": [
            {
                "datasetName": alias,
                "sceneCount": len(ids),
                "listTimeout": call.state.lists.seconds_left(call.account.username, list_id),
                **_extent(list(found[alias].values())),
                "invalidSceneCount": len(ids) - len(found[alias]),
                "invalidScenes": [entity_id for entity_id in ids if entity_id not in found[alias]],
                "datasetAvailable": True,
            }
            for alias, ids in by_alias.items()
        ],
    }


def scene_list_types(call: Call) -> Any:
    """Answer `scene-list-types`: the account's lists."""
    wanted = str(call.get("listFilter", "")).strip("%*")
    lists, user = call.state.lists, call.account.username
    return [
        {
            "list": name,
            "sceneCount": len(lists.members(user, name)),
            "listTimeout": lists.seconds_left(user, name),
        }
        for name in lists.names(user)
        if wanted in name
    ]


def _found(call: Call, alias: str, ids: list[str]) -> dict[str, Scene | Frame]:
    images = {entity_id: call.state.shelf.image(dataset_named(alias), entity_id) for entity_id in ids}
    return {entity_id: image for entity_id, image in images.items() if image is not None}


def _extent(images: list[Scene | Frame]) -> dict[str, Any]:
    if not images:
        return {"spatialBounds": None, "temporalExtent": {"min": None, "max": None}}
    wests, souths, easts, norths = zip(*(image.bounds for image in images), strict=True)
    west, south, east, north = min(wests), min(souths), max(easts), max(norths)
    ring = [[west, south], [west, north], [east, north], [east, south], [west, south]]
    days = [image.acquired for image in images]
    return {
        "spatialBounds": {"type": "Polygon", "coordinates": [ring]},
        "temporalExtent": {"min": stamp_of(min(days)), "max": stamp_of(max(days))},
    }


CALLS = {
    "scene-list-add": scene_list_add,
    "scene-list-get": scene_list_get,
    "scene-list-remove": scene_list_remove,
    "scene-list-summary": scene_list_summary,
    "scene-list-types": scene_list_types,
}
