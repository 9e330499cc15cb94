"""What to do about every product, and why: the difference between what is wanted and what is held."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Literal

from m2msync.core.thumbnails import is_public
from m2msync.core.unpacking import is_member

if TYPE_CHECKING:
    from m2msync.core.model import Route
    from m2msync.core.verdicts import Verdict

Verb = Literal["get", "refetch", "keep", "supersede", "orphan", "unavailable", "tombstoned"]
VERBS: tuple[Verb, ...] = ("get", "refetch", "supersede", "keep", "orphan", "unavailable", "tombstoned")
FETCHING: frozenset[Verb] = frozenset({"get", "refetch", "supersede"})


@dataclass(frozen=True, slots=True)
class Action:
    """What to do about one product, and why."""

    key: str
    verb: Verb
    reason: str
    dataset: str
    region: str
    image: str
    display_id: str
    product: str
    path: str
    """Relative to the store."""
    size: int | None
    """Announced or held length in bytes."""
    links: tuple[str, ...] = ()
    """Further paths, relative to the store, that shall hold the same file."""
    source: str | None = None
    """An intact copy already in the store, from which missing paths are linked without fetching."""
    replaces: str | None = None
    """For `supersede`: the key of the held product that this one takes over from."""
    exact: bool = False
    digest: str | None = None
    routes: tuple[Route, ...] = field(default=(), repr=False)
    attempts: int = 0
    """Failed attempts recorded so far."""
    tolerated: bool = False
    """For `unavailable`: `if_missing: warn` lets the run succeed without it."""

    @property
    def is_download(self) -> bool:
        """Whether it takes bytes from USGS: it links no copy in the store, and unpacks no bundle."""
        return self.verb in FETCHING and self.source is None and not is_member(self.key)

    def to_json(self) -> dict[str, Any]:
        """Return the contract's keys of an action (schemas/plan.schema.json)."""
        names = "key verb reason dataset region image display_id product path size"
        return {name: getattr(self, name) for name in names.split()}


@dataclass(frozen=True, slots=True)
class Kept:
    """Products of one region that are held and whole, counted."""

    dataset: str
    region: str
    files: int
    bytes: int


@dataclass(frozen=True, slots=True)
class Plan:
    """Every wanted and every held product, each in exactly one action, ordered by path, or counted as kept."""

    manifest: str
    serial: int
    """The catalog's serial when the plan was made."""
    actions: tuple[Action, ...]
    api_calls: int = 0
    """Estimated M2M calls an apply will make from here."""
    kept: tuple[Kept, ...] = ()
    """What has no action of its own, because it is held and whole and nobody asked for it singly."""
    fresh: bool = True
    """Whether something is wanted that was not wanted at the last apply, or the other way round."""
    verdicts: tuple[Verdict, ...] = ()
    """Why each image that was found is wanted or not, when somebody asked; no part of the JSON."""
    whole: bool = True
    """Whether it is about all that the manifest wants; what else was wanted goes on to be so when it is not."""
    quota_left: int | None = None
    """How many more downloads M2M takes in this window of 15 minutes (api.md §4.1); None when nobody asked."""

    @property
    def to_fetch(self) -> tuple[Action, ...]:
        """The actions that move bytes or link files."""
        return tuple(a for a in self.actions if a.verb in FETCHING)

    @property
    def pending(self) -> bool:
        """Whether an apply would change anything."""
        return any(a.verb in FETCHING for a in self.actions)

    @property
    def orders(self) -> int:
        """The number of products that have to be ordered at M2M; each counts against the quota."""
        return sum(a.is_download and not (a.routes and is_public(a.routes[0])) for a in self.actions)

    def summary(self) -> dict[str, int]:
        """Return the contract's counts (design.md §5)."""
        count = Counter(a.verb for a in self.actions)
        return {
            "get": count["get"],
            "refetch": count["refetch"],
            "keep": count["keep"] + sum(k.files for k in self.kept),
            "superseded": count["supersede"],
            "orphan": count["orphan"],
            "failed_before": sum(1 for a in self.actions if a.attempts and a.verb in FETCHING),
            "unavailable": count["unavailable"],
            "tombstoned": count["tombstoned"],
            "bytes_to_get": sum(a.size or 0 for a in self.actions if a.is_download),
            "api_calls": self.api_calls,
        }

    def to_json(self) -> dict[str, Any]:
        """Return the plan as the contract's JSON object (schemas/plan.schema.json)."""
        return self.head() | {"actions": [a.to_json() for a in self.actions]}

    def head(self) -> dict[str, Any]:
        """Return that object without its actions."""
        return {
            "schema_version": 1,
            "kind": "plan",
            "manifest": self.manifest,
            "serial": self.serial,
            "summary": self.summary(),
            "quota": {"needed": self.orders, "left": self.quota_left},
        }
