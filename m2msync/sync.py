"""Everything that can be done with a manifest, one method for each verb of the command line."""

from __future__ import annotations

import os
import threading
import time
from dataclasses import replace
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

from m2msync import manifests
from m2msync.catalog import Catalog
from m2msync.core.errors import UsageError
from m2msync.core.events import ignore
from m2msync.core.result import Status
from m2msync.core.saved import Saved
from m2msync.core.scope import ALL, Scope, narrow
from m2msync.core.standing import standings
from m2msync.core.terms import terms_of
from m2msync.lockfile import Lock
from m2msync.store import write_whole
from m2msync.workplace import Workplace

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Sequence

    from m2msync.adoption import Basis
    from m2msync.core.adoption import Adoption, How
    from m2msync.core.events import Sink
    from m2msync.core.exports.outcome import Exported, Links, TableFormat
    from m2msync.core.forgetting import Forgotten
    from m2msync.core.lock import Locked
    from m2msync.core.model import Manifest
    from m2msync.core.plan import Plan
    from m2msync.core.result import Result
    from m2msync.core.safekeeping import Safekept, Way
    from m2msync.core.surplus import Surplus
    from m2msync.core.survey import Survey
    from m2msync.core.terms import Terms
    from m2msync.core.validation import Validation
    from m2msync.core.verification import Depth, Verification
    from m2msync.m2m.credentials import Credentials
    from m2msync.quicklook import Quicklook
    from m2msync.reporting import Report

THUMBNAILS = 24
"""Of how many images a report shows a picture, unless it is told otherwise."""


def load(path: str | Path, *, endpoint: str | None = None, credentials: Credentials | None = None) -> Sync:
    """Read a manifest and return what can be done with it.

    Args:
        path: the manifest's YAML file.
        endpoint: the API's base URL; by default M2MSYNC_ENDPOINT, else the public service.
        credentials: by default those of the environment, else of the keyring, else of netrc.

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
        self._place = Workplace(manifest, endpoint, credentials)
        self._store = self._place.store

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
        from m2msync.deciding import Deciding  # noqa: PLC0415 - brings requests, which half of the verbs do without
        from m2msync.m2m.order import ask_quota  # noqa: PLC0415

        with self._place.catalog() as catalog, self._place.session(on_event) as session:
            deciding = Deciding(self.manifest, self._store, catalog, session, on_event)
            plan, _ = deciding.plan(scope, full=full, explain=explain)
            return replace(plan, quota_left=ask_quota(session)) if plan.orders else plan

    def save(self, plan: Plan, path: str | Path) -> Saved:
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
        saved = Saved(plan, manifest, self.manifest.digest, lineage)
        write_whole(path, saved.lines())
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

        with self._place.catalog() as catalog:
            return Locking(
                self.manifest, self._store, catalog, lambda: self._place.session(on_event), on_event
            ).lock(update)

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
        from m2msync.applying import Applying  # noqa: PLC0415 - brings requests

        return Applying(self._place, terms or self.terms, on_event, stop or threading.Event()).apply(scope, saved)

    @property
    def terms(self) -> Terms:
        """The terms of the manifest's `transfer`."""
        return terms_of(self.manifest)

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
        with self._place.workbench("adopt", dry_run=dry_run) as catalog:
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
            found = standings(catalog.products(name), self._store.sizing())
            applied = catalog.last_apply(name).digest
            edited = applied is not None and applied != self.manifest.digest
            return Status(name, **found._asdict(), last_run=catalog.last_run(name), edited=edited)

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

        with self._place.offline("prune", write=delete) as catalog:
            pruning = Pruning(self.manifest, self._store, catalog, on_event)
            surplus = pruning.find(trash)
            if not delete:
                return surplus
            with self._place.store_held("prune"):
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

        with self._place.offline("forget", write=True) as catalog:
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
        from m2msync.verification import Verifier  # noqa: PLC0415 - an apply does without

        begun, stop = time.monotonic(), stop or threading.Event()
        jobs = jobs or os.cpu_count() or 1
        with self._place.audited(repair=repair) as catalog:
            verifier = Verifier(self._store, catalog, self.manifest.name, on_event=on_event, stop=stop, jobs=jobs)
            found = verifier.verify(depth, since=since)
            if repair and found.damaged and not stop.is_set():
                from m2msync.repair import Repair  # noqa: PLC0415 - brings requests

                mender = Repair(self.manifest, self._store, catalog, on_event=on_event, stop=stop)
                with self._place.store_held("verify --repair"):
                    found = replace(found, repair=mender.mend(found, lambda: self._place.session(on_event, stop)))
        return replace(found, seconds=time.monotonic() - begun)

    def keep_catalog(self, way: Way, *, force: bool = False) -> Safekept:
        """Put a copy of the catalog into the store, or make the catalog what that copy is.

        Args:
            way: push or pull.
            force: whether to replace what is newer, or another catalog.

        Raises:
            Stale: what would be replaced is newer, or another catalog.
            UsageError: the store is a folder.
            M2MSyncError: the catalog or the store cannot be used.
        """
        from m2msync import safekeeping  # noqa: PLC0415 - an apply does without

        if way == "push":
            return safekeeping.push(self._store, self.manifest.catalog, force=force)
        with self._place.catalog_held("catalog pull"):
            return safekeeping.pull(self._store, self.manifest.catalog, force=force)

    def validate(self, on_event: Sink = ignore) -> Validation:
        """Check with M2M that account, datasets, filters and bands are what the manifest says; changes nothing.

        Returns:
            What an apply would do now, and what looks like a mistake but need not be one.

        Raises:
            ManifestError: filters, values of them, or bands that do not exist.
            M2MSyncError: the credentials are refused, or a dataset does not exist.
        """
        from m2msync.validating import Validating  # noqa: PLC0415 - an apply does without

        with self._place.workbench("validate", dry_run=True) as catalog, self._place.session(on_event) as session:
            return Validating(self.manifest, self._store, catalog, session, on_event).validate()

    def search(self, on_event: Sink = ignore, *, only: Sequence[str] = ()) -> Survey:
        """Return the images that the manifest's searches find, and which are chosen; orders and changes nothing.

        Args:
            on_event: told everything that happens.
            only: names or globs of datasets and regions; empty for all.

        Raises:
            M2MSyncError: M2M or the credentials stand in the way.
        """
        from m2msync.searching import Searching  # noqa: PLC0415 - brings requests

        part = narrow(self.manifest, only)
        with self._place.workbench("search", dry_run=True) as catalog, self._place.session(on_event) as session:
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

        with self._place.offline("show", write=False) as catalog:
            return draw(self.manifest, self._store, catalog, image, band)

    def report(self, on_event: Sink = ignore, *, thumbnails: int = THUMBNAILS) -> Report:
        """Return a web page that tells how things stand; asks nothing of M2M.

        Args:
            on_event: told everything that happens.
            thumbnails: of how many images a small picture is shown at most; needs rasterio.

        Raises:
            UsageError: jinja2 is not installed.
            M2MSyncError: the catalog cannot be read.
        """
        from m2msync import reporting  # noqa: PLC0415 - an apply does without

        with self._place.offline("report", write=False) as catalog:
            return reporting.make(self.manifest, self._store, catalog, on_event, thumbnails)

    def export(
        self, form: TableFormat, target: Path | Callable[[str], object], on_event: Sink = ignore
    ) -> Exported:
        """Write what the manifest wants, and what of it is held, for other programs; asks nothing of M2M.

        Args:
            form: the format.
            target: a file, or for `stac` a folder; for `csv` and `geojson` also what takes the text piece by piece.
            on_event: told of every image that is written.

        Raises:
            UsageError: the format needs what is not installed, or something else is at its place.
            M2MSyncError: the catalog cannot be read, or the file not written.
        """
        from m2msync.exporting import export  # noqa: PLC0415 - an apply does without

        with self._place.offline("export", write=False) as catalog:
            return export(self.manifest.name, self._store, catalog, form, target, on_event)

    def links(self, on_event: Sink = ignore, *, stop: threading.Event | None = None) -> Links:
        """Order what is missing, and return the links instead of following them; they are secrets, and expire.

        Args:
            on_event: told everything that happens.
            stop: once set, nothing more is ordered.

        Raises:
            M2MSyncError: M2M, the credentials or the catalog stand in the way.
        """
        from m2msync.deciding import Deciding  # noqa: PLC0415 - brings requests
        from m2msync.linking import ask_links  # noqa: PLC0415

        stop = stop or threading.Event()
        with self._place.catalog() as catalog, self._place.session(on_event, stop) as session:
            plan, _ = Deciding(self.manifest, self._store, catalog, session, on_event).plan(ALL, full=False)
            return ask_links(session, plan.to_fetch, on_event, stop)

    def _basis(self, catalog: Catalog, on_event: Sink, stop: threading.Event, *, locked: bool) -> Basis:
        from m2msync import adoption  # noqa: PLC0415 - an apply does without

        if locked:  # without a conversation: there may be neither network nor account
            return adoption.read_lock(self.manifest, self._store, catalog)
        from m2msync.deciding import Deciding  # noqa: PLC0415 - brings requests

        with self._place.session(on_event, stop) as session:
            plan, source = Deciding(self.manifest, self._store, catalog, session, on_event).plan(ALL, full=True)
        return adoption.Basis(tuple(source.assets()), plan.actions, session.calls)
