"""The story of a verify: compare names and sizes, read what has the right size, look twice at what is wrong."""

from __future__ import annotations

import time
from itertools import chain
from typing import TYPE_CHECKING

from m2msync.core.audit import audit, to_read
from m2msync.core.errors import M2MSyncError, Stopped
from m2msync.core.events import Counted, Damaged, Stage, Verified, Verifying, Warned
from m2msync.core.verification import Finding, Verification
from m2msync.reading import BATCH, Reading

if TYPE_CHECKING:
    import threading
    from collections.abc import Callable, Collection, Iterable, Iterator, Sequence

    from m2msync.catalog import Catalog
    from m2msync.core.audit import Copy, Found
    from m2msync.core.events import Sink
    from m2msync.core.verification import Depth
    from m2msync.scrutiny import Verdict
    from m2msync.store import Store

_PATIENCE = 5.0  # seconds after which it is recorded what was verified, however little that is
_STRIDE = 10_000  # files met between two signs of life


class Verifier:
    """One verify of what a manifest holds."""

    def __init__(
        self, store: Store, catalog: Catalog, manifest: str, *, on_event: Sink, stop: threading.Event, jobs: int
    ) -> None:
        self._store, self._catalog, self._manifest = store, catalog, manifest
        self._on_event, self._stop = on_event, stop
        self._reading = Reading(store, catalog, stop, jobs)
        self._record = _Record(catalog, on_event)
        self._same: list[str] = []
        self._findings: dict[str, Finding] = {}
        self._unopened: list[str] = []
        self._bytes = 0

    def verify(self, depth: Depth, *, since: float | None = None) -> Verification:
        """Look at every copy, and return what was found.

        Args:
            depth: how closely.
            since: copies verified from then on (seconds since 1970) are not read again.

        Raises:
            CatalogError: the catalog cannot be read.
        """
        begun = time.time() if since is None else since
        recorded = self._catalog.recorded(self._manifest, since=since)
        self._on_event(Stage("comparing", len(recorded.sizes) + len(recorded.others)))
        try:
            compared = audit(recorded, chain.from_iterable(self._met()))
        except Stopped:
            return Verification(self._manifest, depth, unreached=len(recorded.sizes))
        files = to_read(compared, recorded, depth)
        unread = set(compared.same).difference(chain.from_iterable(files))
        self._same += unread
        if files:
            self._on_event(Verifying(len(files), sum(recorded.sizes[names[0]] for names in files)))
        self._read(files, depth)
        unreached = sum(map(len, files)) - self._reading.reached
        self._look_again(depth)
        self._record.doubt(self._findings)
        return Verification(
            self._manifest,
            depth,
            same=tuple(self._same),
            damaged=tuple(self._findings[path] for path in sorted(self._findings)),
            extra=self._unknown(compared.extra),
            unopened=tuple(sorted(self._unopened)),
            unreached=unreached,
            fresh=0 if depth == "quick" else len(unread),
            bytes=self._bytes,
            resume=begun if unreached and depth != "quick" and self._record.possible else None,
        )

    def _met(self) -> Iterator[list[Found]]:
        """Yield what lies in the store, with a sign of life now and then.

        Raises:
            Stopped: that was asked for.
        """
        met = 0
        for found in self._store.walk(self._warn_of):
            if self._stop.is_set():
                raise Stopped
            met += len(found)
            if met >= _STRIDE:
                self._on_event(Counted(met))
                met = 0
            yield found

    def _warn_of(self, folder: str, error: OSError) -> None:
        self._on_event(Warned(f"the folder {folder} of the store cannot be listed: {error.strerror}"))

    def _read(self, files: Sequence[tuple[str, ...]], depth: Depth) -> None:
        for copies, verdict in self._reading.verdicts(files, depth):
            self._note(copies, verdict, depth)
            if verdict.symbol == "=":
                self._on_event(Verified(copies[0].path, verdict.bytes))
            else:
                self._on_event(Damaged(copies[0].key, copies[0].path, verdict.reason, verdict.bytes))
        self._record.write()

    def _look_again(self, depth: Depth) -> None:
        """Look once more at what seems damaged: an apply may have been about to replace it."""
        known = self._catalog.copies(self._findings)
        self._findings = {path: finding for path, finding in self._findings.items() if path in known}
        for copies, verdict in self._reading.verdicts([(path,) for path in self._findings], depth):
            del self._findings[copies[0].path]
            self._note(copies, verdict, depth)
        self._record.write()

    def _note(self, copies: tuple[Copy, ...], verdict: Verdict, depth: Depth) -> None:
        self._bytes += verdict.bytes
        paths = [copy.path for copy in copies]
        if verdict.symbol != "=":
            self._findings |= {c.path: Finding(c.key, c.path, verdict.symbol, verdict.reason) for c in copies}
            return
        self._same += paths
        if not verdict.opened:
            self._unopened += paths
        if depth != "quick":
            self._record.add(copies)

    def _unknown(self, paths: Sequence[str]) -> tuple[str, ...]:
        """Return those of the paths that are in no record by now either, without the catalog's own files."""
        catalog, root = self._catalog.path.resolve(), self._store.folder
        own = (catalog.relative_to(root).as_posix(),) if root and catalog.is_relative_to(root) else ()
        known = self._catalog.known_paths(paths)
        return tuple(sorted(path for path in paths if path not in known and not path.startswith(own)))


class _Record:
    """Keeps in the catalog what was verified, some at a time, so that a verify can go on where it was stopped."""

    def __init__(self, catalog: Catalog, on_event: Sink) -> None:
        self._catalog, self._on_event = catalog, on_event
        self._copies: list[Copy] = []
        self._written = time.monotonic()
        self.possible = True
        """Whether the catalog takes it."""

    def add(self, copies: Iterable[Copy]) -> None:
        self._copies += copies
        if len(self._copies) >= BATCH or time.monotonic() - self._written > _PATIENCE:
            self.write()

    def write(self) -> None:
        if self._copies:
            self._try(lambda: self._catalog.record_verified(self._copies, time.time()))
        self._copies.clear()
        self._written = time.monotonic()

    def doubt(self, paths: Collection[str]) -> None:
        if paths:
            self._try(lambda: self._catalog.record_doubted(paths))

    def _try(self, write: Callable[[], None]) -> None:
        """Write if that is possible: a read-only archive can be verified too, and a locked catalog ends nothing."""
        if not self.possible:
            return
        try:
            write()
        except M2MSyncError as error:
            self.possible = False
            self._on_event(Warned(f"{error.message}; what is verified is not recorded"))
