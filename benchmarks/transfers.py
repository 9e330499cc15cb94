"""Times whole transfers, M2M's API and all, beside aria2c, curl, the notebook's way and usgsxplore.

    .venv/bin/python benchmarks/transfers.py                 # everything, about an hour
    .venv/bin/python benchmarks/transfers.py --only a,idle   # some
    .venv/bin/python benchmarks/transfers.py --quick         # shows in a minute that the rig works

Prints a section of docs/performance.md. What it needs and how it works: benchmarks/README.md.
"""

from __future__ import annotations

import argparse
import compileall
import os
import shutil
import signal
import sys
import tempfile
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

from rig import idle, tables
from rig.hosting import hosting, port_of, relaying
from rig.machine import described, missing
from rig.measure import middle, run
from rig.rivals import CONTENDERS, prepare
from rig.workloads import US, WORKLOADS, quick

import m2msync

if TYPE_CHECKING:
    from rig.measure import Cost
    from rig.rivals import Task
    from rig.tables import Row
    from rig.workloads import Workload

ALL = [*(job.letter for job in WORKLOADS), "idle", "relay"]


def main() -> None:
    """Do what was asked for and print the tables."""
    asked = _arguments()
    signal.signal(signal.SIGTERM, lambda *_: sys.exit("ended"))  # and so is what was started
    if lacking := missing():
        raise SystemExit(lacking)
    # As pip does; with PYTHONDONTWRITEBYTECODE a checkout would be compiled anew at every start.
    compileall.compile_dir(Path(m2msync.__file__).parent, quiet=1)
    jobs = {job.letter: quick(job) if asked.quick else job for job in WORKLOADS}
    rows: list[Row] = []
    with tempfile.TemporaryDirectory(prefix="m2msync-bench-", dir=asked.folder) as name:
        folder = Path(name)
        print(f"Median of {asked.runs} whole-process runs, taken in turn. {described(folder)}\n", flush=True)
        for letter in asked.only:
            if letter == "idle":
                rows += _idle(jobs["f"], folder, asked.runs)
            elif letter == "relay":
                _relay(jobs["a"], folder, asked.runs)
            else:
                rows += _workload(jobs[letter], folder, asked.runs)
    print("\n".join(tables.of_targets(rows)))
    print(f"\nLoad of the machine at the end: {os.getloadavg()[0]:.1f}.", file=sys.stderr)


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=(__doc__ or "").partition("\n")[0])
    parser.add_argument("--runs", type=int, help="of each contender (5; with --quick 1)")
    parser.add_argument("--only", type=_letters, default=ALL, help=f"some of {','.join(ALL)}")
    parser.add_argument("--quick", action="store_true", help="small counts, to see that it works")
    parser.add_argument("--folder", type=Path, help="where contenders write (the system's temporary folder)")
    asked = parser.parse_args()
    asked.runs = asked.runs or (1 if asked.quick else 5)
    return asked


def _letters(text: str) -> list[str]:
    if unknown := set(text.split(",")) - set(ALL):
        raise argparse.ArgumentTypeError(f"there is no {' or '.join(sorted(unknown))}")
    return text.split(",")


def _workload(job: Workload, folder: Path, runs: int) -> list[Row]:
    with hosting(job) as host:
        task = prepare(job, host)
        costs = _in_turn(task, [US, *job.rivals], folder, runs)
    print("\n".join(tables.of_workload(job, costs)), flush=True)
    return list(tables.reached(job, costs))


def _in_turn(task: Task, names: list[str], folder: Path, runs: int) -> dict[str, list[Cost]]:
    """Run every contender so many times, in turn and beginning with another one each time."""
    costs: dict[str, list[Cost]] = {name: [] for name in names}
    for number in range(runs):
        for name in names[number % len(names) :] + names[: number % len(names)]:
            cost = _once(task, name, folder)
            costs[name].append(cost)
            told = f"{task.job.letter} {number + 1}/{runs} {name}: {cost.wall:.2f} s, CPU {cost.cpu:.2f} s"
            print(told, f"exit {cost.code}, {cost.lost} lost" if cost.code or cost.lost else "", file=sys.stderr)
    return costs


def _once(task: Task, name: str, folder: Path) -> Cost:
    """Run a contender in an empty folder, with nothing left to be written to the disk by the one before."""
    place = folder / "run"
    place.mkdir()
    attempt = CONTENDERS[name](task, place)
    os.sync()
    cost = run(attempt.command, folder=place, log=folder / "log", environment=task.host.environment)
    lost = attempt.files - task.arrived(place)
    if cost.code or lost:
        print((folder / "log").read_text(encoding="utf-8", errors="replace")[-2000:], file=sys.stderr)
    shutil.rmtree(place)
    return replace(cost.scaled(attempt.share), lost=lost)


def _idle(job: Workload, folder: Path, runs: int) -> list[Row]:
    with hosting(job) as host:
        costs, answers = idle.compared(prepare(job, host), folder, max(runs, 11))
    print("\n".join(tables.of_idle(costs, answers)), flush=True)
    return list(idle.rows(costs, answers))


def _relay(job: Workload, folder: Path, runs: int) -> None:
    """Show that the relay is not what limits: aria2c without it, and with it at no distance."""
    with hosting(replace(job, latency=0.0)) as host, relaying(port_of(host.origin), 0.0, always=True) as port:
        near = prepare(job, host)
        far = replace(near, host=replace(host, origin=f"https://127.0.0.1:{port}"))
        costs = [(_once(near, "aria2c", folder), _once(far, "aria2c", folder)) for _ in range(runs)]
    direct, through = (middle(several, "wall") for several in zip(*costs, strict=True))
    print(
        f"The relay alone: aria2c gets the files of {job.letter} in {direct:.2f} s, with it in {through:.2f} s.\n"
    )


if __name__ == "__main__":
    main()
