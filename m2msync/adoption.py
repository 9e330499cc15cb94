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

from m2msync.core.adoption import Adoption, Fated
from m2msync.core.errors import M2MSyncError, StorageError
from m2msync.core.events import Compared, Matched, Moved, Seen, Stage, Started, Warned
from m2msync.core.naming import key
from m2msync.core.recognise import Guess, Index
from m2msync.core.sought import Sought, sought
from m2msync.intake.appraisal import Appraisal, appraise
from m2msync.intake.conveyor import Conveyor
from m2msync.intake.folder import Entry, walk
from m2msync.intake.placement import IN_PLACE, Placed, Placement
from m2msync.planning import Planning

if TYPE_CHECKING:
    import threading
    from collections.abc import Callable, Iterator, Mapping
    from pathlib import Path

    from m2msync.catalog import Catalog
    from m2msync.core.adoption import Fate, How
    from m2msync.core.events import Sink
    from m2msync.core.model import Asset, Manifest, Product
    from m2msync.core.plan import Plan
    from m2msync.core.result import RunStatus
    from m2msync.m2m.session import Session
    from m2msync.store import Store

JOBS = min(8, os.cpu_count() or 1)  # files that are read at a time; hashing takes a core each
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


def adopt(  # noqa: PLR0913 - where from, where to, what, and whom to tell
    manifest: Manifest,
    store: Store,
    catalog: Catalog,
    session: Session,
    task: Task,
    *,
    on_event: Sink,
    stop: threading.Event,
) -> Adoption:
    """Take what the manifest wants and a folder has into the store and the catalog.

    Raises:
        M2MSyncError: M2M, the catalog or the store stand in the way; what was recorded before stays so.
    """
    run = catalog.begin_run(manifest.name, "adopt", time.time(), orders=False)
    try:
        with session:
            plan, assets = Planning(manifest, store, catalog, session, on_event).plan()
        catalog.want(manifest.name, assets, at=time.time(), digest=manifest.digest)
        intake = Intake(catalog, store, task, run=run, on_event=on_event, stop=stop)
        adoption = intake.take_in(_wanted(plan, assets, catalog, store), manifest.name)
    except M2MSyncError:
        _end(catalog, run, "error", Counter(), session.calls)
        raise
    _end(catalog, run, adoption.status, Counter(adoption.summary()), session.calls)
    return adoption


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


def _wanted(plan: Plan, assets: tuple[Asset, ...], catalog: Catalog, store: Store) -> tuple[Sought, ...]:
    again = [a for a in plan.actions if a.verb == "refetch" and a.source is None]
    damaged = store.sizes(path for a in again for path in (a.path, *a.links))
    return tuple(sought(assets, {a.key: a for a in plan.actions}, _undeliverable(plan, catalog), damaged))


def _undeliverable(plan: Plan, catalog: Catalog) -> Mapping[str, Product]:
    """Return what USGS announces of the products that it cannot deliver now: a file on disk is all the better."""
    images: dict[str, set[str]] = {}
    for action in plan.actions:
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
        self._index = Index(())
        self._left: frozenset[str] = frozenset()
        self._claimed: set[str] = set()
        self._fated: list[Fated] = []
        self._unwanted: Counter[str] = Counter()
        self._originals: list[tuple[str, str]] = []
        self._error: StorageError | None = None

    def take_in(self, wanted: tuple[Sought, ...], manifest: str) -> Adoption:
        """Give every file of the folder its fate.

        Args:
            wanted: the products that files may be of.
            manifest: the name of the manifest that wants them.

        Raises:
            StorageError: the store cannot be written; what was recorded before stays so.
            CatalogError: the catalog cannot be written.
        """
        self._index = Index(wanted)
        self._left = self._left_behind(manifest) if self._task.how == "move" else frozenset()
        self._look()
        with ThreadPoolExecutor(JOBS, "adopt") as pool:
            belts = Conveyor(pool, AHEAD, self._on_event)
            for (entry, appraisal, one), placed in belts.carry(self._placings(belts)):
                self._settle(entry, appraisal, one, placed)
        self._remove_originals()
        if self._error is not None:
            raise self._error
        return Adoption(
            manifest=manifest,
            folder=_text(str(self._task.folder)),
            how=self._task.how,
            dry_run=self._task.dry_run,
            wanted=sum(one.fate in ("adopted", "refused") for one in wanted),
            files=tuple(self._fated),
            unwanted=self._unwanted,
            interrupted=self._stop.is_set(),
        )

    def _left_behind(self, manifest: str) -> frozenset[str]:
        """Return the files that were to be moved here; those still there were left by a run that was killed."""
        reasons = (known.reason for known in self._catalog.known(manifest).values() if known.state == "held")
        return frozenset(reason.removeprefix(_MOVED) for reason in reasons if reason.startswith(_MOVED))

    def _look(self) -> None:
        """Count what has to be read, so that it can be told how far the reading has come."""
        self._on_event(Stage(f"looking through {_text(str(self._task.folder))}"))
        files = size = 0
        for number, (entry, guess) in enumerate(self._found(), 1):
            if self._is_read(entry, guess):
                files, size = files + 1, size + entry.size
            if number % _SEEN == 0:
                self._on_event(Seen(number))
        self._on_event(Matched(files, size))

    def _found(self) -> Iterator[tuple[Entry, Guess]]:
        folders = dict.fromkeys((str(self._store.root), str(self._task.folder)))
        roots = [os.path.join(folder, "") for folder in folders]  # noqa: PTH118
        for entry in walk(self._task.folder, first=self._store.root):
            if self._stop.is_set() or self._error is not None:
                return
            if entry.odd or entry.trouble:
                yield entry, Guess((), entry.odd)
            else:
                places = [_posix(entry.path.removeprefix(root)) for root in roots if entry.path.startswith(root)]
                yield entry, self._index.guess(places[0].rpartition("/")[2], places)

    def _is_read(self, entry: Entry, guess: Guess) -> bool:
        if entry.odd or entry.trouble:
            return False
        if guess.sought:
            return any(one.open for one in guess.sought) or _text(entry.path) in self._left
        return self._task.by_digest and self._index.is_plausible(entry.size)

    def _appraisals(self, belts: Conveyor) -> Iterator[tuple[tuple[Entry, Guess], Callable[[], Appraisal]]]:
        for entry, guess in self._found():
            if self._is_read(entry, guess):
                yield (entry, guess), partial(self._appraise, entry, guess, belts)
            elif entry.trouble:
                self._note(entry, "unreadable", entry.trouble)
            elif guess.sought:
                self._note(entry, guess.sought[0].fate, guess.sought[0].reason, guess.sought[0])
            else:
                self._note(entry, "unwanted", guess.reason)

    def _appraise(self, entry: Entry, guess: Guess, belts: Conveyor) -> Appraisal:
        shown = self._shown(entry)
        belts.tell(Started(shown, shown, entry.size))
        index = self._index if self._task.by_digest else None
        return appraise(entry.path, guess, index, lambda number: belts.tell(Moved(shown, number)))

    def _placings(self, belts: Conveyor) -> Iterator[tuple[tuple[Entry, Appraisal, Sought], Callable[[], Placed]]]:
        for (entry, guess), appraisal in belts.carry(self._appraisals(belts)):
            one = appraisal.sought
            if one is None:
                self._turn_away(entry, guess, appraisal)
            elif not one.open:
                self._meet(entry, one)
            elif one.asset.key in self._claimed:
                self._meet_again(entry, one)
            else:
                self._claimed.add(one.asset.key)
                place = partial(self._placement.place, entry.path, appraisal, one.asset.paths)
                yield (entry, appraisal, one), place

    def _turn_away(self, entry: Entry, guess: Guess, appraisal: Appraisal) -> None:
        one = guess.sought[0] if guess.sought else None
        if appraisal.trouble:
            self._compared(entry, "unreadable", appraisal.trouble, one)
        elif one is not None:
            self._compared(entry, "refused", appraisal.objection, one)
        else:
            self._compared(entry, "unwanted", guess.reason)

    def _meet(self, entry: Entry, one: Sought) -> None:
        if one.fate == "held" and _text(entry.path) in self._left and not self._task.dry_run:
            self._originals.append((entry.path, one.asset.paths[0]))
        self._compared(entry, one.fate, one.reason, one)

    def _meet_again(self, entry: Entry, one: Sought) -> None:
        if any(self._placement.is_at(entry.path, place) for place in one.asset.paths):
            self._compared(entry, "held", "the store has it already", one)
        else:
            self._compared(entry, "duplicate", "another file of the same product is adopted", one)

    def _settle(self, entry: Entry, appraisal: Appraisal, one: Sought, placed: Placed) -> None:
        if placed.error is not None:
            self._error = self._error or placed.error
        elif placed.objection:
            self._compared(entry, "refused", placed.objection, one)
        else:
            self._record(entry, appraisal, one, placed)
            self._compared(entry, "adopted", placed.deed, one)

    def _record(self, entry: Entry, appraisal: Appraisal, one: Sought, placed: Placed) -> None:
        moved = self._task.how == "move" and placed.deed != IN_PLACE
        origin = f"{_MOVED if moved else _ADOPTED}{_text(entry.path)}"
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
        if moved and not self._task.dry_run:
            self._originals.append((entry.path, placed.paths[0]))

    def _remove_originals(self) -> None:
        """Remove the files that have been moved, now that the catalog has every one of them."""
        for original, place in self._originals:
            try:
                self._placement.remove(original, place)
            except OSError as error:
                self._on_event(Warned(f"{_text(original)} cannot be removed: {error.strerror}"))

    def _compared(self, entry: Entry, fate: Fate, reason: str, one: Sought | None = None) -> None:
        self._note(entry, fate, reason, one)
        self._on_event(Compared(self._shown(entry), fate, reason, one.asset.key if one else "", entry.size))

    def _note(self, entry: Entry, fate: Fate, reason: str, one: Sought | None = None) -> None:
        if fate == "unwanted":
            self._unwanted[reason] += 1
        else:
            self._fated.append(Fated(self._shown(entry), fate, reason, one.asset.key if one else "", entry.size))

    def _shown(self, entry: Entry) -> str:
        return _text(_posix(os.path.relpath(entry.path, self._task.folder)))


def _posix(path: str) -> str:
    return path.replace(os.sep, "/")


def _text(path: str) -> str:
    """Return a path as text that can be stored; names of other encodings keep their bytes as escapes."""
    return path.encode("utf-8", "backslashreplace").decode()
