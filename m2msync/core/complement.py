"""Everything but some values of a filter, as M2M's MetadataFilter, which knows no negation (api.md §9)."""

from __future__ import annotations

from datetime import date
from typing import TYPE_CHECKING, Any

from m2msync.core.fields import ends, key_of, limit, magnitude, misfit, sent, span

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from m2msync.core.fields import Field
    from m2msync.core.model import Word

_WHOLE = ("WRS_PATH", "WRS_ROW")
"""Columns of whole numbers, between which nothing lies; M2M does not tell of which columns that is true."""


def others(field: Field, words: Sequence[Word]) -> list[dict[str, Any]]:
    """Return MetadataFilters, of which one holds for every image that has another value; one without any has none.

    Args:
        field: is searched.
        words: the values that are not wanted.

    Raises:
        Misfits: the field cannot have these values, or nothing else, or cannot be asked for everything else.
    """
    if field.values:
        unwanted = {key_of(field, word) for word in words}
        left = [key for key, _ in field.values if key not in unwanted]
        if not left:
            raise misfit(words[0], f"{field.label} has no other values", "leave out those that are wanted")
        return [{"filterType": "value", "filterId": field.id, "value": key} for key in left]
    if field.kind == "Range":
        return _around(field, sorted(_number(field, word) for word in words))
    hint = "`m2msync forget` excludes single images" if field.like else "write the values that are wanted"
    raise misfit(words[0], f"M2M cannot exclude values of {field.label}", hint)


def _around(field: Field, numbers: Iterable[int]) -> list[dict[str, Any]]:
    """Return what lies before, between and behind numbers."""
    low, high = ends(field)
    found: list[dict[str, Any]] = []
    before: int | None = None
    for number in numbers:
        if before is None or number - before > 1:
            found.append(span(field, low, _written(field, number - 1)))
        before, low = number, _written(field, number + 1)
    return [*found, span(field, low, high)]


def _number(field: Field, word: Word) -> int:
    """Return a whole number, or a day's place in the calendar."""
    limit(field, word)
    value = magnitude(word.text)
    if isinstance(value, date):
        return value.toordinal()
    if field.column not in _WHOLE or value is None or not value.is_integer():
        ranges = f"any_of: [{{{field.label}: {{max: …}}}}, {{{field.label}: {{min: …}}}}]"
        raise misfit(word, f"{field.label} cannot exclude a single number", f"write {ranges}")
    return int(value)


def _written(field: Field, number: int) -> int | str:
    return sent(date.fromordinal(number)) if field.dated else number
