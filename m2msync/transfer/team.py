"""The workers of a cluster during one run: whether they can do it, what is on its way to them, what they tell."""

from __future__ import annotations

import threading
import time
import uuid
from contextlib import contextmanager, suppress
from functools import partial
from itertools import count
from typing import TYPE_CHECKING, Any, cast

from distributed.scheduler import KilledWorker

from m2msync.core.crew import Versions, disagreement
from m2msync.core.errors import (
    ClusterError,
    ClusterGone,
    Halted,
    M2MSyncError,
    Stopped,
    StorageError,
    TransferError,
)
from m2msync.core.events import Waiting, Warned
from m2msync.transfer import worker
from m2msync.transfer.consignment import Consignment
from m2msync.transfer.parcel import VERSION, Errand, Greeting, Parcel, Receipt

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping
    from concurrent.futures import Future

    import distributed

    from m2msync.core.events import Sink
    from m2msync.store import Store
    from m2msync.transfer.parcel import Progress
    from m2msync.transfer.transport import NewTransfer

_LOOK = 1.0  # seconds between two looks at whether there are workers
_HALTING = 5.0  # seconds that workers have to break off what they do
_AGAIN = "and run the same command again; everything that has landed is recorded"


class Team:
    """The workers of a cluster during one run."""

    def __init__(self, client: distributed.Client, store: Store, *, patience: float, scratch: str) -> None:
        """Begin with nothing on the way.

        Args:
            client: the way to them.
            store: where files go.
            scratch: where they keep what is unfinished of objects; empty for where dask has them keep their files.
            patience: seconds for which a host that does not serve, or a worker, is waited for.
        """
        name = uuid.uuid4().hex
        self._errand = Errand(f"m2msync-{name}", store.url, f"seen-{name}", VERSION, patience, scratch)
        self._client, self._store, self._patience = client, store, patience
        self._numbers = count()
        self._sent: dict[int, Consignment] = {}
        self._over = threading.Event()
        self._halting = False

    @property
    def new_transfer(self) -> NewTransfer:
        """Makes transfers that the workers carry out."""
        return partial(Consignment, self)

    @contextmanager
    def gathered(self, jobs: int, on_event: Sink, stop: threading.Event) -> Iterator[None]:
        """Have workers, and hear of what they do, while the block lasts.

        Raises:
            ClusterError: they cannot do the work, or there are none.
            StorageError: the store cannot be written.
            Stopped: it was asked to stop while there were none.
        """
        self._await_workers(on_event, stop)
        self._store.mark(self._errand.mark)
        watch = threading.Thread(target=self._watch, name="cluster", daemon=True)
        try:
            self._check(jobs, on_event)
            self._client.subscribe_topic(self._errand.run, self._hear)
            watch.start()
            yield
        finally:
            self._over.set()
            with suppress(StorageError):
                self._store.unmark(self._errand.mark)

    def send(self, consignment: Consignment, near: str) -> None:
        """Have a worker make an attempt, the one at `near` if it is still there: what came so far may lie there."""
        parcel = Parcel(next(self._numbers), self._errand, consignment.job, consignment.link)
        self._sent[parcel.number] = consignment
        told = {"workers": [near], "allow_other_workers": True} if near else {}
        try:
            attempt = self._client.get_executor(pure=False, **told).submit(worker.fetch, parcel)
        except Exception:  # noqa: BLE001 - dask has a kind of its own for each stage of losing its scheduler
            self._give_up(_gone())
        else:
            attempt.add_done_callback(partial(self._receive, parcel.number))

    def halt(self) -> None:
        """Have the workers break off everything; asked for again, it does nothing."""
        if not self._halting:
            self._halting = True
            threading.Thread(target=self._break_off, name="halting", daemon=True).start()

    def _await_workers(self, on_event: Sink, stop: threading.Event) -> None:
        deadline, told = time.monotonic() + self._patience, False
        while not self._count_workers():
            if not told:
                on_event(Waiting("the cluster has no workers yet", self._patience))
                told = True
            if stop.wait(0.25):
                raise Stopped
            if time.monotonic() > deadline:
                raise _no_worker(f"no worker has joined the cluster in {self._patience:.0f} seconds")

    def _count_workers(self) -> int:
        try:
            return int(cast("dict[str, Any]", self._client.scheduler_info(n_workers=0)).get("n_workers", 0))
        except OSError as error:
            raise _gone() from error

    def _check(self, jobs: int, on_event: Sink) -> None:
        """Check that all workers of now can do the work; those that come later are asked with their first job."""
        try:
            versions = self._client.get_versions()
            greetings = self._client.run(worker.greet, self._errand, on_error="return")
            threads = sum(self._client.nthreads().values())
        except OSError as error:
            raise _gone() from error
        _check_versions(cast("Mapping[str, Any]", versions), greetings)
        for address, greeting in greetings.items():
            if isinstance(greeting, Greeting) and greeting.trouble:
                raise ClusterError(
                    f"the worker {address}: {greeting.trouble}",
                    hint="workers have to reach the same store by the same name, e.g. a folder on a shared disk",
                )
        if threads < jobs:
            on_event(Warned(f"the cluster has {threads} threads: no more files come at a time, though {jobs} may"))

    def _hear(self, event: tuple[float, Progress]) -> None:
        number, moved, large, read = event[1]
        if consignment := self._sent.get(number):
            consignment.advance(moved, large=large, read=read)

    def _receive(self, number: int, attempt: Future[Receipt]) -> None:
        consignment = self._sent.pop(number, None)
        if consignment is None:
            return  # given up before
        error = _trouble(attempt)
        if self._halting:
            error = error and Halted("stopped on request")
        elif error is None and isinstance(attempt.result().error, Halted):
            error = ClusterError(
                "another run has begun to work on this store with the same cluster", hint="run one after the other"
            )
        if error:
            consignment.fail(error)
        else:
            consignment.finish(attempt.result())

    def _watch(self) -> None:
        """Give up what is on the way once there has been nobody to do it for too long."""
        seen = time.monotonic()
        while not self._over.wait(_LOOK):
            with suppress(Exception):  # whatever dask says when it has lost its scheduler
                if self._count_workers():
                    seen = time.monotonic()
            if self._client.status != "running":
                self._give_up(_gone())  # what was sent just now, too: nobody will say that it is lost
            elif time.monotonic() - seen > self._patience:
                self._give_up(_no_worker(f"the cluster has had no worker for {self._patience:.0f} seconds"))

    def _break_off(self) -> None:
        with suppress(Exception):  # whoever does not hear of it is given up
            self._client.run(worker.halt, self._errand.run, on_error="ignore")
        deadline = time.monotonic() + _HALTING
        while self._sent and time.monotonic() < deadline:
            time.sleep(0.05)
        self._give_up(Halted("stopped on request"))

    def _give_up(self, error: M2MSyncError) -> None:
        while self._sent:
            with suppress(KeyError):
                self._sent.popitem()[1].fail(error)


def _check_versions(versions: Mapping[str, Any], greetings: Mapping[str, Greeting | BaseException]) -> None:
    """Check that all of a cluster is of our versions, and nothing fails otherwise."""
    hint = "install the same versions there as here, and start the workers again"
    theirs = {"the scheduler": _versions(versions["scheduler"])}
    for address, told in versions["workers"].items():
        theirs[f"the worker {address}"] = _versions(told, greetings.get(address))
    if found := disagreement(_versions(versions["client"], Greeting(VERSION)), theirs):
        raise ClusterError(found, hint=hint)
    for address, greeting in greetings.items():
        if isinstance(greeting, ImportError):
            sentence = f"the worker {address} has no m2msync, or an old one"
            raise ClusterError(sentence, hint=f"pip install m2msync=={VERSION} there")
        has_died = isinstance(greeting, OSError)
        if isinstance(greeting, BaseException) and not has_died:
            raise ClusterError(f"the worker {address} does not answer: {type(greeting).__name__}", hint=hint)


def _versions(told: Mapping[str, Any], greeting: Greeting | BaseException | None = None) -> Versions:
    packages = told["packages"]
    python = ".".join(str(packages["python"]).split(".")[:2])
    return Versions(
        str(packages["distributed"]), python, greeting.version if isinstance(greeting, Greeting) else ""
    )


def _trouble(attempt: Future[Receipt]) -> M2MSyncError | None:
    """Return why nobody tells what came of an attempt, None when somebody does."""
    if attempt.cancelled():
        return _gone()
    error = attempt.exception()
    if error is None:
        return None
    if isinstance(error, KilledWorker):
        return TransferError("every worker that fetched it died; are they short of memory?")
    if isinstance(error, (ImportError, AttributeError, TypeError)):
        return ClusterError("a worker that has joined the cluster has another m2msync, or none",
                            hint=f"pip install m2msync=={VERSION} there")  # fmt: skip
    return TransferError(f"a worker failed: {type(error).__name__}")


def _gone() -> ClusterGone:
    return ClusterGone("the dask scheduler is gone", hint=f"start it again, with its workers, {_AGAIN}")


def _no_worker(sentence: str) -> ClusterGone:
    return ClusterGone(sentence, hint=f"start workers, {_AGAIN}")
