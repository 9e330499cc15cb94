"""What is held and wanted no longer: which recorded files may go, which stay, and why."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any, Literal

from m2msync.core.diff import role
from m2msync.core.errors import Unsafe
from m2msync.core.holding import LANDED

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Iterable, Iterator, Mapping

    from m2msync.core.holding import Known

    Judged = Iterator["Leftover"]

Fate = Literal["delete", "move", "gone", "leave", "failed"]
FATES: tuple[Fate, ...] = ("failed", "delete", "move", "gone", "leave")
LEAVING: frozenset[Fate] = frozenset({"delete", "move"})

_ENDED_WELL = ("success", "partial")


@dataclass(frozen=True, slots=True)
class Found:
    """What lies at a path of the store."""

    size: int | None
    """Length in bytes; None when it is no file, or cannot be reached without following a symbolic link."""
    file: tuple[int, int] = (0, 0)
    """Device and inode: paths that share them share their bytes."""
    links: int = 1
    """How many paths share them, inside the store or out of it."""


@dataclass(frozen=True, slots=True)
class Leftover:
    """One recorded file that is wanted no longer, and what becomes of it."""

    product: Known
    path: str
    """Relative to the store."""
    size: int
    """Recorded length in bytes."""
    verb: Fate
    reason: str
    frees: int = 0
    """Bytes of the disk that are free once it is deleted; those of linked files go with the last of them."""

    def to_json(self) -> dict[str, Any]:
        """Return the contract's keys of an action (schemas/prune.schema.json)."""
        told = {"key": self.product.key, "verb": self.verb, "reason": self.reason}
        names = "dataset region image display_id product"
        told |= {name: getattr(self.product, name) for name in names.split()}
        return told | {"path": self.path, "size": self.size}


@dataclass(frozen=True, slots=True)
class Surplus:
    """Every file that is held and wanted no longer, ordered by path."""

    manifest: str
    leftovers: tuple[Leftover, ...]
    held: int
    """Files of this manifest, wanted or not, that are recorded and in the store."""
    done: bool = False
    """Whether the files were deleted or moved, rather than only listed."""
    trash: str = ""
    """The folder into which files are moved; empty when they are deleted."""

    @property
    def leaving(self) -> tuple[Leftover, ...]:
        """The files that are deleted or moved."""
        return tuple(x for x in self.leftovers if x.verb in LEAVING)

    def exceeds(self, most: int | None) -> bool:
        """Whether more files leave than a person said or, where nobody did, than half of those held."""
        return len(self.leaving) > (self.held // 2 if most is None else most)

    @property
    def exit_code(self) -> int:
        """3 when a file could not be deleted, else 0."""
        return 3 if any(x.verb == "failed" for x in self.leftovers) else 0

    def summary(self) -> dict[str, int]:
        """Return the counts of `prune --json`."""
        verbs = [x.verb for x in self.leftovers]
        counts: dict[str, int] = {verb: verbs.count(verb) for verb in FATES}
        return counts | {"bytes": sum(x.frees for x in self.leaving), "held": self.held}

    def to_json(self) -> dict[str, Any]:
        """Return it as one JSON object (schemas/prune.schema.json)."""
        return {
            "schema_version": 1,
            "kind": "prune",
            "manifest": self.manifest,
            "done": self.done,
            "trash": self.trash or None,
            "summary": self.summary(),
            "actions": [x.to_json() for x in self.leftovers],
        }


def check_applied(status: str | None, applied: str | None, digest: str) -> None:
    """Insist that the catalog knows what the manifest wants now.

    Args:
        status: how its last apply ended, "running" when it has not, None when there was none.
        applied: digest of the manifest as it was applied last, None when that is not known.
        digest: of the manifest as it is now.

    Raises:
        Unsafe: it does not.
    """
    if status is None:
        raise Unsafe("this manifest has never been applied here", hint="Run `m2msync apply` first.")
    if status not in _ENDED_WELL:
        told = "has not ended" if status == "running" else f"ended early ({status})"
        raise Unsafe(
            f"the last apply of this manifest {told}; nothing is deleted before one has ended well",
            hint="Run `m2msync apply` again.",
        )
    if applied is None:
        raise Unsafe(
            "it is not recorded what the manifest was like when it was applied last",
            hint="Run `m2msync apply` once; an older m2msync made this catalog.",
        )
    if applied != digest:
        raise Unsafe(
            "the manifest has been edited since it was applied last",
            hint="Run `m2msync apply` first, so that it is known what is wanted now.",
        )


def check_amount(surplus: Surplus, most: int | None) -> None:
    """Insist that no more files leave than a person expects.

    Args:
        surplus: what would leave.
        most: how many files may leave; None when nobody said, then it is half of all held.

    Raises:
        Unsafe: more would leave.
    """
    if surplus.exceeds(most):
        number = len(surplus.leaving)
        limit = f"half of the {surplus.held:,} held" if most is None else f"{most:,}"
        raise Unsafe(
            f"{number:,} files would be deleted, more than {limit}; nothing was deleted",
            hint=f"Look at the list without --yes. If it is right, add --max-delete {number}.",
        )


def find_surplus(
    known: Mapping[str, Known],
    sizes: Mapping[str, int],
    elsewhere: Mapping[str, str],
    on_disk: Mapping[str, Found],
    places: Callable[[Known], Collection[str] | None],
) -> tuple[Leftover, ...]:
    """Decide about every recorded file of a manifest's products that is wanted no longer.

    Args:
        known: per key, what the catalog knows of a product.
        sizes: per recorded path, the length in bytes of that copy.
        elsewhere: per key of what another manifest wants, that manifest's name.
        on_disk: per path at which there is something, what that is.
        places: tells all paths at which the manifest may want a product, None when that is not known.

    Returns:
        What may be deleted, what has gone already and what is left and why, ordered by path.
    """
    evidence = _Evidence(sizes, elsewhere, on_disk, places, _successors(known.values(), elsewhere))
    judged = [x for product in known.values() if product.claimed for x in evidence.judge(product)]
    judged = _without_twins(judged, known.values())
    return tuple(_with_frees(sorted(judged, key=lambda x: x.path), on_disk))


def count_held(known: Iterable[Known], sizes: Mapping[str, int], on_disk: Mapping[str, Found]) -> int:
    """Return how many recorded files of a manifest's products are in the store as recorded."""
    return sum(is_whole(path, sizes, on_disk) for product in known if product.claimed for path in product.paths)


def is_whole(path: str, sizes: Mapping[str, int], on_disk: Mapping[str, Found]) -> bool:
    """Return whether the file that is recorded at a path is there."""
    return path in on_disk and on_disk[path].size == sizes[path]


@dataclass(frozen=True, slots=True)
class _Evidence:
    sizes: Mapping[str, int]
    elsewhere: Mapping[str, str]
    on_disk: Mapping[str, Found]
    places: Callable[[Known], Collection[str] | None]
    successors: Mapping[tuple[str, str, str], list[Known]]

    def judge(self, product: Known) -> Judged:
        """Yield the fates of those copies of a product that are wanted no longer."""
        other = self.elsewhere.get(product.key)
        if product.wanted and product.state != "tombstoned":
            if other is None and len(product.paths) > 1:
                yield from self._second_copies(product)
        elif other is not None:
            yield from self._left(product, product.paths, f"the manifest {other} wants it")
        elif product.state == "tombstoned":
            yield from self._judged(product, product.paths, product.reason)
        else:
            yield from self._unwanted(product)

    def _unwanted(self, product: Known) -> Judged:
        successors = self.successors.get(role(product), [])
        if not successors:
            yield from self._judged(product, product.paths, "no longer in manifest")
        elif held := next((s for s in successors if self._is_held(s)), None):
            yield from self._judged(product, product.paths, f"replaced by {held.display_id}")
        else:
            reason = f"its successor {successors[0].display_id} is not held yet"
            yield from self._left(product, product.paths, reason)

    def _second_copies(self, product: Known) -> Judged:
        places = self.places(product)
        if places is None:
            yield from self._left(product, product.paths[1:], "a second copy; it is not known whether it is wanted")
            return
        outside = [path for path in product.paths if path not in places]
        if any(self._is_whole(path) for path in product.paths if path in places):
            yield from self._judged(product, outside, "the layout has it elsewhere now")
        else:
            yield from self._left(product, outside, "not held yet where the layout has it now")

    def _is_held(self, product: Known) -> bool:
        return product.state in LANDED and any(map(self._is_whole, product.paths))

    def _is_whole(self, path: str) -> bool:
        return is_whole(path, self.sizes, self.on_disk)

    def _left(self, product: Known, paths: Iterable[str], reason: str) -> Judged:
        return (Leftover(product, path, self.sizes[path], "leave", reason) for path in paths)

    def _judged(self, product: Known, paths: Iterable[str], reason: str) -> Judged:
        for path in paths:
            yield Leftover(product, path, self.sizes[path], *self._fate(path, reason))

    def _fate(self, path: str, reason: str) -> tuple[Fate, str]:
        found, size = self.on_disk.get(path), self.sizes[path]
        if found is None:
            return "gone", reason
        if found.size is None:
            return "leave", "no plain file can be reached there any more"
        if found.size != size:
            return "leave", f"size on disk differs: {found.size} bytes, recorded {size}"
        return "delete", reason


def _successors(known: Iterable[Known], elsewhere: Mapping[str, str]) -> dict[tuple[str, str, str], list[Known]]:
    found: dict[tuple[str, str, str], list[Known]] = {}
    for product in known:
        if product.wanted or product.key in elsewhere:
            found.setdefault(role(product), []).append(product)
    return found


def _without_twins(judged: list[Leftover], known: Iterable[Known]) -> list[Leftover]:
    """Leave what macOS and Windows could take for a file that stays, because only letter case tells them apart."""
    leaving = {x.path for x in judged if x.verb in LEAVING}
    staying = {path.casefold() for product in known for path in product.paths if path not in leaving}
    reason = "only letter case tells its path from that of a file that stays"
    return [
        replace(x, verb="leave", reason=reason) if x.verb in LEAVING and x.path.casefold() in staying else x
        for x in judged
    ]


def _with_frees(leftovers: Iterable[Leftover], on_disk: Mapping[str, Found]) -> Iterator[Leftover]:
    """Fill in what each file frees: the last path of those that share their bytes frees them, if no other stays."""
    links: dict[tuple[int, int], int] = {}
    for leftover in leftovers:
        if leftover.verb in LEAVING:
            found = on_disk[leftover.path]
            left = links[found.file] = links.get(found.file, found.links) - 1
            yield leftover if left > 0 else replace(leftover, frees=leftover.size)
        else:
            yield leftover
