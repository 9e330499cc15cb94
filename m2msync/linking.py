"""Orders what is missing and returns the links, for a program that fetches better than we can where it runs."""

from __future__ import annotations

import os
from collections import Counter
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from queue import Empty, SimpleQueue
from typing import TYPE_CHECKING
from uuid import uuid4

from m2msync.core.exports.aria2 import Linked
from m2msync.core.exports.outcome import Links
from m2msync.core.match import Wish
from m2msync.core.result import Failure
from m2msync.core.secrets import Link
from m2msync.core.thumbnails import is_public
from m2msync.ordering import TICK, Answered, Ordering
from m2msync.store import appearing

if TYPE_CHECKING:
    import threading
    from collections.abc import Iterable, Sequence
    from pathlib import Path

    from m2msync.core.errors import M2MSyncError
    from m2msync.core.events import Event, Sink
    from m2msync.core.plan import Action
    from m2msync.m2m.session import Session


def ask_links(session: Session, actions: Iterable[Action], on_event: Sink, stop: threading.Event) -> Links:
    """Order products and return their links; one that M2M refuses by all its routes is told as failed.

    Args:
        session: the conversation with M2M.
        actions: what to order; those that need no order are left out.
        on_event: told everything that happens.
        stop: once set, nothing more is ordered.
    """
    wanted = [a for a in actions if a.is_download and a.routes]
    desk = _Window(session, wanted, on_event)
    desk.serve(stop)
    linked = [a for a in wanted if a.key in desk.links]
    return Links(
        linked=tuple(Linked(a.key, a.path, a.digest, desk.links[a.key]) for a in linked),
        failed=tuple(
            Failure(a.key, a.path, desk.refused.get(a.key, "M2M gave no link"), rerun_helps=True)
            for a in wanted
            if a.key not in desk.links
        ),
        images=len({(a.dataset, a.display_id) for a in linked}),
        bytes=sum(a.size or 0 for a in linked),
        error=desk.error,
    )


class _Window:
    """Where products are ordered and links handed out."""

    def __init__(self, session: Session, actions: Sequence[Action], on_event: Sink) -> None:
        self.links: dict[str, Link] = {}
        self.refused: dict[str, str] = {}
        self._actions = {a.key: a for a in actions}
        self._routes: Counter[str] = Counter()
        self._inbox: SimpleQueue[Answered | Event] = SimpleQueue()
        self._on_event = on_event
        # Its label stays at M2M: whoever fetches by the links needs the order, and a later apply is told of it.
        self._ordering = Ordering(
            session, f"m2msync-urls-{uuid4().hex[:12]}", earlier=(), wait=False, put=self._inbox.put
        )
        session.on_event = self._inbox.put

    @property
    def error(self) -> M2MSyncError | None:
        """What ended the ordering early, if anything did."""
        return self._ordering.error

    def serve(self, stop: threading.Event) -> None:
        """Order everything, and wait for what M2M has to prepare first."""
        for action in self._actions.values():
            self._order(action)
        with ThreadPoolExecutor(1, "m2m") as lane:
            while not self._ordering.over:
                if stop.is_set():
                    self._ordering.close()
                for wish in self._ordering.overdue():
                    self.refused[wish.key] = "M2M is still preparing it"
                self._ordering.ask(lane, 0, None)
                with suppress(Empty):
                    self._take(self._inbox.get(timeout=TICK))

    def _take(self, message: Answered | Event) -> None:
        if not isinstance(message, Answered):
            self._on_event(message)
            return
        placed = self._ordering.settle(message)
        self.links |= placed.ready
        for key, reason in placed.rejected.items():
            self.refused[key] = reason
            self._routes[key] += 1
            if self._routes[key] < len(self._actions[key].routes):
                self._order(self._actions[key])

    def _order(self, action: Action) -> None:
        route = action.routes[self._routes[action.key]]
        if is_public(route):
            self.links[action.key] = Link(route.product_id)
        else:
            self._ordering.add(Wish(action.key, action.key.partition("/")[2], action.display_id, route))


def write_private(path: Path, lines: Iterable[str]) -> None:
    """Write a file in one step that only its owner may read.

    Raises:
        StorageError: it cannot be written.
    """
    with appearing(path) as draft:
        # So from its first moment; on Windows the folder's permissions decide.
        handle = os.open(draft, os.O_CREAT | os.O_EXCL | os.O_WRONLY, 0o600)
        with open(handle, "w", encoding="utf-8", newline="\n") as file:  # noqa: PTH123 - an open handle
            file.writelines(lines)
