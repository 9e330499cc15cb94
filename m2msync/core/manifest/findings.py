"""What is wrong with a document, collected as it is found, each problem at its line and column."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, TypeVar

from m2msync.core.errors import Problem
from m2msync.core.wording import Unfit

if TYPE_CHECKING:
    from collections.abc import Callable

    from m2msync.core.manifest.yaml12 import Document, Place, Spot

T = TypeVar("T")


class Findings:
    """Collects problems, and knows which parts of the document are still beyond reproach."""

    def __init__(self, document: Document) -> None:
        self.document = document
        self.problems: list[Problem] = list(document.problems.values())
        self._blamed: set[Place] = set()
        self._holders: set[Place] = set()
        self._closed: set[Place] = set()
        for place in document.problems:
            self._blame(place)
            self._closed.add(place)

    def add(self, place: Place, message: str, hint: str = "", *, at_key: bool = False) -> None:
        """Note a problem with the value, or with `at_key` the key, at `place`."""
        self.problems.append(Problem(*self.spot(place, at_key=at_key), message, hint))
        self._blame(place)

    def close(self, place: Place, message: str, hint: str = "") -> None:
        """Note a problem with the key at `place` that makes everything else about it beside the point."""
        self.add(place, message, hint, at_key=True)
        self._closed.add(place)

    def settled(self, place: Place) -> bool:
        """Whether nothing more need be said: `place` is blamed already, or is part of something closed."""
        return place in self._blamed or any(place[:n] in self._closed for n in range(len(place)))

    def clean(self, place: Place) -> bool:
        """Whether nothing is wrong with `place`, with what it holds, or with what holds it."""
        return place not in self._holders and all(place[:n] not in self._blamed for n in range(len(place) + 1))

    def sound(self, place: Place) -> Any:
        """Return the value at `place` when it is there and clean, else None."""
        return self.at(place) if self.clean(place) else None

    def at(self, place: Place) -> Any:
        """Return the value at `place`, whatever is wrong with it; None when it is not there."""
        return self.document.at(place)

    def attempt(self, place: Place, check: Callable[[], T], *, at_key: bool = False) -> T | None:
        """Return what `check` returns, or note at `place` what it finds unfit."""
        try:
            return check()
        except Unfit as unfit:
            self.add(place, unfit.message, unfit.hint, at_key=at_key)
            return None

    def spot(self, place: Place, *, at_key: bool = False) -> Spot:
        """Return the spot of a place, else of what holds it: missing keys have none, nor what an alias brings."""
        if at_key and (spot := self.document.keys.get(place)):
            return spot
        while place not in self.document.values:
            place = place[:-1]
        return self.document.values[place]

    def _blame(self, place: Place) -> None:
        self._blamed.add(place)
        self._holders.update(place[:n] for n in range(len(place)))
