"""A dask cluster of processes on this machine, and what each kind of them has used up."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

from distributed import Client

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

_TICKS = os.sysconf("SC_CLK_TCK")


class Crew:
    """A scheduler and some workers."""

    def __init__(self, address: str, scheduler: int, workers: list[int]) -> None:
        self.address, self._scheduler, self._workers = address, scheduler, workers

    def used(self) -> tuple[float, float]:
        """Return the CPU seconds of the scheduler, and of the workers together, since they were started."""
        return _used(self._scheduler), sum(map(_used, self._workers))


@contextmanager
def crew(workers: int, threads: int, folder: Path, environment: Mapping[str, str]) -> Iterator[Crew]:
    """Run a cluster while the block lasts; it begins when all workers are there.

    Args:
        workers: how many processes.
        threads: of each.
        folder: where they may write.
        environment: what is added to this process's.
    """
    file = folder / "scheduler.json"
    common = [f"--scheduler-file={file}", "--no-dashboard", "--host=127.0.0.1"]
    own = ["--no-nanny", f"--nthreads={threads}", "--memory-limit=0", f"--local-directory={folder}"]
    processes = [_start("dask_scheduler", [*common, "--port=0"], folder, environment)]
    try:
        processes += [_start("dask_worker", [*common, *own], folder, environment) for _ in range(workers)]
        with Client(scheduler_file=str(file), timeout=30) as client:
            client.wait_for_workers(workers, timeout=60)
        address = json.loads(file.read_text(encoding="utf-8"))["address"]
        yield Crew(address, processes[0].pid, [process.pid for process in processes[1:]])
    finally:
        for process in reversed(processes):
            process.terminate()
            process.wait()
        file.unlink(missing_ok=True)


def _start(program: str, flags: list[str], folder: Path, environment: Mapping[str, str]) -> subprocess.Popen[bytes]:
    command = [sys.executable, "-m", f"distributed.cli.{program}", *flags]
    with (folder / "cluster.log").open("ab") as log:
        return subprocess.Popen(command, cwd=folder, env=os.environ | environment, stdout=log, stderr=log)


def _used(pid: int) -> float:
    fields = Path(f"/proc/{pid}/stat").read_text(encoding="utf-8").rpartition(")")[2].split()
    return (int(fields[11]) + int(fields[12])) / _TICKS
