"""What pruning, forgetting and keeping found and changed, as lines of text."""

from __future__ import annotations

from textwrap import wrap
from typing import TYPE_CHECKING

from m2msync.core.surplus import FATES, LEAVING
from m2msync.report.tables import FEW, WIDTH, listed
from m2msync.report.text import count, plain, size, unpainted

if TYPE_CHECKING:
    from collections.abc import Iterator

    from m2msync.core.forgetting import Chosen, Forgotten
    from m2msync.core.safekeeping import Safekept
    from m2msync.core.surplus import Surplus
    from m2msync.report.text import Paint


def prune_lines(
    surplus: Surplus, *, command: str, most: int | None = None, full: bool = False, paint: Paint = unpainted
) -> Iterator[str]:
    """Tell which files are wanted no longer, what becomes or became of each, and how to go on.

    Args:
        surplus: what to tell.
        command: the command that deletes what is listed.
        most: how many files may go; None when nobody said.
        full: list every file.
        paint: colours a text, given the name of a colour.
    """
    ranked = sorted(surplus.leftovers, key=lambda x: (FATES.index(x.verb), x.reason))
    entries = [(x.verb, x.reason, f"{size(x.size):>7}  {x.path}") for x in ranked]
    yield from listed(entries, limit=None if full else FEW, paint=paint)
    yield from _wrapped(_totals(surplus))
    if surplus.done or not any(x.verb in (*LEAVING, "gone") for x in surplus.leftovers):
        return
    number = len(surplus.leaving)
    if surplus.exceeds(most):
        limit = f"half of the {surplus.held:,} held" if most is None else f"{most:,}"
        yield f"That is more than {limit}, so it takes --max-delete."
        most = number
    yield f"To do it: {command}{'' if most is None else f' --max-delete {most}'}"


def safekeeping_lines(kept: Safekept) -> Iterator[str]:
    """Tell which copy of the catalog replaced which."""
    source, target = f"the catalog {kept.catalog}", f"the store {kept.store}"
    if kept.way == "pull":
        source, target = target, source
    before = f", replacing serial {kept.replaced.serial}" if kept.replaced else ""
    yield plain(f"From {source} to {target}: serial {kept.edition.serial}, {size(kept.bytes).strip()}{before}.")


def forget_lines(
    forgotten: Forgotten, *, command: str, full: bool = False, paint: Paint = unpainted
) -> Iterator[str]:
    """Tell which products are forgotten, or no longer, and what is left of them in the store.

    Args:
        forgotten: what to tell.
        command: the command that lists what is left.
        full: list every product.
        paint: colours a text, given the name of a colour.
    """
    ranked = sorted(forgotten.products, key=lambda p: (not p.changed, p.state, p.reason))
    entries = [(p.state, _reason(p, forgotten), p.product.key) for p in ranked]
    yield from listed(entries, limit=None if full else FEW, paint=paint)
    total = forgotten.summary()
    done = "no longer forgotten" if forgotten.undo else "forgotten"
    rest = f"; {total['unchanged']:,} as before" if total["unchanged"] else ""
    yield f"{count(total['changed'], 'product')} {done}{rest}." if total["changed"] else "Nothing changed."
    if forgotten.undo:
        return
    others = sorted({p.elsewhere for p in forgotten.products if p.elsewhere})
    if others:
        yield from _wrapped(f"Other manifests want some of them too, and do without now: {', '.join(others)}.")
    if total["files"]:
        yield f"Still in the store: {count(total['files'], 'file')} ({size(total['bytes'])})."
        yield f"To delete them: {command}"


def _reason(chosen: Chosen, forgotten: Forgotten) -> str:
    return "was not forgotten" if forgotten.undo and not chosen.changed else chosen.reason


def _totals(surplus: Surplus) -> str:
    total = surplus.summary()
    if not surplus.leftovers:
        return f"Nothing to prune; {count(surplus.held, 'file')} held, all wanted."
    verb = "move" if surplus.trash else "delete"
    files = f"{count(len(surplus.leaving), 'file')} ({size(total['bytes'])})"
    told = f"{verb.capitalize()}d {files}" if surplus.done else f"{files} to {verb}"
    told += f" to {surplus.trash}" if surplus.trash and surplus.done else ""
    rest = [
        f"{total['gone']:,} gone already",
        f"{total['leave']:,} left alone",
        f"{total['failed']:,} could not be {verb}d",
    ]
    return f"{'; '.join([told, *(r for r in rest if not r.startswith('0 '))])}."


def _wrapped(text: str) -> list[str]:
    return wrap(plain(text), WIDTH, break_long_words=False, break_on_hyphens=False)
