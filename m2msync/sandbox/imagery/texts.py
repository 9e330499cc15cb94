"""The text files of a product: MTL, angle coefficients, control points and the verification report."""

from __future__ import annotations

from math import cos, radians, sin
from random import Random
from typing import TYPE_CHECKING

from m2msync.sandbox.imagery import bands, mtl, odl
from m2msync.sandbox.imagery.odl import Bare, numbers
from m2msync.sandbox.world import facts, wrs2
from m2msync.sandbox.world.grid import grid_of
from m2msync.sandbox.world.sky import moment, sun_of

if TYPE_CHECKING:
    from collections.abc import Iterator

    from m2msync.sandbox.imagery.odl import Entry, Group
    from m2msync.sandbox.world.scene import Scene

_ORBIT_METRES = 7077700.0
_EPHEMERIS_SECONDS = 29


def mtl_text(scene: Scene, pixels: int) -> str:
    """Return MTL.txt, the product's metadata in ODL."""
    return odl.text(mtl.groups(scene, pixels), mtl.ROOT)


def mtl_xml(scene: Scene, pixels: int) -> str:
    """Return MTL.xml, the same metadata in XML."""
    return odl.xml(mtl.groups(scene, pixels), mtl.ROOT)


def angles(scene: Scene, pixels: int) -> str:
    """Return ANG.txt, from which the viewing angles of every pixel can be computed."""
    dice = Random(f"{scene.display_id} ANG")
    names = list(bands.BANDS[scene.sensor])
    groups: list[Group] = [
        ("FILE_HEADER", list(_header(scene, names))),
        ("PROJECTION", list(_projection(scene, pixels))),
        ("EPHEMERIS", list(_ephemeris(scene))),
        ("SOLAR_VECTOR", list(_solar(scene))),
    ]
    groups += [(f"RPC_BAND{number:02d}", list(_rational(number, dice))) for number in range(1, len(names) + 1)]
    return odl.text(groups)


def control_points(scene: Scene) -> str:
    """Return GCP.txt: where the image was tied to the ground, one point a line, with residuals in metres."""
    head = "# GCP_ID  LATITUDE  LONGITUDE  HEIGHT  RESIDUAL_Y  RESIDUAL_X  USED"
    return "\n".join([f"# {scene.display_id}", head, *_points(scene), ""])


def verification(scene: Scene) -> str:
    """Return VER.txt, the report about how well the image lies on the ground."""
    fit = facts.fit_of(scene)
    summary = [
        f"Product: {scene.display_id}",
        f"Processing software: {facts.SOFTWARE}",
        f"Points: {fit.points if fit else 0}",
        f"RMSE across track: {fit.error_x if fit else 0:.3f} m",
        f"RMSE along track: {fit.error_y if fit else 0:.3f} m",
    ]
    return "\n".join(["GEOMETRIC VERIFICATION REPORT", "", *summary, "", *_points(scene), ""])


def _points(scene: Scene) -> Iterator[str]:
    dice, fit = Random(f"{scene.entity_id} GCP"), facts.fit_of(scene)
    west, south, east, north = scene.bounds
    for number in range(fit.points if fit else 0):
        place = f"{dice.uniform(south, north):10.5f} {dice.uniform(west, east):11.5f} {dice.uniform(0, 1500):9.3f}"
        residuals = f"{dice.gauss(0, 4):8.3f} {dice.gauss(0, 4):8.3f}"
        yield f"{scene.path:03d}{scene.row:03d}{number:04d} {place} {residuals} {dice.randrange(10) > 0:d}"


def _header(scene: Scene, names: list[str]) -> Iterator[Entry]:
    yield "LANDSAT_SCENE_ID", scene.entity_id
    yield "SPACECRAFT_ID", f"LANDSAT_{scene.satellite}"
    yield "WRS_PATH", Bare(scene.path)
    yield "WRS_ROW", Bare(scene.row)
    yield "NUMBER_OF_BANDS", Bare(len(names))
    yield "BAND_LIST", numbers(map(str, range(1, len(names) + 1)), "BAND_LIST")


def _projection(scene: Scene, pixels: int) -> Iterator[Entry]:
    grid = grid_of(scene.path, scene.row, pixels)
    yield "ELLIPSOID_AXES", Bare("(6378137.000000, 6356752.314200)")
    yield "MAP_PROJECTION", "UTM"
    yield "PROJECTION_UNITS", "METERS"
    yield "DATUM", "WGS84"
    yield "ELLIPSOID", "WGS84"
    yield "UTM_ZONE", Bare(grid.zone)
    for corner, (easting, northing) in facts.frame_of(grid).items():
        yield f"{corner}_CORNER", Bare(f"({easting:12.3f}, {northing:12.3f})")


def _ephemeris(scene: Scene) -> Iterator[Entry]:
    yield from _epoch(scene, "EPHEMERIS")
    # Where the satellite was in each second, in metres from the middle of the earth; one revolution takes 5933.
    longitude, latitude = wrs2.centre(scene.path, scene.row)
    seconds = range(-(_EPHEMERIS_SECONDS // 2), _EPHEMERIS_SECONDS // 2 + 1)
    flown = [(radians(longitude), radians(latitude - second * 360 / 5933)) for second in seconds]
    metres = {
        "X": [_ORBIT_METRES * cos(north) * cos(east) for east, north in flown],
        "Y": [_ORBIT_METRES * cos(north) * sin(east) for east, north in flown],
        "Z": [_ORBIT_METRES * sin(north) for _, north in flown],
    }
    yield "NUMBER_OF_POINTS", Bare(_EPHEMERIS_SECONDS)
    for axis, values in metres.items():
        name = f"EPHEMERIS_ECEF_{axis}"
        yield name, numbers((f"{value:15.6f}" for value in values), name)


def _solar(scene: Scene) -> Iterator[Entry]:
    sun = sun_of(scene)
    yield from _epoch(scene, "SOLAR")
    yield "EARTH_SUN_DISTANCE", Bare(f"{sun.distance:.8f}")
    height, side = radians(sun.elevation), radians(sun.azimuth)
    vector = (cos(height) * sin(side), cos(height) * cos(side), sin(height))
    for axis, value in zip("XYZ", vector, strict=True):
        yield f"SOLAR_{axis}", Bare(f"{value:.8e}")


def _epoch(scene: Scene, name: str) -> Iterator[Entry]:
    when = moment(scene)
    seconds = when.hour * 3600 + when.minute * 60 + when.second
    yield f"{name}_EPOCH_YEAR", Bare(when.year)
    yield f"{name}_EPOCH_DAY", Bare(f"{when:%j}")
    yield f"{name}_EPOCH_SECONDS", Bare(f"{seconds:.6f}")


def _rational(number: int, dice: Random) -> Iterator[Entry]:
    """Yield the rational polynomials of one band; only their form is real."""
    for thing in ("SAT", "SUN"):
        for axis in "XYZ":
            for part, count in (("NUM", 10), ("DEN", 9)):
                name = f"BAND{number:02d}_{thing}_{axis}_{part}_COEF"
                yield name, numbers((f"{dice.gauss(0, 1e-5):13.6e}" for _ in range(count)), name)
