"""What is exported as GeoJSON (RFC 7946): a feature for each image."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

from m2msync.core.exports.geometry import bounds, geometry
from m2msync.core.exports.tables import image_row

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from m2msync.core.exports.records import ImageRecord


def feature_lines(records: Iterable[ImageRecord]) -> Iterator[str]:
    """Yield a FeatureCollection, each feature on a line of its own."""
    yield '{"type": "FeatureCollection", "features": ['
    comma = ""
    for record in records:
        yield f"{comma}\n{json.dumps(feature(record), ensure_ascii=False)}"
        comma = ","
    yield "\n]}\n"


def feature(record: ImageRecord) -> dict[str, Any]:
    """Return the feature of an image; its properties are those of IMAGE_COLUMNS."""
    shape = geometry(record.image.footprint)
    return {
        "type": "Feature",
        "id": record.image.display_id,
        **({"bbox": list(bounds(shape))} if shape else {}),
        "geometry": shape,
        "properties": image_row(record),
    }
