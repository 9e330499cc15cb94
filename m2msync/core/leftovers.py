"""Which recorded files are wanted no longer; which of them may go, which stay, and why."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from m2msync.core.diff import role
from m2msync.core.holding import LANDED
from m2msync.core.surplus import LEAVING, Leftover

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Iterable, Iterator, Mapping

    from m2msync.core.holding import Known
    from m2msync.core.surplus import Fate, Found


def find_surplus(
    known: Mapping[str, Known],
    sizes: Mapping[str, int],
    elsewhere: Mapping[str, str],
    on_disk: Mapping[str, Found],
    places: Callable[[Known], Collection[str] | None],
) -> tuple[Leftover, ...]:
    """Decide about every recorded file of a manifest's products that is wanted no longer.

    Whatever is in doubt stays.

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

    def judge(self, product: Known) -> Iterator[Leftover]:
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

    def _unwanted(self, product: Known) -> Iterator[Leftover]:
        successors = self.successors.get(role(product), [])
        if not successors:
            yield from self._judged(product, product.paths, "no longer in manifest")
        elif held := sorted(s.display_id for s in successors if self._is_held(s)):
            yield from self._judged(product, product.paths, f"replaced by {held[0]}")
        else:
            missing = min(s.display_id for s in successors)
            yield from self._left(product, product.paths, f"its successor {missing} is not held yet")

    def _second_copies(self, product: Known) -> Iterator[Leftover]:
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

    def _left(self, product: Known, paths: Iterable[str], reason: str) -> Iterator[Leftover]:
        return (Leftover(product, path, self.sizes[path], "leave", reason) for path in paths)

    def _judged(self, product: Known, paths: Iterable[str], reason: str) -> Iterator[Leftover]:
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
    if not leaving:
        return judged
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
