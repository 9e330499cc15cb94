"""All the transfers of a run: how many at a time, in which order, and that none disturbs the others."""

from __future__ import annotations

import random
import socket
import threading
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from queue import Empty, SimpleQueue
from typing import TYPE_CHECKING, Any

import pytest

from m2msync.core.errors import HostDown, Interrupted, LinkExpired
from m2msync.core.events import Waiting
from m2msync.core.secrets import Link
from m2msync.transfer.engine import Engine, Settled
from m2msync.transfer.partial import ROLLBACK
from m2msync.transfer.sections import LEAST
from m2msync.transfer.transport import Freed

from .attempt import BAND, HTML, LARGE, job, sha512, tiff
from .host import Host, answer, headers, ranged

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from m2msync.store import Store
    from m2msync.transfer.job import Job

HUGE = tiff(random.Random(3).randbytes(6 * LEAST))
VAST = tiff(random.Random(4).randbytes(24 * LEAST))


class Clock:
    """Monotonic seconds that pass when somebody waits."""

    def __init__(self) -> None:
        self.now = 0.0

    def __call__(self) -> float:
        return self.now


class Bench:
    """An engine with threads, driven as a delivery drives it; when nothing moves, the clock does."""

    def __init__(self, store: Store, most: int, patience: float = 60, **more: Any) -> None:
        self.store, self.clock = store, Clock()
        self.inbox: SimpleQueue[Any] = SimpleQueue()
        self.pool = ThreadPoolExecutor(most)
        self.received = 0
        self.began: list[str] = []
        self.waits: list[Waiting] = []
        self.engine = Engine(
            self.pool,
            store,
            most=most,
            put=self.inbox.put,
            on_bytes=self.count,
            patience=patience,
            clock=self.clock,
            **more,
        )
        self._lock = threading.Lock()

    def count(self, _key: str, number: int) -> None:
        with self._lock:
            self.received += number
        self.inbox.put(None)  # as in a delivery, what moves wakes the loop

    def run(self, until: Callable[[], bool] = lambda: False) -> dict[str, Settled]:
        """Drive it until nothing is left to do."""
        settled: dict[str, Settled] = {}
        while self.engine.in_hand and not until():
            self.began += self.engine.start(last=True)
            for given_up in self.engine.give_up():
                settled[given_up.key] = given_up
            if self.engine.running:
                message = self._next(until)
                if isinstance(message, Waiting):
                    self.waits.append(message)
                elif message and (done := self.engine.settle(message)):
                    settled[done.key] = done
            else:
                self.clock.now += 0.5
        return settled

    def _next(self, until: Callable[[], bool]) -> Any:
        """Return the next message, or None once that has happened which is waited for: nobody need tell of it."""
        for _ in range(600):
            with suppress(Empty):
                return self.inbox.get(timeout=0.1)
            if until():
                return None
        raise Empty


@pytest.fixture
def bench(store: Store) -> Iterator[Callable[..., Bench]]:
    made: list[Bench] = []

    def make(most: int = 5, **more: float) -> Bench:
        made.append(Bench(store, most, **more))
        return made[-1]

    yield make
    for one in made:
        one.engine.halt()
        one.pool.shutdown()


@pytest.fixture
def other() -> Iterator[Host]:
    host = Host()
    yield host
    host.close()


def link(host: Host, wanted: Job) -> Link:
    return Link(f"{host.url}/{wanted.filename}")


def visible(store: Store) -> dict[str, bytes]:
    files = (p for p in store.root.rglob("*") if p.is_file() and ".m2msync" not in p.parts)
    return {path.relative_to(store.root).as_posix(): path.read_bytes() for path in files}


def left(store: Store) -> list[str]:
    return [path.name for path in store.root.glob(".m2msync/partial/*")]


def together(body: bytes, connections: int) -> Callable[[socket.socket, str], None]:
    """Send the first quarter of what is asked for, and the rest when so many connections are open."""
    meet, whole = threading.Semaphore(0), ranged(body)
    count = iter(range(1000))

    class Half:
        """A connection that keeps back the rest of what it is given."""

        def __init__(self, connection: socket.socket) -> None:
            self.connection = connection

        def sendall(self, data: bytes) -> None:
            head = data.index(b"\r\n\r\n") + 4
            first = head + (len(data) - head) // 4
            self.connection.sendall(data[:first])
            if next(count) + 1 >= connections:
                meet.release(1000)
            assert meet.acquire(timeout=60)
            self.connection.sendall(data[first:])

    return lambda connection, head: whole(Half(connection), head)  # type: ignore[arg-type]


def test_all_of_them_land(bench, host, store):
    jobs = [job(f"B{n}.TIF", digest=sha512(BAND)) for n in range(20)]
    host.sends(ranged(BAND))
    one = bench()
    for wanted in jobs:
        one.engine.add(wanted, link(host, wanted))
    settled = one.run()
    assert {key: done.result.digest for key, done in settled.items()} == {j.key: sha512(BAND) for j in jobs}
    assert visible(store) == {j.path: BAND for j in jobs}
    assert one.received == 20 * len(BAND)
    assert sorted(one.began) == sorted(j.key for j in jobs)


def test_the_largest_comes_first_when_nothing_else_will_come(bench, host):
    jobs = [job(f"B{n}.TIF", size=size) for n, size in enumerate((5, 90, 30, None, 60))]
    host.sends(ranged(BAND))
    one = bench(most=1)
    for wanted in jobs:
        one.engine.add(wanted, link(host, wanted))
    one.run()
    assert [key[-6:-4] for key in one.began] == ["B1", "B4", "B2", "B0", "B3"]


def test_one_that_keeps_failing_holds_no_connection_while_it_waits(bench, host, other, store):
    """One connection for all: the bad file has been tried once when the good ones have all landed."""
    bad, good = job("B1.TIF", size=9), [job(f"B{n}.TIF", size=1) for n in range(2, 8)]
    host.sends(answer(HTML, 500))
    other.sends(ranged(BAND))
    one = bench(most=1)
    one.engine.add(bad, link(host, bad))
    for wanted in good:
        one.engine.add(wanted, link(other, wanted))
    asked = []
    settled = one.run(until=lambda: len(visible(store)) == len(good) and not asked.append(len(host.asked)))
    assert asked[0] == 1
    settled |= one.run()
    assert type(settled[bad.key].error) is Interrupted
    assert len(host.asked) == 4


def test_a_large_file_is_fetched_over_the_connections_that_are_free(bench, host, store):
    wanted = job(digest=sha512(HUGE), size=len(HUGE))
    host.sends(together(HUGE, 3))
    one = bench(most=3)
    one.engine.add(wanted, link(host, wanted))
    settled = one.run()
    assert settled[wanted.key].result.digest == sha512(HUGE)
    assert visible(store) == {wanted.path: HUGE}
    assert left(store) == []
    assert len(host.asked) >= 3
    assert one.received == len(HUGE)
    assert one.began == [wanted.key]


def test_one_large_file_soon_has_all_the_connections_that_are_allowed(bench, host):
    """It holds back three quarters of each section until eight are open, so nothing can have landed by then."""
    wanted = job(digest=sha512(VAST), size=len(VAST))
    host.sends(together(VAST, 8))
    one = bench(most=8)
    one.engine.add(wanted, link(host, wanted))
    assert one.run()[wanted.key].result.digest == sha512(VAST)
    assert one.engine.width == 8


def test_files_that_wait_come_before_sections(bench, host):
    jobs = [job(f"B{n}.TIF", digest=sha512(HUGE)) for n in range(3)]
    host.sends(together(HUGE, 3))
    one = bench(most=3)
    for wanted in jobs:
        one.engine.add(wanted, link(host, wanted))
    one.run()
    assert len(one.began) == 3
    assert host.starts[:3] == [0, 0, 0]


@pytest.mark.parametrize("cut", [1, ROLLBACK, 3 * ROLLBACK])
def test_sections_that_break_are_continued(bench, host, store, cut):
    wanted = job(digest=sha512(HUGE))
    broken, both = [], threading.Event()

    def reply(connection: socket.socket, head: str) -> None:
        if "range" in headers(head) and len(broken) < 2:
            broken.append(head)
            if len(broken) == 2:
                both.set()
            first, _, last = headers(head)["range"].removeprefix("bytes=").partition("-")
            stop = int(last) + 1 if last else len(HUGE)
            where = f"bytes {first}-{stop - 1}/{len(HUGE)}"
            whole = answer(HUGE[int(first) : stop], 206, ETag='"one"', Content_Range=where)
            connection.sendall(whole[: len(whole) - (stop - int(first)) + cut])
        elif "range" in headers(head):
            ranged(HUGE)(connection, head)
        else:
            whole = answer(HUGE, ETag='"one"')
            connection.sendall(whole[: len(whole) // 4])
            assert both.wait(60)
            connection.sendall(whole[len(whole) // 4 :])

    host.sends(reply)
    one = bench(most=3)
    one.engine.add(wanted, link(host, wanted))
    assert one.run()[wanted.key].result.digest == sha512(HUGE)
    assert visible(store) == {wanted.path: HUGE}
    assert left(store) == []
    assert one.received <= len(HUGE) + 3 * (ROLLBACK + cut)


@pytest.mark.parametrize(
    "second",
    [answer(HUGE, ETag='"two"'), answer(status=416), answer(HTML, 400), answer(HUGE[:9], 206, ETag='"two"')],
    ids=["another file", "416", "400", "206 of another"],
)
def test_a_host_that_does_not_take_part_is_asked_for_the_whole(bench, host, store, second):
    wanted = job(digest=sha512(HUGE))
    refused = threading.Event()

    def reply(connection: socket.socket, head: str) -> None:
        if "range" in headers(head):
            refused.set()  # before, as the other end hangs up on what it does not want
            connection.sendall(second)
        elif not refused.is_set():
            whole = answer(HUGE, ETag='"one"')
            connection.sendall(whole[: len(whole) // 4])
            assert refused.wait(60)
            connection.sendall(whole[len(whole) // 4 :])
        else:
            connection.sendall(answer(HUGE, ETag='"two"'))

    host.sends(reply)
    one = bench(most=2)
    one.engine.add(wanted, link(host, wanted))
    assert one.run()[wanted.key].result.digest == sha512(HUGE)
    assert visible(store) == {wanted.path: HUGE}
    assert left(store) == []
    assert sum("range" not in headers(head) for head in host.asked) == 2


def test_a_run_that_was_killed_goes_on_with_all_its_sections(bench, host, store):
    wanted = job(digest=sha512(HUGE))
    host.sends(together(HUGE, 4))  # the fourth never comes
    one = bench(most=3)
    one.engine.add(wanted, link(host, wanted))
    quarter = len(HUGE) // 4
    parts = lambda: sum(name.endswith(".part") for name in left(store))  # noqa: E731
    # What has come last is told when more comes, which is a megabyte of each section at most.
    one.run(until=lambda: len(host.asked) == parts() == 3 and one.received >= quarter // 2)
    one.engine.halt()
    one.run()
    assert visible(store) == {}
    assert len(left(store)) == 4
    before, one.received = one.received, 0
    host.sends(ranged(HUGE))
    again = bench(most=1)
    again.engine.add(wanted, link(host, wanted))
    assert again.run()[wanted.key].result.digest == sha512(HUGE)
    assert visible(store) == {wanted.path: HUGE}
    assert left(store) == []
    assert again.received <= len(HUGE) - before + 3 * ROLLBACK


def test_a_file_put_together_wrongly_is_fetched_again_in_one_piece(bench, host, store):
    wanted = job(digest=sha512(HUGE))
    wrong = HUGE[: 5 * LEAST] + bytes(LEAST) + HUGE[6 * LEAST :]
    meeting, right = together(wrong, 3), ranged(HUGE)

    def reply(connection: socket.socket, head: str) -> None:
        (right if any(store.root.glob(".m2msync/quarantine/*")) else meeting)(connection, head)

    host.sends(reply)
    one = bench(most=3)
    one.engine.add(wanted, link(host, wanted))
    assert one.run()[wanted.key].result.digest == sha512(HUGE)
    assert host.starts[-1] == 0
    assert visible(store) == {wanted.path: HUGE}


def test_an_expired_link_ends_all_sections_and_what_came_is_kept(bench, host, store):
    wanted = job(digest=sha512(HUGE))
    meeting = together(HUGE, 9)

    def reply(connection: socket.socket, head: str) -> None:
        if "range" in headers(head):
            connection.sendall(answer(HTML, 403))
        else:
            meeting(connection, head)

    host.sends(reply)
    one = bench(most=2)
    one.engine.add(wanted, link(host, wanted))
    assert type(one.run()[wanted.key].error) is LinkExpired
    assert wanted.key not in one.engine
    host.sends(ranged(HUGE))
    one.engine.add(wanted, link(host, wanted))
    assert one.run()[wanted.key].result.digest == sha512(HUGE)
    assert one.received < 1.5 * len(HUGE)


def test_an_overloaded_host_gets_fewer_connections(bench, host):
    jobs = [job(f"B{n}.TIF") for n in range(10)]
    host.sends(*[answer(HTML, 429)] * 4, ranged(BAND))
    one = bench(most=4)
    for wanted in jobs:
        one.engine.add(wanted, link(host, wanted))
    widths: list[int] = []
    settled = one.run(until=lambda: widths.append(one.engine.width) is not None)
    assert all(done.error is None for done in settled.values())
    assert min(widths) == 2


def test_a_host_that_takes_few_connections_serves_every_file_in_the_end(bench, host):
    """One file is turned away time and again, while others are served."""
    jobs = [job(f"B{n}.TIF") for n in range(40)]
    one, whole, refusals = bench(most=3), ranged(BAND), iter(range(8))

    def serve(connection: socket.socket, head: str) -> None:
        one.clock.now += 0.5
        busy = "B0.TIF" in head and next(refusals, None) is not None
        connection.sendall(answer(HTML, 429)) if busy else whole(connection, head)

    host.sends(serve)
    for wanted in jobs:
        one.engine.add(wanted, link(host, wanted))
    assert all(done.error is None for done in one.run().values())
    assert next(refusals, None) is None


def test_a_host_that_is_down_is_left_alone_and_another_serves_on(bench, host, other, store):
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        dead = f"http://127.0.0.1:{listener.getsockname()[1]}"
        jobs = [job(f"B{n}.TIF") for n in range(40)]
        other.sends(ranged(BAND))
        one = bench(most=5, patience=60)
        for n, wanted in enumerate(jobs):
            one.engine.add(wanted, link(other, wanted) if n % 2 else Link(f"{dead}/{n}"))
        settled = one.run()
    failed = [done for done in settled.values() if done.error]
    assert {type(done.error) for done in failed} <= {HostDown, Interrupted}
    assert sum(type(done.error) is HostDown for done in failed) >= 18
    assert len(visible(store)) == 20
    assert 60 <= one.clock.now < 130
    assert {wait.reason for wait in one.waits} == {f"{dead.removeprefix('http://')} does not serve"}
    assert [wait.seconds for wait in one.waits][:5] == [2, 4, 8, 16, 30]


def test_it_waits_as_long_as_a_host_asks(bench, host):
    wanted = job()
    host.sends(answer(HTML, 503, Retry_After="17"), ranged(BAND))
    one = bench()
    one.engine.add(wanted, link(host, wanted))
    assert one.run()[wanted.key].error is None
    assert one.clock.now == 17


def test_a_host_that_asks_for_an_hour_is_left_to_another_route_or_the_next_run(bench, host):
    jobs = [job(f"B{n}.TIF") for n in range(3)]
    host.sends(answer(HTML, 503, Retry_After="3600"))
    one = bench(most=1)
    for wanted in jobs:
        one.engine.add(wanted, link(host, wanted))
    settled = one.run()
    assert sorted(type(done.error).__name__ for done in settled.values()) == ["HostDown", "HostDown", "Interrupted"]
    assert one.clock.now < 1


def test_a_word_of_an_attempt_that_is_over_frees_no_connection(bench, host):
    jobs = [job(f"B{n}.TIF") for n in range(2)]
    host.sends(ranged(BAND))
    one = bench(most=1)
    one.engine.settle(Freed("gone", 0))
    for wanted in jobs:
        one.engine.add(wanted, link(host, wanted))
    assert len(list(one.engine.start(last=True))) == 1
    assert len(one.run()) == 2


def test_draining_begins_nothing_and_repeats_nothing(bench, host, store):
    jobs = [job(f"B{n}.TIF") for n in range(3)]
    host.sends(answer(BAND)[:-1000])
    one = bench(most=1)
    for wanted in jobs:
        one.engine.add(wanted, link(host, wanted))
    list(one.engine.start(last=True))
    one.engine.drain()
    assert one.run() == {}
    assert len(host.asked) == 1


def test_what_waits_for_the_next_byte_is_broken_off_at_once(bench, host, store):
    wanted = job(digest=sha512(LARGE))
    sent, never = threading.Event(), threading.Event()

    def reply(connection: socket.socket, head: str) -> None:
        connection.sendall(answer(LARGE, ETag='"one"')[:300_000])
        sent.set()
        never.wait(30)

    host.sends(reply)
    one = bench()
    one.engine.add(wanted, link(host, wanted))
    list(one.engine.start(last=True))
    assert sent.wait(60)
    one.engine.halt()
    try:
        assert one.run() == {}
    finally:
        never.set()
    assert visible(store) == {}


def test_errands_are_told_of_too(bench, store):
    one = bench()
    one.engine.run("a", lambda: 7)
    one.engine.run("b", store.resolve, "../outside")
    settled = one.run()
    assert settled["a"].result == 7
    assert "does not lead to a file" in settled["b"].error.message


def test_a_bug_is_not_hidden(bench, host):
    one = bench()
    one.engine.run("a", lambda: 1 / 0)
    with pytest.raises(ZeroDivisionError):
        one.run()


def test_a_host_that_asks_to_be_left_alone_for_an_hour_is_not_waited_for(bench, host):
    """Nor is it asked for every file: 20 of them cost as many requests as there are connections."""
    host.sends(answer(HTML, 429, Retry_After="3600"))
    one = bench(most=2)
    for n in range(20):
        one.engine.add(job(f"B{n}.TIF"), link(host, job(f"B{n}.TIF")))
    settled = one.run()
    assert len(settled) == 20
    assert len(host.asked) <= 2
    assert {type(done.error) for done in settled.values()} == {HostDown, Interrupted}
    assert one.clock.now < 60
