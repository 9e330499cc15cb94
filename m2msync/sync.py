"""The story of one run, top to bottom: search, select, list, compare, deliver, record."""

from __future__ import annotations

import os
import threading
import time
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

from m2msync import manifests
from m2msync.catalog import Catalog, hold
from m2msync.core.errors import M2MSyncError, UsageError
from m2msync.core.events import Planned, Stage, Warned, ignore
from m2msync.core.result import Status
from m2msync.core.standing import standings
from m2msync.delivery import Delivery, Outcome
from m2msync.m2m.credentials import find_credentials, find_endpoint, origin_of
from m2msync.m2m.datasets import check_dataset
from m2msync.m2m.filters import Translator
from m2msync.m2m.order import ask_quota
from m2msync.m2m.session import Patience, Session
from m2msync.planning import Planning
from m2msync.repair import Repair
from m2msync.running import ended, recorded
from m2msync.store import Store
from m2msync.verification import Verifier

if TYPE_CHECKING:
    from collections.abc import Iterator

    from m2msync.core.events import Sink
    from m2msync.core.model import Manifest
    from m2msync.core.plan import Plan
    from m2msync.core.result import Result
    from m2msync.core.verification import Depth, Verification
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
        jobs: int | None = None,
        wait: bool = False,
        stop: threading.Event | None = None,
    ) -> Result:
        """Make the store agree with the manifest: get what is missing, failed or damaged; delete nothing.

        Args:
            on_event: told everything that happens.
            jobs: transfers at a time; by default the manifest's `transfer.connections`.
            wait: whether to wait for the next window when M2M's download quota is used up, rather than to end.
            stop: once set, transfers in flight are finished and recorded, and nothing new begins.

        Returns:
            The outcome, also when something ended the run early: then `status` is "error" and `error` says what.
        """
        begun = time.monotonic()
        stop = stop or threading.Event()
        try:
            with hold(self._lock, f"apply {self.manifest.file}"), self._catalog() as catalog:
                result = self._apply(catalog, on_event, jobs or self.manifest.connections, stop, wait=wait)
        except M2MSyncError as error:
            result = ended(Outcome(error=error), kept=0, stop=stop)
        return replace(result, seconds=time.monotonic() - begun)

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
        return Status(name, sum(1 for k in known if k.wanted), held, size, problems, last)

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
        begun, stop = time.monotonic(), stop or threading.Event()
        jobs = jobs or os.cpu_count() or 1
        with self._audited(repair=repair) as catalog:
            verifier = Verifier(self._store, catalog, self.manifest.name, on_event=on_event, stop=stop, jobs=jobs)
            found = verifier.verify(depth, since=since)
            if repair and found.damaged and not stop.is_set():
                mender = Repair(self.manifest, self._store, catalog, on_event=on_event, stop=stop)
                found = replace(found, repair=mender.mend(found, lambda: self._session(on_event, stop)))
        return replace(found, seconds=time.monotonic() - begun)

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

    def _apply(self, catalog: Catalog, on_event: Sink, jobs: int, stop: threading.Event, *, wait: bool) -> Result:
        name, session = self.manifest.name, self._session(on_event, stop)
        with recorded(catalog, name, stop, wait=wait) as running, session as running.session:
            plan, assets = Planning(self.manifest, self._store, catalog, session, on_event).plan()
            running.kept = plan.summary()["keep"]
            catalog.want(name, assets, at=time.time(), digest=self.manifest.digest)
            _announce(plan, on_event)
            delivery = Delivery(session, catalog, self._store, run=running.run, on_event=on_event, stop=stop)
            running.outcome = delivery.deliver(plan.to_fetch, jobs)
            running.note_unavailable(catalog, plan.actions)
        return running.result

    @contextmanager
    def _catalog(self) -> Iterator[Catalog]:
        with Catalog.open(self.manifest.catalog) as catalog:
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
