"""Why images are wanted or not, as lines of text: counted by reason, and one line an image."""

from __future__ import annotations

from itertools import groupby
from typing import TYPE_CHECKING

from m2msync.report.text import count, plain

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping

    from m2msync.core.verdicts import Ground, Verdict
    from m2msync.report.text import Paint

_PASSED_OVER: Mapping[Ground, str] = {
    "outranked": "others come first",
    "outdated": "a later processing exists",
    "tier": "the tier is not wanted",
    "lacking": "a wanted band is missing",
}


def verdict_lines(verdicts: Iterable[Verdict], *, paint: Paint) -> Iterator[str]:
    """Tell of every scene how many of its images are kept and passed over for which reason, and of each image why.

    Args:
        verdicts: those of a scene together, and of these those of a ground.
        paint: colours a text, given the name of a colour.
    """
    for (dataset, scene), group in groupby(verdicts, key=lambda v: (v.dataset, v.scene)):
        several = list(group)
        kept = sum(verdict.ground == "kept" for verdict in several)
        yield f"{plain(dataset)} in {plain(scene)}: {kept:,} of {count(len(several), 'image')} kept"
        width = max(len(verdict.display_id) for verdict in several)
        for ground, judged in groupby(several, key=lambda v: v.ground):
            yield from _of_ground(ground, list(judged), width, paint)
        yield ""


def _of_ground(ground: Ground, verdicts: list[Verdict], width: int, paint: Paint) -> Iterator[str]:
    if ground == "kept":
        yield f"  {paint('kept', 'green')}: {len(verdicts):,}"
    else:
        yield f"  {paint('passed over', 'yellow')}: {len(verdicts):,}, as {_PASSED_OVER[ground]}"
    yield from (f"    {plain(v.display_id):<{width}}  {plain(v.reason)}" for v in verdicts)
