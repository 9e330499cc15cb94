"""Tells what is as it should be from what needs a decision, in one pass over two sorted lists of a million."""

from __future__ import annotations

from dataclasses import dataclass, field
from itertools import groupby
from operator import itemgetter
from typing import TYPE_CHECKING, Generic, NamedTuple, Protocol, TypeVar

from m2msync.core.endings import as_recorded
from m2msync.core.holding import differ

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from m2msync.core.holding import SizeOf, State


class Wanted(Protocol):
    """A product that is wanted: as little of it as a comparison needs."""

    @property
    def key(self) -> str:
        """Its key."""

    @property
    def paths(self) -> Sequence[str]:
        """Where it shall lie in the store."""

    @property
    def image(self) -> str:
        """The entity id of its image."""

    @property
    def digest(self) -> str | None:
        """What it has to be, as `algorithm:hex`; None when that is left to M2M."""


W = TypeVar("W", bound=Wanted)


class Entry(NamedTuple):
    """One copy as the catalog records it, or a product without any."""

    key: str
    state: State
    wanted: bool | None
    """Whether the manifest wanted it at its last apply; None if it never did."""
    path: str | None
    size: int | None
    dataset: str
    region: str
    digest: str | None = None


@dataclass(slots=True)
class Comparison(Generic[W]):
    """What a comparison found."""

    kept: dict[tuple[str, str], tuple[int, int]] = field(default_factory=dict)
    """How many products are as they should be, and their bytes, by dataset and region."""
    open: list[W] = field(default_factory=list)
    """Wanted products that need a decision."""
    known: list[str] = field(default_factory=list)
    """Keys of those of them that the catalog knows."""
    leftovers: list[str] = field(default_factory=list)
    """Keys of products that the manifest wanted once and wants no longer."""
    fresh: bool = False
    """Whether something is wanted that was not wanted at the last apply, or the other way round."""


def compare(
    wanted: Iterable[W], entries: Iterable[Entry], size_of: SizeOf | None, *, whole: bool = True
) -> Comparison[W]:
    """Compare what is wanted with what the catalog records and the disk has.

    Args:
        wanted: sorted by key, each once.
        entries: sorted by key.
        size_of: what is on the disk; None to leave every product open.
        whole: whether `wanted` is all that the manifest wants, so that what else is recorded is left over.
    """
    found: Comparison[W] = Comparison()
    groups = (list(copies) for _, copies in groupby(entries, itemgetter(0)))
    group = next(groups, None)
    for one in wanted:
        while group and group[0].key < one.key:
            _leave(group[0], found, whole=whole)
            group = next(groups, None)
        mine = group if group and group[0].key == one.key else None
        found.fresh = found.fresh or not (mine and mine[0].wanted)
        if mine and size_of and _is_settled(one, mine, size_of):
            _keep(mine[0], found)
        else:
            found.open.append(one)
            found.known += [one.key] if mine else []
        group = next(groups, None) if mine else group
    while group:
        _leave(group[0], found, whole=whole)
        group = next(groups, None)
    return found


def _keep(entry: Entry, found: Comparison[W]) -> None:
    place = entry.dataset, entry.region
    files, size = found.kept.get(place, (0, 0))
    found.kept[place] = files + 1, size + (entry.size or 0)


def _leave(entry: Entry, found: Comparison[W], *, whole: bool) -> None:
    """Take note of a product that is not wanted, if the manifest ever wanted it."""
    if whole and entry.wanted is not None:
        found.leftovers.append(entry.key)
        found.fresh = found.fresh or entry.wanted


def _is_settled(one: Wanted, entries: Sequence[Entry], size_of: SizeOf) -> bool:
    if entries[0].state != "held" or differ(one.digest, entries[0].digest):
        return False
    if len(entries) == len(one.paths) == 1:  # by far the most
        path, size = entries[0].path, entries[0].size
        if path == one.paths[0]:
            return size_of(path) == size
    sizes = {entry.path: entry.size for entry in entries if entry.path}
    paths = as_recorded(one.key, one.paths, sizes)
    return all(path in sizes and size_of(path) == sizes[path] for path in paths)
