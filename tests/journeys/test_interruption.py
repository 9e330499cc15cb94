"""Ctrl-C, kill -9 and two at once: the store is never wrong, and the next run goes on."""

import hashlib
import json
import signal
import time

import pytest
from test_main_job import sha512_by_file


def slow(box) -> None:
    """Make every transfer last long enough to be met in flight."""
    box.faults.add(file="*", kind="trickle", rate=20_000)


def wait_until(condition, limit: float = 60) -> None:
    deadline = time.monotonic() + limit
    while not condition():
        assert time.monotonic() < deadline, "it did not happen"
        time.sleep(0.01)  # polled: what is awaited happens in another process


def recorded(journey) -> dict[str, tuple[int, str]]:
    with journey.catalog() as db:
        assert db.execute("PRAGMA integrity_check").fetchone() == ("ok",)
        return {path: (size, digest) for path, size, digest in db.execute("SELECT path, size, digest FROM files")}


def assert_sound(box, journey) -> None:
    """Every visible file is whole, and every recorded one is there."""
    announced = sha512_by_file(box, journey)
    files = journey.files()
    for path in files.values():
        assert hashlib.sha512(path.read_bytes()).hexdigest() == announced[path.name]
    for path, (size, digest) in recorded(journey).items():
        assert files[path].stat().st_size == size
        assert digest == f"sha512:{announced[files[path].name]}"


def test_ctrl_c_finishes_and_records_what_is_in_flight(box, journey):
    slow(box)
    running = journey.start("apply", "coast.yaml", "--json", "-j", "2")
    wait_until(lambda: len(journey.files()) >= 1)
    running.send_signal(signal.SIGINT)
    out, err = running.communicate(timeout=60)
    assert running.returncode == 130, err
    assert '"status": "interrupted"' in out
    landed = journey.files()
    assert set(recorded(journey)) == set(landed)
    assert_sound(box, journey)
    box.faults.clear()
    finished = journey.apply()
    assert finished["status"] == "success"
    assert finished["summary"]["kept"] == len(landed)


def test_sigterm_is_the_same(box, journey):
    slow(box)
    running = journey.start("apply", "coast.yaml", "-j", "2")
    wait_until(lambda: len(journey.files()) >= 1)
    running.terminate()
    running.communicate(timeout=60)
    assert running.returncode == 130


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
@pytest.mark.parametrize("api", ["login-token", "scene-search"])
def test_nothing_is_waited_for_when_nothing_is_in_flight(box, journey, api, number):
    slow = box.faults.add(api=api, kind="slow", seconds=60)
    running = journey.start("apply", "coast.yaml", "--json")
    wait_until(lambda: slow.struck)
    running.send_signal(number)
    out, err = running.communicate(timeout=30)
    assert running.returncode == 130, err
    assert json.loads(out)["status"] == "interrupted"
    assert slow.struck == 1


def test_second_ctrl_c_stops_at_once(box, journey):
    box.faults.add(file="*", kind="trickle", rate=100)
    running = journey.start("apply", "coast.yaml", "-j", "2")
    wait_until(lambda: any((journey.store / ".m2msync" / "partial").glob("*")))
    running.send_signal(signal.SIGINT)
    line = running.stderr.readline()
    while "press" not in line.lower() and "again" not in line.lower():
        line = running.stderr.readline()
        assert line, "it ended without saying how to stop at once"
    running.send_signal(signal.SIGINT)
    running.communicate(timeout=60)
    assert running.returncode == 130


def test_kill_9_loses_at_most_what_is_in_flight(box, journey):
    slow(box)
    for landed in (1, 3, 6):
        running = journey.start("apply", "coast.yaml", "-j", "2")
        wait_until(lambda n=landed: len(journey.files()) >= n)
        running.kill()
        running.communicate(timeout=60)
        assert_sound(box, journey)
        assert len(recorded(journey)) >= len(journey.files()) - 2
    box.faults.clear()
    assert journey.apply()["status"] == "success"
    assert_sound(box, journey)
    assert not list((journey.store / ".m2msync" / "partial").glob("*"))


def test_a_file_landed_but_not_recorded_is_not_fetched_again(box, journey):
    journey.apply()
    name = next(n for n in journey.files() if n.endswith("_B4.TIF"))
    with journey.catalog() as db:
        db.execute("DELETE FROM copies WHERE path = ?", (name,))
        db.execute("UPDATE products SET state = 'requested' WHERE key LIKE ?", (f"%{name.rsplit('/', 1)[1]}",))
    fetched = sum(box.counts.files.values())
    result = journey.apply()
    assert (result["summary"]["got"], result["summary"]["bytes"]) == (1, 0)
    assert sum(box.counts.files.values()) == fetched


def test_a_second_apply_says_who_holds_the_catalog_and_readers_go_on(box, journey):
    slow(box)
    running = journey.start("apply", "coast.yaml", "-j", "1")
    wait_until(lambda: len(journey.files()) >= 1)
    second = journey.run("apply", "coast.yaml")
    assert second.returncode == 1
    assert f"pid {running.pid}" in second.stderr + second.stdout
    assert journey.status()["summary"]["held"] >= 1
    running.send_signal(signal.SIGINT)
    running.communicate(timeout=60)
