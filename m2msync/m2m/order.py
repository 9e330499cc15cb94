"""Ordering: what M2M can deliver of an image, and links for what is wanted of it (api.md §8)."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from m2msync.core.errors import ApiError, RateLimited, ServiceTrouble
from m2msync.core.match import Entry, Wish, match
from m2msync.core.secrets import Link, veiled
from m2msync.m2m import wire

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from m2msync.core.model import Image, Listing
    from m2msync.m2m.session import Session

IMAGES_PER_CALL = 500
PRODUCTS_PER_CALL = 500
_LOST_ANSWERS = 3  # orders whose answer is lost in a row before the service counts as down
QUOTAS = ("recentDownloadCount", "pendingDownloadCount", "unattemptedDownloadCount")
"""What M2M counts against an account and an address (api.md §4.1)."""
_READY = ("A", "P")  # Available, Proxied (api.md §5)


@dataclass(frozen=True, slots=True)
class Order:
    """What became of one order."""

    ready: dict[str, Link] = field(default_factory=dict)
    """Per key, the link to fetch it from."""
    staging: tuple[str, ...] = ()
    """The keys of what M2M still prepares."""
    rejected: dict[str, str] = field(default_factory=dict)
    """Per key, why M2M did not take it."""
    labels: tuple[str, ...] = ()
    """The labels under which staged products can be asked for: our own, and those of earlier equal orders."""
    remaining: int | None = None
    """How many more products M2M will take now; None when it did not say (api.md §4.1)."""

    def tells_of(self, key: str) -> bool:
        """Return whether it says what became of a product."""
        return key in self.ready or key in self.staging or key in self.rejected


def list_products(session: Session, dataset: str, images: Sequence[Image]) -> tuple[Listing, ...]:
    """Return what M2M can deliver of up to IMAGES_PER_CALL images, with one call (api.md §8.1)."""
    wanted = [image.entity_id for image in images]
    options = session.call("download-options", {"datasetName": dataset, "entityIds": wanted})
    return wire.listings(dataset, images, options)


def request(session: Session, wishes: Sequence[Wish], label: str) -> Order:
    """Order up to PRODUCTS_PER_CALL products; more than one call is made only when an answer is lost or unclear.

    Args:
        session: the conversation with M2M.
        wishes: the products.
        label: at most 50 characters (api.md §4.3).

    Raises:
        ApiError: M2M refused the order, or stayed in trouble; what it took is kept under the label.
    """
    placed = Order(labels=(label,))
    open_wishes = list(wishes)
    for _ in range(_LOST_ANSWERS):
        try:
            return _joined(placed, _request_once(session, open_wishes, label))
        except ServiceTrouble as trouble:
            # The order may have been taken and only its answer lost; ordering again would count twice. Look first.
            session.rest(trouble)
            placed = _joined(placed, poll(session, label, open_wishes))
            open_wishes = [w for w in open_wishes if w.key not in placed.ready and w.key not in placed.staging]
            if not open_wishes:
                return placed
            last = trouble
    raise last


def request_within_quota(session: Session, wishes: Sequence[Wish], label: str) -> Order:
    """Order the products, or as many of the first as M2M's quota leaves; the rest is in no part of the answer.

    Raises:
        RateLimited: the quota is used up.
        ApiError: as `request` does.
    """
    try:
        return request(session, wishes, label)
    except RateLimited as limited:
        # An order that does not fit is refused whole.
        left = ask_quota(session) if limited.after else None
        if not left or left >= len(wishes):
            raise
    return request(session, wishes[:left], label)


def _request_once(session: Session, wishes: Sequence[Wish], label: str) -> Order:
    pairs = [{"entityId": w.route.entity_id, "productId": w.route.product_id} for w in wishes]
    answer = session.call("download-request", {"downloads": pairs, "label": label}, repeat=False)
    data = wire.mapping(answer)
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
    # What M2M prepares and does not name yet is asked for later: right after an order its lists may be empty (§5).
    named = {entry.download_id for entry in matched.values()}
    # So is what names an image of which several products are ordered, as long as no list says which it is.
    shared = {w.route.entity_id for w in wishes if w.key not in matched}
    unnamed = any(
        s.download_id not in named and s.link.reveal() and (s.entity_id in shared or not (s.ready or s.entity_id))
        for s in strays
    )
    return _sorted_out(matched, wishes, data, labels, unnamed=unnamed)


def _joined(first: Order, second: Order) -> Order:
    return Order(
        ready=first.ready | second.ready,
        staging=tuple(dict.fromkeys(first.staging + second.staging)),
        rejected=second.rejected,
        labels=tuple(dict.fromkeys(first.labels + second.labels)),
        remaining=second.remaining,
    )


def poll(session: Session, label: str, wishes: Sequence[Wish]) -> Order:
    """Ask once what of an order is ready by now; entries M2M has dropped meanwhile are in neither list."""
    matched, _ = match(_retrieve(session, label), wishes)
    return Order(
        ready={key: entry.link for key, entry in matched.items() if entry.ready},
        staging=tuple(key for key, entry in matched.items() if not entry.ready),
        labels=(label,),
    )


def pick_up(session: Session, label: str, wishes: Sequence[Wish]) -> Order:
    """Ask what an earlier run ordered; a second time if there seems to be nothing, as just after the order (§5)."""
    found = poll(session, label, wishes)
    if found.ready or found.staging:
        return found
    session.rest(ServiceTrouble(f"M2M lists nothing yet of the earlier order {label}"))
    return poll(session, label, wishes)


def _sorted_out(
    matched: dict[str, Entry],
    wishes: Sequence[Wish],
    data: dict[str, Any],
    labels: tuple[str, ...],
    *,
    unnamed: bool,
) -> Order:
    told = {wire.text(f.get("entityId")): _reason(f) for f in wire.records(data.get("failed"))}
    missing = {w.key: told.get(w.route.entity_id) for w in wishes if w.key not in matched}
    open_keys = [key for key, reason in missing.items() if unnamed and reason is None]
    return Order(
        ready={key: entry.link for key, entry in matched.items() if entry.ready},
        staging=(*(key for key, entry in matched.items() if not entry.ready), *open_keys),
        rejected={
            key: reason or "M2M did not accept the order of this product"
            for key, reason in missing.items()
            if key not in open_keys
        },
        labels=labels,
        remaining=quota_left(data.get("remainingLimits")),
    )


def ask_quota(session: Session) -> int | None:
    """Return how many more downloads M2M takes now, None when it does not say (api.md §8.5 rate-limit-summary)."""
    try:
        told = wire.mapping(session.call("rate-limit-summary", {}))
    except ApiError:
        return None
    return quota_left(told.get("remainingLimits"))


def quota_left(limits: Any) -> int | None:
    """Return how many more downloads M2M takes now: the least of its limits for the user and the address."""
    left = [wire.number(limit.get(name)) for limit in wire.records(limits) for name in QUOTAS]
    return min((number for number in left if number is not None), default=None)


def _reason(failed: dict[str, Any]) -> str:
    # The shape of a filled `failed` list was never recorded (api.md §8.2); take any message it carries.
    message = failed.get("errorMessage") or failed.get("message") or failed.get("error")
    return f"M2M could not deliver it: {veiled(str(message))}" if message else "M2M could not deliver it"


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
