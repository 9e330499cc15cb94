"""When a scene was taken and where the sun stood."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime, time, timedelta
from typing import TYPE_CHECKING

import numpy as np

from m2msync.sandbox.world import wrs2

if TYPE_CHECKING:
    from datetime import date

    from m2msync.sandbox.world.scene import Scene

_NODE_HOUR = 10.203
"""Mean local time, in hours, at which the satellites cross the equator southwards."""
_ROW_SECONDS = 16 * 86400 / wrs2.PATHS / wrs2.ROWS


@dataclass(frozen=True, slots=True)
class Sun:
    """Where the sun stands, in degrees, and how far it is, in astronomical units."""

    elevation: float
    azimuth: float
    distance: float


def moment(scene: Scene) -> datetime:
    """Return when the middle of the scene was taken, on its day of acquisition (UTC)."""
    equator = wrs2.centre(scene.path, wrs2.EQUATOR_ROW)[0]
    seconds = (_NODE_HOUR - equator / 15) * 3600 + (scene.row - wrs2.EQUATOR_ROW) * _ROW_SECONDS
    # Real passes start some seconds early or late; the seed says how many.
    late = scene.seed % 20000 / 1000 - 10
    midnight = datetime.combine(scene.acquired, time(), UTC)
    return midnight + timedelta(seconds=round((seconds + late) % 86400, 6))


def sun_of(scene: Scene) -> Sun:
    """Return the sun over the middle of the scene when it was taken."""
    longitude, latitude = wrs2.centre(scene.path, scene.row)
    when = moment(scene)
    local = when.hour + when.minute / 60 + when.second / 3600 + longitude / 15 + _fast(scene.acquired)
    hour, here, declination = np.radians((local - 12) * 15), np.radians(latitude), _declination(scene.acquired)
    height = np.sin(here) * np.sin(declination) + np.cos(here) * np.cos(declination) * np.cos(hour)
    east = -np.cos(declination) * np.sin(hour)
    north = np.sin(declination) * np.cos(here) - np.cos(declination) * np.sin(here) * np.cos(hour)
    azimuth = float(np.degrees(np.arctan2(east, north)))
    return Sun(float(np.degrees(np.arcsin(height))), azimuth, _distance(scene.acquired))


def _declination(day: date) -> float:
    return float(np.radians(-23.44) * np.cos(2 * np.pi / 365.25 * (day.timetuple().tm_yday + 10)))


def _fast(day: date) -> float:
    """Return by how many hours a sundial is fast: the equation of time."""
    turn = 2 * np.pi / 364 * (day.timetuple().tm_yday - 81)
    return float(9.87 * np.sin(2 * turn) - 7.53 * np.cos(turn) - 1.5 * np.sin(turn)) / 60


def _distance(day: date) -> float:
    return float(1 - 0.01672 * np.cos(2 * np.pi / 365.256 * (day.timetuple().tm_yday - 4)))
