"""How far a run has come, drawn as lines that fit the terminal they are for."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING

from m2msync.report.text import count, duration, plain, size

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from m2msync.report.progress import Progress, Transfer

BAR = 16
"""Columns of a transfer's bar at most."""
SHORTEST = 4
"""Columns of any bar at least."""
NAME = 47
"""Columns of a Landsat band's file name."""
NARROW = 60
"""Columns below which a transfer has no bar of its own."""
SOON = 100
"""Seconds of a wait that are counted down; of a longer one the end is told."""
WAITS = 2
"""How many reasons to wait are drawn."""


@dataclass(frozen=True, slots=True)
class Paper:
    """What there is to draw on: columns, lines, and whether its characters are those of ASCII only."""

    width: int
    height: int = 24
    ascii: bool = False

    @property
    def glyphs(self) -> tuple[str, str, str]:
        """What is done, what is not, and what stands for the rest of a name."""
        return ("#", "-", "..") if self.ascii else ("\u2501", "\u254c", "\u2026")

    @property
    def lines(self) -> int:
        """How many lines are used: at most half of them, so that what was told before stays in sight."""
        return max(self.height // 2, 3)


def drawing(progress: Progress, now: float, paper: Paper) -> list[str]:
    """Return the whole, what is waited for, and the transfers, as many as there is room for.

    Args:
        progress: of the run.
        now: seconds since 1970.
        paper: what there is to draw on.
    """
    top = [_overall(progress, now, paper), *_waits(progress, now)]
    rows = [_row(transfer, paper) for transfer in progress.running.values()]
    room = max(paper.lines - len(top), 1)
    if len(rows) > room:
        rows = [*rows[: room - 1], f"  and {len(rows) - room + 1} more"]
    return [plain(line)[: paper.width] for line in [top[0], *rows, *top[1:]]]


def _overall(progress: Progress, now: float, paper: Paper) -> str:
    label = progress.doing
    facts = [(rank, fact) for rank, fact in _facts(progress, now) if fact]
    if not facts or not (progress.files or progress.steps):
        return ", ".join(filter(None, [progress.summary(now), progress.lasting(now)]))
    # On a narrow terminal the least important are left out.
    while len(facts) > 1 and _columns(label, facts) + SHORTEST > paper.width:
        facts.remove(max(facts))
    room = paper.width - _columns(label, facts)
    bar = f" {_bar(progress.share, room, paper)}" if room >= SHORTEST else ""
    return f"{label}{bar}  {'  '.join(fact for _, fact in facts)}"


def _columns(label: str, facts: Iterable[tuple[int, str]]) -> int:
    return len(label) + 1 + sum(2 + len(fact) for _, fact in facts)


def _facts(progress: Progress, now: float) -> Iterator[tuple[int, str]]:
    """Yield what is told beside the bar, in its order, each with its rank when there is no room for all."""
    if progress.files:
        yield 0, f"{progress.files_done:,}/{count(progress.files, 'file')}"
        yield 3, f"{size(progress.bytes_done)}/{size(progress.bytes)}" if progress.bytes else ""
        yield 5, f"{size(progress.rate(now))}/s" if progress.rate(now) >= 1 else ""
        yield 4, f"{duration(progress.left(now))} left" if progress.left(now) else ""
    elif progress.steps:
        yield 0, f"{progress.steps_done:,}/{count(progress.steps, progress.unit)}"
        yield 2, count(progress.images, "image") if progress.images else ""
        yield 5, progress.lasting(now)
    yield 2, f"staging {progress.staging:,}" if progress.staging else ""
    yield 1, f"{progress.damaged:,} damaged" if progress.damaged else ""
    yield 1, f"{progress.failed:,} failed" if progress.failed else ""


def _waits(progress: Progress, now: float) -> list[str]:
    # The last ones, with the time first: a long sentence is cut at its end.
    return [f"  {_when(until, now)}: {reason}" for reason, until in progress.waits(now)[-WAITS:]]


def _when(until: float, now: float) -> str:
    if until - now < SOON:
        return f"waiting {max(round(until - now), 1)} s"
    return f"waiting until {datetime.fromtimestamp(until).astimezone():%H:%M}"


def _row(transfer: Transfer, paper: Paper) -> str:
    if not transfer.size:
        width = max(min(NAME, paper.width - 11), SHORTEST)
        return f"  {_clip(transfer.name, width, paper):<{width}}{size(transfer.moved):>9}"
    share = transfer.arrived / transfer.size
    if paper.width < NARROW:
        width = max(min(NAME, paper.width - 7), SHORTEST)
        return f"  {_clip(transfer.name, width, paper):<{width}} {share:>4.0%}"
    bar = max(min(BAR, paper.width - NAME - 16), SHORTEST)
    width = min(NAME, paper.width - bar - 16)
    name = _clip(transfer.name, width, paper)
    return f"  {name:<{width}} {_bar(share, bar, paper)} {share:>4.0%} {size(transfer.size):>7}"


def _clip(name: str, width: int, paper: Paper) -> str:
    """Return the end of a name, which tells more than its beginning."""
    rest = paper.glyphs[2]
    return name if len(name) <= width else f"{rest}{name[len(rest) - width :]}"


def _bar(share: float, width: int, paper: Paper) -> str:
    done, open_, _ = paper.glyphs
    full = int(min(share, 1) * width)
    return done * full + open_ * (width - full)
