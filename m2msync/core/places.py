"""Which of the places that M2M knows is meant by a name."""

from __future__ import annotations

import unicodedata
from dataclasses import dataclass
from typing import TYPE_CHECKING

from m2msync.core.wording import Unfit, shown

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

_MOST_SHOWN = 5
_SAME = 0.1  # degrees; a town, its district and its airport are one place for a satellite


@dataclass(frozen=True, slots=True)
class Candidate:
    """A place as M2M's `placename` tells it (api.md §6.8)."""

    name: str
    longitude: float
    latitude: float
    details: tuple[str, ...] = ()
    """What else is known of it: country and kind, then their codes."""

    def __str__(self) -> str:
        return ", ".join((self.name, *self.details[:2])) + f" [{self.longitude:g}, {self.latitude:g}]"


def choose(text: str, candidates: Sequence[Candidate]) -> Candidate:
    """Return the place that is meant.

    Args:
        text: its name, perhaps with a country or something else known of it after a comma.
        candidates: what M2M finds by the name alone, in its order.

    Raises:
        Unfit: there is none, or more than one in different places.
    """
    name, *narrower = _parts(text)
    whole = [c for c in candidates if _folded(c.name) == _folded(text)]
    called = whole or [
        c for c in candidates if _parts(c.name)[0] == name and all(_is(c, told) for told in narrower)
    ]
    several = _apart(called)
    if not several:
        near = _first(_apart(candidates))
        hint = f"did you mean {near}? else " if near else ""
        raise Unfit(f"USGS knows no place {shown(text)}", f"{hint}write point: [longitude, latitude]")
    if len(several) > 1:
        told = f"{len(several)} places are called {shown(text)}: {_first(several)}"
        raise Unfit(told, "write more of it after a comma, or point: [longitude, latitude]")
    return several[0]


def name_of(text: str) -> str:
    """Return what to ask M2M for: the name without what narrows it down."""
    return text.partition(",")[0].strip()


def _is(candidate: Candidate, told: str) -> bool:
    return told in (*_parts(candidate.name)[1:], *map(_folded, candidate.details))


def _parts(text: str) -> list[str]:
    return [_folded(part) for part in text.split(",")]


def _apart(candidates: Iterable[Candidate]) -> list[Candidate]:
    """Return candidates without those that have the name of an earlier one close by."""
    kept: list[Candidate] = []
    for one in candidates:
        if not any(
            _folded(one.name) == _folded(other.name)
            and abs(one.latitude - other.latitude) < _SAME
            and abs(one.longitude - other.longitude) < _SAME
            for other in kept
        ):
            kept.append(one)
    return kept


def _first(candidates: Sequence[Candidate]) -> str:
    told = "; ".join(str(candidate) for candidate in candidates[:_MOST_SHOWN])
    more = len(candidates) - _MOST_SHOWN
    return f"{told}; and {more} more" if more > 0 else told


def _folded(text: str) -> str:
    """Return a name without case, accents and spare blanks."""
    plain = "".join(c for c in unicodedata.normalize("NFKD", text) if not unicodedata.combining(c))
    return " ".join(plain.casefold().split())
