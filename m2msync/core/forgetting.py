"""Which products a person means who names some, and what forgetting them, or undoing that, has changed."""

from __future__ import annotations

from bisect import bisect
from dataclasses import dataclass, replace
from fnmatch import fnmatchcase
from typing import TYPE_CHECKING, Any

from m2msync.core.errors import UsageError
from m2msync.core.wording import nearest

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from m2msync.core.holding import Known, State

_NEIGHBOURS = 500
"""How many names on either side of an unknown one are looked at for a near one."""


@dataclass(frozen=True, slots=True)
class Chosen:
    """One product that was named, and what becomes of it."""

    product: Known
    state: State
    reason: str
    changed: bool
    files: tuple[str, ...]
    """Paths of its recorded copies that are in the store."""
    bytes: int
    """Bytes of these; linked files share theirs."""
    elsewhere: str
    """Another manifest that wants it; empty when none does."""

    def to_json(self) -> dict[str, Any]:
        """Return the contract's keys of a product (schemas/forget.schema.json)."""
        return {
            "key": self.product.key,
            "before": self.product.state,
            "state": self.state,
            "reason": self.reason,
            "changed": self.changed,
            "files": list(self.files),
            "bytes": self.bytes,
            "wanted_by": self.elsewhere or None,
        }


@dataclass(frozen=True, slots=True)
class Forgotten:
    """What forgetting products, or undoing that, has changed."""

    manifest: str
    undo: bool
    products: tuple[Chosen, ...]

    def summary(self) -> dict[str, int]:
        """Return the counts of `forget --json`."""
        changed = sum(1 for p in self.products if p.changed)
        return {
            "changed": changed,
            "unchanged": len(self.products) - changed,
            "files": sum(len(p.files) for p in self.products),
            "bytes": sum(p.bytes for p in self.products),
        }

    def to_json(self) -> dict[str, Any]:
        """Return it as one JSON object (schemas/forget.schema.json)."""
        return {
            "schema_version": 1,
            "kind": "forget",
            "manifest": self.manifest,
            "undo": self.undo,
            "summary": self.summary(),
            "products": [p.to_json() for p in self.products],
        }


def pick(words: Iterable[str], known: Iterable[Known]) -> tuple[Known, ...]:
    """Return the products that the words mean, ordered by key.

    Args:
        words: keys, file names, display ids or paths in the store; or globs of any of these.
        known: the products to choose from.

    Raises:
        UsageError: some words mean nothing; all of them are told, with what may have been meant.
    """
    names: dict[str, list[Known]] = {}
    for product in known:
        for name in {product.key, product.key.partition("/")[2], product.display_id, *product.paths}:
            names.setdefault(name, []).append(product)
    if not names:
        raise UsageError(
            "no product of this manifest is known yet; nothing was changed",
            hint="An apply, even one that is interrupted, has to find out first what there is.",
        )
    meant = {word: _named(word, names) for word in words}
    unknown = [word for word, products in meant.items() if not products]
    if unknown:
        raise _unknown(unknown, names)
    chosen = {p.key: p for products in meant.values() for p in products}
    return tuple(chosen[key] for key in sorted(chosen))


def forgotten(chosen: Chosen, text: str, day: str) -> Chosen:
    """Return the product tombstoned; one that a person forgot before keeps its reason unless a new one is given.

    Args:
        chosen: the product as it is.
        text: why, in a person's words; may be empty.
        day: today.
    """
    product = chosen.product
    reason = f"forgotten {day}: {text}" if text else f"forgotten {day}"
    if product.state == "tombstoned" and product.pruned_under is None:
        told = product.reason.partition(": ")[2]
        if text in ("", told):
            return chosen
    return replace(chosen, state="tombstoned", reason=reason, changed=True)


def remembered(chosen: Chosen) -> Chosen:
    """Return the product without its tombstone: held when there is a file of it, else wanted."""
    if chosen.product.state != "tombstoned":
        return chosen
    return replace(chosen, state="held" if chosen.files else "wanted", reason="no longer forgotten", changed=True)


def _named(word: str, names: dict[str, list[Known]]) -> list[Known]:
    if word in names or not any(sign in word for sign in "*?["):
        return names.get(word, [])
    return [product for name, products in names.items() if fnmatchcase(name, word) for product in products]


def _unknown(words: Sequence[str], names: Iterable[str]) -> UsageError:
    ordered = sorted(names)
    lines = []
    for word in words:
        # Comparing with every name of a large catalog would take minutes; a slip is seldom at the front.
        at = bisect(ordered, word)
        near = nearest(word, ordered[max(0, at - _NEIGHBOURS) : at + _NEIGHBOURS])
        lines.append(f"{word}: did you mean {near}?" if near else f"{word}: nothing is called like that")
    number = "one name means" if len(words) == 1 else f"{len(words)} names mean"
    return UsageError(f"{number} no product of this manifest; nothing was changed", hint="\n".join(lines))
