"""The story of a campaign: chapter after chapter, life after life, a proof after each death, and a good end."""

from __future__ import annotations

import random
import time
from collections import Counter
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING

from . import job
from .life import Life
from .moments import moments
from .proof import Proof, torn

if TYPE_CHECKING:
    from collections.abc import Callable

    from m2msync.sandbox.serve import Sandbox

    from .job import Chapter
    from .moments import Moment

ROLLBACK = 1 << 16
_SHARE = 0.02
_FLOWING = 0.7  # seconds of a life in which bytes flow, about


@dataclass
class Report:
    """The figures of a campaign."""

    files: int
    size: int
    kills: int = 0
    ended: int = 0
    aimed: Counter[str] = field(default_factory=Counter)
    met: Counter[str] = field(default_factory=Counter)
    unrecorded: int = 0
    taken_over: int = 0
    refetched: int = 0
    twice: int = 0
    allowed: int = 0
    ordered_twice: int = 0
    whole_twice: int = 0
    last_runs: list[float] = field(default_factory=list)
    seconds: float = 0.0


def wage(
    box: Sandbox,
    folder: Path,
    chapters: list[Chapter],
    *,
    kills: int,
    connections: int,
    seed: int,
    tell: Callable[[str], object],
) -> Report:
    """Kill the command again and again, prove after each death that nothing is wrong, and let it end well."""
    begun, dice = time.monotonic(), random.Random(seed)
    announced = {path: file for chapter in chapters for path, file in chapter.files.items()}
    report = Report(sum(len(c.products) for c in chapters), sum(c.size for c in chapters))
    proof = Proof(folder / "data", announced, box.counts, connections)
    sent, twice = box.counts.bytes.total(), _twice(box)
    for chapter, number in zip(chapters, _shares(kills, len(chapters)), strict=True):
        planned = moments(dice, number, landings=len(chapter.products) > 1)
        for n, moment in enumerate(planned):
            box.faults.clear()
            box.faults.add(file="*", kind="trickle", rate=_pace(chapter, folder, number - n, connections, dice))
            tell(_die(box, folder, chapter, moment, proof, report))
    box.faults.clear()
    for chapter in chapters:
        _finish(box, folder, chapter, report)
    proof.check()
    assert not proof.owed
    assert not list((folder / "data" / ".m2msync" / "partial").iterdir())
    assert not list((folder / "data").rglob("*.draft"))
    report.taken_over, report.refetched = proof.taken_over, proof.refetched
    report.twice = box.counts.bytes.total() - sent - report.size
    report.allowed = int(_SHARE * report.size) + ROLLBACK * report.kills * connections
    report.ordered_twice, report.whole_twice = (now - then for now, then in zip(_twice(box), twice, strict=True))
    report.seconds = time.monotonic() - begun
    return report


def _twice(box: Sandbox) -> tuple[int, int]:
    return box.counts.ordered_twice.total(), box.counts.refetched_in_full.total()


def _shares(total: int, number: int) -> list[int]:
    return [total // number + (n < total % number) for n in range(number)]


def _pace(chapter: Chapter, folder: Path, left: int, connections: int, dice: random.Random) -> int:
    """Return a rate for each connection with which the chapter is done when its last life is over, about."""
    data = folder / "data"
    landed = {Path(path).name for path in chapter.files if (data / path).exists()}
    done = sum(file.size for name, file in chapter.products.items() if name in landed)
    kept = sum(path.stat().st_size for path in (data / ".m2msync" / "partial").glob("*.part"))
    rate = (chapter.size - done - kept) / left / connections / _FLOWING * dice.uniform(0.6, 1.4)
    return int(min(max(rate, 30_000), 8_000_000))


def _die(box: Sandbox, folder: Path, chapter: Chapter, moment: Moment, proof: Proof, report: Report) -> str:
    life = Life(box, folder, chapter.manifest, moment)
    if not life.end():
        report.ended += 1
        proof.check()
        return f"{chapter.manifest}: it had ended before {moment.what}"
    phase = _phase(life, moment, proof, report)
    report.kills += 1
    report.aimed[moment.what] += 1
    report.met[phase] += 1
    return f"{chapter.manifest}: killed {report.kills}, aimed at {moment.what}, met {phase}"


def _phase(life: Life, moment: Moment, proof: Proof, report: Report) -> str:
    """Prove that nothing is wrong, and return what it died in, as it shows."""
    call, within = life.calling(), torn(proof.store / ".m2msync" / "catalog.db")
    unrecorded = proof.check()
    report.unrecorded += unrecorded
    if within:
        return "within a commit"
    if unrecorded:
        return "between rename and record"
    if life.by_its_timer:
        return f"about a {moment.what}"
    if call:
        return f"in {call}"
    if not life.had_called():
        return "starting"
    partial = proof.store / ".m2msync" / "partial"
    return "fetching" if any(partial.glob("*")) else "between steps"


def _finish(box: Sandbox, folder: Path, chapter: Chapter, report: Report) -> None:
    begun = time.monotonic()
    assert job.run(box, folder, "apply", chapter.manifest)["status"] == "success"
    report.last_runs.append(time.monotonic() - begun)
    again = job.run(box, folder, "apply", chapter.manifest)["summary"]
    assert (again["got"], again["kept"], again["failed"]) == (0, len(chapter.products), 0)
