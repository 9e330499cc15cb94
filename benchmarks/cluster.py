"""Measures what the workers of a cluster bring, and what they cost the process that employs them.

1. Files over links limited per connection, two connections a worker: four workers beside one. The time is
   that from the first transfer's beginning to the last landed file; a run's start is the same for both, and told.
2. Small files without a limit, few and many: what one more costs the coordinator, the scheduler and the workers
   in CPU time, beside threads in one process.

    .venv/bin/python benchmarks/cluster.py
"""

from __future__ import annotations

import json
import sys
import tempfile
from contextlib import contextmanager
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING

from rig.crew import Crew, crew
from rig.hosting import hosting
from rig.measure import Cost, run
from rig.rivals import manifest, prepare
from rig.workloads import Workload

if TYPE_CHECKING:
    from collections.abc import Iterator

    from rig.rivals import Task

RATE = 1_000_000  # bytes a second of a connection
EACH = 2  # connections a worker
_TEN = ("B1", "B2", "B3", "B4", "B5", "B6", "B7", "B9", "B10", "B11")
LIMITED = Workload("limited", "160 x 1 MB", 40, _TEN[:4], 1_000_000, EACH, (), rate=RATE)
SMALL = tuple(Workload("small", f"{10 * n} x 20 kB", n, _TEN, 20_000, 8, ()) for n in (6, 66))
LEAST = 3.5


@contextmanager
def empty() -> Iterator[Path]:
    """Yield a folder that is empty, and gone afterwards."""
    with tempfile.TemporaryDirectory(prefix="m2msync-cluster-") as name:
        yield Path(name)


def apply(task: Task, jobs: int, team: Crew | None) -> tuple[Cost, float]:
    """Apply the task into an empty store, by workers or threads; return its cost, and how long transfers took."""
    with empty() as folder:
        command = [sys.executable, "-m", "m2msync", "apply", str(manifest(task.job, folder)), "--json", f"-j{jobs}"]
        command += ["--events=run.ndjson", *([f"--executor=dask:{team.address}"] if team else [])]
        cost = run(command, folder=folder, log=folder / "log", environment=task.host.environment)
        if cost.code or task.arrived(folder) != len(task.files):
            raise SystemExit((folder / "log").read_text(encoding="utf-8"))
        told = [json.loads(line) for line in (folder / "run.ndjson").read_text(encoding="utf-8").splitlines()]
    begun = next(event["at"] for event in told if event["event"] == "started")
    ended = max(event["at"] for event in told if event["event"] == "landed")
    return cost, (datetime.fromisoformat(ended) - datetime.fromisoformat(begun)).total_seconds()


def limited() -> None:
    """Print how much four workers bring beside one."""
    with hosting(LIMITED) as host:
        task = prepare(LIMITED, host)
        size = sum(file.size for file in task.files) / 1e6
        print(f"#### {len(task.files)} files, {size:.0f} MB, {RATE / 1e6:.0f} MB/s per connection, TLS\n")
        print("| | connections | transfers s | MB/s | : one worker | whole run s |\n|---|---|---|---|---|---|")
        rates = []
        for workers in (1, 4):
            with empty() as place, crew(workers, 2 * EACH, place, host.environment) as team:
                cost, seconds = apply(task, workers * EACH, team)
            rates.append(size / seconds)
            print(f"| {workers} worker{'s' * (workers > 1)} | {workers * EACH} | {seconds:.1f} | {rates[-1]:.2f}"
                  f" | {rates[-1] / rates[0]:.2f} | {cost.wall:.1f} |")  # fmt: skip
        cost, seconds = apply(task, 4 * EACH, None)
        print(f"| threads | {4 * EACH} | {seconds:.1f} | {size / seconds:.2f} | {size / seconds / rates[0]:.2f}"
              f" | {cost.wall:.1f} |\n")  # fmt: skip
    if rates[1] < LEAST * rates[0]:
        raise SystemExit(f"four workers brought less than {LEAST} times as much as one")


def small() -> None:
    """Print what one more file costs each kind of process."""
    spent: dict[str, list[float]] = {}
    numbers = []
    for job in SMALL:
        with hosting(job) as host:
            task = prepare(job, host)
            numbers.append(len(task.files))
            with empty() as place, crew(2, 8, place, host.environment) as team:
                before = team.used()
                cost, _ = apply(task, job.connections, team)
                scheduler, workers = (after - b for after, b in zip(team.used(), before, strict=True))
            threads, _ = apply(task, job.connections, None)
        for name, seconds in {
            "coordinator": cost.cpu,
            "scheduler": scheduler,
            "two workers together": workers,
            "threads, all in one process": threads.cpu,
        }.items():
            spent.setdefault(name, []).append(seconds)
    few, many = numbers
    print(f"#### {few} and {many} files of 20 kB, no limit, TLS, {SMALL[0].connections} connections\n")
    print(f"| CPU | {few} files | {many} files | one more file |\n|---|---|---|---|")
    for name, (least, most) in spent.items():
        print(f"| {name} | {least:.2f} s | {most:.2f} s | {1000 * (most - least) / (many - few):.1f} ms |")


if __name__ == "__main__":
    limited()
    small()
