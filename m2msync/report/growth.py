"""How an archive grew: the files that all runs together have got, over time, as shapes of a drawing."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING

from m2msync.report.text import count, size

if TYPE_CHECKING:
    from collections.abc import Sequence

    from m2msync.core.overview import PastRun

WIDE, HIGH = 1000, 150
MARKS = 500
_EDGE = 8  # around the drawing, so that the marks at its ends are whole


@dataclass(frozen=True, slots=True)
class Mark:
    """One run: where it stands, and what it was."""

    x: float
    y: float
    status: str
    told: str


@dataclass(frozen=True, slots=True)
class Growth:
    """The drawing, in a frame of WIDE times HIGH, with y downwards."""

    line: str
    """A path in steps, as SVG writes it."""
    area: str
    """The same, closed along the bottom."""
    marks: tuple[Mark, ...]
    """Of runs that did something, or did not end well; the latest of them."""
    runs: int
    first: str
    """When the first run began, to the day."""
    last: str
    files: int
    bytes: int


def growth(runs: Sequence[PastRun]) -> Growth | None:
    """Return how an archive grew, None while there is nothing to draw.

    Args:
        runs: the latest first.
    """
    old = list(reversed(runs))
    files = sum(run.got for run in old)
    if len(old) < 2 or not files:  # noqa: PLR2004 - two make a line
        return None
    times = [datetime.fromisoformat(run.started).timestamp() for run in old]
    across = (WIDE - 2 * _EDGE) / max(times[-1] - times[0], 1e-3)
    up = (HIGH - 2 * _EDGE) / files
    steps, marks, got = [f"M{_EDGE},{HIGH - _EDGE}"], list[Mark](), 0
    for run, time in zip(old, times, strict=True):
        got += run.got
        x, y = round(_EDGE + (time - times[0]) * across, 1), round(HIGH - _EDGE - got * up, 1)
        if run.got or run is old[-1]:
            steps.append(f"H{x}V{y}")
        if run.got or run.status != "success":
            marks.append(Mark(x, y, run.status, _told(run)))
    line = "".join(steps)
    return Growth(
        line,
        f"{line}V{HIGH - _EDGE}Z",
        tuple(marks[-MARKS:]),
        len(old),
        old[0].started[:10],
        old[-1].started[:10],
        files,
        sum(run.bytes for run in old),
    )


def _told(run: PastRun) -> str:
    began, failed = run.started[:16].replace("T", " "), f", {run.failed:,} failed" if run.failed else ""
    return f"{began}: got {count(run.got, 'file')}, {size(run.bytes)}{failed}; {run.status}"
