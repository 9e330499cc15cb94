"""What a search found: counted and looked at a stretch of days at a time, so that no search is too broad."""

from __future__ import annotations

from collections import OrderedDict
from typing import TYPE_CHECKING

from m2msync.sandbox.world import population

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from m2msync.sandbox.world.catalogue import Dataset
    from m2msync.sandbox.world.frames import Frame
    from m2msync.sandbox.world.scene import Scene

    Found = population.Columns | Sequence[Frame]

ROOM = 1_000_000
"""How many found images are kept at hand, all searches together."""


class Memory:
    """Keeps the stretches looked at last, up to a number of images."""

    def __init__(self) -> None:
        self._used = 0
        self._kept: OrderedDict[object, Found] = OrderedDict()

    def take(self, key: object, find: Callable[[], Found]) -> Found:
        """Return what stands under a key, found now if it is not at hand."""
        if key not in self._kept:
            self._kept[key] = find()
            self._used += len(self._kept[key])
            while self._used > ROOM and len(self._kept) > 1:
                self._used -= len(self._kept.popitem(last=False)[1])
        self._kept.move_to_end(key)
        return self._kept[key]

    def clear(self) -> None:
        """Forget everything."""
        self._kept.clear()
        self._used = 0


class Hits:
    """The images a search found, newest first; `find(n)` gives those of the n-th stretch of days."""

    def __init__(self, dataset: Dataset, stretches: int, find: Callable[[int], Found]) -> None:
        self._dataset = dataset
        self._find = find
        self._stretches = stretches
        self._counts: list[int] = []

    def __len__(self) -> int:
        return sum(self._count(stretch) for stretch in range(self._stretches))

    def page(self, start: int, count: int) -> list[Scene | Frame]:
        """Return up to `count` images from the 0-based position `start`; no stretch beyond them is computed."""
        images: list[Scene | Frame] = []
        before = 0
        for stretch in range(self._stretches):
            if before >= start + count:
                break
            size = self._count(stretch)
            places = range(max(start - before, 0), min(start + count - before, size))
            if places:
                images += self._images(self._find(stretch), places)
            before += size
        return images

    def _count(self, stretch: int) -> int:
        if stretch == len(self._counts):
            self._counts.append(len(self._find(stretch)))
        return self._counts[stretch]

    def _images(self, found: Found, places: range) -> list[Scene | Frame]:
        if isinstance(found, population.Columns):
            return [population.scene_at(self._dataset, found, place) for place in places]
        return [found[place] for place in places]
