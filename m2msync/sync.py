"""The story of one run, top to bottom: search, select, list, compare, deliver, record."""

from __future__ import annotations

import json
import os
import threading
import time
from contextlib import ExitStack, contextmanager, nullcontext
from dataclasses import replace
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any, cast

from m2msync import manifests
from m2msync.catalog import Catalog, hold
from m2msync.core.errors import M2MSyncError, UsageError
from m2msync.core.events import Planned, Stage, Warned, ignore
from m2msync.core.result import Status
from m2msync.core.saved import Saved
from m2msync.core.scope import ALL, Scope, narrow
from m2msync.core.standing import standings
from m2msync.core.terms import Terms
from m2msync.core.unpacking import is_member, members_of
from m2msync.delivery import Delivery, Outcome
from m2msync.lockfile import Lock, write_whole
from m2msync.m2m.conversation import address_of, converse
from m2msync.m2m.credentials import origin_of
from m2msync.m2m.order import ask_quota
from m2msync.planning import Planning
from m2msync.running import ended, recorded
from m2msync.searching import Found, Searching
from m2msync.store import Store

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Sequence
    from contextlib import AbstractContextManager

    from m2msync.adoption import Basis
    from m2msync.core.adoption import Adoption, How
    from m2msync.core.events import Sink
    from m2msync.core.forgetting import Forgotten
    from m2msync.core.lock import Locked
    from m2msync.core.model import Manifest
    from m2msync.core.plan import Plan
    from m2msync.core.result import Result
    from m2msync.core.surplus import Surplus
    from m2msync.core.survey import Survey
    from m2msync.core.validation import Validation
    from m2msync.core.verification import Depth, Verification
    from m2msync.m2m.credentials import Credentials
    from m2msync.m2m.session import Session
    from m2msync.planning import Source
    from m2msync.quicklook import Quicklook
    from m2msync.running import Running
    from m2msync.unpacking import WithMembers


def load(path: str | Path, *, endpoint: str | None = None, credentials: Credentials | None = None) -> Sync:
    """Read a manifest and return what can be done with it.

    Args:
        path: the manifest's YAML file.
        endpoint: the API's base URL; by default M2MSYNC_ENDPOINT, else the public service.
        credentials: by default those of the environment, else of netrc.

    Raises:
        ManifestError: everything that is wrong with the manifest, all at once.
    """
    return Sync(manifests.load(path), endpoint=endpoint, credentials=credentials)


class Sync:
    """A manifest with its store, its catalog and its way to M2M."""

    def __init__(
        self, manifest: Manifest, *, endpoint: str | None = None, credentials: Credentials | None = None
    ) -> None:
        self.manifest = manifest
        self._endpoint = endpoint
        self._credentials = credentials
        self._store = Store(Path(manifest.store))

    def plan(
        self, on_event: Sink = ignore, *, scope: Scope = ALL, full: bool = True, explain: bool = False
    ) -> Plan:
        """Return what an apply would do, and why. Orders nothing and touches no file of the store.

        Args:
            on_event: told everything that happens.
            scope: what it is made from.
            full: whether every product that is as it should be has an action of its own; else they are counted.
            explain: whether the plan shall tell why each image that was found is wanted or not.

        Raises:
            Stale: there is no lock that fits the manifest, or USGS no longer has what is locked.
            M2MSyncError: M2M, the credentials or the catalog stand in the way.
        """
        with self._catalog() as catalog, self._session(on_event) as session:
            plan, _ = self._plan(catalog, session, on_event, scope, full=full, explain=explain)
            return replace(plan, quota_left=ask_quota(session)) if plan.orders else plan

    def save(self, plan: Plan, path: str | Path, scope: Scope = ALL) -> Saved:
        """Write a full plan to a file, from which `apply` does exactly that.

        Raises:
            StorageError: it cannot be written.
        """
        path = Path(path).absolute()
        with Catalog.open(self.manifest.catalog, readonly=True) as catalog:
            lineage = catalog.lineage
        try:
            manifest = os.path.relpath(self.manifest.file, path.parent)
        except ValueError:  # on another drive
            manifest = self.manifest.file
        saved = Saved(plan, manifest, self.manifest.digest, lineage, whole=not scope.only)
        write_whole(path, [json.dumps(saved.to_json()), "\n"])
        return saved

    def lock(self, on_event: Sink = ignore, *, update: Sequence[str] | None = None) -> Locked:
        """Write down exactly which products the manifest stands for now, in the lock beside it.

        Args:
            on_event: told everything that happens.
            update: datasets and regions to search again, or globs of their names, all when empty; None to search
                only when there is no lock yet, or the manifest has been changed.

        Raises:
            M2MSyncError: M2M or the catalog stand in the way, or the lock cannot be written.
        """
        from m2msync.locking import Locking  # noqa: PLC0415 - an apply does without

        with self._catalog() as catalog:
            return Locking(self.manifest, self._store, catalog, lambda: self._session(on_event), on_event).lock(
                update
            )

    def check_lock(self) -> None:
        """Check that there is a lock, and that the manifest has not been changed since; asks nothing of M2M.

        Raises:
            Stale: there is none, or it has.
        """
        Lock.of(self.manifest.file, self.manifest.digest)

    def apply(
        self,
        on_event: Sink = ignore,
        *,
        terms: Terms | None = None,
        scope: Scope = ALL,
        saved: Saved | None = None,
        stop: threading.Event | None = None,
    ) -> Result:
        """Make the store agree with the manifest: get what is missing, failed or damaged; delete nothing.

        Args:
            on_event: told everything that happens.
            terms: how many connections, which limits and so on; by default the manifest's.
            scope: what the plan is made from.
            saved: a plan that is to be done exactly, instead of a new one.
            stop: once set, transfers in flight are finished and recorded, and nothing new begins.

        Returns:
            The outcome, also when something ended the run early: then `status` is "error" and `error` says what.
        """
        begun = time.monotonic()
        stop = stop or threading.Event()
        try:
            with hold(self._lock, f"apply {self.manifest.file}"), self._catalog() as catalog:
                decide = partial(self._decide, catalog, on_event, scope, saved)
                result = self._apply(catalog, on_event, terms or self.terms, stop, begun, decide)
        except M2MSyncError as error:
            result = ended(Outcome(error=error), kept=0, stop=stop)
        return replace(result, seconds=time.monotonic() - begun)

    @property
    def terms(self) -> Terms:
        """The terms of the manifest's `transfer`."""
        return Terms(jobs=self.manifest.connections, limits=self.manifest.limits)

    def adopt(  # noqa: PLR0913 - one for each way to do it
        self,
        folder: str | Path,
        on_event: Sink = ignore,
        *,
        how: How = "link",
        by_digest: bool = False,
        dry_run: bool = False,
        locked: bool = False,
        stop: threading.Event | None = None,
    ) -> Adoption:
        """Take what the manifest wants and a folder has into the store and the catalog, without fetching.

        Args:
            folder: is looked through with all folders below it; it may be or hold the store.
            on_event: told everything that happens.
            how: `link` makes hard links, and copies where there can be none; nothing in the folder is changed but
                by `move`.
            by_digest: recognise files by size and digest too, whatever their names.
            dry_run: only tell what would happen; neither store nor catalog are changed.
            locked: whether the lock says what is wanted; then M2M is asked nothing.
            stop: once set, files in hand are finished and recorded, and nothing new begins.

        Raises:
            M2MSyncError: the folder, M2M, the credentials, the catalog or the store stand in the way.
        """
        from m2msync import adoption  # noqa: PLC0415 - an apply does without

        if not Path(folder).is_dir():
            raise UsageError(f"there is no folder {folder}", hint="name the folder that holds the files")
        task = adoption.Task(Path(folder).resolve(), how, by_digest, dry_run)
        stop = stop or threading.Event()
        with self._workbench(f"adopt {self.manifest.file} {folder}", dry_run=dry_run) as catalog:
            find = partial(self._basis, catalog, on_event, stop, locked=locked)
            return adoption.adopt(self.manifest, self._store, catalog, find, task, on_event=on_event, stop=stop)

    def status(self) -> Status:
        """Return how manifest, catalog and disk compare; asks nothing of M2M.

        Raises:
            CatalogError: the catalog cannot be read.
        """
        name = self.manifest.name
        if not Path(self.manifest.catalog).exists():
            return Status(name, wanted=0, held=0, bytes_held=0)
        with Catalog.open(self.manifest.catalog, readonly=True) as catalog:
            found = standings(catalog.products(name), self._store.size)
            return Status(name, **found._asdict(), last_run=catalog.last_run(name))

    def prune(
        self,
        on_event: Sink = ignore,
        *,
        delete: bool = False,
        max_delete: int | None = None,
        trash: str | Path | None = None,
    ) -> Surplus:
        """Find what is held and wanted no longer, and delete it when told so; asks nothing of M2M.

        Args:
            on_event: told everything that happens.
            delete: whether to delete it, rather than only to list it.
            max_delete: delete nothing when it would be more files; by default, more than half of all.
            trash: a folder into which files are moved instead.

        Raises:
            Unsafe: it is not certain what is wanted now, or too much would be deleted; nothing was.
            M2MSyncError: the catalog or the store cannot be used.
        """
        from m2msync.pruning import Pruning  # noqa: PLC0415 - an apply does without

        with self._offline("prune", write=delete) as catalog:
            pruning = Pruning(self.manifest, self._store, catalog, on_event)
            surplus = pruning.find(trash)
            if not delete:
                return surplus
            with self._store_held("prune"):
                return pruning.carry_out(surplus, max_delete)

    def forget(self, words: Iterable[str], *, undo: bool = False, reason: str = "") -> Forgotten:
        """Have products never fetched again, or lift that; deletes no file and asks nothing of M2M.

        Args:
            words: what they are called: keys, display ids, paths in the store, or globs of these.
            undo: whether to lift it.
            reason: why, in a person's words.

        Raises:
            UsageError: some of the words mean nothing; nothing was changed.
            M2MSyncError: the catalog or the store cannot be used.
        """
        from m2msync.forgetting import forget  # noqa: PLC0415 - an apply does without

        with self._offline("forget", write=True) as catalog:
            return forget(self.manifest.name, words, catalog, self._store, undo=undo, reason=reason)

    def verify(
        self,
        on_event: Sink = ignore,
        *,
        depth: Depth = "digest",
        since: float | None = None,
        repair: bool = False,
        jobs: int | None = None,
        stop: threading.Event | None = None,
    ) -> Verification:
        """Read what is held and compare it with the catalog; nothing in the store is changed without `repair`.

        Args:
            on_event: told everything that happens.
            depth: how closely: presence and size, every byte, or into TIFFs and tar archives as well.
            since: copies verified from then on (seconds since 1970) are not read again.
            repair: whether to put aside what is damaged, and to link it from an intact copy or fetch it again.
            jobs: files read at a time; by default one per processor.
            stop: once set, what is being read or fetched is finished and recorded, and nothing new begins.

        Raises:
            CatalogError: there is no catalog, it cannot be read, or for a repair another process is working on it.
        """
        from m2msync.repair import Repair  # noqa: PLC0415 - an apply does without
        from m2msync.verification import Verifier  # noqa: PLC0415

        begun, stop = time.monotonic(), stop or threading.Event()
        jobs = jobs or os.cpu_count() or 1
        with self._audited(repair=repair) as catalog:
            verifier = Verifier(self._store, catalog, self.manifest.name, on_event=on_event, stop=stop, jobs=jobs)
            found = verifier.verify(depth, since=since)
            if repair and found.damaged and not stop.is_set():
                mender = Repair(self.manifest, self._store, catalog, on_event=on_event, stop=stop)
                with self._store_held("verify --repair"):
                    found = replace(found, repair=mender.mend(found, lambda: self._session(on_event, stop)))
        return replace(found, seconds=time.monotonic() - begun)

    def validate(self, on_event: Sink = ignore) -> Validation:
        """Check with M2M that account, datasets, filters and bands are what the manifest says; changes nothing.

        Returns:
            What an apply would do now, and what looks like a mistake but need not be one.

        Raises:
            ManifestError: filters, values of them, or bands that do not exist.
            M2MSyncError: the credentials are refused, or a dataset does not exist.
        """
        from m2msync.validating import Validating  # noqa: PLC0415 - an apply does without

        with self._workbench("validate", dry_run=True) as catalog, self._session(on_event) as session:
            return Validating(self.manifest, self._store, catalog, session, on_event).validate()

    def search(self, on_event: Sink = ignore, *, only: Sequence[str] = ()) -> Survey:
        """Return the images that the manifest's searches find, and which are chosen; orders and changes nothing.

        Args:
            on_event: told everything that happens.
            only: names or globs of datasets and regions; empty for all.

        Raises:
            M2MSyncError: M2M or the credentials stand in the way.
        """
        part = narrow(self.manifest, only)
        with self._workbench("search", dry_run=True) as catalog, self._session(on_event) as session:
            return Searching(part, self._store, catalog, session, on_event).survey()

    def quicklook(self, image: str, *, band: str | None = None) -> Quicklook:
        """Draw an image that is held, in natural colours or one band of it; asks nothing of M2M.

        Args:
            image: a display id or entity id, or the beginning of one.
            band: what the manifest calls it.

        Raises:
            UsageError: there is no such image, it lacks a band that is needed, or rasterio is not installed.
            M2MSyncError: the catalog or a file cannot be read.
        """
        from m2msync.quicklook import draw  # noqa: PLC0415 - an apply does without

        with self._offline("show", write=False) as catalog:
            return draw(self.manifest, self._store, catalog, image, band)

    def _apply(
        self,
        catalog: Catalog,
        on_event: Sink,
        terms: Terms,
        stop: threading.Event,
        began: float,
        decide: Callable[[Session], Plan],
    ) -> Result:
        name, session = self.manifest.name, self._session(on_event, stop)
        with recorded(catalog, name, stop, began=began) as running, session as running.session:
            plan = decide(session)
            running.kept = plan.summary()["keep"]
            _announce(plan, on_event)
            fetched = [a for a in plan.to_fetch if not is_member(a.key)]
            worth = [a for a in fetched if terms.retry_failed or not a.attempts]
            with self._store_held("apply") if worth else nullcontext():
                delivery = Delivery(
                    session, catalog, self._store, run=running.run, terms=terms, on_event=on_event, stop=stop
                )
                running.outcome = delivery.outcome
                delivery.deliver(worth)
            running.note_unavailable(catalog, plan.actions)
            if self._unpacks and not (stop.is_set() or running.outcome.error or running.outcome.capped):
                self._unpack(running, catalog, plan, on_event, stop)
            if not terms.retry_failed:
                running.note_failed_before(fetched)
        return running.result

    def _unpack(
        self, running: Running, catalog: Catalog, plan: Plan, on_event: Sink, stop: threading.Event
    ) -> None:
        from m2msync.unpacking import Unpacking  # noqa: PLC0415 - few manifests want it

        with self._store_held("apply"):
            Unpacking(self.manifest, self._store, catalog, on_event, stop).unpack(running, plan)

    @property
    def _unpacks(self) -> bool:
        return any(entry.unpack for entry in self.manifest.acquisitions)

    def _decide(
        self, catalog: Catalog, on_event: Sink, scope: Scope, saved: Saved | None, session: Session
    ) -> Plan:
        """Return the plan of an apply, once the catalog knows what is wanted."""
        name, digest, now = self.manifest.name, self.manifest.digest, time.time()
        planning = Planning(self.manifest, self._store, catalog, session, on_event)
        if saved:
            saved.check(digest=digest, lineage=catalog.lineage, serial=catalog.serial)
            wanted = [action for action in saved.plan.actions if action.verb != "orphan"]
            catalog.want(name, wanted, at=now, digest=digest, whole=saved.whole)
            return replace(saved.plan, actions=planning.detailed(saved.plan.actions))
        plan, source = self._plan(catalog, session, on_event, scope, full=False)
        if plan.fresh or catalog.last_apply(name)[1] != digest:
            catalog.want(name, source.assets(), at=now, digest=digest, whole=not scope.only)
        return plan

    def _basis(self, catalog: Catalog, on_event: Sink, stop: threading.Event, *, locked: bool) -> Basis:
        from m2msync import adoption  # noqa: PLC0415 - an apply does without

        if locked:  # without a conversation: there may be neither network nor account
            return adoption.read_lock(self.manifest, self._store, catalog)
        with self._session(on_event, stop) as session:
            plan, source = self._plan(catalog, session, on_event, ALL, full=True)
        return adoption.Basis(tuple(source.assets()), plan.actions, session.calls)

    def _plan(
        self, catalog: Catalog, session: Session, on_event: Sink, scope: Scope, *, full: bool, explain: bool = False
    ) -> tuple[Plan, Found | Lock | WithMembers]:
        part = narrow(self.manifest, scope.only)
        planning = Planning(self.manifest, self._store, catalog, session, on_event)
        if not scope.locked:
            found = Searching(part, self._store, catalog, session, on_event).find(explain=explain)
            wanted = self._with_members(catalog, found)
            plan = planning.plan(cast("Source[Any]", wanted), whole=not scope.only, full=full)
            return replace(plan, verdicts=tuple(found.verdicts()) if explain else ()), wanted
        lock = Lock.of(self.manifest.file, self.manifest.digest)
        lock.only = scope.only
        locked = self._with_members(catalog, lock)
        plan = planning.plan(cast("Source[Any]", locked), whole=not scope.only, full=full)
        planning.refuse_gone(plan)
        return plan, locked

    def _with_members(self, catalog: Catalog, source: Found | Lock) -> Found | Lock | WithMembers:
        """Return what is wanted together with what is known to be in the bundles that are unpacked."""
        if not self._unpacks:
            return source
        from m2msync.unpacking import WithMembers  # noqa: PLC0415 - few manifests want it

        known = (k for k in catalog.products(self.manifest.name) if k.claimed)
        return WithMembers(source, members_of(known, self.manifest.acquisitions))

    @contextmanager
    def _catalog(self) -> Iterator[Catalog]:
        with Catalog.open(self.manifest.catalog) as catalog:
            catalog.claim_origin(origin_of(self._address))
            yield catalog

    @contextmanager
    def _offline(self, verb: str, *, write: bool) -> Iterator[Catalog]:
        """Open a catalog that exists; to write into it, as the only one."""
        with ExitStack() as stack:
            catalog = stack.enter_context(Catalog.open(self.manifest.catalog, create=False, readonly=not write))
            if write:
                stack.enter_context(hold(self._lock, f"{verb} {self.manifest.file}"))
            yield catalog

    @contextmanager
    def _workbench(self, purpose: str, *, dry_run: bool) -> Iterator[Catalog]:
        """Yield the catalog for as long as nobody else may write it; for a dry run a copy of it, as it stands."""
        if not dry_run:
            with hold(self._lock, purpose), self._store_held("adopt"), self._catalog() as catalog:
                yield catalog
            return
        with Catalog.rehearse(self.manifest.catalog) as catalog:
            catalog.claim_origin(origin_of(self._address))
            yield catalog

    @contextmanager
    def _audited(self, *, repair: bool) -> Iterator[Catalog]:
        """Yield the catalog there is: held for a repair, else beside an apply or on a read-only disk."""
        path = Path(self.manifest.catalog)
        writable = repair or all(os.access(place, os.W_OK) for place in (path, path.parent))
        with Catalog.open(path, create=False, readonly=not writable) as catalog:
            if not repair:
                yield catalog
                return
            with hold(self._lock, f"verify --repair {self.manifest.file}"):
                catalog.claim_origin(origin_of(self._address))
                yield catalog

    def _store_held(self, verb: str) -> AbstractContextManager[None]:
        """Be the only one who changes the store, which other catalogs may know as well."""
        return hold(self._store.lock_path, f"{verb} {self.manifest.file}", what="store")

    def _session(self, on_event: Sink, stop: threading.Event | None = None) -> Session:
        return converse(self._endpoint, self._credentials, stop=stop, on_event=on_event)

    @property
    def _address(self) -> str:
        return address_of(self._endpoint)

    @property
    def _lock(self) -> Path:
        return Path(self.manifest.catalog + ".lock")


def _announce(plan: Plan, on_event: Sink) -> None:
    summary = plan.summary()
    get = len(plan.to_fetch)
    on_event(Planned(get, summary["keep"], summary["unavailable"], summary["bytes_to_get"]))
    for action in plan.actions:
        if action.verb == "unavailable" and action.tolerated:
            on_event(Warned(f"{action.key}: {action.reason}"))
    if get:
        on_event(Stage("fetching", get))
