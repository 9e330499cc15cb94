"""The simulated archive: every scene of every dataset, how it is found, and what becomes of it."""

from __future__ import annotations

import json
import re
from collections import OrderedDict
from dataclasses import dataclass
from datetime import date, timedelta
from typing import TYPE_CHECKING

import numpy as np

from m2msync.sandbox.world import frames, matching, population, wrs2
from m2msync.sandbox.world.catalogue import DATASETS, Dataset
from m2msync.sandbox.world.hits import Hits, Memory
from m2msync.sandbox.world.population import REAL_TIME_DAYS
from m2msync.sandbox.world.query import Query, day_of, query_of, reach
from m2msync.sandbox.world.scene import LETTERS, Scene

if TYPE_CHECKING:
    from collections.abc import Callable

    from numpy.typing import NDArray

    from m2msync.sandbox.world.frames import Frame
    from m2msync.sandbox.world.population import Columns

TODAY = date(2025, 12, 31)
"""The day the world has reached unless told otherwise."""
REMEMBERED = 100_000
"""How many scenes asked for by their ids are kept at hand."""
BEARABLE = 1_700_000
"""How many cells times days are computed at once: two months of the whole earth, a lifetime of a country."""
COLLECTION_2 = date.fromordinal(population.COLLECTION_2)
_LANDSAT = {(LETTERS[d.sensor], str(d.level)): d for d in DATASETS.values() if d.landsat}
"""Datasets by what a displayId says at its places 1 and 6."""
_ENTITY = re.compile(r"L[CETM](\d)(\d{3})(\d{3})(\d{7})[A-Z]{3}\d\d")
_DISPLAY = re.compile(r"L[CETM](\d\d)_L\w{3}_(\d{3})(\d{3})_(\d{8})_\d{8}_02_(?:T1|T2|RT)")


@dataclass(frozen=True, slots=True)
class Deletion:
    """A product that is no longer there because its scene was processed anew."""

    scene: Scene
    day: date


class World:
    """An archive drawn from a seed, as it stands on the day `today`."""

    def __init__(self, seed: int = 0, today: date = TODAY, *, envelopes: bool = False) -> None:
        self.today = today
        self._envelopes = envelopes
        self.deletions: list[Deletion] = []
        self._archive = population.Archive(seed, today)
        self._hits: OrderedDict[str, Hits] = OrderedDict()
        self._memory = Memory()
        self._scenes: dict[tuple[str | int | date, ...], Scene | None] = {}

    def search(self, dataset: Dataset, scene_filter: object) -> Hits:
        """Return what matches a SceneFilter, newest first, then by ascending entityId (api.md §7.1)."""
        key = f"{dataset.alias} {json.dumps(scene_filter, sort_keys=True)}"
        return self._remembered(key, lambda: self._hits_of(dataset, query_of(dataset, scene_filter), key))

    def replaced(self, dataset: Dataset, days: tuple[date, date]) -> Hits:
        """Return the scenes whose real-time product was replaced by a final one between two days, both included."""
        wait = timedelta(days=REAL_TIME_DAYS)
        if dataset.alias != "landsat_ot_c2_l1":  # real-time products were only ever made of Landsat 8, at level 1
            return Hits(dataset, 0, lambda _: [])
        span = max(days[0], COLLECTION_2 + wait) - wait, min(days[1], self.today)
        query, key = Query(ingested=days, acquired=span), f"replaced {days}"
        return self._remembered(key, lambda: self._hits_of(dataset, query, key, self._was_real_time))

    def by_entity_id(self, dataset: Dataset, entity_id: str) -> Scene | Frame | None:
        """Return the image with an entityId, if the dataset holds it."""
        if not dataset.landsat:
            return frames.by_entity_id(dataset.alias, entity_id)
        if not (found := _ENTITY.fullmatch(entity_id)):
            return None
        satellite, path, row, day = found.groups()
        scene = self._scene(dataset, int(satellite), (int(path), int(row)), day_of(day, "%Y%j"))
        return scene if scene and scene.entity_id == entity_id else None

    def by_display_id(self, dataset: Dataset, display_id: str) -> Scene | Frame | None:
        """Return the image that now has a displayId; a replaced product is gone."""
        if not dataset.landsat:
            return frames.by_display_id(dataset.alias, display_id)
        if not (found := _DISPLAY.fullmatch(display_id)):
            return None
        satellite, path, row, day = found.groups()
        scene = self._scene(dataset, int(satellite), (int(path), int(row)), day_of(day, "%Y%m%d"))
        return scene if scene and scene.display_id == display_id else None

    def scene(self, display_id: str) -> Scene | None:
        """Return the Landsat scene that now has a displayId, whichever dataset holds it."""
        dataset = _LANDSAT.get((display_id[1:2], display_id[6:7]))
        found = dataset and self.by_display_id(dataset, display_id)
        return found if isinstance(found, Scene) else None

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
        self._memory.clear()
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

    def _remembered(self, key: str, find: Callable[[], Hits]) -> Hits:
        if key not in self._hits:
            self._hits[key] = find()
            while len(self._hits) > 64:
                self._hits.popitem(last=False)
        self._hits.move_to_end(key)
        return self._hits[key]

    def _hits_of(
        self, dataset: Dataset, query: Query, key: str, also: Callable[[Columns], NDArray[np.bool_]] | None = None
    ) -> Hits:
        if not dataset.landsat:
            return Hits(dataset, 1, lambda _: matching.frames_for(dataset.alias, query))
        paths, rows, days = reach(query.condition)
        cells = [
            (path, row)
            for path, row in _cells(query, envelopes=self._envelopes)
            if (paths is None or path in paths) and (rows is None or row in rows)
        ]
        first = max(days[0], query.acquired[0], dataset.first)
        stretches = _stretches(first, min(days[1], query.acquired[1], dataset.last, self.today), len(cells))

        def find(stretch: int) -> Columns:
            columns = self._archive.scenes(dataset, cells, stretches[stretch])
            columns = columns[matching.mask(query, columns)]
            columns = columns[also(columns)] if also else columns
            columns = columns[np.lexsort((columns.row, columns.path, columns.satellite, -columns.acquired))]
            return matching.settle(dataset, query.condition, columns)

        return Hits(dataset, len(stretches), lambda n: self._memory.take((key, n), lambda: find(n)))

    def _was_real_time(self, columns: Columns) -> NDArray[np.bool_]:
        final: NDArray[np.bool_] = (columns.satellite == 8) & (columns.tier != population.REAL_TIME)
        for satellite, path, row, acquired in self._archive.renewed:  # these have deletions of their own
            this = (columns.satellite == satellite) & (columns.path == path) & (columns.row == row)
            final &= ~(this & (columns.acquired == acquired))
        return final


def _stretches(first: date, last: date, cells: int) -> list[tuple[date, date]]:
    """Return the days from first to last, both included, cut into stretches of bearable size, newest first."""
    length = max(1, BEARABLE // max(1, cells))
    ends = range(last.toordinal(), first.toordinal() - 1, -length)
    return [(date.fromordinal(max(end - length + 1, first.toordinal())), date.fromordinal(end)) for end in ends]


def _cells(query: Query, *, envelopes: bool) -> list[tuple[int, int]]:
    if query.area is None:
        return population.all_cells()
    cells = wrs2.cells_in(*query.area.box, envelopes=envelopes)
    if not query.area.rings:
        return cells
    return [cell for cell in cells if query.area.touches(_outline(cell, envelope=envelopes))]


def _outline(cell: tuple[int, int], *, envelope: bool) -> tuple[wrs2.Point, ...]:
    corners = wrs2.corners(*cell)
    if envelope:
        lons, lats = zip(*corners, strict=True)
        west, south, east, north = min(lons), min(lats), max(lons), max(lats)
        corners = ((west, north), (east, north), (east, south), (west, south))
    return (*corners, corners[0])
