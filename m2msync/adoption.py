"""Takes files that are on disk already into the catalog: look, compare, put in place, record, one by one.

One thread decides and writes the catalog: the one that calls `adopt`. The others read files and put them in place.
"""

from __future__ import annotations

import os
import time
from collections import Counter
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from functools import partial
from typing import TYPE_CHECKING

from m2msync.core.adoption import LABEL, Adoption, Fated
from m2msync.core.diff import diff
from m2msync.core.errors import M2MSyncError, StorageError
from m2msync.core.events import Compared, Matched, Moved, Seen, Stage, Started, Warned
from m2msync.core.naming import key
from m2msync.core.sought import Sought, sought
from m2msync.intake.appraisal import Appraisal, appraise
from m2msync.intake.conveyor import Conveyor
from m2msync.intake.findings import Find, Findings, text
from m2msync.intake.placement import IN_PLACE, Placed, Placement
from m2msync.lockfile import Lock

if TYPE_CHECKING:
    import threading
    from collections.abc import Callable, Iterator, Mapping, Sequence
    from pathlib import Path

    from m2msync.catalog import Catalog
    from m2msync.core.adoption import Fate, How
    from m2msync.core.events import Sink
    from m2msync.core.model import Asset, Manifest, Product
    from m2msync.core.plan import Action
    from m2msync.core.result import RunStatus
    from m2msync.store import Store

JOBS = min(8, 2 + (os.cpu_count() or 1))  # files in hand at a time: some wait for the disk
AHEAD = 4 * JOBS  # files that may be under way while the first of them is waited for
_SEEN = 5000  # files between two notes of how far the looking has come
_MOVED, _ADOPTED = "moved from ", "adopted from "


@dataclass(frozen=True, slots=True)
class Task:
    """What is asked for."""

    folder: Path
    """Absolute, without links in its path."""
    how: How = "link"
    by_digest: bool = False
    """Whether files with names of their own are recognised too, at the price of reading them."""
    dry_run: bool = False


@dataclass(frozen=True, slots=True)
class Basis:
    """What is wanted, from wherever that is known, and what an apply would do about it."""

    assets: Sequence[Asset]
    actions: Sequence[Action]
    calls: int = 0
    """Calls of M2M that it took to find that out."""


def adopt(  # noqa: PLR0913 - where from, where to, what, and whom to tell
    manifest: Manifest,
    store: Store,
    catalog: Catalog,
    find: Callable[[], Basis],
    task: Task,
    *,
    on_event: Sink,
    stop: threading.Event,
) -> Adoption:
    """Take what the manifest wants and a folder has into the store and the catalog.

    Args:
        manifest: says what is wanted.
        store: gets the files.
        catalog: gets to know them.
        find: finds out what is wanted.
        task: what is asked for.
        on_event: told everything that happens.
        stop: once set, files in hand are finished, and nothing new begins.

    Raises:
        M2MSyncError: M2M, the catalog or the store stand in the way; what was recorded before stays so.
    """
    run, calls = catalog.begin_run(manifest.name, LABEL, time.time(), orders=False), 0
    try:
        basis = find()
        calls = basis.calls
        # The digest stays that of the last apply: until the next one nothing is certain enough to be pruned.
        catalog.want(manifest.name, basis.assets, at=time.time())
        intake = Intake(catalog, store, task, run=run, on_event=on_event, stop=stop)
        adoption = intake.take_in(_wanted(basis, catalog, store), manifest.name)
    except M2MSyncError:
        _end(catalog, run, "error", Counter(), calls)
        raise
    _end(catalog, run, adoption.status, Counter(adoption.summary()), calls)
    return adoption


def read_lock(manifest: Manifest, store: Store, catalog: Catalog) -> Basis:
    """Return what the lock of a manifest says is wanted; asks nothing of M2M.

    Raises:
        Stale: there is no lock that fits the manifest.
    """
    assets = tuple(Lock.of(manifest.file, manifest.digest).assets())
    known = catalog.known(manifest.name)
    on_disk = store.sizes([*(p for k in known.values() for p in k.paths), *(p for a in assets for p in a.paths)])
    return Basis(assets, diff(assets, known, on_disk, manifest.digest))


def _end(catalog: Catalog, run: int, status: RunStatus, counts: Counter[str], calls: int) -> None:
    catalog.end_run(
        run,
        ended=time.time(),
        status=status,
        got=counts["adopted"],
        failed=counts["unreadable"],
        bytes=0,  # none was received from anywhere
        api_calls=calls,
    )


def _wanted(basis: Basis, catalog: Catalog, store: Store) -> tuple[Sought, ...]:
    again = [a for a in basis.actions if a.verb == "refetch" and a.source is None]
    damaged = store.sizes(path for a in again for path in (a.path, *a.links))
    actions = {a.key: a for a in basis.actions}
    return tuple(sought(basis.assets, actions, _undeliverable(basis.actions, catalog), damaged))


def _undeliverable(actions: Sequence[Action], catalog: Catalog) -> Mapping[str, Product]:
    """Return what USGS announces of the products that it cannot deliver now: a file on disk is all the better."""
    images: dict[str, set[str]] = {}
    for action in actions:
        if action.verb == "unavailable":
            images.setdefault(action.dataset, set()).add(action.display_id)
    return {
        key(dataset, product.filename): product
        for dataset, names in images.items()
        for listing in catalog.listings(dataset, names).values()
        for product in listing.products
    }


class Intake:
    """One adoption, from wanted products to recorded files."""

    def __init__(
        self, catalog: Catalog, store: Store, task: Task, *, run: int, on_event: Sink, stop: threading.Event
    ) -> None:
        self._catalog, self._store, self._task, self._run = catalog, store, task, run
        self._on_event, self._stop = on_event, stop
        self._placement = Placement(store, task.how, dry_run=task.dry_run)
        self._left: frozenset[str] = frozenset()
        self._claimed: set[str] = set()
        self._fated: list[Fated] = []
        self._others: Counter[tuple[Fate, str]] = Counter()
        self._moved: list[tuple[str, str]] = []
        self._error: StorageError | None = None

    def take_in(self, wanted: tuple[Sought, ...], manifest: str) -> Adoption:
        """Give every file of the folder its fate.

        Args:
            wanted: the products that files may be of, from wherever that is known.
            manifest: the name of the manifest that wants them.

        Raises:
            StorageError: the store cannot be written; what was recorded before stays so.
            CatalogError: the catalog cannot be written.
        """
        task = self._task
        self._left = self._left_behind(manifest) if task.how == "move" else frozenset()
        findings = Findings(wanted, task.folder, self._store.folder, by_digest=task.by_digest, again=self._left)
        self._look(findings)
        with ThreadPoolExecutor(JOBS, "adopt") as pool:
            belts = Conveyor(pool, AHEAD, self._on_event)
            for (find, appraisal, one), placed in belts.carry(self._placings(findings, belts)):
                self._settle(find, appraisal, one, placed)
        self._remove_moved()
        if self._error is not None:
            raise self._error
        return Adoption(
            manifest=manifest,
            folder=text(str(task.folder)),
            how=task.how,
            dry_run=task.dry_run,
            wanted=sum(one.fate in ("adopted", "refused") for one in wanted),
            files=tuple(self._fated),
            others=self._others,
            interrupted=self._stop.is_set(),
        )

    def _left_behind(self, manifest: str) -> frozenset[str]:
        """Return the files that were to be moved here; those still there were left by a run that was killed."""
        reasons = (known.reason for known in self._catalog.known(manifest).values() if known.state == "held")
        return frozenset(reason.removeprefix(_MOVED) for reason in reasons if reason.startswith(_MOVED))

    def _look(self, findings: Findings) -> None:
        """Count what has to be read, so that it can be told how far the reading has come."""
        self._on_event(Stage(f"looking through {text(str(self._task.folder))}"))
        files = size = 0
        for number, find in enumerate(self._unless_stopped(findings), 1):
            if findings.is_read(find):
                files, size = files + 1, size + find.entry.size
            if number % _SEEN == 0:
                self._on_event(Seen(number))
        self._on_event(Matched(files, size))

    def _unless_stopped(self, findings: Findings) -> Iterator[Find]:
        for find in findings:
            if self._stop.is_set() or self._error is not None:
                return
            yield find

    def _appraisals(self, findings: Findings, belts: Conveyor) -> Iterator[tuple[Find, Callable[[], Appraisal]]]:
        for find in self._unless_stopped(findings):
            one = find.likeliest
            if findings.is_read(find):
                yield find, partial(_appraise, find, findings, belts)
            elif find.entry.trouble:
                self._note(find, "unreadable", find.entry.trouble)
            elif one is not None:
                self._note(find, one.fate, one.reason, one)
            else:
                self._note(find, "unwanted", find.guess.reason)

    def _placings(
        self, findings: Findings, belts: Conveyor
    ) -> Iterator[tuple[tuple[Find, Appraisal, Sought], Callable[[], Placed]]]:
        for find, appraisal in belts.carry(self._appraisals(findings, belts)):
            one = appraisal.sought
            if one is None:
                self._turn_away(find, appraisal)
            elif not one.open:
                self._meet(find, one)
            elif one.asset.key in self._claimed:
                self._meet_again(find, appraisal, one)
            else:
                self._claimed.add(one.asset.key)
                place = partial(self._placement.place, find.entry.path, appraisal, appraisal.places)
                yield (find, appraisal, one), place

    def _turn_away(self, find: Find, appraisal: Appraisal) -> None:
        one = find.likeliest
        if appraisal.trouble:
            self._compared(find, "unreadable", appraisal.trouble, one)
        elif one is not None:
            self._compared(find, "refused", appraisal.objection, one)
        else:
            self._compared(find, "unwanted", find.guess.reason)

    def _meet(self, find: Find, one: Sought) -> None:
        if one.fate == "held" and text(find.entry.path) in self._left:
            self._moved.append((find.entry.path, one.asset.paths[0]))
        self._compared(find, one.fate, one.reason, one)

    def _meet_again(self, find: Find, appraisal: Appraisal, one: Sought) -> None:
        if any(self._placement.is_at(find.entry.path, place) for place in appraisal.places):
            self._compared(find, "held", "the store has it already", one)
        else:
            self._compared(find, "duplicate", "another file of the same product is adopted", one)

    def _settle(self, find: Find, appraisal: Appraisal, one: Sought, placed: Placed) -> None:
        if placed.error is not None:
            self._error = self._error or placed.error
        elif placed.objection:
            self._compared(find, "refused", placed.objection, one)
        else:
            self._record(find.entry.path, appraisal, one, placed)
            self._compared(find, "adopted", placed.deed, one)

    def _record(self, path: str, appraisal: Appraisal, one: Sought, placed: Placed) -> None:
        origin = f"{_MOVED if self._task.how == 'move' else _ADOPTED}{text(path)}"
        self._catalog.record_landed(
            self._run,
            one.asset.key,
            paths=placed.paths,
            size=appraisal.size,
            digest=appraisal.digest,
            at=time.time(),
            reason="adopted in place" if placed.deed == IN_PLACE else origin,
        )
        if one.replaces:
            reason = f"replaced by {one.asset.display_id}"
            self._catalog.record_state(self._run, [one.replaces], "superseded", reason, at=time.time())
        if self._task.how == "move" and placed.deed != IN_PLACE:
            self._moved.append((path, placed.paths[0]))

    def _remove_moved(self) -> None:
        """Remove what has been moved from where it was, now that the catalog has every file of it."""
        for original, place in self._moved:
            try:
                self._placement.remove(original, place)
            except OSError as error:
                self._on_event(Warned(f"{text(original)} cannot be removed: {error.strerror}"))

    def _compared(self, find: Find, fate: Fate, reason: str, one: Sought | None = None) -> None:
        self._note(find, fate, reason, one)
        self._on_event(Compared(find.shown, fate, reason, one.asset.key if one else "", find.entry.size))

    def _note(self, find: Find, fate: Fate, reason: str, one: Sought | None = None) -> None:
        if fate in ("held", "unwanted"):
            self._others[fate, reason] += 1
        else:
            self._fated.append(Fated(find.shown, fate, reason, one.asset.key if one else "", find.entry.size))


def _appraise(find: Find, findings: Findings, belts: Conveyor) -> Appraisal:
    belts.tell(Started(find.shown, find.shown, find.entry.size))
    index = findings.index if findings.by_digest else None
    return appraise(find.entry.path, find.guess, index, lambda number: belts.tell(Moved(find.shown, number)))
