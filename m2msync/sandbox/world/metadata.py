"""The full metadata of a scene as the catalogue prints them, with their odd formats (api.md §7.1)."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING, Any

from m2msync.sandbox.world import facts, wrs2
from m2msync.sandbox.world.grid import PIXELS, grid_of
from m2msync.sandbox.world.sky import moment, sun_of

if TYPE_CHECKING:
    from collections.abc import Iterator
    from datetime import datetime

    from m2msync.sandbox.world.scene import Scene

Entry = tuple[str, Any]
"""A field's name and its value: padded text, whole number or None."""

_HALF_A_SCENE = timedelta(seconds=15.885)
_CORNERS = {"UL": "Upper Left", "UR": "Upper Right", "LL": "Lower Left", "LR": "Lower Right"}


def full_metadata(scene: Scene) -> list[Entry]:
    """Return the names and values of the metadata fields, in the catalogue's order."""
    return [*_identity(scene), *_pass(scene), *_quality(scene), *_making(scene), *_raster(scene), *_where(scene)]


def _identity(scene: Scene) -> Iterator[Entry]:
    if scene.level.startswith("L2"):
        yield "Landsat Product Identifier L2", scene.display_id
    yield "Landsat Product Identifier L1", facts.level_1_of(scene).display_id
    yield "Landsat Scene Identifier", scene.entity_id
    yield "Date Acquired", f"{scene.acquired:%Y/%m/%d}"
    yield "Collection Category", scene.tier
    yield "Collection Number", 2
    yield "WRS Path", f" {scene.path:03d}"
    yield "WRS Row", f" {scene.row:03d}"


def _pass(scene: Scene) -> Iterator[Entry]:
    if scene.sensor == "oli-tirs":
        yield "Nadir/Off Nadir", "NADIR"
        yield "Roll Angle", f"{0:8.3f}"
    if scene.level.startswith("L2"):
        yield "Date Product Generated L2", f"{scene.processed:%Y/%m/%d}"
    yield "Date Product Generated L1", f"{facts.level_1_of(scene).processed:%Y/%m/%d}"
    yield "Land Cloud Cover", _percent(scene)
    yield "Scene Cloud Cover L1", _percent(scene)
    yield "Start Time", _stamp(moment(scene) - _HALF_A_SCENE)
    yield "Stop Time", _stamp(moment(scene) + _HALF_A_SCENE)
    yield "Station Identifier", scene.entity_id[-5:-2]
    yield "Day/Night Indicator", "DAY"


def _quality(scene: Scene) -> Iterator[Entry]:
    fit = facts.fit_of(scene)
    yield "Ground Control Points Model", fit.points if fit else -1
    yield "Ground Control Points Version", 5
    if fit:
        yield "Geometric RMSE Model", f"{fit.error:9.3f}"
    yield "Geometric RMSE Model X", f"{fit.error_x:9.3f}" if fit else None
    yield "Geometric RMSE Model Y", f"{fit.error_y:.3f}" if fit else None
    yield "Image Quality", 9


def _making(scene: Scene) -> Iterator[Entry]:
    sun, newer = sun_of(scene), scene.sensor == "oli-tirs"
    sensor = facts.SENSOR_ID[scene.sensor]
    yield "Processing Software Version", facts.SOFTWARE
    yield f"Sun Elevation {'L0RA' if newer else 'L1'}", f"{sun.elevation:.8f}"
    yield f"Sun Azimuth {'L0RA' if newer else 'L1'}", f"{sun.azimuth:.8f}"
    yield ("TIRS SSM Model", "FINAL") if newer else ("Data Anomaly", None)
    if scene.level.startswith("L2"):
        yield "Data Type L2", f"{sensor}_{scene.level}"
    else:
        yield "Data Type L1", f"{sensor}_{scene.level}"
    yield "Sensor Identifier", sensor
    yield "Satellite", scene.satellite


def _raster(scene: Scene) -> Iterator[Entry]:
    grid = grid_of(scene.path, scene.row, PIXELS)
    sizes = {"Panchromatic": 2, "Reflective": 1, "Thermal": 1}
    if scene.sensor in ("tm", "mss") or scene.level.startswith("L2"):
        del sizes["Panchromatic"]
    if scene.sensor == "mss":
        del sizes["Thermal"]
    for kind, factor in sizes.items():
        yield f"{kind} Lines", grid.height * factor
        yield f"{kind} Samples", grid.width * factor
    yield "Product Map Projection L1", "UTM"
    yield "UTM Zone", grid.zone
    yield "Datum", "WGS84"
    yield "Ellipsoid", "WGS84"
    for kind, factor in sizes.items():
        yield f"Grid Cell Size {kind}", f"{grid.cell / factor:.2f}"
    if scene.sensor == "oli-tirs":
        yield "Bias Parameter File Name OLI", facts.bias_file("O", scene)
        yield "Bias Parameter File Name TIRS", facts.bias_file("T", scene)
    yield "Calibration Parameter File", facts.calibration_file(scene)
    if scene.sensor == "oli-tirs":
        yield "RLUT File Name", facts.response_file(scene)


def _where(scene: Scene) -> Iterator[Entry]:
    corners = facts.places_of(scene, PIXELS)
    places = {"Scene Center": wrs2.centre(scene.path, scene.row)}
    places |= {f"Corner {_CORNERS[name]}": place for name, place in corners.items()}
    for name, (longitude, latitude) in places.items():
        yield f"{name} Lat DMS", _dms(latitude, "NS")
        yield f"{name} Long DMS", _dms(longitude, "EW")
    for name, (longitude, latitude) in places.items():
        yield f"{name} Latitude", f"{latitude:9.5f}"
        yield f"{name} Longitude", f"{longitude:10.5f}"


def _percent(scene: Scene) -> str:
    # The catalogue says -1 where nobody estimated the clouds (api.md §13).
    return f"{-1 if scene.cloud_cover is None else scene.cloud_cover:7.2f}"


def _stamp(when: datetime) -> str:
    return f"{when:%Y-%m-%d %H:%M:%S.%f}"


def _dms(degrees: float, sides: str) -> str:
    hundredths = round(abs(degrees) * 360000)
    minutes, seconds = divmod(hundredths, 6000)
    side = sides[degrees < 0]
    return f"{minutes // 60}&deg;{minutes % 60:02d}'{seconds / 100:05.2f}\"{side}"
