"""The download queue: what was ordered, under which label, what is ready, what quota is left (api.md §4.1, §5)."""

from __future__ import annotations

import base64
import json
from collections import defaultdict, deque
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from m2msync.sandbox.errors import Refusal

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from m2msync.sandbox.account.sessions import Account
    from m2msync.sandbox.account.shelf import Item
    from m2msync.sandbox.behaviour import Behaviour

WINDOW = 900.0  # seconds over which recent downloads are counted
TEXTS = {"A": "Available", "P": "Proxied", "D": "Downloading", "C": "Complete"}


@dataclass(slots=True, eq=False)
class Download:
    """One ordered item; `polls` counts the download-retrieve calls that asked for it.

    `session` is the number of the key it was ordered with, `signed` when its last link was made.
    """

    id: int
    item: Item
    account: Account
    ip: str
    label: str
    application: str
    ordered: float
    staged: bool
    session: int | None = None
    signed: float = 0.0
    polls: int = 0
    complete: bool = False
    handed_over: bool = False

    @property
    def proxied(self) -> bool:
        """Whether another host than dds delivers it, so that the queue hears nothing more of it."""
        return not self.staged and not self.item.system.startswith("dds")

    @property
    def ticket(self) -> str:
        """The last part of its dds URL (api.md §10.1)."""
        claims = {"id": self.id, "contactId": self.account.contact_id}
        return base64.b64encode(json.dumps(claims, separators=(",", ":")).encode()).decode()


@dataclass(frozen=True, slots=True)
class Buyer:
    """Who places an order: the account, from which address, for which application, with which key."""

    account: Account
    ip: str
    application: str = "M2M"
    session: int | None = None


@dataclass(slots=True)
class Orders:
    """Every download of every account; `_queue` holds those dds delivers, the only ones that wait for anything."""

    clock: Callable[[], float]
    behaviour: Behaviour
    next_id: int = 790_721_113
    _all: dict[int, Download] = field(default_factory=dict)
    _queue: dict[int, Download] = field(default_factory=dict)
    _last: dict[tuple[str, str, str], Download] = field(default_factory=dict)
    _recent: defaultdict[str, deque[tuple[float, int]]] = field(default_factory=lambda: defaultdict(deque))

    def place(self, buyer: Buyer, wanted: Sequence[tuple[Item, str]]) -> list[tuple[Download, bool]]:
        """Order items, each under its label, and say of each whether it is new.

        An item that is still being prepared is not queued again and keeps its label (api.md §8.2); one that is
        named twice is ordered once.
        """
        once: dict[tuple[str, str, str], tuple[Item, str]] = {}
        for item, label in wanted:
            once.setdefault(self._what(buyer.account, item), (item, label))
        waiting = {self._what(d.account, d.item): d for d in self._queue.values() if self.state(d) == "D"}
        new = [item for what, (item, _) in once.items() if what not in waiting]
        self._charge(buyer, new)
        return [
            (waiting[what], False) if what in waiting else (self._add(buyer, item, label), True)
            for what, (item, label) in once.items()
        ]

    def has_link(self, account: Account, item: Item) -> bool:
        """Say whether an account has a link to an item that still works."""
        last = self._last.get(self._what(account, item))
        if last is None or last.id not in self._all:
            return False
        return not last.proxied or self.clock() - last.signed <= self.behaviour.signature_seconds

    def find(self, download_id: int) -> Download | None:
        """Return a download by its number."""
        return self._all.get(download_id)

    def of(self, account: Account, label: str | None, application: str | None = None) -> list[Download]:
        """Return an account's downloads, all of them or those of one label."""
        return [
            download
            for download in self._all.values()
            if download.account is account
            and (label is None or download.label == label)
            and (application is None or download.application == application)
        ]

    def labelled(self, label: str, application: str | None = None) -> list[Download]:
        """Return the downloads of a label, whosever they are."""
        return [d for d in self._all.values() if d.label == label and application in {None, d.application}]

    def state(self, download: Download) -> str:
        """Return the statusCode of api.md §5: A(vailable), P(roxied), D(ownloading) or C(omplete)."""
        staging = self.behaviour.staging
        if download.complete:
            return "C"
        if download.proxied:
            return "P"
        waited = self.clock() - download.ordered
        ready = not download.staged or (download.polls >= staging.polls and waited >= staging.seconds)
        return "A" if ready else "D"

    def retrieve(self, account: Account, label: str | None) -> tuple[list[Download], list[Download]]:
        """Return what is available and what is requested; a call counts as a poll of every item it asks for."""
        staging = self.behaviour.staging
        available, requested = [], []
        for download in self.of(account, label):
            download.polls += 1
            quiet = download.staged or staging.silent_to_all
            if download.handed_over or (quiet and download.polls <= staging.silent):
                continue
            if (state := self.state(download)) == "A":
                available.append(download)
            if state in {"D", "P"} or (state == "A" and staging.doubled):
                requested.append(download)
        for download in available:
            download.handed_over = staging.vanish
        return available, requested

    def remove(self, download: Download) -> None:
        """Take a download out of the queue altogether."""
        self._all.pop(download.id, None)
        self._queue.pop(download.id, None)

    def remaining(self, account: Account, ip: str) -> tuple[dict[str, int], dict[str, int]]:
        """Return what is left of the quota for a user and for an IP address (api.md §4.1)."""
        queue = self._queue.values()
        user = self._tally(account.username, [d for d in queue if d.account is account])
        address = self._tally(ip, [d for d in queue if d.ip == ip])
        limits = self.behaviour.limits
        whole = {"recentDownloadCount": limits.recent, "pendingDownloadCount": limits.pending,
                 "unattemptedDownloadCount": limits.unattempted}  # fmt: skip
        return {k: whole[k] - user[k] for k in whole}, {k: whole[k] - address[k] for k in whole}

    def _tally(self, who: str, downloads: list[Download]) -> dict[str, int]:
        recent = self._recent[who]
        while recent and self.clock() - recent[0][0] >= WINDOW:
            recent.popleft()
        states = [self.state(download) for download in downloads]
        return {
            "recentDownloadCount": sum(count for _, count in recent),
            "pendingDownloadCount": states.count("D"),
            "unattemptedDownloadCount": states.count("A"),
        }

    def _charge(self, buyer: Buyer, new: list[Item]) -> None:
        """Count an order, unless one of the limits it touches would be passed: what is proxied never waits."""
        staged = [item for item in new if item.system in self.behaviour.staging.systems]
        cached = [item for item in new if item.system.startswith("dds") and item not in staged]
        asked = {"recentDownloadCount": len(new), "pendingDownloadCount": len(staged),
                 "unattemptedDownloadCount": len(cached)}  # fmt: skip
        for left in self.remaining(buyer.account, buyer.ip):
            if any(count and left[limit] < count for limit, count in asked.items()):
                raise Refusal("RATE_LIMIT_USER_DL", "User has reached the maximum number of downloads allowed")
        for who in (buyer.account.username, buyer.ip):
            self._recent[who].append((self.clock(), len(new)))

    def _what(self, account: Account, item: Item) -> tuple[str, str, str]:
        return account.username, item.entity_id, item.product_id

    def _add(self, buyer: Buyer, item: Item, label: str) -> Download:
        staged = item.system in self.behaviour.staging.systems
        download = Download(
            self.next_id, item, buyer.account, buyer.ip, label, buyer.application, self.clock(), staged,
            buyer.session,
        )  # fmt: skip
        self.next_id += 1
        self._all[download.id] = self._last[self._what(buyer.account, item)] = download
        if not download.proxied:
            self._queue[download.id] = download
        return download
