"""What a process costs from start to end: wall time, CPU and memory, its children included."""

from __future__ import annotations

import os
import subprocess
import time
from dataclasses import dataclass, replace
from statistics import median
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from pathlib import Path


@dataclass(frozen=True, slots=True)
class Cost:
    """One run of a process."""

    wall: float
    """Seconds."""
    cpu: float
    """Seconds of user and system time."""
    peak: int
    """Bytes of the largest resident set; at least that of this process, from which it was started."""
    code: int
    """Its exit code."""
    lost: int = 0
    """Files that were not there, or not whole, when it had ended."""

    def scaled(self, share: float) -> Cost:
        """Return the cost of the whole, when this was the cost of a share of it."""
        return replace(self, wall=self.wall / share, cpu=self.cpu / share)


def run(command: Sequence[str], *, folder: Path, log: Path, environment: Mapping[str, str]) -> Cost:
    """Run a command to its end and return what it cost.

    Args:
        command: the program and its arguments.
        folder: where it runs.
        log: takes what it prints.
        environment: what is added to this process's.
    """
    with log.open("wb") as out:
        begun = time.perf_counter()
        process = subprocess.Popen(
            command, cwd=folder, env=os.environ | environment, stdin=subprocess.DEVNULL, stdout=out, stderr=out
        )
        _, status, used = os.wait4(process.pid, 0)
        wall = time.perf_counter() - begun
    process.returncode = os.waitstatus_to_exitcode(status)
    return Cost(wall, used.ru_utime + used.ru_stime, used.ru_maxrss * 1024, process.returncode)


def middle(costs: Sequence[Cost], measure: str) -> float:
    """Return the median of one measure."""
    return float(median(getattr(cost, measure) for cost in costs))
