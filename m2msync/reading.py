"""Reads many files of the store at a time, and tells what was found in the order they were asked for."""

from __future__ import annotations

from collections import deque
from concurrent.futures import ThreadPoolExecutor
from itertools import groupby, islice
from typing import TYPE_CHECKING

from m2msync.scrutiny import scrutinise

if TYPE_CHECKING:
    import threading
    from collections.abc import Iterable, Iterator
    from concurrent.futures import Future

    from m2msync.catalog import Catalog
    from m2msync.core.audit import Copy
    from m2msync.core.verification import Depth
    from m2msync.scrutiny import Verdict
    from m2msync.store import Store

BATCH = 1000
"""Files whose records are asked for in one go."""
_WINDOW = 64  # files handed out per thread: enough to keep the others busy while one reads a bundle


class Reading:
    """What reading needs at hand; the catalog is asked in the caller's thread, just before a file is read."""

    def __init__(self, store: Store, catalog: Catalog, stop: threading.Event, jobs: int) -> None:
        self._store, self._catalog, self._stop, self._jobs = store, catalog, stop, jobs
        self.reached = 0
        """Copies that were read, or that are no longer recorded."""

    def verdicts(
        self, files: Iterable[tuple[str, ...]], depth: Depth
    ) -> Iterator[tuple[tuple[Copy, ...], Verdict]]:
        """Yield each file's copies and what is to be said of them; once asked to stop, only what is being read.

        Args:
            files: each by all its names in the store.
            depth: how closely to look.
        """
        under_way: deque[tuple[tuple[Copy, ...], Future[Verdict | None]]] = deque()
        pool = ThreadPoolExecutor(self._jobs, "verify")
        try:
            for copies in self._recorded(files):
                if len(under_way) >= _WINDOW * self._jobs:
                    yield from self._ended(*under_way.popleft())
                under_way.append((copies, pool.submit(self._look, copies[0], depth)))
            for copies, verdict in under_way:
                yield from self._ended(copies, verdict)
        finally:
            pool.shutdown(cancel_futures=True)

    def _look(self, copy: Copy, depth: Depth) -> Verdict | None:
        return None if self._stop.is_set() else scrutinise(self._store, copy, depth)

    def _ended(
        self, copies: tuple[Copy, ...], future: Future[Verdict | None]
    ) -> Iterator[tuple[tuple[Copy, ...], Verdict]]:
        if verdict := future.result():
            self.reached += len(copies)
            yield copies, verdict

    def _recorded(self, files: Iterable[tuple[str, ...]]) -> Iterator[tuple[Copy, ...]]:
        """Yield the copies that are the same file and shall be the same product; most files are one copy."""
        remaining = iter(files)
        while (batch := list(islice(remaining, BATCH))) and not self._stop.is_set():
            known = self._catalog.copies(path for names in batch for path in names)
            for names in batch:
                copies = [known[path] for path in names if path in known]
                self.reached += len(names) - len(copies)
                for _, alike in groupby(sorted(copies, key=_identity), _identity):
                    yield tuple(alike)


def _identity(copy: Copy) -> tuple[str, int, str]:
    return copy.key, copy.size, copy.digest or ""
