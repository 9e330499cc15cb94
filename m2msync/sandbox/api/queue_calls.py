"""The endpoints that follow the orders: what is ready, what waits, what the quota leaves (api.md §8.3 to §8.5)."""

from __future__ import annotations

import re
from collections import defaultdict
from typing import TYPE_CHECKING, Any

from m2msync.sandbox.account.links import url_of
from m2msync.sandbox.account.orders import TEXTS
from m2msync.sandbox.account.state import dataset_named
from m2msync.sandbox.errors import Refusal, invalid
from m2msync.sandbox.world.parameters import list_of

if TYPE_CHECKING:
    from m2msync.sandbox.account.orders import Download
    from m2msync.sandbox.account.state import Call


_NUMBER = re.compile(r"[0-9]{1,18}")


def download_retrieve(call: Call) -> Any:
    """Answer `download-retrieve`: what is available and what is still requested."""
    available, requested = call.state.orders.retrieve(call.account, call.text("label"))
    return {
        "available": [_queued(call, download, url=True) for download in available],
        "queueSize": 0,
        "requested": [_queued(call, download, url=True) for download in requested],
        "eulas": [],
    }


def download_search(call: Call) -> Any:
    """Answer `download-search`: queue entries without URLs, or null."""
    found = _mine(call)
    if call.get("activeOnly"):
        found = [download for download in found if call.state.orders.state(download) in {"A", "D"}]
    return [_queued(call, download) for download in found] or None


def download_order_load(call: Call) -> Any:
    """Answer `download-order-load`: the entries of one or several labels, or null."""
    labels = call.need("label")
    wanted = labels if isinstance(labels, list) else [labels]
    found = [download for label in wanted for download in call.state.orders.of(call.account, str(label))]
    return [_queued(call, download) for download in found] or None


def download_labels(call: Call) -> Any:
    """Answer `download-labels`: times in milliseconds, sizes as text (api.md §8.5)."""
    labels: dict[str, list[Download]] = defaultdict(list)
    for download in _mine(call):
        labels[download.label].append(download)
    return [
        {
            "label": label,
            "dateEntered": int(min(d.ordered for d in downloads) * 1000),
            "downloadSize": str(sum(d.item.size for d in downloads)),
            "downloadCount": len(downloads),
            "totalComplete": sum(d.complete for d in downloads),
        }
        for label, downloads in labels.items()
    ]


def download_summary(call: Call) -> Any:
    """Answer `download-summary`: zeros for an unknown label; the collections' sizes are text."""
    call.need("downloadApplication")
    label = str(call.need("label"))
    by_dataset: dict[str, list[Download]] = defaultdict(list)
    for download in _mine(call):
        by_dataset[download.item.dataset_id].append(download)
    collections = [
        {
            "datasetName": dataset_named(dataset_id).alias,
            "collectionName": downloads[0].item.collection,
            "sceneCount": len({d.item.entity_id for d in downloads}),
            "downloadCount": len(downloads),
            "totalEstimatedSize": str(sum(d.item.size for d in downloads)),
        }
        for dataset_id, downloads in by_dataset.items()
    ]
    return {
        "label": label,
        "sceneCount": sum(int(str(c["sceneCount"])) for c in collections),
        "downloadCount": sum(int(str(c["downloadCount"])) for c in collections),
        "totalEstimatedSize": sum(int(str(c["totalEstimatedSize"])) for c in collections),
        "collections": collections,
    }


def download_remove(call: Call) -> Any:
    """Answer `download-remove`: true even for an id that does not exist, but no arrays (api.md §3.1)."""
    download_id = call.need("downloadId")
    if isinstance(download_id, list) or not _NUMBER.fullmatch(str(download_id)):
        raise invalid("downloadId", "a single number is expected")
    if (download := call.state.orders.find(int(download_id))) is not None:
        _take_off(call, [download])
    return True


def download_order_remove(call: Call) -> Any:
    """Answer `download-order-remove`: how many downloads a label had."""
    label = str(call.need("label"))
    everybody = call.state.orders.labelled(label, call.text("downloadApplication"))
    removed = _take_off(call, everybody)
    call.state.counts.removed[label] += removed
    return removed


def _take_off(call: Call, downloads: list[Download]) -> int:
    """Remove what is the caller's own, and count what is somebody else's or was ordered with another key."""
    mine = [download for download in downloads if download.account is call.account]
    counts = call.state.counts
    counts.foreign_removed.update(d.label for d in downloads if d.account is not call.account)
    counts.removed_later.update(d.label for d in mine if d.session != call.session)
    for download in mine:
        call.state.orders.remove(download)
    return len(mine)


def download_complete_proxied(call: Call) -> Any:
    """Answer `download-complete-proxied`: only this completes what another host delivered."""
    failed, done = [], 0
    for told in list_of(call.need("proxiedDownloads"), "proxiedDownloads"):
        number = str(told.get("downloadId")) if isinstance(told, dict) else ""
        download = call.state.orders.find(int(number)) if _NUMBER.fullmatch(number) else None
        if download is None or download.account is not call.account or not download.proxied:
            failed.append(told)
        else:
            download.complete = True
            done += 1
    return {"failed": failed, "updatedDownloadsCount": done}


def download_eula(call: Call) -> Any:
    """Answer `download-eula`; nothing here has one."""
    if call.get("eulaCodes") is not None:
        return []
    call.need("eulaCode")
    raise Refusal("NOT_FOUND", "EULA not found")


def rate_limit_summary(call: Call) -> Any:
    """Answer `rate-limit-summary`: what the quota was, what is left, and what the queue holds."""
    limits = call.state.behaviour.limits
    statuses: dict[str, int] = defaultdict(int)
    for download in call.state.orders.of(call.account, None):
        statuses[TEXTS[call.state.orders.state(download)]] += 1
    counts = [{"status": status, "downloadCount": count} for status, count in statuses.items()]
    return {
        "initialLimits": [
            {
                "recentDownloadCount": limits.recent,
                "pendingDownloadCount": limits.pending,
                "unattemptedDownloadCount": limits.unattempted,
            }
        ],
        "remainingLimits": call.remaining(),
        "recentDownloadCounts": [
            {"countType": "username", "username": call.account.username, "downloadCounts": counts},
            {"countType": "ip", "ipAddress": call.ip, "downloadCounts": counts},
        ],
    }


def _mine(call: Call) -> list[Download]:
    return call.state.orders.of(call.account, call.text("label"), call.text("downloadApplication"))


def _queued(call: Call, download: Download, *, url: bool = False) -> dict[str, Any]:
    item, state = download.item, call.state.orders.state(download)
    entry = {
        "downloadId": download.id,
        "collectionName": item.collection,
        "datasetId": item.dataset_id,
        "displayId": item.display_id,
        "entityId": item.entity_id,
        "eulaCode": None,
        "filesize": item.size,
        "label": download.label,
        "productCode": item.code,
        "productName": item.name,
        "statusCode": state,
        "statusText": TEXTS[state],
    }
    return {**entry, "url": url_of(download, call.state.origins, call.state.clock())} if url else entry


CALLS = {
    "download-retrieve": download_retrieve,
    "download-search": download_search,
    "download-order-load": download_order_load,
    "download-labels": download_labels,
    "download-summary": download_summary,
    "download-remove": download_remove,
    "download-order-remove": download_order_remove,
    "download-complete-proxied": download_complete_proxied,
    "download-eula": download_eula,
    "rate-limit-summary": rate_limit_summary,
}
