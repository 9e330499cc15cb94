"""The story of a repair: what is damaged is put aside, then linked from a sound copy, fetched or unpacked anew."""

from __future__ import annotations

import time
from contextlib import contextmanager
from dataclasses import dataclass, replace
from itertools import groupby
from typing import TYPE_CHECKING

from m2msync.core.errors import OF_ALL_FILES, StorageError
from m2msync.core.events import Failed, Landed, Planned, Stage
from m2msync.core.plan import Action
from m2msync.core.result import Failure
from m2msync.core.terms import terms_of
from m2msync.core.unpacking import is_member
from m2msync.core.verification import LABEL, Finding
from m2msync.delivery import Delivery
from m2msync.listing import Lister
from m2msync.m2m.datasets import check_dataset
from m2msync.planning import Planning
from m2msync.running import recorded
from m2msync.scrutiny import scrutinise
from m2msync.unpacking import Unpacking

if TYPE_CHECKING:
    import threading
    from collections.abc import Callable, Iterable, Iterator, Sequence

    from m2msync.catalog import Catalog
    from m2msync.core.audit import Copy
    from m2msync.core.events import Event, Sink
    from m2msync.core.holding import Known
    from m2msync.core.model import Manifest
    from m2msync.core.result import Result
    from m2msync.core.verification import Depth, Verification
    from m2msync.m2m.session import Session
    from m2msync.running import Running
    from m2msync.store import Store


@dataclass(frozen=True, slots=True)
class _Damaged:
    """A product with what is wrong with its copies, and an intact one if there is any."""

    product: Known
    findings: tuple[Finding, ...]
    source: Copy | None

    @property
    def paths(self) -> tuple[str, ...]:
        return tuple(finding.path for finding in self.findings)


class Repair:
    """One repair of what a verify has found; the caller holds the catalog's lock."""

    def __init__(
        self, manifest: Manifest, store: Store, catalog: Catalog, *, on_event: Sink, stop: threading.Event
    ) -> None:
        self._manifest, self._store, self._catalog = manifest, store, catalog
        self._on_event, self._stop = on_event, stop
        self._landed: set[str] = set()

    def mend(self, found: Verification, connect: Callable[[], Session]) -> Result:
        """Make every damaged product whole again, and return how many that were, and which could not be.

        Args:
            found: what is damaged.
            connect: begins a conversation with M2M; not called when there is nothing to fetch.
        """
        begun = time.monotonic()
        with recorded(self._catalog, self._manifest.name, self._stop, began=begun, kind=LABEL) as running:
            damaged = tuple(self._damaged(found))
            packed = [d for d in damaged if d.source is None and is_member(d.product.key)]
            lost = [d for d in damaged if d.source is None and not is_member(d.product.key)]
            self._tell(Planned(len(damaged), 0, 0, sum(d.product.size or 0 for d in lost)))
            for each in damaged:
                if each.source and not self._stop.is_set():
                    self._link(running, each, each.source)
            if lost and not self._stop.is_set():
                with connect() as running.session:
                    self._fetch(running, running.session, lost)
            if packed and not self._stop.is_set():
                self._unpack(running, packed)
            self._supersede_again(running, damaged)
        return replace(running.result, seconds=time.monotonic() - begun)

    def _tell(self, event: Event) -> None:
        if isinstance(event, Landed):
            self._landed.add(event.key)
        self._on_event(event)

    def _damaged(self, found: Verification) -> Iterator[_Damaged]:
        known = self._catalog.known(self._manifest.name, {finding.key for finding in found.damaged})
        depth: Depth = "deep" if found.depth == "deep" else "digest"
        ordered = sorted(found.damaged, key=lambda finding: finding.key)
        for key, group in groupby(ordered, lambda finding: finding.key):
            findings = list(group)
            source = self._sound_copy(known[key], findings, depth)
            yield _Damaged(known[key], tuple(findings), source)

    def _sound_copy(self, product: Known, findings: list[Finding], depth: Depth) -> Copy | None:
        """Return a copy that is whole, read just now; what is wrong with others adds to the findings."""
        damaged = {finding.path for finding in findings}
        for copy in self._catalog.copies(path for path in product.paths if path not in damaged).values():
            verdict = scrutinise(self._store, copy, depth)
            if verdict.symbol == "=":
                return copy
            findings.append(Finding(copy.key, copy.path, verdict.symbol, verdict.reason))
        return None

    def _link(self, running: Running, damaged: _Damaged, source: Copy) -> None:
        run, key, paths = running.run.number, damaged.product.key, damaged.paths
        with self._excused(running, damaged):
            self._put_aside(damaged)
            for path in paths:
                self._store.link(source.path, path)
            self._catalog.record_landed(
                run, key, paths=paths, size=source.size, digest=source.digest, at=time.time()
            )
            running.outcome.got += 1
            self._tell(Landed(key, paths[0], source.size, source.digest or ""))

    def _unpack(self, running: Running, packed: Iterable[_Damaged]) -> None:
        aside: list[_Damaged] = []
        for damaged in packed:
            with self._excused(running, damaged):
                self._put_aside(damaged)
                aside.append(damaged)
        unpacking = Unpacking(self._manifest, self._store, self._catalog, self._tell, self._stop)
        unpacking.unpack(running, [_action(damaged) for damaged in aside])
        for damaged in aside:
            if damaged.product.key not in self._landed:
                self._fail(
                    running, damaged, "put aside; its bundle is not unpacked", rerun_helps=damaged.product.wanted
                )

    def _fetch(self, running: Running, session: Session, lost: Sequence[_Damaged]) -> None:
        # Nothing is put aside before M2M has answered that it can be had again.
        for dataset in sorted({damaged.product.dataset for damaged in lost}):
            check_dataset(session, dataset)
        lister = Lister(self._catalog, session, self._tell)
        planning = Planning(self._manifest, self._store, self._catalog, session, lister)
        actions = []
        for action, damaged in zip(planning.detailed([_action(d) for d in lost]), lost, strict=True):
            with self._excused(running, damaged):
                self._put_aside(damaged)
                actions.append(action)
        running.note_unavailable(self._catalog, actions)
        deliverable = [action for action in actions if action.verb == "refetch"]
        self._tell(Stage("fetching", len(deliverable)))
        terms = terms_of(self._manifest)
        delivery = Delivery(
            session, self._catalog, self._store, run=running.run, terms=terms, on_event=self._tell, stop=self._stop
        )
        linked, running.outcome = running.outcome, delivery.outcome
        try:
            delivery.deliver(deliverable)
        finally:
            running.outcome.got += linked.got
            running.outcome.failed += linked.failed

    def _put_aside(self, damaged: _Damaged) -> None:
        """Move the damaged copies into quarantine; the catalog holds them no longer."""
        for finding in damaged.findings:
            self._store.put_aside(finding.path, finding.reason)
            self._catalog.forget_copy(finding.path, at=time.time())

    @contextmanager
    def _excused(self, running: Running, damaged: _Damaged) -> Iterator[None]:
        """Let a product fail alone whose place cannot be written; what concerns all of them ends the repair."""
        try:
            yield
        except OF_ALL_FILES:
            raise
        except StorageError as error:
            self._fail(running, damaged, error.message, rerun_helps=False)

    def _fail(self, running: Running, damaged: _Damaged, reason: str, *, rerun_helps: bool) -> None:
        failure = Failure(damaged.product.key, damaged.paths[0], reason, rerun_helps=rerun_helps)
        running.outcome.failed.append(failure)
        self._tell(Failed(failure.key, failure.path, failure.reason, rerun_helps=rerun_helps))

    def _supersede_again(self, running: Running, damaged: Iterable[_Damaged]) -> None:
        """A product that another has replaced stays replaced, though it has just landed anew."""
        for product in (d.product for d in damaged):
            if product.state == "superseded" and product.key in self._landed:
                self._catalog.record_state(
                    running.run.number, [product.key], "superseded", product.reason, at=time.time()
                )


def _action(damaged: _Damaged) -> Action:
    product, paths = damaged.product, damaged.paths
    return Action(
        key=product.key,
        verb="refetch",
        reason=damaged.findings[0].reason,
        dataset=product.dataset,
        region=product.region,
        image=product.image,
        display_id=product.display_id,
        product=product.product,
        path=paths[0],
        size=product.size,
        links=paths[1:],
    )
