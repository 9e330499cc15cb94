"""The story of one run, top to bottom: search, select, list, compare, deliver, record."""

from __future__ import annotations

import os
import threading
import time
from contextlib import ExitStack, contextmanager
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

from m2msync import manifests
from m2msync.catalog import Catalog, hold
from m2msync.core.errors import M2MSyncError, UsageError
from m2msync.core.events import Planned, Stage, Warned, ignore
from m2msync.core.result import Status
from m2msync.core.standing import standings
from m2msync.core.terms import Terms
from m2msync.delivery import Delivery, Outcome
from m2msync.forgetting import forget
from m2msync.m2m.credentials import find_credentials, find_endpoint, origin_of
from m2msync.m2m.datasets import check_dataset
from m2msync.m2m.filters import Translator
from m2msync.m2m.order import ask_quota
from m2msync.m2m.session import Patience, Session
from m2msync.planning import Planning
from m2msync.pruning import Pruning
from m2msync.running import ended, recorded
from m2msync.store import Store

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from m2msync.core.events import Sink
    from m2msync.core.forgetting import Forgotten
    from m2msync.core.model import Manifest
    from m2msync.core.plan import Plan
    from m2msync.core.result import Result
    from m2msync.core.surplus import Surplus
    from m2msync.m2m.credentials import Credentials


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

    def plan(self, on_event: Sink = ignore) -> Plan:
        """Return what an apply would do, and why. Orders nothing and touches no file of the store.

        Raises:
            M2MSyncError: M2M, the credentials or the catalog stand in the way.
        """
        with self._catalog() as catalog, self._session(on_event) as session:
            plan, _ = Planning(self.manifest, self._store, catalog, session, on_event).plan()
            return replace(plan, quota_left=ask_quota(session)) if plan.orders else plan

    def apply(
        self,
        on_event: Sink = ignore,
        *,
        terms: Terms | None = None,
        stop: threading.Event | None = None,
    ) -> Result:
        """Make the store agree with the manifest: get what is missing, failed or damaged; delete nothing.

        Args:
            on_event: told everything that happens.
            terms: how many connections, which limits and so on; by default the manifest's.
            stop: once set, transfers in flight are finished and recorded, and nothing new begins.

        Returns:
            The outcome, also when something ended the run early: then `status` is "error" and `error` says what.
        """
        begun = time.monotonic()
        stop = stop or threading.Event()
        try:
            with hold(self._lock, f"apply {self.manifest.file}"), self._catalog() as catalog:
                result = self._apply(catalog, on_event, terms or self.terms, stop, begun)
        except M2MSyncError as error:
            result = ended(Outcome(error=error), kept=0, stop=stop)
        return replace(result, seconds=time.monotonic() - begun)

    @property
    def terms(self) -> Terms:
        """The terms of the manifest's `transfer`."""
        return Terms(jobs=self.manifest.connections, limits=self.manifest.limits)

    def status(self) -> Status:
        """Return how manifest, catalog and disk compare; asks nothing of M2M.

        Raises:
            CatalogError: the catalog cannot be read.
        """
        name = self.manifest.name
        if not Path(self.manifest.catalog).exists():
            return Status(name, wanted=0, held=0, bytes_held=0)
        with Catalog.open(self.manifest.catalog, readonly=True) as catalog:
            known = catalog.known(name).values()
            last = catalog.last_run(name)
        on_disk = self._store.sizes(path for k in known for path in k.paths)
        problems, held, size = standings(known, on_disk)
        wanted = sum(1 for k in known if k.wanted and k.state != "tombstoned")
        return Status(name, wanted, held, size, problems, last)

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
        with self._offline("prune", write=delete) as catalog:
            pruning = Pruning(self.manifest, self._store, catalog, on_event)
            surplus = pruning.find(trash)
            return pruning.carry_out(surplus, max_delete) if delete else surplus

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
        with self._offline("forget", write=True) as catalog:
            return forget(self.manifest.name, words, catalog, self._store, undo=undo, reason=reason)

    def validate(self, on_event: Sink = ignore) -> None:
        """Check with M2M that the account works, and that the datasets and the filters named exist.

        Raises:
            ManifestError: filters or values of them that do not exist.
            M2MSyncError: the credentials are refused, or a dataset does not exist.
        """
        with self._session(on_event) as session:
            for dataset in dict.fromkeys(a.dataset for a in self.manifest.acquisitions):
                check_dataset(session, dataset)
            Translator(session, None, self.manifest.file).check(self.manifest.acquisitions)

    def _apply(self, catalog: Catalog, on_event: Sink, terms: Terms, stop: threading.Event, began: float) -> Result:
        name, session = self.manifest.name, self._session(on_event, stop)
        with recorded(catalog, name, stop, began=began) as running, session as running.session:
            plan, assets = Planning(self.manifest, self._store, catalog, session, on_event).plan()
            running.kept = plan.summary()["keep"]
            catalog.want(name, assets, at=time.time(), digest=self.manifest.digest)
            _announce(plan, on_event)
            worth = [a for a in plan.to_fetch if terms.retry_failed or not a.attempts]
            delivery = Delivery(
                session, catalog, self._store, run=running.run, terms=terms, on_event=on_event, stop=stop
            )
            running.outcome = delivery.outcome
            delivery.deliver(worth)
            running.note_unavailable(catalog, plan.actions)
            if not terms.retry_failed:
                running.note_failed_before(plan.to_fetch)
        return running.result

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

    def _session(self, on_event: Sink, stop: threading.Event | None = None) -> Session:
        credentials = self._credentials or find_credentials(os.environ, self._address)
        return Session(self._address, credentials, patience=_patience(), stop=stop, on_event=on_event)

    @property
    def _address(self) -> str:
        return find_endpoint({"M2MSYNC_ENDPOINT": self._endpoint} if self._endpoint else os.environ)

    @property
    def _lock(self) -> Path:
        return Path(self.manifest.catalog + ".lock")


def _patience() -> Patience:
    told = os.environ.get("M2MSYNC_PATIENCE")
    if not told:
        return Patience()
    try:
        seconds = float(told)
    except ValueError:
        raise UsageError(f"M2MSYNC_PATIENCE is not a number of seconds: {told!r}") from None
    return Patience(first=seconds, later=seconds)


def _announce(plan: Plan, on_event: Sink) -> None:
    summary = plan.summary()
    get = len(plan.to_fetch)
    on_event(Planned(get, summary["keep"], summary["unavailable"], summary["bytes_to_get"]))
    for action in plan.actions:
        if action.verb == "unavailable" and action.tolerated:
            on_event(Warned(f"{action.key}: {action.reason}"))
    if get:
        on_event(Stage("fetching", get))
