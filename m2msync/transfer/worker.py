"""What runs on a worker of a cluster: one attempt at one product, with what came of it as a value.

It knows neither the catalog nor M2M. Whatever it did twice is harmless: a file appears whole, or not at all.
"""

from __future__ import annotations

import asyncio
import socket
import threading
import time
from contextlib import contextmanager
from functools import lru_cache, partial
from pathlib import Path
from typing import TYPE_CHECKING, Any

from m2msync.core.addresses import is_remote
from m2msync.core.errors import ClusterError, Halted, M2MSyncError, TransferError
from m2msync.store import open_store
from m2msync.transfer.berth import berth, claimed
from m2msync.transfer.body import Patience
from m2msync.transfer.fetch import Transfer
from m2msync.transfer.job import Fetched, find_landed
from m2msync.transfer.parcel import VERSION, Greeting, Receipt
from m2msync.transfer.partial import discard

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from distributed import Worker

    from m2msync.store import Store
    from m2msync.transfer.parcel import Errand, Parcel, Progress

_BEAT = 0.5  # seconds between two reports of one attempt
_lock, _opening = threading.Lock(), threading.Lock()
_under_way: dict[int, tuple[Errand, Transfer]] = {}
_halted: set[str] = set()


def fetch(parcel: Parcel) -> Receipt:
    """Make an attempt at a product on a worker of a dask cluster; raises nothing that can be foreseen."""
    from distributed import get_worker  # noqa: PLC0415 - only where there is one

    worker = get_worker()
    return carry_out(parcel, partial(worker.log_event, parcel.errand.run), worker.address, _scratch(worker))


def carry_out(parcel: Parcel, tell: Callable[[Progress], Any], worker: str, scratch: Path) -> Receipt:
    """Make an attempt at a product, and return what came of it.

    Args:
        parcel: what to fetch, and where to.
        tell: told now and then how far it is.
        worker: who this is.
        scratch: where it keeps what is unfinished of objects, if the run does not say where.
    """
    tally = _Tally(parcel.number, tell)
    fetched: Fetched | None = None
    error: M2MSyncError | None = None
    try:
        fetched = _attempt(parcel, tally, _open(parcel.errand, scratch))
    except M2MSyncError as failure:
        error = failure
    except Exception as bug:  # noqa: BLE001 - dask would log it, and it may hold the link
        error = TransferError(f"the worker {worker} met an error it does not know: {_named(bug)}")
    return Receipt(fetched, error, tally.held, tally.moved, worker)


async def greet(errand: Errand, dask_worker: Worker) -> Greeting:
    """Tell whether this worker can do a run's work; whatever it still does for earlier runs there is broken off."""
    return await asyncio.to_thread(introduce, errand, _scratch(dask_worker))


def halt(run: str) -> None:
    """Break off all attempts of a run, those that have not begun included; what has arrived is kept."""
    with _lock:
        _halted.add(run)
        transfers = [transfer for errand, transfer in _under_way.values() if errand.run == run]
    for transfer in transfers:
        transfer.sections.halt()


class _Tally:
    """How far an attempt is."""

    def __init__(self, number: int, tell: Callable[[Progress], Any]) -> None:
        self._told = time.monotonic()
        self.moved = self.held = 0
        self._number, self._tell = number, tell

    def count(self, _key: str, number: int) -> None:
        self.moved += number
        if time.monotonic() - self._told >= _BEAT:
            self.report()

    def report(self, *, large: bool = False, read: bool = False) -> None:
        self._told = time.monotonic()
        self._tell((self._number, self.moved, large, read))


def introduce(errand: Errand, scratch: Path) -> Greeting:
    """Do what `greet` does, anywhere.

    Args:
        errand: the run's.
        scratch: where a worker keeps what is unfinished of objects, if the run does not say where.
    """
    with _lock:
        earlier = {other.run for other, _ in _under_way.values() if other.store == errand.store}
    for run in earlier - {errand.run}:
        halt(run)  # its coordinator is gone: only one at a time holds the store's lock
    try:
        _open(errand, scratch)
    except M2MSyncError as error:
        return Greeting(VERSION, error.message)
    return Greeting(VERSION)


def _scratch(worker: Worker) -> Path:
    """Return where a worker keeps files on its own disk, by `--local-directory`; not in what it removes."""
    return Path(worker.local_directory).parent / "m2msync"


def _open(errand: Errand, scratch: Path) -> Store:
    with _opening:  # or the second parcel of a worker that has just come would end what the first has begun to send
        return _opened(errand, scratch)


@lru_cache(maxsize=16)  # runs at a time, at most: a worker may live for years, and a store keeps connections
def _opened(errand: Errand, scratch: Path) -> Store:
    """Return the store, which has to be the coordinator's.

    Raises:
        ClusterError: it is another one, or this is another m2msync; of a worker that has only just come.
    """
    host = socket.gethostname()
    if errand.version != VERSION:
        raise ClusterError(f"a worker on {host} has m2msync {VERSION}, here it is {errand.version}")
    remote = is_remote(errand.store)
    store = open_store(errand.store, berth(Path(errand.scratch or scratch)) if remote else "")
    if not store.is_marked(errand.mark):
        raise ClusterError(f"a worker on {host} does not see the files in {errand.store} that are seen here")
    if remote:
        store.prepare()  # of what is this worker's own; what is in a shared folder is the coordinator's
    return store


def _attempt(parcel: Parcel, tally: _Tally, store: Store) -> Fetched | None:
    job = parcel.job
    if job.digest and store.size(job.path) and (landed := find_landed(job, store)):
        return landed  # by a worker that died before it could tell
    usual = ours = store.scratch.partial_path(job.key)
    if store.folder:  # which other workers share
        ours = berth(usual.parent) / usual.name
    with claimed(ours) as place:
        transfer = Transfer(
            job,
            parcel.link,
            store,
            on_bytes=tally.count,
            on_open=lambda: tally.report(large=True),
            on_read=lambda _: tally.report(read=True),
            patience=Patience().at_most(parcel.errand.patience),
            partial=place,
        )
        try:
            with _noted(parcel, transfer):
                fetched = transfer.attempt(0)
            if store.folder:
                discard(usual)  # what threads have left of it in an earlier run
            return fetched
        finally:
            tally.held = 0 if transfer.sections.spoilt else transfer.sections.held
            transfer.renew()


@contextmanager
def _noted(parcel: Parcel, transfer: Transfer) -> Iterator[None]:
    with _lock:
        if parcel.errand.run in _halted:
            raise Halted("stopped on request")
        _under_way[id(transfer)] = parcel.errand, transfer
    try:
        yield
    finally:
        with _lock:
            del _under_way[id(transfer)]


def _named(bug: Exception) -> str:
    """Return what a bug report needs, without the message: that may hold the link."""
    trace = bug.__traceback__
    while trace and trace.tb_next:
        trace = trace.tb_next
    code = f" in {Path(trace.tb_frame.f_code.co_filename).name}:{trace.tb_lineno}" if trace else ""
    return f"{type(bug).__name__}{code}"
