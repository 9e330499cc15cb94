"""A plan, a result and a status as lines of text, within 80 columns where the names allow it."""

from __future__ import annotations

from collections import Counter, defaultdict
from itertools import groupby
from textwrap import wrap
from typing import TYPE_CHECKING

from m2msync.core.plan import FETCHING, VERBS, Plan
from m2msync.report.text import count, duration, plain, size, unpainted
from m2msync.report.verdicts import verdict_lines

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from m2msync.core.lock import Locked
    from m2msync.core.result import Result, Standing, Status
    from m2msync.report.text import Paint

    Entry = tuple[str, str, str]
    """What is said of a product: its verb or state, the reason, and the line that names it."""

FEW = 20
"""How many changes, problems or regions of a dataset are listed unless everything is asked for."""
WIDTH = 80
NEEDS_A_PERSON = (4, 5, 9)
"""Exit codes after which the same command would end the same way: manifest, account, lock or plan is at fault."""
RANKS: dict[str, int] = {verb: rank for rank, verb in enumerate(VERBS)}
STATES = ("damaged", "failed", "missing", "orphan")
COLOURS = {
    "get": "green",
    "refetch": "yellow",
    "supersede": "yellow",
    "unavailable": "red",
    "damaged": "red",
    "failed": "red",
    "missing": "yellow",
    "delete": "red",
    "move": "yellow",
    "adopted": "green",
    "duplicate": "yellow",
    "refused": "red",
    "differing": "red",
    "unreadable": "red",
}


def plan_lines(
    plan: Plan, *, command: str, free: int | None = None, full: bool = False, paint: Paint = unpainted
) -> Iterator[str]:
    """Tell what an apply would do: counts per dataset and region, the changes with their reasons, the totals.

    Args:
        plan: what to tell.
        command: the command that carries the plan out.
        free: bytes free where the store is, None when unknown.
        full: list every change and every region; what became of each image the plan tells, if it was asked.
        paint: colours a text, given the name of a colour.
    """
    yield from verdict_lines(plan.verdicts, paint=paint)
    if plan.actions or plan.kept:
        yield from _table(list(_overview(plan, full=full)))
        yield ""
    verbs = FETCHING | {"unavailable"} | ({"tombstoned"} if full else set())
    told = [a for a in plan.actions if a.verb in verbs]
    told.sort(key=lambda a: (RANKS[a.verb], a.reason))
    width = max((len(a.key) for a in told), default=0)
    entries = [
        (a.verb, a.reason, f"{a.key:<{width}}  {_measured(a.size or 0, unknown=a.size is None):>7}") for a in told
    ]
    yield from listed(entries, limit=None if full else FEW, paint=paint)
    yield from wrap(_totals(plan), WIDTH)
    if plan.pending:
        yield from wrap(_cost(plan, free), WIDTH)
        if plan.quota_left is not None and plan.orders > plan.quota_left:
            yield "That does not fit into one window of 15 minutes; with --wait, apply waits for the next."
        yield f"To do it: {command}"


def result_lines(result: Result, *, store: str, command: str, paint: Paint = unpainted) -> Iterator[str]:
    """Tell what an apply did, name every failure, and say how to go on.

    Args:
        result: what to tell.
        store: where the files are; empty when that is not known.
        command: the command that goes on with the work.
        paint: colours a text, given the name of a colour.
    """
    yield _done(result)
    if store:
        yield f"Store: {plain(store)}"
    failures = sorted(result.failed, key=lambda f: (f.rerun_helps, f.reason))
    final = {False: " (running again will not help)", True: ""}
    entries = [("failed", f.reason + final[f.rerun_helps], f.key) for f in failures]
    yield from listed(entries, limit=None, paint=paint)
    if len(failures) > FEW:
        # The first lines are far away by now.
        yield from (f"{n:>7,} {reason}" for (_, reason), n in Counter(e[:2] for e in entries).most_common(FEW))
        yield _done(result)
    again = sum(f.rerun_helps for f in failures)
    if again:
        yield f"Running again may get {again:,} of the {count(len(failures), 'failed file')}: {command}"
    elif result.status not in {"success", "partial"} and result.exit_code not in NEEDS_A_PERSON:
        yield f"What had arrived is kept. To go on: {command}"


def lock_lines(locked: Locked, *, full: bool = False, paint: Paint = unpainted) -> Iterator[str]:
    """Tell what became of a lock: how many products it holds, and how it differs from before.

    Args:
        locked: what to tell.
        full: list every difference.
        paint: colours a text, given the name of a colour.
    """
    differences = [("replaced", "the image was reprocessed", f"{a} -> {b}") for a, b in locked.replaced]
    differences += [("added", "not locked before", key) for key in locked.added]
    differences += [("removed", "locked no longer", key) for key in locked.removed]
    yield from listed(differences, limit=None if full else FEW, paint=paint)
    complete = "all" if locked.complete == locked.products else f"{locked.complete:,}"
    known = f", {complete} with size and digest" if locked.products else ""
    fate = "written" if locked.changed else "unchanged"
    yield f"{plain(locked.path)}: {count(locked.products, 'product')}{known}; {fate}."


def status_lines(
    status: Status, problems: Sequence[Standing], *, command: str, full: bool = False, paint: Paint = unpainted
) -> Iterator[str]:
    """Tell how manifest, catalog and disk compare, and what is wrong with which file.

    Args:
        status: the counts to tell.
        problems: those of its problems that shall be listed.
        command: the command that repairs what can be repaired.
        full: list every problem.
        paint: colours a text, given the name of a colour.
    """
    yield _standing(status)
    yield f"Last apply: {plain(status.last_run or 'never')}"
    if status.edited:
        yield "The manifest has been changed since then; plan and apply tell what it wants now."
    ranked = sorted(problems, key=lambda p: (STATES.index(p.state), p.reason))
    yield from listed([(p.state, p.reason, p.key) for p in ranked], limit=None if full else FEW, paint=paint)
    if any(p.state != "orphan" for p in status.problems):
        yield f"To go on: {command}"


def _overview(plan: Plan, *, full: bool) -> Iterator[tuple[str, ...]]:
    """Yield one row per dataset, region and verb; the regions of a dataset are summed up when they are many."""
    yield "dataset", "region", "verb", "files", "bytes"
    regions: defaultdict[str, set[str]] = defaultdict(set)
    for dataset, region, *_ in _counts(plan):
        regions[dataset].add(region)
    rows: defaultdict[tuple[str, str, str], list[int]] = defaultdict(lambda: [0, 0, 0])
    for dataset, region, verb, *numbers in _counts(plan):
        many = len(regions[dataset])
        shown = region if full or many <= FEW else f"({many:,} regions)"
        rows[dataset, shown, verb] = [sum(both) for both in zip(rows[dataset, shown, verb], numbers, strict=True)]
    for (dataset, region, verb), (files, known, unknown) in sorted(
        rows.items(), key=lambda row: (*row[0][:2], RANKS[row[0][2]])
    ):
        yield plain(dataset), plain(region), verb, f"{files:,}", _measured(known, unknown=unknown > 0)


def _counts(plan: Plan) -> Iterator[tuple[str, str, str, int, int, int]]:
    """Yield dataset, region, verb, files, bytes, and how many of the files are of unknown size."""
    yield from ((k.dataset, k.region, "keep", k.files, k.bytes, 0) for k in plan.kept)
    yield from ((a.dataset, a.region, a.verb, 1, a.size or 0, a.size is None) for a in plan.actions)


def _measured(known: int, *, unknown: bool) -> str:
    if not unknown:
        return size(known)
    return f"> {size(known)}" if known else "?"


def _table(rows: Sequence[Sequence[str]]) -> Iterator[str]:
    """Align the rows; the last two columns are numbers, and a cell equal to the one above is left blank."""
    widths = [max(map(len, column)) for column in zip(*rows, strict=True)]
    above: Sequence[str] = [""] * len(widths)
    for row in rows:
        names = ["" if row[: i + 1] == above[: i + 1] else row[i] for i in range(2)] + [row[2]]
        left = [cell.ljust(width) for cell, width in zip(names, widths, strict=False)]
        right = [cell.rjust(width) for cell, width in zip(row[3:], widths[3:], strict=True)]
        yield "  ".join(left + right).rstrip()
        above = row


def listed(entries: Sequence[Entry], *, limit: int | None, paint: Paint) -> Iterator[str]:
    """List entries under a heading for each reason; they come sorted, so that a reason is said once."""
    for (verb, reason), group in groupby(entries[:limit], key=lambda entry: entry[:2]):
        yield f"{paint(verb, COLOURS.get(verb, 'reset'))}: {plain(reason)}"
        yield from (f"  {plain(line)}" for _, _, line in group)
    if limit is not None and len(entries) > limit:
        yield f"  and {len(entries) - limit:,} more (-v lists them all)"
    if entries:
        yield ""


def _totals(plan: Plan) -> str:
    total = plan.summary()
    if not plan.pending:
        rest = f", except for {count(total['unavailable'], 'unavailable file')}" if total["unavailable"] else ""
        return f"No changes. The store matches the manifest{rest}."
    parts = [
        f"{total['get']:,} to get",
        f"{total['refetch']:,} to refetch",
        f"{total['superseded']:,} to supersede",
        f"{total['keep']:,} kept",
        f"{total['unavailable']:,} unavailable",
        f"{total['orphan']:,} no longer wanted",
        f"{total['tombstoned']:,} deleted on purpose",
    ]
    return f"Plan: {', '.join(p for p in parts if not p.startswith('0 '))}."


def _cost(plan: Plan, free: int | None) -> str:
    total = plan.summary()
    room = "" if free is None else f" of {size(free)} free"
    calls = f"about {count(total['api_calls'], 'API call')}"
    left = "" if plan.quota_left is None else f"the {plan.quota_left:,} left in "
    return f"It takes {size(total['bytes_to_get'])}{room}, {calls} and {plan.orders:,} of {left}the download quota."


def _done(result: Result) -> str:
    if result.status == "success" and not result.got:
        return f"Nothing to do; {count(result.kept, 'file')} in place."
    kept = f"; {result.kept:,} already in place" if result.kept else ""
    failed = f"; {len(result.failed):,} failed" if result.failed else ""
    return f"Got {count(result.got, 'file')} ({size(result.bytes)}) in {duration(result.seconds)}{kept}{failed}."


def _standing(status: Status) -> str:
    total = status.summary()
    if not status.wanted and status.last_run is None:
        return "Nothing is known yet: no search has been made for this manifest."
    held = f"{status.held:,} of {count(status.wanted, 'wanted file')} held ({size(status.bytes_held)})"
    parts = [f"{total[state]:,} {state}" for state in ("missing", "failed", "damaged") if total[state]]
    parts += [f"{total['orphan']:,} no longer wanted"] if total["orphan"] else []
    return "; ".join([held, ", ".join(parts)] if parts else [held]) + "."
