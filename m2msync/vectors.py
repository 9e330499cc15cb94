"""Vector files of every kind, in any coordinate reference system, as GeoJSON; needs the extra `geo`."""

from __future__ import annotations

import json
import warnings
from typing import TYPE_CHECKING, Any

from m2msync.core.wording import Unfit

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

_INSTALL = "pip install 'm2msync[geo]'"
_PIECES, _FEW = 100, 5


def read_vectors(file: str, path: Path, crs: str) -> Any:
    """Return the shapes of a file as GeoJSON in longitude and latitude.

    Args:
        file: what it is called in messages.
        path: where it is.
        crs: for GeoJSON, the coordinate reference system it says it is in; else empty.

    Raises:
        Unfit: the extra is missing, or it cannot read the file.
    """
    try:
        import geopandas  # noqa: PLC0415 - an extra, and slow to import
        from pyogrio import list_layers  # noqa: PLC0415
    except ImportError:
        if crs:
            hint = f"save it in WGS 84 (ogr2ogr -t_srs EPSG:4326), or: {_INSTALL}"
            raise Unfit(f"{file} is in {crs}, not in longitude and latitude (WGS 84)", hint) from None
        raise Unfit(f"{file} is not GeoJSON, and to read it an extra is needed", _INSTALL) from None
    try:
        with warnings.catch_warnings(action="ignore"):
            layers = [name for name, kind in list_layers(path) if kind is not None]
            _check_single(file, layers)
            table = geopandas.read_file(path, layer=layers[0])
            return _in_degrees(file, table[~(table.geometry.isna() | table.geometry.is_empty)])
    except (RuntimeError, ValueError, OSError) as error:  # what GDAL and PROJ find
        raise Unfit(f"{file} cannot be read: {' '.join(str(error).split())}", "save it as GeoJSON") from None


def _check_single(file: str, layers: Sequence[str]) -> None:
    if not layers:
        raise Unfit(f"{file} holds no shapes", "save it with their geometry")
    if len(layers) > 1:
        few = ", ".join(layers[:_FEW])
        raise Unfit(f"{file} has {len(layers)} layers: {few}", "save the one you mean as a file of its own")


def _in_degrees(file: str, table: Any) -> Any:
    """Return a GeoDataFrame as GeoJSON in longitude and latitude; of its columns those that may be names."""
    shapes = table.geometry
    names = table.drop(columns=shapes.name).select_dtypes(["number", "object", "string"])
    if shapes.crs is None:
        hint = "assign one and save it again"
        raise Unfit(f"{file} does not say which coordinate reference system it is in", hint)
    if len(shapes) and not shapes.crs.is_geographic:
        # What is straight there is bent on a map of longitude and latitude: more corners follow the bend.
        west, south, east, north = shapes.total_bounds
        shapes = shapes.segmentize(max(east - west, north - south, 1e-9) / _PIECES)
    return json.loads(shapes.to_crs(4326).force_2d().to_frame("geometry").join(names).to_json(default=str))
