"""What a dataset can be filtered by, as a person looks for it who writes a manifest."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from m2msync.core.errors import UsageError
from m2msync.core.fields import Misfits, need
from m2msync.core.model import Word
from m2msync.core.wording import flow

if TYPE_CHECKING:
    from m2msync.core.fields import Field

_LABELS_SHOWN = 3
_PLAIN = re.compile(r"[A-Za-z][\w /-]*", re.ASCII)  # needs no quotes in YAML


@dataclass(frozen=True, slots=True)
class Searchable:
    """The filters of a dataset, or those of them that were asked for."""

    dataset: str
    fields: tuple[Field, ...]

    def only(self, name: str) -> Searchable:
        """Return the one filter that is called so, by its label or its column.

        Raises:
            UsageError: there is none; the hint names those that are near.
        """
        try:
            return Searchable(self.dataset, (need(self.dataset, self.fields, Word(name)),))
        except Misfits as misfits:
            (problem,) = misfits.problems
            raise UsageError(problem.message, hint=problem.hint) from None

    def to_json(self) -> dict[str, Any]:
        """Return it as one JSON object (schemas/filters.schema.json)."""
        return {
            "schema_version": 1,
            "kind": "filters",
            "dataset": self.dataset,
            "filters": [
                {
                    "id": field.id,
                    "label": field.label,
                    "column": field.column,
                    "kind": kind_of(field),
                    "part_suffices": field.like,
                    "values": [{"key": key, "label": label} for key, label in field.values],
                }
                for field in self.fields
            ],
        }


def kind_of(field: Field) -> str:
    """Return what its values are: one of a `list`, a `number` or a `day` of a range, or `text`."""
    if field.values:
        return "list"
    return ("day" if field.dated else "number") if field.kind == "Range" else "text"


def written(field: Field) -> str:
    """Return a line of YAML that shows how a manifest asks for it, below `filters: metadata:`."""
    examples: dict[str, Any] = {
        "list": {"any": [key for key, _ in field.values[:_LABELS_SHOWN]]},
        "number": {"between": [5, 10]},
        "day": {"between": ["2023-01-01", "2023-12-31"]},
        "text": "…",
    }
    value = examples[kind_of(field)]
    if len(field.values) == 1:
        value = field.values[0][0]
    label = field.label if _PLAIN.fullmatch(field.label) else flow(field.label)
    return f"{label}: {flow(value)}"
