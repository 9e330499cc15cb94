"""The archive delivered for an aerial frame: a zip with a small georeferenced picture and a note."""

from __future__ import annotations

import io
import zipfile
from typing import TYPE_CHECKING

import numpy as np

from m2msync.sandbox.imagery import geotiff
from m2msync.sandbox.world.grid import Grid, to_utm, zone_of

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from m2msync.sandbox.world.quarters import Quarter


def grid_over(bounds: tuple[float, float, float, float], side: int) -> Grid:
    """Return a square grid of UTM whose upper edge is that of a box of west, south, east and north in degrees."""
    west, _, east, north = bounds
    zone = zone_of(west)
    (left, right), (_, top) = to_utm(np.array([west, east]), np.array([north, north]), zone)
    return Grid(zone, float(left), float(top), float(np.ceil((right - left) / side)), side, side)


def quarter_bytes(frame: Quarter, code: str, pixels: int) -> bytes:
    """Return the zip of a frame; product D482 (Compressed) has half the resolution of D441 (Full Resolution)."""
    side = max(16, pixels // 2 if code == "D482" else pixels)
    grid = grid_over(frame.bounds, side)
    name = frame.display_id.lower()
    note = f"{frame.display_id}\nAcquired {frame.acquired}\nA drawn picture, not a photograph.\n"
    return _zip(frame, {f"{name}.tif": geotiff.encode(_picture(frame, side), grid), f"{name}.txt": note.encode()})


def _picture(frame: Quarter, side: int) -> NDArray[np.uint8]:
    """Return fields and roads: blocks of colour under a fine grain."""
    dice = np.random.default_rng([frame.year, frame.across, frame.down])
    fields = dice.integers(40, 180, (4, 4, 3))
    blocks = np.kron(fields, np.ones((-(-side // 4), -(-side // 4), 1)))[:side, :side]
    grain = dice.integers(0, 20, (side, side, 1))
    return np.asarray(blocks + grain, dtype=np.uint8)


def _zip(frame: Quarter, members: dict[str, bytes]) -> bytes:
    buffer = io.BytesIO()
    day = frame.processed
    with zipfile.ZipFile(buffer, "w") as archive:
        for name, data in members.items():
            archive.writestr(zipfile.ZipInfo(name, (day.year, day.month, day.day, 0, 0, 0)), data)
    return buffer.getvalue()
