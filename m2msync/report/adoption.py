"""An adoption as lines of text: what was taken in, and why the rest was not."""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING

from m2msync.report.tables import FEW, listed, unpainted
from m2msync.report.text import count, plain, size

if TYPE_CHECKING:
    from collections.abc import Iterator

    from m2msync.core.adoption import Adoption, Fated
    from m2msync.report.tables import Paint

TROUBLES = ("refused", "unreadable", "duplicate")
"""Fates that a person may want to do something about; the others are counted."""


def adoption_lines(
    adoption: Adoption, *, command: str, full: bool = False, paint: Paint = unpainted
) -> Iterator[str]:
    """Tell what was adopted and how, each file that was not and why, and what is still to be fetched.

    Args:
        adoption: what to tell.
        command: the command that fetches the rest.
        full: list every file that has to do with the manifest.
        paint: colours a text, given the name of a colour.
    """
    ranks = {fate: rank for rank, fate in enumerate(("adopted", "held", *reversed(TROUBLES)))}
    shown = [f for f in adoption.files if full or f.fate in TROUBLES]
    shown.sort(key=lambda f: (ranks[f.fate], f.reason))
    yield from listed([(f.fate, f.reason, f.path) for f in shown], limit=None if full else FEW, paint=paint)
    yield _adopted(adoption)
    yield from _others(adoption)
    yield _rest(adoption, command)


def _adopted(adoption: Adoption) -> str:
    adopted = [f for f in adoption.files if f.fate == "adopted"]
    verb = "Would adopt" if adoption.dry_run else "Adopted"
    if not adopted:
        return f"{verb} nothing from {plain(adoption.folder)}."
    return f"{verb} {count(len(adopted), 'file')} ({size(sum(f.size for f in adopted))}): {_ways(adopted)}."


def _ways(adopted: list[Fated]) -> str:
    return ", ".join(f"{number:,} {way}" for way, number in sorted(Counter(f.reason for f in adopted).items()))


def _others(adoption: Adoption) -> Iterator[str]:
    total = adoption.summary()
    told = {
        "held": "of products that the store has already",
        "duplicate": "of products that another file was adopted for",
        "refused": "refused",
        "unreadable": "that could not be read",
    }
    for fate, words in told.items():
        if total[fate]:
            yield f"{count(total[fate], 'file')} {words}."
    for reason, number in sorted(adoption.unwanted.items()):
        yield f"{count(number, 'file')} not wanted: {plain(reason)}."


def _rest(adoption: Adoption, command: str) -> str:
    if adoption.interrupted:
        return "Interrupted; run the same command again to go on."
    if not adoption.missing:
        return "Nothing is left to be fetched."
    verb = "is" if adoption.missing == 1 else "are"
    return f"{count(adoption.missing, 'wanted file')} {verb} still to be fetched: {command}"
