"""Workers of a real cluster fetch: killed, added, strange or without a scheduler, and the store is never wrong."""

import itertools
import json
import os
import signal
import sqlite3
import subprocess
import sys
import threading
from dataclasses import dataclass, field
from pathlib import Path

import pytest
from filelock import FileLock, Timeout
from test_discretion import SECRETS
from test_interruption import assert_sound, recorded, wait_until
from test_main_job import sha512_by_file

from m2msync.sandbox.hosts.files import Hosts

TALKATIVE = {"DASK_DISTRIBUTED__LOGGING__DISTRIBUTED": "debug"}


@dataclass
class Cluster:
    """A scheduler and workers, each a process of its own."""

    folder: Path
    processes: dict[str, subprocess.Popen] = field(default_factory=dict)

    @property
    def file(self) -> Path:
        return self.folder / "scheduler.json"

    @property
    def address(self) -> str:
        return json.loads(self.file.read_text())["address"]

    @property
    def flag(self) -> str:
        return f"--executor=dask:{self.address}"

    def log(self, name: str) -> str:
        return (self.folder / f"{name}.log").read_text()

    def schedule(self) -> None:
        self._start("scheduler", "dask_scheduler", "--host=127.0.0.1", "--port=0", "--no-dashboard", **TALKATIVE)
        wait_until(self.file.exists)

    def work(self, *names: str, flags: tuple[str, ...] = (), **environment: str) -> None:
        """Start workers, and wait until they have joined."""
        words = ("--no-nanny", "--nthreads=2", "--no-dashboard", "--memory-limit=0", "--host=127.0.0.1")
        words = (*words, f"--local-directory={self.folder}/own", *flags)
        for name in names:
            self._start(name, "dask_worker", *words, f"--name={name}", **environment)
        wait_until(lambda: all("Registered to" in self.log(name) for name in names))

    def kill(self, name: str) -> None:
        self.processes[name].kill()
        self.processes[name].wait()

    def _start(self, name: str, program: str, *flags: str, **environment: str) -> None:
        command = [sys.executable, "-m", f"distributed.cli.{program}", f"--scheduler-file={self.file}", *flags]
        with (self.folder / f"{name}.log").open("w") as log:
            self.processes[name] = subprocess.Popen(
                command,
                cwd=self.folder,
                env={**os.environ, **environment},
                stdout=log,
                stderr=log,
            )


@pytest.fixture
def cluster(journey, tmp_path_factory):
    journey.environment["M2MSYNC_PATIENCE"] = "60"  # on a busy machine it takes a scheduler seconds to answer
    made = Cluster(tmp_path_factory.mktemp("cluster"))
    made.schedule()
    yield made
    for process in made.processes.values():
        process.kill()
        process.wait()


@pytest.fixture
def gate(monkeypatch):
    """Let file hosts answer a dozen requests, and the others once this is set."""
    gate, numbers, ours = threading.Event(), itertools.count(1), Hosts.answer

    def answer(hosts, asked):
        assert next(numbers) <= 12 or gate.wait(60)
        return ours(hosts, asked)

    monkeypatch.setattr(Hosts, "answer", answer)
    return gate


def test_one_of_four_workers_dies_and_another_comes_and_every_file_lands_once(box, journey, cluster, gate):
    journey.entry(bands=["B2", "B3", "B4", "B5", "B6", "MTL"])
    box.faults.add(file="*", kind="trickle", rate=20_000)
    cluster.work("first", "second", "third", "fourth", **TALKATIVE)
    running = journey.start("apply", "coast.yaml", "--json", "--events=run.ndjson", "-j", "8", cluster.flag)
    wait_until(lambda: "fetch-" in cluster.log("first") or running.poll() is not None)
    assert running.poll() is None, running.communicate()
    cluster.kill("first")
    cluster.work("fifth", **TALKATIVE)
    gate.set()
    out, err = running.communicate(timeout=60)
    assert running.returncode == 0, err
    files = journey.files()
    assert json.loads(out)["summary"]["got"] == len(files) >= 20
    assert set(recorded(journey)) == set(files)
    assert_sound(box, journey)
    assert sum(box.counts.files.values()) <= len(files) + 2  # what the killed worker had in hand
    assert "fetch-" in cluster.log("fifth")
    told = [json.loads(line) for line in (journey.folder / "run.ndjson").read_text().splitlines()]
    landed = [event["key"] for event in told if event["event"] == "landed"]
    assert len(landed) == len(set(landed)) == len(files)
    assert sum(event["bytes"] for event in told if event["event"] == "moved") >= sum(
        p.stat().st_size for p in files.values()
    )
    logs = "".join(cluster.log(name) for name in cluster.processes)
    assert not [secret for secret in SECRETS if secret.decode() in logs]


def test_ctrl_c_drains_a_limit_breaks_off_and_the_next_run_goes_on(box, journey, cluster):
    cluster.work("only")
    box.faults.add(file="*", kind="trickle", rate=5_000)
    result = journey.apply("-j", "2", "--max-duration=4s", cluster.flag, code=7)
    assert result["status"] == "capped"
    assert set(recorded(journey)) == set(journey.files())
    box.faults.clear()
    box.faults.add(file="*", kind="trickle", rate=20_000)
    landed = len(journey.files())
    running = journey.start("apply", "coast.yaml", "--json", "-j", "2", cluster.flag)
    wait_until(lambda: len(journey.files()) > landed)
    running.send_signal(signal.SIGINT)
    out, err = running.communicate(timeout=60)
    assert (running.returncode, json.loads(out)["status"]) == (130, "interrupted"), err
    assert set(recorded(journey)) == set(journey.files())
    box.faults.clear()
    assert journey.apply()["status"] == "success"
    assert_sound(box, journey)


def test_when_the_scheduler_dies_one_sentence_tells_and_what_has_landed_is_recorded(box, journey, cluster):
    cluster.work("only")
    box.faults.add(file="*", kind="trickle", rate=10_000)
    running = journey.start("apply", "coast.yaml", "-j", "2", cluster.flag)
    wait_until(lambda: len(recorded_if_any(journey)) >= 1)
    cluster.kill("scheduler")
    out, err = running.communicate(timeout=60)
    assert running.returncode == 6, err
    assert "Error: the dask scheduler is gone" in err
    assert "Traceback" not in err + out
    assert len(recorded(journey)) >= 1
    box.faults.clear()
    assert journey.apply()["status"] == "success"
    assert_sound(box, journey)


def test_a_worker_with_another_m2msync_is_refused_before_anything_is_ordered(box, journey, cluster):
    (cluster.folder / "old.py").write_text("import m2msync\nm2msync.__version__ = '0.0.1'\n")
    cluster.work("old", flags=(f"--preload={cluster.folder / 'old.py'}",))
    done = journey.run("apply", "coast.yaml", cluster.flag)
    assert done.returncode == 1
    assert "has m2msync 0.0.1, here it is" in done.stderr
    assert "install the same versions there" in done.stderr
    assert not box.counts.calls["download-request"]


def test_workers_send_to_a_bucket_and_one_that_cannot_is_refused(box, journey, cluster, moto_bucket):
    journey.environment |= moto_bucket.environment
    journey.write(store=moto_bucket.url)
    cluster.work("astray", **moto_bucket.environment | {"AWS_ENDPOINT_URL_S3": "http://127.0.0.1:9"})
    done = journey.run("apply", "coast.yaml", cluster.flag)
    assert done.returncode == 1
    assert "Error: the worker tcp://" in done.stderr
    assert not box.counts.calls["download-request"]
    cluster.kill("astray")
    cluster.work("able", **moto_bucket.environment)
    got = journey.apply(cluster.flag)["summary"]["got"]
    announced = sha512_by_file(box, journey)
    assert moto_bucket.digests() == {path: announced[path.rpartition("/")[2]] for path in moto_bucket.digests()}
    assert got == len(moto_bucket.digests()) == 12
    assert moto_bucket.objects(private=True).keys() == moto_bucket.objects().keys()  # no mark is left
    kept = {path.suffix for path in (cluster.folder / "own").rglob("m2msync/**/*") if path.is_file()}
    assert kept == {".lock"}  # scratch beside dask's own, and nothing unfinished in it


def test_a_cluster_without_workers_is_waited_for_and_then_told(box, journey, cluster):
    done = journey.run("apply", "coast.yaml", f"--executor=dask:file:{cluster.file}", M2MSYNC_PATIENCE="8")
    assert done.returncode == 6
    assert "no worker has joined the cluster in 8 seconds" in done.stderr
    assert "start workers, and run the same command again" in done.stderr
    assert not box.counts.calls["download-request"]


def recorded_if_any(journey):
    try:
        return recorded(journey)
    except sqlite3.Error:  # before there is a catalog
        return {}


def test_ctrl_c_at_the_terminal_does_not_reach_the_workers_of_a_local_cluster(box, journey):
    box.faults.add(file="*", kind="trickle", rate=20_000)
    command = [
        sys.executable,
        "-m",
        "m2msync",
        "apply",
        "coast.yaml",
        "--json",
        "-j",
        "2",
        "--executor=dask:local:2",
    ]
    with subprocess.Popen(
        command,
        cwd=journey.folder,
        env={**os.environ, **journey.environment},
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        start_new_session=True,
    ) as running:
        wait_until(lambda: len(journey.files()) >= 1)
        os.killpg(running.pid, signal.SIGINT)
        out, err = running.communicate(timeout=60)
    assert (running.returncode, json.loads(out)["status"]) == (130, "interrupted"), err
    assert json.loads(out)["failed"] == []
    assert set(recorded(journey)) == set(journey.files())
    assert_sound(box, journey)
    assert "interrupted; press Ctrl-C again" in err
    assert "distributed" not in err  # dask writes nothing between our lines


def test_a_second_ctrl_c_leaves_no_worker_behind(box, journey):
    box.faults.add(file="*", kind="trickle", rate=100)
    running = journey.start("apply", "coast.yaml", "-j", "2", "--executor=dask:local:1")
    partial = journey.store / ".m2msync" / "partial"
    wait_until(lambda: any(partial.glob("*/*.part")))
    running.send_signal(signal.SIGINT)
    while "again" not in running.stderr.readline():
        pass
    running.send_signal(signal.SIGINT)
    running.communicate(timeout=60)
    assert running.returncode == 130
    for lock in partial.glob("*.lock"):
        wait_until(lambda held=lock: is_free(held))  # the worker's process held it as long as it lived


def is_free(lock: Path) -> bool:
    try:
        FileLock(lock, timeout=0).acquire().lock.release()
    except Timeout:
        return False
    return True
