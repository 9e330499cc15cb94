"""What the metadata of a scene tell about how it was made: the facts that MTL files and the catalogue share."""

from __future__ import annotations

from dataclasses import dataclass, replace
from random import Random
from typing import TYPE_CHECKING

from m2msync.sandbox.world.grid import grid_of, to_degrees

if TYPE_CHECKING:
    from m2msync.sandbox.world.grid import Grid
    from m2msync.sandbox.world.scene import Scene
    from m2msync.sandbox.world.wrs2 import Point

SOFTWARE = "LPGS_16.3.1"
SENSOR_ID = {"oli-tirs": "OLI_TIRS", "etm": "ETM", "tm": "TM", "mss": "MSS"}


@dataclass(frozen=True, slots=True)
class Fit:
    """How well a terrain-corrected scene lies on its control points; errors in metres."""

    points: int
    error_x: float
    error_y: float

    @property
    def error(self) -> float:
        """The error in both directions together."""
        return float((self.error_x**2 + self.error_y**2) ** 0.5)


def level_1_of(scene: Scene) -> Scene:
    """Return the level-1 product a scene was made from: itself, or the one below a level-2 product."""
    if scene.level_1 is None:
        return scene
    level, processed = scene.level_1
    dataset = scene.dataset.replace("_l2", "_l1")
    return replace(scene, dataset=dataset, level=level, processed=processed, level_1=None)


def fit_of(scene: Scene) -> Fit | None:
    """Return the fit of a scene's level-1 product; None when it was not corrected for terrain."""
    if level_1_of(scene).level != "L1TP":
        return None
    dice = Random(scene.entity_id)
    return Fit(dice.randint(80, 480), dice.uniform(2.5, 5.5), dice.uniform(2.5, 5.5))


def frame_of(grid: Grid) -> dict[str, tuple[float, float]]:
    """Return easting and northing of the middles of the outermost pixels, as UL, UR, LL and LR."""
    columns, rows = grid.centres()
    west, east, north, south = float(columns[0]), float(columns[-1]), float(rows[0]), float(rows[-1])
    return {"UL": (west, north), "UR": (east, north), "LL": (west, south), "LR": (east, south)}


def places_of(scene: Scene, pixels: int) -> dict[str, Point]:
    """Return longitude and latitude of the picture's corners, as UL, UR, LL and LR."""
    grid = grid_of(scene.path, scene.row, pixels)
    places = {name: to_degrees(x, y, grid.zone) for name, (x, y) in frame_of(grid).items()}
    return {name: (float(longitude), float(latitude)) for name, (longitude, latitude) in places.items()}


def calibration_file(scene: Scene) -> str:
    """Return the name of the calibration parameters, which USGS issues by quarter."""
    product, day = scene.display_id[:4], scene.acquired
    first = 3 * ((day.month - 1) // 3) + 1
    last = {1: "0331", 4: "0630", 7: "0930", 10: "1231"}[first]
    return f"{product}CPF_{day.year}{first:02d}01_{day.year}{last}_02.01"


def bias_file(instrument: str, scene: Scene) -> str:
    """Return the name of the bias parameters of `O` (OLI) or `T` (TIRS)."""
    stamp = f"{scene.acquired:%Y%m%d}"
    return f"L{instrument}{scene.satellite}BPF{stamp}101500_{stamp}115500.01"


def response_file(scene: Scene) -> str:
    """Return the name of the response linearisation table."""
    return f"{scene.display_id[:4]}RLUT_{scene.acquired.year}0101_20531231_02_01.h5"
