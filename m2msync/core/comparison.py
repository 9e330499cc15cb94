"""Tells what is as it should be from what needs a decision, in one pass over two sorted lists of a million."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Generic, NamedTuple, TypeVar

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Sequence

    from m2msync.core.holding import State

T = TypeVar("T")


class Wanted(NamedTuple, Generic[T]):
    """A product that is wanted: as little of it as the comparison needs."""

    key: str
    paths: Sequence[str]
    item: T
    """What it is to be called by afterwards."""


class Copy(NamedTuple):
    """A copy that the catalog records, or a product without one."""

    key: str
    state: State
    wanted: bool | None
    """Whether the manifest wanted it at its last apply; None if it never did."""
    path: str | None
    size: int | None
    dataset: str
    region: str


@dataclass(slots=True)
class Comparison(Generic[T]):
    """What a comparison found."""

    kept: Counter[tuple[str, str]] = field(default_factory=Counter)
    """How many products are as they should be, by dataset and region."""
    kept_bytes: Counter[tuple[str, str]] = field(default_factory=Counter)
    """Their lengths in bytes."""
    open: list[T] = field(default_factory=list)
    """Wanted products that need a decision."""
    known: list[str] = field(default_factory=list)
    """Keys of products the catalog knows that need a decision, or are part of one."""
    fresh: bool = False
    """Whether something is wanted that was not wanted at the last apply, or the other way round."""


def compare(
    wanted: Iterable[Wanted[T]], copies: Iterable[Copy], size_of: Callable[[str], int | None]
) -> Comparison[T]:
    """Compare what is wanted with what the catalog records and the disk has.

    Args:
        wanted: sorted by key, each once.
        copies: sorted by key.
        size_of: returns the length in bytes of the file at a path now, None if there is none.
    """
    found: Comparison[T] = Comparison()
    groups = _grouped(copies)
    group = next(groups, None)
    for one in wanted:
        while group and group[0].key < one.key:
            _leave(group[0], found)
            group = next(groups, None)
        mine = group if group and group[0].key == one.key else None
        if mine and _is_settled(one, mine, size_of):
            place = mine[0].dataset, mine[0].region
            found.kept[place] += 1
            found.kept_bytes[place] += mine[0].size or 0
        else:
            found.open.append(one.item)
            if mine:
                found.known.append(one.key)
        found.fresh = found.fresh or not (mine and mine[0].wanted)
        group = next(groups, None) if mine else group
    while group:
        _leave(group[0], found)
        group = next(groups, None)
    return found


def _grouped(copies: Iterable[Copy]) -> Iterator[list[Copy]]:
    group: list[Copy] = []
    for copy in copies:
        if group and copy.key != group[0].key:
            yield group
            group = []
        group.append(copy)
    if group:
        yield group


def _leave(copy: Copy, found: Comparison[T]) -> None:
    """Take note of a product that is not wanted; only one that this manifest once wanted concerns it."""
    if copy.wanted is not None:
        found.known.append(copy.key)
        found.fresh = found.fresh or copy.wanted


def _is_settled(one: Wanted[T], copies: Sequence[Copy], size_of: Callable[[str], int | None]) -> bool:
    if copies[0].state != "held":
        return False
    sizes = {copy.path: copy.size for copy in copies}
    return all(path in sizes and size_of(path) == sizes[path] for path in one.paths)
