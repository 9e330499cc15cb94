"""The story of one run, top to bottom: decide, announce, deliver, unpack, record."""

from __future__ import annotations

import time
from contextlib import nullcontext
from dataclasses import replace
from typing import TYPE_CHECKING

from m2msync.core.errors import M2MSyncError
from m2msync.core.events import Planned, Stage, Warned
from m2msync.core.outcome import Outcome
from m2msync.core.unpacking import is_member, unpacks
from m2msync.deciding import Deciding
from m2msync.delivery import Delivery
from m2msync.running import ended, recorded
from m2msync.transfer.executors import check_crew

if TYPE_CHECKING:
    import threading

    from m2msync.catalog import Catalog
    from m2msync.core.events import Sink
    from m2msync.core.plan import Plan
    from m2msync.core.result import Result
    from m2msync.core.saved import Saved
    from m2msync.core.scope import Scope
    from m2msync.core.terms import Terms
    from m2msync.running import Running
    from m2msync.workplace import Workplace


class Applying:
    """What one run needs at hand."""

    def __init__(self, place: Workplace, terms: Terms, on_event: Sink, stop: threading.Event) -> None:
        self._place, self._on_event, self._stop = place, on_event, stop
        self._manifest = place.manifest
        self._terms = replace(terms, crew=replace(terms.crew, scratch=place.manifest.scratch))

    def apply(self, scope: Scope, saved: Saved | None) -> Result:
        """Make the store agree with the manifest; what ends the run early is told by the result.

        Args:
            scope: what the plan is made from.
            saved: a plan that is to be done exactly, instead of a new one.
        """
        began = time.monotonic()
        try:
            with self._place.catalog_held("apply"), self._place.catalog() as catalog:
                result = self._run(catalog, scope, saved, began)
        except M2MSyncError as error:
            result = ended(Outcome(error=error), kept=0, stop=self._stop)
        return replace(result, seconds=time.monotonic() - began)

    def _run(self, catalog: Catalog, scope: Scope, saved: Saved | None, began: float) -> Result:
        check_crew(self._terms.crew)
        place, manifest, on_event, stop = self._place, self._manifest, self._on_event, self._stop
        session = place.session(on_event, stop)
        if (seconds := self._terms.limits.max_seconds) is not None:
            session.limit(began, seconds)
        with recorded(catalog, manifest.name, stop, began=began) as running, session as running.session:
            plan = Deciding(manifest, place.store, catalog, session, on_event).decide(scope, saved)
            running.kept = plan.summary()["keep"]
            self._announce(plan)
            fetched = [a for a in plan.to_fetch if not is_member(a.key)]
            worth = [a for a in fetched if self._terms.retry_failed or not a.attempts]
            with place.store_held("apply") if worth else nullcontext():
                delivery = Delivery(
                    session, catalog, place.store, run=running.run, terms=self._terms, on_event=on_event, stop=stop
                )
                running.outcome = delivery.outcome
                delivery.deliver(worth)
            running.note_unavailable(catalog, plan.actions)
            if unpacks(manifest) and not (stop.is_set() or running.outcome.error or running.outcome.capped):
                self._unpack(running, catalog, plan)
            if not self._terms.retry_failed:
                running.note_failed_before(catalog, manifest.name, fetched)
        return running.result

    def _unpack(self, running: Running, catalog: Catalog, plan: Plan) -> None:
        from m2msync.unpacking import Unpacking  # noqa: PLC0415 - few manifests want it

        with self._place.store_held("apply"):
            unpacking = Unpacking(self._manifest, self._place.store, catalog, self._on_event, self._stop)
            unpacking.unpack(running, plan.to_fetch)

    def _announce(self, plan: Plan) -> None:
        summary, get = plan.summary(), len(plan.to_fetch)
        self._on_event(Planned(get, summary["keep"], summary["unavailable"], summary["bytes_to_get"]))
        for action in plan.actions:
            if action.verb == "unavailable" and action.tolerated:
                self._on_event(Warned(f"{action.key}: {action.reason}"))
        if get:
            self._on_event(Stage("fetching", get))
