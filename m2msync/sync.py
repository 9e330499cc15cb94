"""The story of one run, top to bottom: search, select, list, compare, deliver, record."""

from __future__ import annotations

import os
import re
import threading
import time
import uuid
from contextlib import contextmanager
from dataclasses import replace
from datetime import datetime, timedelta
from pathlib import Path
from typing import TYPE_CHECKING

from m2msync import adoption, manifests
from m2msync.catalog import Catalog, hold
from m2msync.core.errors import M2MSyncError, RateLimited, UsageError
from m2msync.core.events import Planned, Stage, Warned, ignore
from m2msync.core.result import EXIT_CODES, Failure, Result, Status
from m2msync.core.standing import standings
from m2msync.delivery import Delivery, Outcome, Run
from m2msync.m2m.credentials import find_credentials, find_endpoint, origin_of
from m2msync.m2m.datasets import check_dataset
from m2msync.m2m.filters import Translator
from m2msync.m2m.order import ask_quota
from m2msync.m2m.session import Patience, Session
from m2msync.planning import Planning
from m2msync.store import Store

if TYPE_CHECKING:
    from collections.abc import Iterator

    from m2msync.core.adoption import Adoption, How
    from m2msync.core.events import Sink
    from m2msync.core.model import Manifest
    from m2msync.core.plan import Plan
    from m2msync.core.result import RunStatus
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
            result = _ended(Outcome(error=error), kept=0, stop=stop)
        return replace(result, seconds=time.monotonic() - begun)

    def adopt(
        self,
        folder: str | Path,
        on_event: Sink = ignore,
        *,
        how: How = "link",
        by_digest: bool = False,
        dry_run: bool = False,
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
            stop: once set, files in hand are finished and recorded, and nothing new begins.

        Raises:
            M2MSyncError: the folder, M2M, the credentials, the catalog or the store stand in the way.
        """
        if not Path(folder).is_dir():
            raise UsageError(f"there is no folder {folder}", hint="name the folder that holds the files")
        task = adoption.Task(Path(folder).resolve(), how, by_digest, dry_run)
        stop = stop or threading.Event()
        with self._workbench(f"adopt {self.manifest.file} {folder}", dry_run=dry_run) as catalog:
            session = self._session(on_event, stop)
            return adoption.adopt(self.manifest, self._store, catalog, session, task, on_event=on_event, stop=stop)

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
        session = self._session(on_event, stop)
        name = self.manifest.name
        label = _label(name)
        earlier = tuple(catalog.open_labels(name))
        run = Run(catalog.begin_run(name, label, time.time()), label, earlier, wait)
        outcome, kept = Outcome(settled=(label,)), 0
        with session:
            try:
                planning = Planning(self.manifest, self._store, catalog, session, on_event)
                plan, assets = planning.plan()
                kept = plan.summary()["keep"]
                catalog.want(name, assets, at=time.time(), digest=self.manifest.digest)
                _announce(plan, on_event)
                delivery = Delivery(session, catalog, self._store, run=run, on_event=on_event, stop=stop)
                outcome = delivery.deliver(plan.to_fetch, jobs)
                _record_unavailable(plan, catalog, run)
                outcome.failed += _unavailable(plan)
            except M2MSyncError as error:
                outcome.error = error
        result = replace(_ended(outcome, kept=kept, stop=stop), api_calls=session.calls)
        catalog.end_run(
            run.number,
            ended=time.time(),
            status=result.status,
            got=result.got,
            failed=len(result.failed),
            bytes=result.bytes,
            api_calls=result.api_calls,
        )
        catalog.close_labels(name, outcome.settled)
        return result

    @contextmanager
    def _catalog(self) -> Iterator[Catalog]:
        with Catalog.open(self.manifest.catalog) as catalog:
            catalog.claim_origin(origin_of(self._address))
            yield catalog

    @contextmanager
    def _workbench(self, purpose: str, *, dry_run: bool) -> Iterator[Catalog]:
        """Yield the catalog for as long as nobody else may write it; for a dry run a copy of it, as it stands."""
        if not dry_run:
            with hold(self._lock, purpose), self._catalog() as catalog:
                yield catalog
            return
        with Catalog.rehearse(self.manifest.catalog) as catalog:
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


def _label(name: str) -> str:
    """Return a label that names a run at M2M: at most 50 plain characters (api.md §4.3)."""
    return f"m2msync-{re.sub(r'[^A-Za-z0-9_.-]', '_', name)[:24]}-{uuid.uuid4().hex[:12]}"


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


def _record_unavailable(plan: Plan, catalog: Catalog, run: Run) -> None:
    for reason in sorted({a.reason for a in plan.actions if a.verb == "unavailable"}):
        keys = [a.key for a in plan.actions if a.verb == "unavailable" and a.reason == reason]
        catalog.record_state(run.number, keys, "unavailable", reason, at=time.time())


def _unavailable(plan: Plan) -> list[Failure]:
    return [
        Failure(a.key, a.path, a.reason, rerun_helps=True)
        for a in plan.actions
        if a.verb == "unavailable" and not a.tolerated
    ]


def _ended(outcome: Outcome, *, kept: int, stop: threading.Event) -> Result:
    status: RunStatus = "partial" if outcome.failed else "success"
    if outcome.error is not None:
        status = "error"
    if stop.is_set():
        status = "interrupted"
    error = outcome.error if status == "error" else None
    hint = error.hint if error else ""
    if isinstance(error, RateLimited) and error.after:
        hint = f"Come back at {datetime.now().astimezone() + timedelta(seconds=error.after):%H:%M %Z}. {hint}"
    return Result(
        status=status,
        exit_code=error.exit_code if error else EXIT_CODES[status],
        got=outcome.got,
        kept=kept,
        bytes=outcome.bytes,
        failed=tuple(outcome.failed),
        error=error.message if error else "",
        hint=hint,
    )
