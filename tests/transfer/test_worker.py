"""What a worker of a cluster does with a parcel, without a cluster: the parcel is pickled, as on its way there."""

from __future__ import annotations

import gc
import pickle
import threading
import weakref
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from m2msync import __version__, store
from m2msync.core.errors import ClusterError, Corrupt, Halted, Interrupted, LinkExpired, TransferError
from m2msync.core.secrets import Link
from m2msync.transfer import worker
from m2msync.transfer.parcel import Errand, Parcel, Receipt
from m2msync.transfer.partial import ROLLBACK

from .attempt import BAND, HTML, LARGE, OTHER, SIGNATURE, Attempt, job, sha512
from .host import answer, ranged, stall

if TYPE_CHECKING:
    from m2msync.store import LocalStore

    from .host import Host

KEEP = 300_000


class Sender:
    """Gives parcels to a worker and takes its receipts; nothing of a link may show in either."""

    def __init__(self, host: Host, store: LocalStore) -> None:
        self.attempt, self.store = Attempt(host, store), store
        self.errand = Errand("run", store.url, "seen", __version__, 30)
        self.told: list[Any] = []
        store.mark("seen")

    def parcel(self, errand: Errand | None = None, **told: Any) -> Parcel:
        parcel = Parcel(7, errand or self.errand, job(**told), self.attempt.link)
        assert SIGNATURE not in repr(parcel)
        assert pickle.loads(pickle.dumps(parcel)) == parcel
        return parcel

    def __call__(self, parcel: Parcel | None = None, **told: Any) -> Receipt:
        sent = pickle.dumps(parcel or self.parcel(**told))
        scratch = self.store.root / "not used"
        receipt = pickle.dumps(worker.carry_out(pickle.loads(sent), self.told.append, "tcp://worker:1", scratch))
        assert SIGNATURE.encode() not in receipt
        return pickle.loads(receipt)


@pytest.fixture
def send(host: Host, store: LocalStore) -> Sender:
    return Sender(host, store)


def test_what_comes_is_verified_published_and_told(send, host):
    host.sends(ranged(LARGE))
    receipt = send(digest=sha512(LARGE))
    assert receipt.error is None
    assert (receipt.fetched.size, receipt.fetched.digest) == (len(LARGE), sha512(LARGE))
    assert (receipt.moved, receipt.held, receipt.worker) == (len(LARGE), len(LARGE), "tcp://worker:1")
    assert send.told[-1] == (7, len(LARGE), False, True)
    assert list(send.attempt.visible().values()) == [LARGE]


def test_what_broke_goes_on_where_it_broke(send, host):
    host.sends(ranged(LARGE, keep=KEEP), ranged(LARGE))
    broken = send()
    assert isinstance(broken.error, Interrupted)
    assert (broken.held, broken.moved) == (KEEP, KEEP)
    assert send().moved == len(LARGE) - KEEP + ROLLBACK
    assert host.starts == [0, KEEP - ROLLBACK]
    assert list(send.attempt.visible().values()) == [LARGE]


def test_what_threads_have_left_of_a_file_in_an_earlier_run_goes_once_it_has_landed(send, host):
    host.sends(ranged(LARGE, keep=KEEP), b"")
    send.attempt.fails(job(), Interrupted)
    assert len(send.attempt.left()) == 2
    host.sends(ranged(LARGE))
    assert send().error is None
    assert not [name for name in send.attempt.left() if name.endswith((".part", ".json"))]


@pytest.mark.parametrize(
    ("reply", "kind"),
    [(answer(HTML, 403), LinkExpired), (answer(OTHER), Corrupt), (answer(BAND, 503), Interrupted)],
)
def test_how_it_failed_travels_with_what_follows_from_it(send, host, reply, kind):
    host.sends(reply)
    receipt = send(digest=sha512(LARGE))
    assert type(receipt.error) is kind
    assert (receipt.held, receipt.fetched) == (0, None)
    assert send.attempt.visible() == {}
    if kind is Interrupted:
        assert receipt.error.overloaded


def test_what_a_worker_has_published_that_then_died_is_not_fetched_again(send, host):
    host.sends(ranged(LARGE))
    send(digest=sha512(LARGE))
    again = send(digest=sha512(LARGE))
    assert (again.fetched.size, again.moved, len(host.asked)) == (len(LARGE), 0, 1)


def test_a_store_without_the_coordinators_mark_is_another_one(send):
    errand = Errand("run", send.errand.store, "not there", __version__, 30)
    receipt = send(send.parcel(errand))
    assert isinstance(receipt.error, ClusterError)
    assert "does not see the files in" in receipt.error.message
    assert worker.introduce(errand, send.store.root).trouble == receipt.error.message
    assert worker.introduce(send.errand, send.store.root).trouble == ""


def test_a_worker_of_another_version_that_comes_later_refuses(send):
    receipt = send(send.parcel(Errand("run", send.errand.store, "seen", "0.0.1", 30)))
    assert isinstance(receipt.error, ClusterError)
    assert "here it is 0.0.1" in receipt.error.message


@pytest.mark.parametrize("halting", ["by its coordinator", "by the next one"])
def test_a_run_is_broken_off_with_what_it_has_not_begun(send, host, halting):
    begun, errand = threading.Event(), Errand(f"run {halting}", send.errand.store, "seen", __version__, 30)
    start = answer(LARGE, ETag='"one"')[:KEEP]

    def reply(connection: Any, head: str) -> None:
        connection.sendall(start)
        begun.set()
        stall(b"", threading.Event())(connection, head)

    host.sends(reply)
    receipts: list[Receipt] = []
    thread = threading.Thread(target=lambda: receipts.append(send(send.parcel(errand))))
    thread.start()
    assert begun.wait(60)
    if halting == "by its coordinator":
        worker.halt(errand.run)
    else:
        assert worker.introduce(send.errand, send.store.root).trouble == ""
    thread.join(60)
    assert isinstance(receipts[0].error, Halted)
    assert isinstance(send(send.parcel(errand)).error, Halted)
    assert len(host.asked) == 1


def test_an_attempt_that_ends_while_a_run_is_broken_off_does_not_keep_the_others_going(send):
    """Ends one while the run of another is being looked at."""
    ended, other = threading.Event(), worker.Transfer(job(), send.attempt.link, send.store, on_bytes=None)
    parcel = send.parcel()

    class Watched:
        """A run that is told when the other attempt has ended, or cannot."""

        @property
        def run(self) -> str:
            thread.start()
            ended.wait(0.2)
            return "another"

    def end() -> None:
        leaving.__exit__(None, None, None)
        ended.set()

    leaving, thread = worker._noted(parcel, other), threading.Thread(target=end)
    worker._under_way[0] = Watched(), other
    leaving.__enter__()
    try:
        worker.halt("a run")
    finally:
        del worker._under_way[0]
        thread.join(60)
    assert worker._under_way == {}


def test_a_worker_opens_a_store_once_however_many_parcels_come_at_a_time(send, host, monkeypatch):
    opened, meet = [], threading.Barrier(2)
    errand = replace(send.errand, run="two at a time")

    def open_store(*told: object) -> Any:
        opened.append(told)
        return store.open_store(*told)

    monkeypatch.setattr(worker, "open_store", open_store)
    host.sends(ranged(BAND))

    def carry(name: str) -> Receipt:
        meet.wait(60)
        return worker.carry_out(Parcel(7, errand, job(name), send.attempt.link), send.told.append, "w", Path())

    with ThreadPoolExecutor(2) as pool:
        assert [receipt.error for receipt in pool.map(carry, ("B1.TIF", "B2.TIF"))] == [None, None]
    assert len(opened) == 1


def test_stores_of_runs_that_are_over_are_not_kept(send):
    runs = [replace(send.errand, run=f"run {number}") for number in range(40)]
    stores = [weakref.ref(worker._open(run, send.store.root)) for run in runs]
    gc.collect()
    assert sum(store() is not None for store in stores) < 20


def test_a_bug_is_told_without_its_message_that_may_hold_the_link(send, monkeypatch):
    def broken(*_: object, **__: object) -> None:
        raise ZeroDivisionError(SIGNATURE)

    monkeypatch.setattr(worker, "Transfer", broken)
    error = send().error
    assert type(error) is TransferError
    assert "ZeroDivisionError in test_worker.py:" in error.message


def test_a_link_in_a_parcel_prints_without_its_signature():
    link = Link(f"https://host.example/file?requestSignature={SIGNATURE}")
    assert SIGNATURE not in repr(Parcel(1, Errand("r", "s", "m", "v", 1), job(), link))
