"""The endpoints that tell what can be had and order it (api.md §8.1, §8.2)."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from m2msync.sandbox.account.central import central
from m2msync.sandbox.account.links import url_of
from m2msync.sandbox.account.orders import Buyer
from m2msync.sandbox.account.shelf import groups_of_file
from m2msync.sandbox.account.state import dataset_named
from m2msync.sandbox.errors import Refusal, invalid, required
from m2msync.sandbox.world.parameters import list_of, object_of

if TYPE_CHECKING:
    from collections.abc import Iterator

    from m2msync.sandbox.account.orders import Download
    from m2msync.sandbox.account.shelf import Item
    from m2msync.sandbox.account.state import Call

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
    basket = Basket()
    for entity_id, product_id, label in wanted:
        item = call.state.shelf.item(entity_id, product_id)
        basket.take(call, item, entity_id, default if call.get("label") else _label(label) or default)
    _count(call, basket)
    application = str(call.get("downloadApplication", "M2M"))
    placed = call.state.orders.place(Buyer(call.account, call.ip, application, call.session), basket.found)
    return _placed(call, [pair for pair in placed if pair[0].item not in basket.lost], basket)


@dataclass(slots=True)
class Basket:
    """What an order comes to: items with their labels, those the answer forgets, and those that cannot be had."""

    found: list[tuple[Item, str]] = field(default_factory=list)
    lost: list[Item] = field(default_factory=list)
    failed: list[dict[str, Any]] = field(default_factory=list)
    invalid: int = 0

    def take(self, call: Call, item: Item | None, entity_id: str, label: str) -> None:
        """Sort one wanted thing; faults may make it invalid, failed or forgotten."""
        rule = call.state.faults.for_order(entity_id) if item else None
        kind = rule.kind if rule else ""
        if item is None or kind == "invalid":
            self.invalid += 1
        elif rule and kind == "failed":
            why = rule.options.get("message", "The download is temporarily disabled, please try again later")
            self.failed.append({"entityId": entity_id, "errorMessage": why})
        else:
            self.found.append((item, label))
            self.lost += [item] if kind == "lost" else []


def _count(call: Call, basket: Basket) -> None:
    counts = call.state.counts
    for item, _ in basket.found:
        counts.ordered[item.entity_id] += 1
        if call.state.orders.has_link(call.account, item):
            counts.ordered_twice[item.entity_id] += 1


def _placed(call: Call, placed: list[tuple[Download, bool]], basket: Basket) -> dict[str, Any]:
    state = call.state
    new = [download for download, is_new in placed if is_new]
    ready = [download for download in new if state.orders.state(download) != "D"]
    preparing = [download for download in new if state.orders.state(download) == "D"]
    records = {str(download.id): download.label for download in new} if state.behaviour.new_records else {}
    answer: dict[str, Any] = {
        "availableDownloads": [_entry(call, download, ready=True) for download in ready],
        "duplicateProducts": {str(d.id): d.label for d, is_new in placed if not is_new} or [],
        "preparingDownloads": [_entry(call, download, ready=False) for download in preparing],
        "failed": basket.failed,
        "newRecords": records or [],
    }
    if state.behaviour.remaining_limits:
        answer["remainingLimits"] = call.remaining()
    return {**answer, "numInvalidScenes": basket.invalid}


def _listed(call: Call) -> Iterator[tuple[str, str, str | None]]:
    for pair in list_of(call.get("downloads"), "downloads"):
        if not isinstance(pair, dict) or not pair.get("entityId") or not pair.get("productId"):
            raise invalid("downloads", "each needs an entityId and a productId")
        yield str(pair["entityId"]), str(pair["productId"]), pair.get("label")


def _grouped(call: Call) -> Iterator[tuple[str, str, str | None]]:
    """Yield what the official band-group flow orders: the listed files that belong to the wanted groups."""
    for each in list_of(call.get("dataGroups"), "dataGroups"):
        group = object_of(each, "dataGroups")
        bands = dataset_named(str(group.get("datasetName")))
        product_id = call.state.shelf.product_of_bands(bands.id)
        wanted = set(map(str, list_of(group.get("fileGroups"), "dataGroups")))
        for _, entity_id in call.members(str(group.get("listId")), bands.alias):
            item = call.state.shelf.item(entity_id, product_id)
            if item is None or wanted & set(groups_of_file(item)):
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
    url = url_of(download, call.state.origins, call.state.clock(), ready=ready)
    return {"downloadId": download.id, "eulaCode": None, **named, "url": url}


CALLS = {
    "download-options": download_options,
    "download-request": download_request,
}
