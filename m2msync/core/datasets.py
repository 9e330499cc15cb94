"""What M2M tells of the datasets it has."""

from __future__ import annotations

import difflib
import re
from dataclasses import asdict, dataclass
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Collection, Sequence
    from datetime import date

_MOST_NEAR = 5
_MOST_ALIASES = 3
_LANDSAT = re.compile(r"(?:landsat|l[cetmo])[\W_]*0?([4-9]|ot|etm|tm|mss)(?![0-9a-z])")
_LEVEL = re.compile(r"(?<![a-z])l(?:evel)?[\W_]*([12])(?![0-9])")
_SENSORS = {"4": "tm", "5": "tm", "6": "etm", "7": "etm", "8": "ot", "9": "ot"}


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
    doi: str = ""
    """Under which it is cited, e.g. `10.5066/P975CC9B`; empty without one."""

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


def near_aliases(name: str, aliases: Collection[str]) -> list[str]:
    """Return the few aliases that may have been meant by a name that is none, the likeliest first.

    Landsat's datasets are called otherwise by sensor (`landsat_8_c2_l1`), by other programs (`LC08`), in capitals,
    and were in Collection 1 (`landsat_8_c1`).
    """
    told = name.casefold()
    near = difflib.get_close_matches(told, aliases)
    if not (landsat := _LANDSAT.match(told)):
        return near
    level = _LEVEL.search(told)
    likely = f"landsat_{_SENSORS.get(landsat[1], landsat[1])}_c2_l{level[1] if level else 1}"
    return [likely, *(one for one in near if one != likely)][:_MOST_ALIASES] if likely in aliases else near


def nearest(text: str, datasets: Sequence[Dataset]) -> tuple[Dataset, ...]:
    """Return the few datasets that may have been meant: they have all words of the text, or a name like it."""
    words = text.casefold().split()
    told = {each: f"{each.alias} {each.title} {each.category}".casefold() for each in datasets}
    having = [each for each in datasets if all(word in told[each] for word in words)]
    names = {name.casefold(): each for each in datasets for name in (each.title, each.alias)}
    close = difflib.get_close_matches(text.casefold(), names, n=_MOST_NEAR, cutoff=0.5)
    return tuple(dict.fromkeys([*having, *(names[name] for name in close)]))[:_MOST_NEAR]
