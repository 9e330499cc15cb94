"""Which Landsat scenes exist: every cell, every repeat day, drawn from a seed and never stored.

The population is computed as columns, a whole region and period at a time, so that a search over one box takes a
few milliseconds and a search over the whole earth is still possible; only the scenes of one page become `Scene`s.
"""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from datetime import date
from typing import TYPE_CHECKING

import numpy as np

from m2msync.sandbox.world import wrs2
from m2msync.sandbox.world.scene import Scene

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from numpy.typing import NDArray

    from m2msync.sandbox.world.catalogue import Dataset

    Cell = tuple[int, int]

TIERS = ("T1", "T2", "RT")
LEVELS = ("L1TP", "L1GT", "L1GS", "L2SP", "L2SR")
REAL_TIME, SYSTEMATIC = TIERS.index("RT"), LEVELS.index("L1GS")
REAL_TIME_DAYS = 14  # Landsat-8 scenes stay real-time about two weeks (api.md §11.1)
COLLECTION_2 = date(2020, 8, 20).toordinal()  # everything older was processed anew around then


@dataclass(frozen=True, slots=True, eq=False)
class Columns:
    """Scenes side by side; days are proleptic ordinals, cloud is percent, NaN when null, -1 when unknown."""

    satellite: NDArray[np.int64]
    path: NDArray[np.int64]
    row: NDArray[np.int64]
    acquired: NDArray[np.int64]
    processed: NDArray[np.int64]
    processed_l1: NDArray[np.int64]
    level: NDArray[np.int64]
    level_l1: NDArray[np.int64]
    tier: NDArray[np.int64]
    cloud: NDArray[np.float64]
    seed: NDArray[np.int64]

    def __len__(self) -> int:
        return len(self.path)

    def __getitem__(self, chosen: NDArray[np.bool_] | NDArray[np.int64]) -> Columns:
        return Columns(*(getattr(self, name)[chosen] for name in self.__slots__))


@dataclass(slots=True)
class Archive:
    """What decides which scenes there are: a seed, the day it is, and which visits were processed anew when.

    `renewed` maps (satellite, path, row, acquisition ordinal) to the new processing day.
    """

    seed: int
    today: date
    renewed: dict[tuple[int, int, int, int], date] = field(default_factory=dict)

    def scenes(self, dataset: Dataset, cells: Iterable[Cell], days: tuple[date, date]) -> Columns:
        """Return every scene of a dataset over some cells between two days, both included."""
        keys = _visits(dataset, cells, (days[0], min(days[1], self.today)))
        dice = _Dice(keys, self.seed)
        columns = _draw(dataset, dice, keys, self.today.toordinal())
        self._renew(columns)
        return columns[_exists(dataset, dice, columns)]

    def _renew(self, columns: Columns) -> None:
        for (satellite, path, row, acquired), processed in self.renewed.items():
            this = (columns.path == path) & (columns.row == row)
            this &= (columns.satellite == satellite) & (columns.acquired == acquired)
            columns.processed[this] = columns.processed_l1[this] = processed.toordinal()
            columns.tier[this & (columns.tier == REAL_TIME)] = TIERS.index("T1")


def scene_at(dataset: Dataset, columns: Columns, index: int) -> Scene:
    """Return one of the columns' scenes."""
    cloud = float(columns.cloud[index])
    made = LEVELS[columns.level_l1[index]], date.fromordinal(int(columns.processed_l1[index]))
    return Scene(
        dataset=dataset.alias,
        sensor=dataset.sensor,
        satellite=int(columns.satellite[index]),
        path=int(columns.path[index]),
        row=int(columns.row[index]),
        acquired=date.fromordinal(int(columns.acquired[index])),
        processed=date.fromordinal(int(columns.processed[index])),
        level=LEVELS[columns.level[index]],
        tier=TIERS[columns.tier[index]],
        cloud_cover=None if np.isnan(cloud) else cloud,
        seed=int(columns.seed[index]),
        level_1=None if dataset.level == 1 else made,
    )


def joined(parts: Sequence[Columns]) -> Columns:
    """Return columns one after the other."""
    return Columns(*(np.concatenate([getattr(part, name) for part in parts]) for name in Columns.__slots__))


def all_cells() -> list[Cell]:
    """Return every daylight cell of the grid."""
    return [(path, row) for path in range(1, wrs2.PATHS + 1) for row in wrs2.DAY_ROWS]


class _Dice:
    """Independent draws for each scene: the same scene and question always get the same answer."""

    def __init__(self, keys: NDArray[np.int64], seed: int) -> None:
        satellite, path, row, acquired = keys.astype(np.uint64)
        packed = (((satellite << np.uint64(8)) | path) << np.uint64(8) | row) << np.uint64(24) | acquired
        self.key = _mixed(packed ^ _mixed(np.uint64(seed & 0xFFFFFFFFFFFFFFFF)))

    def uniform(self, question: int) -> NDArray[np.float64]:
        """Return numbers in [0, 1)."""
        drawn = _mixed(self.key + np.uint64(question)) >> np.uint64(11)
        return drawn.astype(np.float64) * 2.0**-53

    def upto(self, question: int, bound: int) -> NDArray[np.int64]:
        """Return whole numbers in [0, bound)."""
        return (self.uniform(question) * bound).astype(np.int64)


def _mixed(x: NDArray[np.uint64] | np.uint64) -> NDArray[np.uint64]:
    """Return the splitmix64 hash of 64-bit numbers, whose overflow is the point."""
    with np.errstate(over="ignore"):
        z = np.asarray(x, dtype=np.uint64) + np.uint64(0x9E3779B97F4A7C15)
        z = (z ^ (z >> np.uint64(30))) * np.uint64(0xBF58476D1CE4E5B9)
        z = (z ^ (z >> np.uint64(27))) * np.uint64(0x94D049BB133111EB)
    mixed: NDArray[np.uint64] = z ^ (z >> np.uint64(31))
    return mixed


def _visits(dataset: Dataset, cells: Iterable[Cell], days: tuple[date, date]) -> NDArray[np.int64]:
    """Return satellite, path, row and day of every pass over the cells, as four rows."""
    rows_of: dict[int, list[int]] = {}
    for path, row in cells:
        rows_of.setdefault(path, []).append(row)
    parts = [np.empty((4, 0), dtype=np.int64)]
    for satellite, first, last in dataset.satellites:
        start, end = max(days[0], first), min(days[1], last or days[1])
        for path, rows in rows_of.items():
            passes = [day.toordinal() for day in wrs2.days(path, satellite, start, end)]
            grid = np.meshgrid([satellite], [path], rows, passes, indexing="ij")
            parts.append(np.stack([axis.ravel() for axis in grid]).astype(np.int64))
    return np.concatenate(parts, axis=1)


def _draw(dataset: Dataset, dice: _Dice, keys: NDArray[np.int64], today: int) -> Columns:
    satellite, path, row, acquired = keys
    fresh = (satellite == 8) & (acquired > today - REAL_TIME_DAYS)
    quality = dice.uniform(1)
    loose = 2 if dataset.sensor in ("tm", "mss") else 1  # TM falls back to systematic (L1GS), later sensors to L1GT
    level = np.where(quality < 0.91, 0, np.where(quality < 0.96, 1, loose))
    tier = np.where(fresh, 2, np.where(quality < 0.87, 0, 1))
    processed = _processed(dice, satellite, acquired, fresh=fresh).clip(max=today)
    l1 = Columns(
        satellite, path, row, acquired, processed, processed, level, level, tier, _clouds(dice), dice.upto(2, 2**31)
    )
    if dataset.level == 1:
        return l1
    surface_only = np.where(dice.uniform(3) < 0.06, 4, 3)
    return replace(l1, level=surface_only, processed=(processed + dice.upto(4, 3)).clip(max=today))


def _processed(
    dice: _Dice, satellite: NDArray[np.int64], acquired: NDArray[np.int64], *, fresh: NDArray[np.bool_]
) -> NDArray[np.int64]:
    wait = np.where(satellite == 9, 1, 8 + dice.upto(5, 6))
    soon = acquired + np.where(fresh, 0, wait)
    return np.where(acquired < COLLECTION_2, COLLECTION_2 + dice.upto(6, 40), soon)


def _clouds(dice: _Dice) -> NDArray[np.float64]:
    clouds = np.round(100.0 * dice.uniform(7) ** 2.2, 2)
    unknown = dice.uniform(8)
    clouds[unknown < 0.01] = np.nan
    clouds[(unknown >= 0.01) & (unknown < 0.02)] = -1.0
    return clouds


def _exists(dataset: Dataset, dice: _Dice, columns: Columns) -> NDArray[np.bool_]:
    exists: NDArray[np.bool_] = dice.uniform(9) < 0.97
    if dataset.level == 2:  # made from final, terrain-located scenes only, and not of all of them
        exists &= (columns.tier != REAL_TIME) & (columns.level_l1 != SYSTEMATIC) & (dice.uniform(10) < 0.95)
    return exists
