"""Ordering: what M2M can deliver of an image, and links for what is wanted of it (api.md §8)."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from m2msync.core.match import Entry, Wish, match
from m2msync.core.secrets import Link
from m2msync.m2m import wire

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from m2msync.core.model import Image, Listing
    from m2msync.m2m.session import Session

IMAGES_PER_CALL = 500
PRODUCTS_PER_CALL = 500
_READY = ("A", "P")  # Available, Proxied (api.md §5)


@dataclass(frozen=True, slots=True)
class Order:
    """What became of one order."""

    ready: dict[str, Link] = field(default_factory=dict)
    """Per key, the link to fetch it from."""
    staging: dict[str, str] = field(default_factory=dict)
    """Per key, the download id of what M2M still prepares."""
    rejected: dict[str, str] = field(default_factory=dict)
    """Per key, why M2M did not take it."""
    labels: tuple[str, ...] = ()
    """The labels under which staged products can be asked for: our own, and those of earlier equal orders."""


def list_products(session: Session, dataset: str, images: Sequence[Image]) -> tuple[Listing, ...]:
    """Return what M2M can deliver of up to IMAGES_PER_CALL images, with one call (api.md §8.1)."""
    wanted = [image.entity_id for image in images]
    options = session.call("download-options", {"datasetName": dataset, "entityIds": wanted})
    return wire.listings(dataset, images, options)


def request(session: Session, wishes: Sequence[Wish], label: str) -> Order:
    """Order up to PRODUCTS_PER_CALL products with one call; a second one only when entries cannot be told apart.

    Args:
        session: the conversation with M2M.
        wishes: the products.
        label: at most 50 characters (api.md §4.3).
    """
    pairs = [{"entityId": w.route.entity_id, "productId": w.route.product_id} for w in wishes]
    data = wire.mapping(session.call("download-request", {"downloads": pairs, "label": label}))
    ready = _entries(data.get("availableDownloads"), ready=True)
    preparing = _entries(data.get("preparingDownloads"), ready=False)
    # Equal requests that are still queued keep their old label and are not repeated (api.md §8.2); it is our own
    # when M2M took an order whose answer never reached us.
    earlier = [wire.text(old) for old in wire.mapping(data.get("duplicateProducts")).values()]
    labels = tuple(dict.fromkeys([label, *filter(None, earlier)]))
    matched, strays = match([*preparing, *ready], wishes)
    if strays or earlier:
        for asked in labels:
            matched |= match(_retrieve(session, asked), [w for w in wishes if w.key not in matched])[0]
    return _sorted_out(matched, wishes, data, labels)


def poll(session: Session, label: str, wishes: Sequence[Wish]) -> Order:
    """Ask once what of an order is ready by now; entries M2M has dropped meanwhile are in neither list."""
    matched, _ = match(_retrieve(session, label), wishes)
    return Order(
        ready={key: entry.link for key, entry in matched.items() if entry.ready},
        staging={key: entry.download_id for key, entry in matched.items() if not entry.ready},
        labels=(label,),
    )


def _sorted_out(
    matched: dict[str, Entry], wishes: Sequence[Wish], data: dict[str, Any], labels: tuple[str, ...]
) -> Order:
    told = {wire.text(f.get("entityId")): _reason(f) for f in wire.records(data.get("failed"))}
    return Order(
        ready={key: entry.link for key, entry in matched.items() if entry.ready},
        staging={key: entry.download_id for key, entry in matched.items() if not entry.ready},
        rejected={
            w.key: told.get(w.route.entity_id, "M2M did not accept the order of this product")
            for w in wishes
            if w.key not in matched
        },
        labels=labels,
    )


def _reason(failed: dict[str, Any]) -> str:
    # The shape of a filled `failed` list was never recorded (api.md §8.2); take any message it carries.
    message = failed.get("errorMessage") or failed.get("message") or failed.get("error")
    return f"M2M could not deliver it: {message}" if message else "M2M could not deliver it"


def _retrieve(session: Session, label: str) -> list[Entry]:
    data = wire.mapping(session.call("download-retrieve", {"label": label}))
    return [
        *_entries(data.get("requested"), ready=False),
        *_entries(data.get("available"), ready=True),
    ]


def _entries(found: Any, *, ready: bool) -> list[Entry]:
    # Without a URL, as queued entries may be, nothing is ready, whichever list it is in.
    return [
        Entry(
            download_id=str(record.get("downloadId", "")),
            link=Link(wire.url(record.get("url"))),
            ready=bool(wire.url(record.get("url"))) and (ready or record.get("statusCode") in _READY),
            entity_id=wire.text(record.get("entityId")),
            display_id=wire.text(record.get("displayId")),
            code=wire.text(record.get("productCode")),
        )
        for record in wire.records(found)
    ]


def forget(session: Session, labels: Iterable[str]) -> None:
    """Remove own orders by label once everything of them has been fetched (api.md §8.5)."""
    for label in labels:
        session.call("download-order-remove", {"label": label})
