"""The endpoints that tell what can be had and order it (api.md §8.1, §8.2)."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from m2msync.sandbox.central import central
from m2msync.sandbox.errors import Refusal, invalid, required
from m2msync.sandbox.links import url_of
from m2msync.sandbox.shelf import file_groups
from m2msync.sandbox.state import dataset_named

if TYPE_CHECKING:
    from collections.abc import Iterator

    from m2msync.sandbox.orders import Download
    from m2msync.sandbox.state import Call

LABEL_LIMIT = 50


def download_options(call: Call) -> Any:
    """Answer `download-options`: rows of all images, null when nothing matches; unknown ids are missing."""
    _machine(call)
    dataset = call.dataset()
    if call.get("listId") is not None:
        ids = [entity_id for _, entity_id in call.members(str(call.get("listId")), dataset.alias)]
    elif call.get("entityIds") is not None:
        ids = call.entity_ids()
    else:
        raise required("entityIds")
    groups = bool(call.get("includeSecondaryFileGroups"))
    images = [call.state.world.by_entity_id(dataset, entity_id) for entity_id in dict.fromkeys(ids)]
    rows = [row for image in images if image for row in call.state.shelf.rows(dataset, image, groups=groups)]
    return rows or None


def download_request(call: Call) -> Any:
    """Answer `download-request` (api.md §8.2); what does not exist or is not available only raises a count."""
    _machine(call)
    default = _label(call.get("label")) or f"m2m_{call.request_id}_{central(call.state.clock()):%Y%m%d%H%M%S}"
    wanted = [*_listed(call), *_grouped(call)]
    if not wanted and call.get("downloads") is None and call.get("dataGroups") is None:
        raise required("downloads")
    found = [
        (item, default if call.get("label") else _label(label) or default)
        for entity_id, product_id, label in wanted
        if (item := call.state.shelf.item(entity_id, product_id))
    ]
    placed = call.state.orders.place(call.account, call.ip, found, str(call.get("downloadApplication", "M2M")))
    call.state.counts.ordered.update(item.entity_id for item, _ in found)
    return _placed(call, placed, len(wanted) - len(found))


def _placed(call: Call, placed: list[tuple[Download, bool]], invalid_scenes: int) -> dict[str, Any]:
    state = call.state
    new = [download for download, is_new in placed if is_new]
    ready = [download for download in new if state.orders.state(download) != "D"]
    preparing = [download for download in new if state.orders.state(download) == "D"]
    answer: dict[str, Any] = {
        "availableDownloads": [_entry(call, download, ready=True) for download in ready],
        "duplicateProducts": {str(d.id): d.label for d, is_new in placed if not is_new} or [],
        "preparingDownloads": [_entry(call, download, ready=False) for download in preparing],
        "failed": [],
        "newRecords": {str(download.id): download.label for download in new} or [],
    }
    if state.behaviour.remaining_limits:
        answer["remainingLimits"] = call.remaining()
    return {**answer, "numInvalidScenes": invalid_scenes}


def _listed(call: Call) -> Iterator[tuple[str, str, str | None]]:
    for pair in call.get("downloads", []):
        if not isinstance(pair, dict) or not pair.get("entityId") or not pair.get("productId"):
            raise invalid("downloads", "each needs an entityId and a productId")
        yield str(pair["entityId"]), str(pair["productId"]), pair.get("label")


def _grouped(call: Call) -> Iterator[tuple[str, str, str | None]]:
    """Yield what the official band-group flow orders: the listed files that belong to the wanted groups."""
    for group in call.get("dataGroups", []):
        bands = dataset_named(str(group.get("datasetName")))
        product_id = call.state.shelf.product_of_bands(bands.id)
        wanted = set(group.get("fileGroups") or ())
        for _, entity_id in call.members(str(group.get("listId")), bands.alias):
            item = call.state.shelf.item(entity_id, product_id)
            if item is None or wanted & set(file_groups(item.image.display_id, item.display_id)):
                yield entity_id, product_id, group.get("label")


def _machine(call: Call) -> None:
    if not call.account.machine:
        # The misspelling is the service's own (api.md §3.2).
        raise Refusal("AUTH_UNAUTHROIZED", "Your account does not have access to this endpoint")


def _label(value: Any) -> str | None:
    label = None if value is None else str(value)
    if label and len(label) > LABEL_LIMIT:
        raise Refusal("INPUT_INVALID", f"Label cannot be longer than {LABEL_LIMIT} characters")
    return label


def _entry(call: Call, download: Download, *, ready: bool) -> dict[str, Any]:
    named = {"entityId": download.item.entity_id} if call.state.behaviour.named_entries else {}
    url = url_of(download, call.state.origin, ready=ready)
    return {"downloadId": download.id, "eulaCode": None, **named, "url": url}


CALLS = {
    "download-options": download_options,
    "download-request": download_request,
}
