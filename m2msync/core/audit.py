"""The store compared with the catalog by names and sizes: what has to be looked at, and what has to be read."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable

    from m2msync.core.verification import Depth

Inode = tuple[int, int]
Found = tuple[str, "int | None", "Inode | None"]
"""A file's path in the store, its length, and which file it is if it has several names. A link has no length.

A plain tuple, like `Recorded` of plain paths, because there may be a million.
"""


@dataclass(frozen=True, slots=True)
class Recorded:
    """Everything the catalog records in a store, as one manifest sees it."""

    sizes: dict[str, int]
    """Length in bytes of each of the manifest's copies, by path."""
    fresh: frozenset[str] = frozenset()
    """Those of the copies that were verified lately enough not to be read again."""
    others: frozenset[str] = frozenset()
    """Paths that are none of this manifest's business."""


@dataclass(frozen=True, slots=True)
class Copy:
    """One recorded copy of a product."""

    key: str
    path: str
    size: int
    digest: str | None

    @property
    def filename(self) -> str:
        """The product's file name, whatever the layout calls its copy."""
        return self.key.partition("/")[2]


@dataclass(slots=True)
class Audit:
    """The store compared with the catalog, by names and sizes."""

    same: list[str] = field(default_factory=list)
    odd: list[str] = field(default_factory=list)
    """Copies of another size, or that were not met: each has to be looked at."""
    extra: list[str] = field(default_factory=list)
    names: dict[Inode, list[str]] = field(default_factory=dict)
    """The names of those of the same files that have several."""


def audit(recorded: Recorded, found: Iterable[Found]) -> Audit:
    """Compare what is recorded with what is there."""
    waiting, result = dict(recorded.sizes), Audit()
    for path, size, inode in found:
        expected = waiting.pop(path, None)
        if expected is None:
            if path not in recorded.others:
                result.extra.append(path)
        elif size != expected:
            result.odd.append(path)
        else:
            result.same.append(path)
            if inode is not None:
                result.names.setdefault(inode, []).append(path)
    result.odd += waiting
    return result


def to_read(compared: Audit, recorded: Recorded, depth: Depth) -> list[tuple[str, ...]]:
    """Return the files that have to be looked at more closely, each by all its names, ordered by path."""
    files: list[tuple[str, ...]] = [(path,) for path in compared.odd]
    if depth != "quick":
        linked = {path for names in compared.names.values() for path in names}
        whole: list[tuple[str, ...]] = [(path,) for path in compared.same if path not in linked]
        whole += [tuple(sorted(names)) for names in compared.names.values()]
        files += [names for names in whole if not recorded.fresh.issuperset(names)]
    return sorted(files)
