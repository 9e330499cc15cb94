"""The fields a dataset can be filtered by, and what people call them and their values.

Names and values are those that EarthExplorer shows; what M2M wants instead, the dataset's own list of filters says
(api.md §6.3). Ids differ from dataset to dataset and are never written down here.
"""

from __future__ import annotations

import difflib
import math
import re
from dataclasses import dataclass
from datetime import date
from typing import TYPE_CHECKING, Any

from m2msync.core.errors import Problem
from m2msync.core.wording import listed, shown

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from m2msync.core.model import Word

_MOST_SHOWN = 12
_NUMBERS: tuple[float, float] = (-1_000_000, 1_000_000)
_DAYS = (date(1900, 1, 1), date(2100, 12, 31))
_NUMBER = re.compile(r"[-+]?([0-9]+\.?[0-9]*|\.[0-9]+)([eE][-+]?[0-9]+)?")
_DAY = re.compile(r"([0-9]{4})[-/]([0-9]{1,2})[-/]([0-9]{1,2})")


@dataclass(frozen=True, slots=True)
class Field:
    """One filter of a dataset, as `dataset-filters` describes it."""

    id: str
    label: str
    """What EarthExplorer calls it, e.g. `Date Product Generated L1 (YYYY/MM/DD)`."""
    column: str
    """What it searches, e.g. `DATE_L1_GENERATED`."""
    kind: str
    """`Text`, `Range` or `Select`."""
    like: bool = False
    """Whether a part of the value is enough."""
    dated: bool = False
    """Whether the values of a `Range` are days."""
    values: tuple[tuple[str, str], ...] = ()
    """For `Select`: the keys M2M wants, and the labels people see."""

    @property
    def names(self) -> tuple[str, ...]:
        """What people may call it, in lower case: its label, that without what stands in brackets, its column."""
        label = _folded(self.label)
        return label, re.sub(r" ?\([^()]*\)$", "", label), _folded(self.column)


class Misfits(Exception):
    """Conditions that a dataset cannot meet; `problems` says what is wrong, and where in the manifest."""

    def __init__(self, problems: Iterable[Problem]) -> None:
        super().__init__()
        self.problems = tuple(problems)


def magnitude(text: str) -> float | date | None:
    """Return the number or the day that a text is, else None; days are written 2023-07-31 or 2023/07/31."""
    if _NUMBER.fullmatch(text):
        number = float(text)
        return number if math.isfinite(number) else None
    match = _DAY.fullmatch(text)
    try:
        return date(*(int(part) for part in match.groups())) if match else None
    except ValueError:
        return None


def find(fields: Iterable[Field], name: str) -> Field | None:
    """Return the field that is called so, rather by its label than by its column."""
    folded = _folded(name)
    called = [field for field in fields if folded in field.names]
    return min(called, key=lambda field: field.names.index(folded), default=None)


def need(dataset: str, fields: Sequence[Field], name: Word) -> Field:
    """Return the field that is called so.

    Raises:
        Misfits: the dataset has none; the hint names those that are near, or the first dozen.
    """
    if field := find(fields, name.text):
        return field
    folded = _folded(name.text)
    labels = {called: field.label for field in fields for called in field.names}
    close = difflib.get_close_matches(folded, labels, n=6) + [called for called in labels if folded in called]
    near = list(dict.fromkeys(shown(labels[called]) for called in close))
    otherwise = f"it has {_first([field.label for field in fields])}" if fields else "delete it"
    hint = f"did you mean {_first(near)}?" if near else otherwise
    raise misfit(name, f"{dataset} has no filter {shown(name.text)}", hint)


def equal(field: Field, word: Word) -> dict[str, Any]:
    """Return the MetadataFilter for a field having a value (api.md §9).

    Raises:
        Misfits: the field cannot have it; the hint names the first dozen it can have.
    """
    if field.kind == "Range":
        return between(field, word, word)
    wanted = {"filterType": "value", "filterId": field.id, "value": key_of(field, word)}
    return wanted | ({"operand": "like"} if field.like and not field.values else {})


def between(field: Field, low: Word, high: Word) -> dict[str, Any]:
    """Return the MetadataFilter for a `Range` lying between two values, both included (api.md §9).

    Raises:
        Misfits: they are not what the field holds.
    """
    return span(field, limit(field, low), limit(field, high))


def bounded(field: Field, low: Word | None, high: Word | None) -> dict[str, Any]:
    """Return the MetadataFilter for a `Range` that may be open at one end.

    M2M knows no open range, so that the open end becomes one beyond everything there is.

    Raises:
        Misfits: the limits are not what the field holds.
    """
    lowest, highest = ends(field)
    return span(field, limit(field, low) if low else lowest, limit(field, high) if high else highest)


def span(field: Field, first: float | str, last: float | str) -> dict[str, Any]:
    """Return the MetadataFilter for a `Range` lying between two values as M2M writes them."""
    return {"filterType": "between", "filterId": field.id, "firstValue": first, "secondValue": last}


def ends(field: Field) -> tuple[float | str, float | str]:
    """Return values as M2M writes them, beyond which a `Range` has none."""
    return (sent(_DAYS[0]), sent(_DAYS[1])) if field.dated else _NUMBERS


def sent(day: date) -> str:
    """Return a day as M2M writes it: 2023/07/31."""
    return day.isoformat().replace("-", "/")


def misfit(word: Word, message: str, hint: str) -> Misfits:
    """Return what is wrong with one word."""
    return Misfits([Problem(*word.spot, message, hint)])


def limit(field: Field, word: Word) -> float | str:
    """Return a number or a day as M2M writes it.

    Raises:
        Misfits: it is not what the field holds.
    """
    value = magnitude(word.text)
    if field.dated and isinstance(value, date):
        return sent(value)
    if not field.dated and isinstance(value, float):
        return int(value) if value.is_integer() else value
    kind, example = ("day", "2023-07-31") if field.dated else ("number", "11")
    raise misfit(word, f"{field.label} must be a {kind}, not {shown(word.text)}", f"write e.g. {example}")


def key_of(field: Field, word: Word) -> str:
    """Return the key M2M wants for a key or a label; a field without a list takes any text.

    Raises:
        Misfits: the field has a list, and it is not there.
    """
    labels = {_folded(label): key for key, label in field.values}
    known = labels | {_folded(key): key for key, _ in field.values}
    if not field.values or _folded(word.text) in known:
        return known.get(_folded(word.text), word.text)
    legal = [key if key == label else f"{key} ({label})" for key, label in field.values]
    raise misfit(word, f"{field.label} cannot be {shown(word.text)}", f"write {_first(legal)}")


def _first(options: Sequence[str]) -> str:
    rest = len(options) - _MOST_SHOWN
    return listed(options) if rest <= 0 else f"{', '.join(options[:_MOST_SHOWN])} … ({rest} more)"


def _folded(text: str) -> str:
    return " ".join(text.casefold().split())
