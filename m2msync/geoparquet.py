"""Writes a GeoParquet file (version 1.1), a row for each image; needs the extra `geo`."""

from __future__ import annotations

from typing import TYPE_CHECKING

from m2msync.core.errors import UsageError
from m2msync.core.exports.features import feature
from m2msync.core.exports.tables import IMAGE_COLUMNS
from m2msync.store import appearing

if TYPE_CHECKING:
    from collections.abc import Iterable
    from pathlib import Path

    from m2msync.core.exports.records import ImageRecord

_TYPES = {
    **dict.fromkeys(("wrs_path", "wrs_row", "wanted", "held", "failed", "bytes"), "Int64"),
    "cloud_cover": "Float64",
    "acquired": "datetime64[ms]",
}


def write_geoparquet(path: Path, records: Iterable[ImageRecord]) -> None:
    """Write the file in one step.

    Raises:
        UsageError: geopandas is not installed.
        StorageError: it cannot be written.
    """
    try:
        from geopandas import GeoDataFrame  # noqa: PLC0415 - an extra, and slow to import
    except ImportError:
        raise UsageError(
            "GeoParquet needs geopandas, which is not installed", hint='pip install "m2msync[geo]"'
        ) from None
    columns = ["geometry", *IMAGE_COLUMNS]
    table = GeoDataFrame.from_features(map(feature, records), crs=4326, columns=columns)
    with appearing(path) as draft:
        table.astype(_TYPES).to_parquet(
            draft, index=False, write_covering_bbox=True, schema_version="1.1.0", compression="zstd"
        )
