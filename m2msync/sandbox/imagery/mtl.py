"""The contents of MTL.txt and MTL.xml: what a product consists of, where it lies, how to read its numbers."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from m2msync.sandbox.imagery import radiometry, raster
from m2msync.sandbox.imagery.odl import Bare
from m2msync.sandbox.world import facts
from m2msync.sandbox.world.grid import grid_of
from m2msync.sandbox.world.scene import file_names
from m2msync.sandbox.world.sky import moment, sun_of

if TYPE_CHECKING:
    from collections.abc import Iterator

    from m2msync.sandbox.imagery.odl import Entry, Group
    from m2msync.sandbox.world.scene import Scene

ROOT = "LANDSAT_METADATA_FILE"

_ORIGIN = ("ORIGIN", "Image courtesy of the U.S. Geological Survey")
_FORMAT = ("OUTPUT_FORMAT", "GEOTIFF")
_DOI = {
    ("oli-tirs", "L1"): "P975CC9B",
    ("oli-tirs", "L2"): "P9OGBGM6",
    ("etm", "L1"): "P9TU80IG",
    ("etm", "L2"): "P9C7I13B",
    ("tm", "L1"): "P918ROHC",
    ("tm", "L2"): "P9IAXOVV",
    ("mss", "L1"): "P9AF14YV",
}
# What MTL files call the files that are not a numbered band.
_ROLES = {
    "ST_TRAD": "THERMAL_RADIANCE",
    "ST_URAD": "UPWELL_RADIANCE",
    "ST_DRAD": "DOWNWELL_RADIANCE",
    "ST_ATRAN": "ATMOSPHERIC_TRANSMITTANCE",
    "ST_EMIS": "EMISSIVITY",
    "ST_EMSD": "EMISSIVITY_STDEV",
    "ST_CDIST": "CLOUD_DISTANCE",
    "SR_ATMOS_OPACITY": "ATMOSPHERIC_OPACITY",
    "SR_QA_AEROSOL": "QUALITY_L2_AEROSOL",
    "SR_CLOUD_QA": "QUALITY_L2_SURFACE_REFLECTANCE_CLOUD",
    "ST_QA": "QUALITY_L2_SURFACE_TEMPERATURE",
    "QA_PIXEL": "QUALITY_L1_PIXEL",
    "QA_RADSAT": "QUALITY_L1_RADIOMETRIC_SATURATION",
    "GCP.txt": "GROUND_CONTROL_POINT",
    "ANG.txt": "ANGLE_COEFFICIENT",
    "VAA": "ANGLE_SENSOR_AZIMUTH_BAND_4",
    "VZA": "ANGLE_SENSOR_ZENITH_BAND_4",
    "SAA": "ANGLE_SOLAR_AZIMUTH_BAND_4",
    "SZA": "ANGLE_SOLAR_ZENITH_BAND_4",
    "MTL.txt": "METADATA_ODL",
    "MTL.xml": "METADATA_XML",
    "VER.txt": "VERIFY_REPORT",
    "VER.jpg": "VERIFY_BROWSE",
}


def groups(scene: Scene, pixels: int) -> list[Group]:
    """Return the groups of a scene's metadata file in their order; level 2 repeats its level-1 record."""
    below = facts.level_1_of(scene)
    level_2 = [("LEVEL2_PROCESSING_RECORD", list(_level_2_record(scene))), *radiometry.level_2(scene)]
    return [
        ("PRODUCT_CONTENTS", [*_product(scene), *_files(scene), *_data_types(scene)]),
        ("IMAGE_ATTRIBUTES", list(_image(scene))),
        ("PROJECTION_ATTRIBUTES", list(_projection(scene, pixels))),
        *(level_2 if scene.level.startswith("L2") else []),
        ("LEVEL1_PROCESSING_RECORD", list(_level_1_record(below))),
        *radiometry.level_1(scene),
        ("LEVEL1_PROJECTION_PARAMETERS", [*_cells(below, pixels), ("RESAMPLING_OPTION", "CUBIC_CONVOLUTION")]),
    ]


def _product(scene: Scene) -> Iterator[Entry]:
    yield _ORIGIN
    yield "DIGITAL_OBJECT_IDENTIFIER", f"https://doi.org/10.5066/{_DOI[scene.sensor, scene.level[:2]]}"
    yield "LANDSAT_PRODUCT_ID", scene.display_id
    yield "PROCESSING_LEVEL", scene.level
    yield "COLLECTION_NUMBER", Bare("02")
    yield "COLLECTION_CATEGORY", scene.tier
    yield _FORMAT


def _parts(scene: Scene) -> dict[str, str]:
    """Return what each file of a product is to the metadata, numbered bands first, by the file's name."""
    names = {
        name: _role(name.removeprefix(f"{scene.display_id}_").removesuffix(".TIF")) for name in file_names(scene)
    }
    order = list(_ROLES.values())
    return dict(sorted(names.items(), key=lambda item: (item[1] in order, _place(item[1], order))))


def _place(role: str, order: list[str]) -> tuple[int, str]:
    number = re.search(r"\d+", role)
    return (order.index(role) if role in order or number is None else int(number[0]), role)


def _role(layer: str) -> str:
    if layer in _ROLES:
        return _ROLES[layer]
    return f"BAND_{layer}" if layer.startswith("ST_B") else f"BAND_{layer.rpartition('B')[2]}"


def _files(scene: Scene) -> Iterator[Entry]:
    for name, role in _parts(scene).items():
        yield f"FILE_NAME_{role}", name


def _data_types(scene: Scene) -> Iterator[Entry]:
    for name, role in _parts(scene).items():
        if name.endswith(".TIF"):
            layer = name.removeprefix(f"{scene.display_id}_").removesuffix(".TIF")
            yield f"DATA_TYPE_{role}", raster.storage(scene, layer)[0].name.upper()


def _level_2_record(scene: Scene) -> Iterator[Entry]:
    newer = scene.sensor == "oli-tirs"
    yield from (entry for entry in _product(scene) if not entry[0].startswith("COLLECTION"))
    yield from _made(scene)
    yield "ALGORITHM_SOURCE_SURFACE_REFLECTANCE", "LaSRC_1.6.0" if newer else "LEDAPS_3.4.0"
    yield "DATA_SOURCE_OZONE", "MODIS" if newer else "TOMS"
    yield "DATA_SOURCE_WATER_VAPOR", "MODIS" if newer else "NCEP"
    yield "DATA_SOURCE_AIR_TEMPERATURE", "MODIS" if newer else "NCEP"
    if scene.level == "L2SP":
        yield "ALGORITHM_SOURCE_SURFACE_TEMPERATURE", "st_1.5.0"
        yield "DATA_SOURCE_REANALYSIS", "GEOS-5 IT"


def _level_1_record(scene: Scene) -> Iterator[Entry]:
    yield from (entry for entry in _product(scene) if entry[0] != "COLLECTION_NUMBER")
    yield "LANDSAT_SCENE_ID", scene.entity_id
    yield from _made(scene)
    yield from _files(scene)
    yield "FILE_NAME_CPF", facts.calibration_file(scene)
    if scene.sensor == "oli-tirs":
        yield "FILE_NAME_BPF_OLI", facts.bias_file("O", scene)
        yield "FILE_NAME_BPF_TIRS", facts.bias_file("T", scene)
        yield "FILE_NAME_RLUT", facts.response_file(scene)
    fit = facts.fit_of(scene)
    if fit:
        yield "DATA_SOURCE_ELEVATION", "GLS2000"
        yield "GROUND_CONTROL_POINTS_VERSION", Bare(5)
        yield "GROUND_CONTROL_POINTS_MODEL", Bare(fit.points)
        yield "GEOMETRIC_RMSE_MODEL", Bare(f"{fit.error:.3f}")
        yield "GEOMETRIC_RMSE_MODEL_Y", Bare(f"{fit.error_y:.3f}")
        yield "GEOMETRIC_RMSE_MODEL_X", Bare(f"{fit.error_x:.3f}")


def _made(scene: Scene) -> Iterator[Entry]:
    yield "REQUEST_ID", "L2" if scene.level.startswith("L2") else "L1"
    yield "DATE_PRODUCT_GENERATED", Bare(f"{scene.processed}T06:00:00Z")
    yield "PROCESSING_SOFTWARE_VERSION", facts.SOFTWARE


def _image(scene: Scene) -> Iterator[Entry]:
    sun, cover = sun_of(scene), -1 if scene.cloud_cover is None else scene.cloud_cover
    yield "SPACECRAFT_ID", f"LANDSAT_{scene.satellite}"
    yield "SENSOR_ID", facts.SENSOR_ID[scene.sensor]
    yield "WRS_TYPE", Bare(2)
    yield "WRS_PATH", Bare(scene.path)
    yield "WRS_ROW", Bare(scene.row)
    yield "DATE_ACQUIRED", Bare(scene.acquired)
    yield "SCENE_CENTER_TIME", f"{moment(scene):%H:%M:%S.%f}0Z"
    yield "STATION_ID", scene.entity_id[-5:-2]
    yield "CLOUD_COVER", Bare(f"{cover:.2f}")
    yield "CLOUD_COVER_LAND", Bare(f"{cover:.2f}")
    if scene.sensor == "oli-tirs":
        yield "NADIR_OFFNADIR", "NADIR"
        yield "IMAGE_QUALITY_OLI", Bare(9)
        yield "IMAGE_QUALITY_TIRS", Bare(9)
        yield "ROLL_ANGLE", Bare("0.000")
    else:
        yield "IMAGE_QUALITY", Bare(9)
    yield "SUN_AZIMUTH", Bare(f"{sun.azimuth:.8f}")
    yield "SUN_ELEVATION", Bare(f"{sun.elevation:.8f}")
    yield "EARTH_SUN_DISTANCE", Bare(f"{sun.distance:.7f}")


def _projection(scene: Scene, pixels: int) -> Iterator[Entry]:
    grid = grid_of(scene.path, scene.row, pixels)
    yield from _cells(scene, pixels)
    for kind in _kinds(scene):
        factor = 2 if kind == "PANCHROMATIC" else 1
        yield f"{kind}_LINES", Bare(grid.height * factor)
        yield f"{kind}_SAMPLES", Bare(grid.width * factor)
    for corner, (longitude, latitude) in facts.places_of(scene, pixels).items():
        yield f"CORNER_{corner}_LAT_PRODUCT", Bare(f"{latitude:.5f}")
        yield f"CORNER_{corner}_LON_PRODUCT", Bare(f"{longitude:.5f}")
    for corner, (easting, northing) in facts.frame_of(grid).items():
        yield f"CORNER_{corner}_PROJECTION_X_PRODUCT", Bare(f"{easting:.3f}")
        yield f"CORNER_{corner}_PROJECTION_Y_PRODUCT", Bare(f"{northing:.3f}")


def _cells(scene: Scene, pixels: int) -> Iterator[Entry]:
    grid = grid_of(scene.path, scene.row, pixels)
    yield "MAP_PROJECTION", "UTM"
    yield "DATUM", "WGS84"
    yield "ELLIPSOID", "WGS84"
    yield "UTM_ZONE", Bare(grid.zone)
    for kind in _kinds(scene):
        yield f"GRID_CELL_SIZE_{kind}", Bare(f"{grid.cell / (2 if kind == 'PANCHROMATIC' else 1):.2f}")
    yield "ORIENTATION", "NORTH_UP"


def _kinds(scene: Scene) -> tuple[str, ...]:
    if scene.sensor == "mss":
        return ("REFLECTIVE",)
    panchromatic = scene.sensor != "tm" and scene.level.startswith("L1")
    return ("PANCHROMATIC", "REFLECTIVE", "THERMAL") if panchromatic else ("REFLECTIVE", "THERMAL")
