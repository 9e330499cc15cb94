"""The simulated archive: every scene of every dataset, how it is found, and what becomes of it."""

from __future__ import annotations

import json
import re
from collections import OrderedDict
from dataclasses import dataclass
from datetime import date, timedelta
from typing import TYPE_CHECKING

import numpy as np

from m2msync.sandbox import frames, matching, population, wrs2
from m2msync.sandbox.catalogue import DATASETS, Dataset
from m2msync.sandbox.errors import Refusal
from m2msync.sandbox.query import Query, day_of, query_of, reach
from m2msync.sandbox.scene import Scene

if TYPE_CHECKING:
    from collections.abc import Sequence
    from typing import Any

    from m2msync.sandbox.frames import Frame
    from m2msync.sandbox.population import Columns

TODAY = date(2025, 12, 31)
"""The day the world has reached unless told otherwise."""
REMEMBERED = 100_000
"""How many scenes asked for by their ids are kept at hand."""
TOO_BROAD = 28_426 * 366 * 2  # cells times days: two years of the whole earth
_ENTITY = re.compile(r"L[CET](\d)(\d{3})(\d{3})(\d{7})[A-Z]{3}\d\d")
_DISPLAY = re.compile(r"L[CET](\d\d)_L\w{3}_(\d{3})(\d{3})_(\d{8})_\d{8}_02_(?:T1|T2|RT)")


@dataclass(frozen=True, slots=True)
class Deletion:
    """A product that is no longer there because its scene was processed anew."""

    scene: Scene
    day: date


@dataclass(frozen=True, slots=True)
class Hits:
    """What a search found, in order; scenes are only made when looked at."""

    dataset: Dataset
    found: Columns | Sequence[Frame]

    def __len__(self) -> int:
        return len(self.found)

    def page(self, start: int, count: int) -> list[Scene | Frame]:
        """Return up to `count` images from the 0-based position `start`."""
        places = range(start, min(start + count, len(self.found)))
        if isinstance(self.found, population.Columns):
            return [population.scene_at(self.dataset, self.found, place) for place in places]
        return [self.found[place] for place in places]


class World:
    """An archive drawn from a seed, as it stands on the day `today`."""

    def __init__(self, seed: int = 0, today: date = TODAY) -> None:
        self.today = today
        self.deletions: list[Deletion] = []
        self._archive = population.Archive(seed, today)
        self._hits: OrderedDict[str, Hits] = OrderedDict()
        self._scenes: dict[tuple[str | int | date, ...], Scene | None] = {}

    def search(self, dataset: Dataset, scene_filter: dict[str, Any] | None) -> Hits:
        """Return what matches a SceneFilter, newest first, then by ascending entityId (api.md §7.1)."""
        key = f"{dataset.alias} {json.dumps(scene_filter, sort_keys=True)}"
        if key not in self._hits:
            self._hits[key] = Hits(dataset, self._find(dataset, query_of(dataset, scene_filter)))
            while len(self._hits) > 64:
                self._hits.popitem(last=False)
        self._hits.move_to_end(key)
        return self._hits[key]

    def by_entity_id(self, dataset: Dataset, entity_id: str) -> Scene | Frame | None:
        """Return the image with an entityId, if the dataset holds it."""
        if not dataset.landsat:
            return frames.frame_of(entity_id) if dataset.alias == "naip" else None
        if not (found := _ENTITY.fullmatch(entity_id)):
            return None
        satellite, path, row, day = found.groups()
        scene = self._scene(dataset, int(satellite), (int(path), int(row)), day_of(day, "%Y%j"))
        return scene if scene and scene.entity_id == entity_id else None

    def by_display_id(
        self, dataset: Dataset, display_id: str, *, any_version: bool = False
    ) -> Scene | Frame | None:
        """Return the image that now has a displayId: a replaced product is gone, unless any version will do."""
        if not dataset.landsat:
            return frames.by_display_id().get(display_id) if dataset.alias == "naip" else None
        if not (found := _DISPLAY.fullmatch(display_id)):
            return None
        satellite, path, row, day = found.groups()
        scene = self._scene(dataset, int(satellite), (int(path), int(row)), day_of(day, "%Y%m%d"))
        return scene if scene and (any_version or scene.display_id == display_id) else None

    def reprocess(self, entity_id: str) -> list[Scene]:
        """Make a scene come back under new displayIds in every dataset that holds it; return the new scenes."""
        before = {d.alias: self.by_entity_id(d, entity_id) for d in DATASETS.values() if d.landsat}
        old = [scene for scene in before.values() if isinstance(scene, Scene)]
        if not old:
            raise KeyError(entity_id)
        one = old[0]
        place = (one.satellite, one.path, one.row, one.acquired.toordinal())
        self._archive.renewed[place] = max(self.today, *(scene.processed + timedelta(days=1) for scene in old))
        self._hits.clear()
        self._scenes.clear()
        self.deletions.extend(Deletion(scene, self.today) for scene in old)
        after = [self.by_entity_id(DATASETS[alias], entity_id) for alias in before]
        return [scene for scene in after if isinstance(scene, Scene)]

    def _scene(
        self, dataset: Dataset, satellite: int, cell: tuple[int, int], acquired: date | None
    ) -> Scene | None:
        if acquired is None or not (1 <= cell[0] <= wrs2.PATHS and cell[1] in wrs2.DAY_ROWS):
            return None
        key = (dataset.alias, satellite, *cell, acquired)
        if key not in self._scenes:
            if len(self._scenes) >= REMEMBERED:
                self._scenes.clear()
            columns = self._archive.scenes(dataset, [cell], (acquired, acquired))
            which = np.flatnonzero(columns.satellite == satellite)
            self._scenes[key] = population.scene_at(dataset, columns, int(which[0])) if which.size else None
        return self._scenes[key]

    def _matching(
        self, dataset: Dataset, query: Query, cells: Sequence[tuple[int, int]], span: tuple[date, date]
    ) -> Columns:
        """Return the scenes that match, computed half a year at a time to keep whole-earth searches small."""
        if query == Query():
            span = (max(span[0], span[1] - timedelta(days=60)), span[1])  # its hits are a cached count anyway
        if len(cells) * (span[1] - span[0]).days > TOO_BROAD:
            raise Refusal(
                "SEARCH_FAILED", "This search is too broad for the sandbox: give an area or a shorter period"
            )
        parts = [self._archive.scenes(dataset, [], span)]
        for first in range(span[0].toordinal(), span[1].toordinal() + 1, 180):
            last = min(first + 179, span[1].toordinal())
            part = self._archive.scenes(dataset, cells, (date.fromordinal(first), date.fromordinal(last)))
            parts.append(part[matching.mask(query, part)])
        return population.joined(parts)

    def _find(self, dataset: Dataset, query: Query) -> Columns | Sequence[Frame]:
        if not dataset.landsat:
            return matching.frames_for(query) if dataset.alias == "naip" else []
        paths, rows, days = reach(query.condition)
        span = max(days[0], query.acquired[0], dataset.start), min(days[1], query.acquired[1], self.today)
        cells = [
            (path, row)
            for path, row in _cells(query)
            if (paths is None or path in paths) and (rows is None or row in rows)
        ]
        columns = self._matching(dataset, query, cells, span)
        newest = np.lexsort((columns.row, columns.path, columns.satellite, -columns.acquired))
        columns = columns[newest]
        return matching.settle(dataset, query.condition, columns)


def _cells(query: Query) -> list[tuple[int, int]]:
    if query.area is None:
        return population.all_cells()
    cells = wrs2.cells_in(*query.area.box)
    if not query.area.rings:
        return cells
    return [cell for cell in cells if query.area.touches(_outline(cell))]


def _outline(cell: tuple[int, int]) -> tuple[wrs2.Point, ...]:
    corners = wrs2.corners(*cell)
    return (*corners, corners[0])
