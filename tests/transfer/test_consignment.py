"""The engine with workers instead of threads: the same reactions, though everything travels."""

from __future__ import annotations

import pickle
import threading
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from m2msync import __version__
from m2msync.core.errors import ClusterGone, Corrupt, LinkExpired, TransferError
from m2msync.core.persistence import REFETCHES
from m2msync.core.secrets import Link
from m2msync.transfer import worker
from m2msync.transfer.consignment import Consignment
from m2msync.transfer.parcel import Errand, Parcel
from m2msync.transfer.partial import ROLLBACK

from .attempt import HTML, LARGE, OTHER, job, sha512
from .host import answer, ranged
from .test_engine import Bench

if TYPE_CHECKING:
    from m2msync.core.errors import M2MSyncError
    from m2msync.store import LocalStore

    from .host import Host

KEEP = 300_000


class Carrier:
    """Takes parcels to threads that know of each other as little as two machines do."""

    def __init__(self, store: LocalStore) -> None:
        store.mark("seen")
        self.errand = Errand("run", store.url, "seen", __version__, 30)
        self.pool = ThreadPoolExecutor(4)
        self.near: list[str] = []
        self.lost: M2MSyncError | None = None

    def send(self, consignment: Consignment, near: str) -> None:
        self.near.append(near)
        sent = pickle.dumps(Parcel(len(self.near), self.errand, consignment.job, consignment.link))
        self.pool.submit(self._carry, consignment, sent)

    def halt(self) -> None:
        worker.halt(self.errand.run)

    def _carry(self, consignment: Consignment, sent: bytes) -> None:
        if self.lost:
            consignment.fail(self.lost)
            return

        def tell(progress: Any) -> None:
            _, moved, large, read = pickle.loads(pickle.dumps(progress))
            consignment.advance(moved, large=large, read=read)

        receipt = worker.carry_out(pickle.loads(sent), tell, "tcp://worker:1", Path())
        consignment.finish(pickle.loads(pickle.dumps(receipt)))


@pytest.fixture
def carrier(store: LocalStore) -> Carrier:
    return Carrier(store)


@pytest.fixture
def bench(store: LocalStore, carrier: Carrier) -> Bench:
    return Bench(store, 4, new_transfer=partial(Consignment, carrier))


def settled(bench: Bench, host: Host) -> Any:
    wanted = job(digest=sha512(LARGE))
    bench.engine.add(wanted, Link(f"{host.url}/a?sig=1"))
    (result,) = bench.run().values()
    return result


def test_what_broke_is_tried_again_where_it_lies(bench, carrier, host):
    host.sends(ranged(LARGE, keep=KEEP), ranged(LARGE))
    assert settled(bench, host).result.digest == sha512(LARGE)
    assert carrier.near == ["", "tcp://worker:1"]
    assert bench.received == len(LARGE) + ROLLBACK


def test_an_expired_link_is_left_to_who_can_order_again(bench, host):
    host.sends(answer(HTML, 403))
    assert type(settled(bench, host).error) is LinkExpired
    assert len(host.asked) == 1


def test_what_arrives_wrong_is_fetched_again_at_most_twice(bench, host):
    host.sends(answer(OTHER))
    assert type(settled(bench, host).error) is Corrupt
    assert len(host.asked) == 1 + REFETCHES


@pytest.mark.parametrize("error", [ClusterGone("the scheduler is gone"), TransferError("every worker died")])
def test_what_nobody_can_fetch_is_given_up(bench, carrier, host, error):
    carrier.lost = error
    assert settled(bench, host).error is error
    assert host.asked == [] or bench.received == 0


def test_no_more_connections_are_open_than_may_be_over_all_workers(bench, host):
    guard, now, most, several = threading.Lock(), 0, 0, threading.Event()

    def reply(connection: Any, head: str) -> None:
        nonlocal now, most
        with guard:
            now += 1
            most = max(most, now)
            if now > 1:
                several.set()
        assert several.wait(60)
        ranged(LARGE)(connection, head)
        with guard:
            now -= 1

    host.sends(reply)
    for number in range(24):
        bench.engine.add(job(f"B{number}.TIF"), Link(f"{host.url}/{number}?sig=1"))
    assert all(settled.result for settled in bench.run().values())
    assert most <= 4
