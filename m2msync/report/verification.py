"""A verify as lines of text."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from m2msync.core.verification import STATES
from m2msync.report.tables import FEW, listed, result_lines
from m2msync.report.text import count, duration, plain, size, unpainted

if TYPE_CHECKING:
    from collections.abc import Iterator

    from m2msync.core.verification import Verification
    from m2msync.report.text import Paint


@dataclass(frozen=True, slots=True)
class Commands:
    """What can be done next, each as a command to copy."""

    repair: str
    resume: str
    apply: str


def verification_lines(
    found: Verification, *, store: str, commands: Commands, full: bool = False, paint: Paint = unpainted
) -> Iterator[str]:
    """Tell what a verify has found, what became of it, and how to go on.

    Args:
        found: what to tell.
        store: where the files are.
        commands: what can be done next.
        full: list everything that is damaged or in no record.
        paint: colours a text, given the name of a colour.
    """
    yield _sum(found)
    yield f"Store: {plain(store)}"
    if found.fresh:
        yield f"{count(found.fresh, 'file')} had been verified lately; only presence and size were compared again."
    entries = [(STATES[f.symbol], f.reason, f.path) for f in found.damaged]
    entries.sort(key=lambda entry: entry[:2])
    yield from listed(entries, limit=None if full else FEW, paint=paint)
    if full:
        extra = [("extra", "on disk, not in the catalog", path) for path in found.extra]
        yield from listed(extra, limit=None, paint=paint)
    elif found.extra:
        yield f"Beside them {count(len(found.extra), 'file')} that the catalog does not know (-v lists them)."
    if found.unopened:
        yield f"Of {count(len(found.unopened), 'file')} some blocks were not opened: needs m2msync[raster]."
    yield from _outlook(found, commands, paint)


def _sum(found: Verification) -> str:
    copies, seconds = found.summary()["copies"], duration(found.seconds)
    took = f"{size(found.bytes)} read in {seconds}" if found.depth != "quick" else seconds
    damage = f"{len(found.damaged):,} of {count(int(copies), 'file')} damaged"
    if found.unreached:
        reached = int(copies) - found.unreached
        damaged = f", {len(found.damaged):,} of them damaged" if found.damaged else ""
        return f"Interrupted after {reached:,} of {count(int(copies), 'file')} ({took}){damaged}."
    if found.damaged:
        return f"{damage} ({took})."
    if not copies:
        return "Nothing is held, so there is nothing to verify."
    whole = "there, in the recorded size" if found.depth == "quick" else "as recorded"
    return f"All is well: {count(int(copies), 'file')} {whole} ({took})."


def _outlook(found: Verification, commands: Commands, paint: Paint) -> Iterator[str]:
    if found.repair is not None:
        yield from result_lines(found.repair, store="", command=commands.apply, paint=paint)
        yield "What was damaged lies in .m2msync/quarantine of the store, with the reason beside it."
    elif found.resume is not None:
        yield f"What was read is recorded. To go on: {commands.resume}"
    elif found.unreached:
        yield "Nothing was recorded; the next verify begins anew."
    elif found.damaged:
        yield f"To repair it: {commands.repair}"
