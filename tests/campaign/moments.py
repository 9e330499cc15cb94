"""When the command is killed: seeded, by time and by what it is just doing."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import random


_LANDINGS = {"rename", "commit"}


@dataclass(frozen=True)
class Moment:
    """So many seconds after something has happened for the nth time in a life."""

    what: str
    """"time" or "start" (of the process), an endpoint of the API that is called, "get" (a file is asked for), "rename"
    (a file is moved into its place) or "commit" (the catalog is written)."""
    nth: int
    delay: float

    @property
    def timed(self) -> bool:
        return self.what in {"time", "start"}

    @property
    def told_by_witness(self) -> bool:
        """Whether only the process itself can tell, see witness/."""
        return self.what in _LANDINGS


# How often each is taken, the most occurrences that are awaited, and the longest delay after the last of them. A commit
# takes some tens of microseconds; from a rename to the end of its commit it is milliseconds.
_SOMETIMES = {
    "time": (6, 1, 2.5),
    "start": (2, 1, 0.5),
    "login-token": (2, 1, 0.06),
    "scene-search": (1, 1, 0.06),
    "download-retrieve": (1, 1, 0.06),
    "get": (3, 8, 0.3),
    "rename": (5, 3, 0.005),
    "commit": (5, 10, 0.0002),
}
_AT_FIRST = {"commit": 0.0002, "download-options": 0.06, "download-request": 0.06}
"""What happens only until a chapter has been listed and ordered, each with the longest delay."""


def moments(dice: random.Random, number: int, *, landings: bool) -> list[Moment]:
    """Return the moments of one chapter, in the order of its lives.

    Args:
        dice: decides.
        number: of lives.
        landings: whether a file may land in any of them; with a single file nothing would be left for the others.
    """
    early, longest = dice.choice(list(_AT_FIRST.items()))
    weights = {what: weight for what, (weight, _, _) in _SOMETIMES.items() if landings or what not in _LANDINGS}
    later = [_moment(dice, what) for what in dice.choices(list(weights), list(weights.values()), k=number - 1)]
    return [Moment(early, 1, dice.uniform(0, longest)), *later]


def _moment(dice: random.Random, what: str) -> Moment:
    _, most, longest = _SOMETIMES[what]
    longest *= (
        what != "rename" or dice.random() < 0.5
    )  # or just before it, when what is renamed stands beside its place
    return Moment(what, dice.randint(1, most), dice.uniform(0, longest))
