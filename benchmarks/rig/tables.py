"""The figures as Markdown, for docs/performance.md."""

from __future__ import annotations

from typing import TYPE_CHECKING

from rig.measure import middle
from rig.workloads import US

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from rig.measure import Cost
    from rig.workloads import Target, Workload

Row = tuple[str, str, float, float]
"""What was to be reached: what, beside whom, how much it came to, at most how much."""
_MOST_MEMORY = 200  # MB


def of_workload(job: Workload, costs: Mapping[str, Sequence[Cost]]) -> Iterator[str]:
    """Yield the lines of one workload's table; ratios are to its first rival."""
    first = middle(costs[job.rivals[0]], "wall")
    yield from (f"### {job.letter}: {job.title}, {job.connections} connections", "")
    yield from (
        f"| | wall s, median (range) | : {job.rivals[0]} | CPU s | peak MB | |",
        "|---|---|---|---|---|---|",
    )
    for name, several in costs.items():
        walls = [cost.wall for cost in several]
        wall = middle(several, "wall")
        yield (
            f"| {name} | {wall:.2f} ({min(walls):.2f} to {max(walls):.2f}) | {wall / first:.2f}"
            f" | {middle(several, 'cpu'):.2f} | {_peak(several):.0f} | {_remarks(job, name, several)} |"
        )
    yield ""


def of_idle(costs: Mapping[str, Sequence[Cost]], answers: float) -> Iterator[str]:
    """Yield the lines of the table of commands that move nothing."""
    yield from ("### idle", "", "| | wall s | CPU s | peak MB |", "|---|---|---|---|")
    for name, several in costs.items():
        wall, cpu = middle(several, "wall"), middle(several, "cpu")
        yield f"| `{name}` | {wall:.3f} | {cpu:.3f} | {_peak(several):.0f} |"
    yield from ("", f"M2M's answers in a no-op apply: {answers:.3f} s.", "")


def of_targets(rows: Sequence[Row]) -> Iterator[str]:
    """Yield the lines of the table of what was to be reached."""
    yield from ("| what | beside | reached | at most | |", "|---|---|---|---|---|")
    for what, rival, reached, most in rows:
        yield f"| {what} | {rival} | {reached:.2f} | {most:g} | {'yes' if reached <= most else '**no**'} |"


def reached(job: Workload, costs: Mapping[str, Sequence[Cost]]) -> Iterator[Row]:
    """Yield the rows of a workload's targets, and of its memory."""
    for target in job.targets:
        what = f"{job.letter}: {job.title}" + (", CPU" if target.measure == "cpu" else "")
        yield what, target.rival, _ratio(target, costs), target.most
    yield f"{job.letter}: peak memory in MB", "", _peak(costs[US]), _MOST_MEMORY


def _ratio(target: Target, costs: Mapping[str, Sequence[Cost]]) -> float:
    return middle(costs[US], target.measure) / middle(costs[target.rival], target.measure)


def _peak(costs: Sequence[Cost]) -> float:
    return max(cost.peak for cost in costs) / 1e6


def _remarks(job: Workload, name: str, costs: Sequence[Cost]) -> str:
    said = []
    if name == "notebook" and job.notebook_scenes < job.scenes:
        said.append(f"{job.notebook_scenes} of {job.scenes} scenes, scaled")
    if codes := sorted({cost.code for cost in costs if cost.code}):
        said.append(f"**exit code {', '.join(map(str, codes))}**")
    if lost := max(cost.lost for cost in costs):
        said.append(f"**{lost} files lost**")
    return "; ".join(said)
