"""The metadata filters of a manifest, as they are written and where; what they mean, only the dataset can tell."""

from __future__ import annotations

from datetime import date
from typing import TYPE_CHECKING, Any

from m2msync.core.fields import magnitude
from m2msync.core.model import AnyOf, Condition, Word

if TYPE_CHECKING:
    from m2msync.core.manifest.findings import Findings
    from m2msync.core.manifest.yaml12 import Place


ANY_OF = "any_of"
"""The key of groups of conditions, which stands among the names of filters."""


def read_conditions(findings: Findings, place: Place) -> tuple[Condition | AnyOf, ...]:
    """Return the conditions of the `metadata` at `place`, in an order that does not depend on their writing."""
    written = findings.sound(place) or {}
    conditions = [_condition(findings, (*place, name), value) for name, value in written.items() if name != ANY_OF]
    conditions.sort(key=lambda condition: condition.name.text)
    if ANY_OF not in written:
        return tuple(conditions)
    groups = [read_conditions(findings, (*place, ANY_OF, n)) for n in range(len(written[ANY_OF]))]
    return (*conditions, AnyOf(tuple(sorted(groups, key=repr))))


def check_conditions(findings: Findings, place: Place) -> None:
    """Note what does not go together in the `metadata` at `place`."""
    metadata = findings.at(place)
    for name, written in metadata.items() if isinstance(metadata, dict) else ():
        here = (*place, name)
        if name == ANY_OF:
            for n in range(len(written) if isinstance(written, list) else 0):
                check_conditions(findings, (*here, n))
            continue
        for kind in ("any", "not"):
            check_distinct(findings, (*here, kind))
        check_limits(findings, (*here, "between"))
        if isinstance(written, dict) and {"min", "max"} <= written.keys():
            _check_ends(findings, here)


def check_distinct(findings: Findings, place: Place) -> None:
    """Note what stands twice in a list."""
    items = findings.sound(place)
    seen: set[Any] = set()
    for index, item in enumerate(items if isinstance(items, list) else ()):
        folded = item.casefold() if isinstance(item, str) else item
        if folded in seen:
            findings.add((*place, index), f"{item} stands twice in {place[-1]}", "delete one of them")
        seen.add(folded)


def _check_ends(findings: Findings, place: Place) -> None:
    ends = findings.sound(place)
    if ends:
        low, high = _text(ends["min"]), _text(ends["max"])
        if relation := _swapped(low, high):
            findings.add((*place, "min"), f"min {low} {relation} max {high}", "swap them")


def check_limits(findings: Findings, place: Place) -> None:
    """Note when the first of two limits is more than the second."""
    limits = [_text(limit) for limit in findings.sound(place) or ()]
    if limits and (relation := _swapped(*limits)):
        findings.add(place, f"{limits[0]} {relation} {limits[1]}", "swap them")


def _swapped(low: str, high: str) -> str:
    """Return how the first of two limits comes after the second, nothing when it does not."""
    first, second = magnitude(low), magnitude(high)
    if isinstance(first, date) and isinstance(second, date) and first > second:
        return "lies after"
    return "is greater than" if isinstance(first, float) and isinstance(second, float) and first > second else ""


def _condition(findings: Findings, place: Place, value: Any) -> Condition:
    name = Word(str(place[-1]), findings.spot(place, at_key=True))
    if not isinstance(value, dict):
        return Condition(name, (_word(findings, place, value),))
    if {"min", "max"} <= value.keys():
        return Condition(
            name, tuple(_word(findings, (*place, end), value[end]) for end in ("min", "max")), "between"
        )
    ((kind, items),) = value.items()
    if not isinstance(items, list):
        return Condition(name, (_word(findings, (*place, kind), items),), kind)
    words = [_word(findings, (*place, kind, n), item) for n, item in enumerate(items)]
    return Condition(name, tuple(sorted(words, key=lambda w: w.text) if kind != "between" else words), kind)


def _word(findings: Findings, place: Place, value: Any) -> Word:
    return Word(_text(value), findings.spot(place))


def _text(value: Any) -> str:
    """Return a value as a person would write it: 9.0 is the text 9."""
    return str(int(value) if isinstance(value, float) and value.is_integer() else value)
