"""An adoption as lines of text: what was taken in, and why the rest was not."""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING

from m2msync.core.adoption import FATES
from m2msync.report.tables import FEW, listed
from m2msync.report.text import count, plain, size, unpainted

if TYPE_CHECKING:
    from collections.abc import Iterator

    from m2msync.core.adoption import Adoption
    from m2msync.report.text import Paint


def adoption_lines(
    adoption: Adoption, *, command: str, full: bool = False, paint: Paint = unpainted
) -> Iterator[str]:
    """Tell what was adopted and how, each file that was not and why, and what is still to be fetched.

    Args:
        adoption: what to tell.
        command: the command that fetches the rest.
        full: list every file that was adopted, or might have been.
        paint: colours a text, given the name of a colour.
    """
    shown = [f for f in adoption.files if full or f.fate != "adopted"]
    shown.sort(key=lambda f: (FATES.index(f.fate), f.reason, f.path))
    yield from listed([(f.fate, f.reason, f.path) for f in shown], limit=None if full else FEW, paint=paint)
    yield _adopted(adoption)
    yield from _others(adoption)
    yield _rest(adoption, command)


def _adopted(adoption: Adoption) -> str:
    adopted = [f for f in adoption.files if f.fate == "adopted"]
    verb = "Would adopt" if adoption.dry_run else "Adopted"
    if not adopted:
        return f"{verb} nothing from {plain(adoption.folder)}."
    ways = sorted(Counter(f.reason for f in adopted).items())
    told = ", ".join(f"{number:,} {way}" for way, number in ways)
    return f"{verb} {count(len(adopted), 'file')} ({size(sum(f.size for f in adopted))}): {told}."


def _others(adoption: Adoption) -> Iterator[str]:
    """Tell how many files were not adopted; those that have a reason each are named elsewhere."""
    groups: Counter[str] = Counter()
    for (fate, reason), number in sorted(adoption.groups().items(), key=lambda group: FATES.index(group[0][0])):
        if fate in ("refused", "unreadable"):
            groups[fate] += number
        elif fate != "adopted":
            groups[f"{fate}: {plain(reason)}"] += number
    if groups:
        yield "Left alone:"
        width = max(len(f"{number:,}") for number in groups.values())
        yield from (f"  {number:>{width},} {told}" for told, number in groups.items())


def _rest(adoption: Adoption, command: str) -> str:
    if adoption.interrupted:
        return "Interrupted; the same command goes on where this one ended."
    if not adoption.missing:
        return "Nothing is left to be fetched."
    verb = "is" if adoption.missing == 1 else "are"
    return f"{count(adoption.missing, 'wanted file')} {verb} still to be fetched: {command}"
