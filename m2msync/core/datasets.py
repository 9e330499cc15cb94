"""What M2M tells of the datasets it has."""

from __future__ import annotations

import difflib
from dataclasses import asdict, dataclass
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import date

_MOST_NEAR = 5


@dataclass(frozen=True, slots=True)
class Dataset:
    """One dataset of M2M."""

    alias: str
    """What a manifest calls it, e.g. `landsat_ot_c2_l1`."""
    title: str
    category: str = ""
    start: date | None = None
    """Of its first images; None when M2M does not say."""
    end: date | None = None
    """Of its last images so far; None when M2M does not say."""
    images: int | None = None
    """How many there are, by M2M's daily count."""
    cloud_cover: bool = False
    """Whether its images can be filtered by cloud cover."""

    def to_json(self) -> dict[str, Any]:
        """Return it as a JSON object (schemas/datasets.schema.json)."""
        return {
            name: str(value) if name in ("start", "end") and value else value
            for name, value in asdict(self).items()
        }


@dataclass(frozen=True, slots=True)
class Datasets:
    """What a text was found in."""

    text: str
    found: tuple[Dataset, ...]
    near: tuple[Dataset, ...] = ()
    """When nothing was found: those that may have been meant."""

    def to_json(self) -> dict[str, Any]:
        """Return them as one JSON object (schemas/datasets.schema.json)."""
        return {
            "schema_version": 1,
            "kind": "datasets",
            "text": self.text,
            "datasets": [each.to_json() for each in self.found],
            "near": [each.alias for each in self.near],
        }


def nearest(text: str, datasets: Sequence[Dataset]) -> tuple[Dataset, ...]:
    """Return the few datasets that may have been meant: they have all words of the text, or a name like it."""
    words = text.casefold().split()
    told = {each: f"{each.alias} {each.title} {each.category}".casefold() for each in datasets}
    having = [each for each in datasets if all(word in told[each] for word in words)]
    names = {name.casefold(): each for each in datasets for name in (each.title, each.alias)}
    close = difflib.get_close_matches(text.casefold(), names, n=_MOST_NEAR, cutoff=0.5)
    return tuple(dict.fromkeys([*having, *(names[name] for name in close)]))[:_MOST_NEAR]
