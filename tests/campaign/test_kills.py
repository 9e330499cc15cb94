"""A short campaign; `make campaign` wages the long one."""

from __future__ import annotations

from typing import TYPE_CHECKING

from m2msync.sandbox.behaviour import Behaviour
from m2msync.sandbox.serve import running

from . import job
from .campaign import wage

if TYPE_CHECKING:
    from pathlib import Path


def test_kill_9_at_any_moment_leaves_nothing_wrong(tmp_path: Path) -> None:
    with running(pixels=240, behaviour=Behaviour(latency=0.02)) as box:
        chapters = job.chapters(box, tmp_path, 1, connections=4, images=3, bundles=1)
        lines: list[str] = []
        report = wage(box, tmp_path, chapters, kills=12, connections=4, seed=1, tell=lines.append)
    # How fast a life gets on is a guess: one may have nothing left to do.
    assert report.kills + report.ended == 12, lines
    assert report.kills >= 9, lines
    assert len(report.met) >= 3, report.met  # it does not always die in the same place
    assert report.twice <= report.allowed
    assert report.ordered_twice == 0
