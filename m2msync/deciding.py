"""Where a plan comes from: a search, a lock, or a plan that was saved."""

from __future__ import annotations

import time
from dataclasses import replace
from typing import TYPE_CHECKING, Any, cast

from m2msync.core.errors import M2MSyncError
from m2msync.core.events import Warned
from m2msync.core.scope import narrow
from m2msync.core.unpacking import members_of, unpacks
from m2msync.listing import Lister
from m2msync.lockfile import Lock
from m2msync.manifests import load
from m2msync.planning import Planning
from m2msync.searching import Found, Searching

if TYPE_CHECKING:
    from m2msync.catalog import Catalog
    from m2msync.core.events import Sink
    from m2msync.core.model import Manifest
    from m2msync.core.plan import Plan
    from m2msync.core.saved import Saved
    from m2msync.core.scope import Scope
    from m2msync.m2m.session import Session
    from m2msync.planning import Source
    from m2msync.store import Store
    from m2msync.unpacking import WithMembers


class Deciding:
    """What a decision needs at hand."""

    def __init__(
        self, manifest: Manifest, store: Store, catalog: Catalog, session: Session, on_event: Sink
    ) -> None:
        self._manifest, self._store = manifest, store
        self._catalog, self._session, self._on_event = catalog, session, on_event
        self._lister = Lister(catalog, session, on_event)
        self._planning = Planning(manifest, store, catalog, session, self._lister)

    def plan(self, scope: Scope, *, full: bool, explain: bool = False) -> tuple[Plan, Found | Lock | WithMembers]:
        """Return a plan, and what it was made from; nothing is remembered of it.

        Args:
            scope: whether a search or the lock tells what is wanted, and how much of the manifest is looked at.
            full: whether every product that is as it should be has an action of its own; else they are counted.
            explain: whether the plan shall tell why each image that was found is wanted or not.

        Raises:
            Stale: there is no lock that fits the manifest, or USGS no longer has what is locked.
            M2MSyncError: M2M, the credentials or the catalog stand in the way.
        """
        part = narrow(self._manifest, scope.only)
        self._warn_of_namesake()
        if scope.locked:
            lock = Lock.of(self._manifest.file, self._manifest.digest)
            lock.only = scope.only
            plan, wanted = self._planned(lock, whole=not scope.only, full=full)
            self._planning.refuse_gone(plan)
            return plan, wanted
        searching = Searching(part, self._store, self._catalog, self._session, self._on_event, self._lister)
        found = searching.find(explain=explain)
        plan, wanted = self._planned(found, whole=found.complete and not scope.only, full=full)
        return replace(plan, verdicts=tuple(found.verdicts()) if explain else ()), wanted

    def decide(self, scope: Scope, saved: Saved | None) -> Plan:
        """Return the plan of an apply, once the catalog knows what is wanted.

        Args:
            scope: what a new plan is made from.
            saved: the plan that is to be done exactly, instead of a new one.

        Raises:
            Stale: the saved plan, or the lock, no longer fits.
            M2MSyncError: M2M, the credentials or the catalog stand in the way.
        """
        name, digest, now = self._manifest.name, self._manifest.digest, time.time()
        catalog = self._catalog
        if saved:
            saved.check(digest=digest, lineage=catalog.lineage, serial=catalog.serial)
            wanted = [action for action in saved.plan.actions if action.verb != "orphan"]
            catalog.want(name, wanted, at=now, digest=digest, file=self._manifest.file, whole=saved.plan.whole)
            return replace(saved.plan, actions=self._planning.detailed(saved.plan.actions))
        plan, source = self.plan(scope, full=False)
        if plan.fresh or catalog.last_apply(name).digest != digest:
            wants = source.assets()
            catalog.want(name, wants, at=now, digest=digest, file=self._manifest.file, whole=plan.whole)
        return plan

    def _warn_of_namesake(self) -> None:
        """Tell when another manifest of the same name was applied last, and is still there as it was then."""
        mine, last = self._manifest, self._catalog.last_apply(self._manifest.name)
        if last.file is None or last.file == mine.file or last.digest == mine.digest:
            return
        try:
            other = load(last.file)
        except M2MSyncError:
            return  # it was moved, or edited
        if other.digest == last.digest:
            told = f"{last.file} is called {mine.name!r} too, and was applied last"
            way_out = "give each manifest a `name` of its own"
            self._on_event(Warned(f"{told}: what only that one wants counts as no longer wanted; {way_out}"))

    def _planned(self, source: Found | Lock, *, whole: bool, full: bool) -> tuple[Plan, Found | Lock | WithMembers]:
        wanted = self._with_members(source)
        return self._planning.plan(cast("Source[Any]", wanted), whole=whole, full=full), wanted

    def _with_members(self, source: Found | Lock) -> Found | Lock | WithMembers:
        """Return what is wanted together with what is known to be in the bundles that are unpacked."""
        if not unpacks(self._manifest):
            return source
        from m2msync.unpacking import WithMembers  # noqa: PLC0415 - few manifests want it

        known = (k for k in self._catalog.products(self._manifest.name) if k.claimed)
        return WithMembers(source, members_of(known, self._manifest.acquisitions))
