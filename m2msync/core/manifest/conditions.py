"""The metadata filters of a manifest, as they are written and where; what they mean, only the dataset can tell."""

from __future__ import annotations

from datetime import date
from typing import TYPE_CHECKING, Any

from m2msync.core.fields import magnitude
from m2msync.core.model import Condition, Word

if TYPE_CHECKING:
    from m2msync.core.manifest.findings import Findings
    from m2msync.core.manifest.yaml12 import Place


def read_conditions(findings: Findings, place: Place) -> tuple[Condition, ...]:
    """Return the conditions of the `metadata` at `place`, in an order that does not depend on their writing."""
    written = findings.sound(place) or {}
    conditions = [_condition(findings, (*place, name), value) for name, value in written.items()]
    return tuple(sorted(conditions, key=lambda condition: condition.name.text))


def check_limits(findings: Findings, place: Place) -> None:
    """Note when the first of two limits is more than the second."""
    limits = [_text(limit) for limit in findings.sound(place) or ()]
    days = [day for limit in limits if isinstance(day := magnitude(limit), date)]
    numbers = [number for limit in limits if isinstance(number := magnitude(limit), float)]
    for relation, swapped in (
        ("lies after", days != sorted(days)),
        ("is greater than", numbers != sorted(numbers)),
    ):
        if swapped:
            findings.add(place, f"{limits[0]} {relation} {limits[1]}", "swap them")


def _condition(findings: Findings, place: Place, value: Any) -> Condition:
    name = Word(str(place[-1]), findings.spot(place, at_key=True))
    if not isinstance(value, dict):
        return Condition(name, (_word(findings, place, value),))
    ((kind, items),) = value.items()
    words = [_word(findings, (*place, kind, n), item) for n, item in enumerate(items)]
    return Condition(name, tuple(sorted(words, key=lambda w: w.text) if kind == "any" else words), kind)


def _word(findings: Findings, place: Place, value: Any) -> Word:
    return Word(_text(value), findings.spot(place))


def _text(value: Any) -> str:
    """Return a value as a person would write it: 9.0 is the text 9."""
    return str(int(value) if isinstance(value, float) and value.is_integer() else value)
