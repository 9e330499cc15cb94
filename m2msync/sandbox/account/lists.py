"""Scene lists: named sets of images that an account keeps for a while (api.md §7.4)."""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from m2msync.sandbox.errors import Refusal, invalid

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

    Pair = tuple[str, str]
    """Dataset alias and entityId."""

LIMIT = 50_000  # members of a list (api.md §4.3)
_DURATION = re.compile(
    r"P(?:(\d+)Y)?(?:(\d+)M)?(?:(\d+)W)?(?:(\d+)D)?(?:T(?=\d)(?:(\d+)H)?(?:(\d+)M)?(?:(\d+)S)?)?", re.ASCII
)
_SECONDS = (365 * 86_400, 30 * 86_400, 7 * 86_400, 86_400, 3_600, 60, 1)


@dataclass(slots=True)
class SceneList:
    """One list; `expires` is in seconds since 1970."""

    members: dict[Pair, None] = field(default_factory=dict)
    expires: float | None = None


@dataclass(slots=True)
class Lists:
    """The scene lists of every account; an expired one is as if it had never been."""

    clock: Callable[[], float]
    _kept: dict[tuple[str, str], SceneList] = field(default_factory=dict)

    def add(self, username: str, name: str, pairs: Iterable[Pair], lifetime: float | None) -> int:
        """Add images to a list, made if need be, and return how many it now holds."""
        kept = self._of(username, name) or SceneList()
        members = {**kept.members, **dict.fromkeys(pairs)}
        if len(members) > LIMIT:
            raise Refusal("INPUT_INVALID", f"A scene list holds at most {LIMIT} scenes")
        expires = kept.expires if lifetime is None else self.clock() + lifetime
        self._kept[username, name] = SceneList(members, expires)
        return len(members)

    def members(self, username: str, name: str, alias: str | None = None) -> list[Pair]:
        """Return the members of a list, all or those of one dataset."""
        kept = self._of(username, name)
        return [pair for pair in kept.members if alias in {None, pair[0]}] if kept else []

    def keep(self, username: str, name: str, pairs: Iterable[Pair]) -> None:
        """Let a list hold only these images; an empty one is gone."""
        if kept := self._of(username, name):
            kept.members = dict.fromkeys(pairs)
            if not kept.members:
                del self._kept[username, name]

    def names(self, username: str) -> list[str]:
        """Return the names of an account's lists."""
        return [name for owner, name in list(self._kept) if owner == username and self._of(owner, name)]

    def seconds_left(self, username: str, name: str) -> int | None:
        """Return how long a list has to live, None when it has no end."""
        kept = self._of(username, name)
        return int(kept.expires - self.clock()) if kept and kept.expires is not None else None

    def _of(self, username: str, name: str) -> SceneList | None:
        kept = self._kept.get((username, name))
        if kept and kept.expires is not None and kept.expires <= self.clock():
            del self._kept[username, name]
            return None
        return kept


def seconds_of(duration: object) -> float | None:
    """Return the seconds of an ISO 8601 duration such as P1M, whose months have thirty days."""
    if duration is None:
        return None
    found = _DURATION.fullmatch(str(duration))
    if found is None or not any(found.groups()):
        raise invalid("timeToLive", "an ISO 8601 duration such as P1M is expected")
    return float(sum(int(part or 0) * size for part, size in zip(found.groups(), _SECONDS, strict=True)))
