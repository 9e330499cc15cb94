"""What the bits of the quality bands mean, as the STAC extension `classification` tells it.

From the tables of bits in the Landsat Collection 2 Level 2 Science Product Guides of USGS, LSDS-1618 (Landsat 4-7)
and LSDS-1619 (Landsat 8-9); QA_PIXEL and QA_RADSAT are the same files at level 1.
"""

from __future__ import annotations

from typing import Any

_YES_NO = ((0, "no"), (1, "yes"))
_CONFIDENCE = ((0, "not_set"), (1, "low"), (2, "medium"), (3, "high"))
_TWO_STEPS = ((0, "not_set"), (1, "low"), (2, "reserved"), (3, "high"))
_AEROSOL = ((0, "climatology"), (1, "low"), (2, "medium"), (3, "high"))

_Field = tuple[int, str, str, tuple[tuple[int, str], ...]]
"""Its lowest bit, its name, what it tells, and its values; those of more than two take two bits."""
_PIXEL: tuple[_Field, ...] = (
    (0, "fill", "the pixel holds no image", _YES_NO),
    (1, "dilated_cloud", "around a cloud", _YES_NO),
    (2, "cirrus", "cirrus, with high confidence", _YES_NO),
    (3, "cloud", "cloud, with high confidence", _YES_NO),
    (4, "cloud_shadow", "shadow of a cloud, with high confidence", _YES_NO),
    (5, "snow", "snow or ice, with high confidence", _YES_NO),
    (6, "clear", "neither cloud nor around one", _YES_NO),
    (7, "water", "water rather than land", _YES_NO),
    (8, "cloud_confidence", "how certain cloud is", _CONFIDENCE),
    (10, "cloud_shadow_confidence", "how certain cloud shadow is", _TWO_STEPS),
    (12, "snow_ice_confidence", "how certain snow or ice is", _TWO_STEPS),
    (14, "cirrus_confidence", "how certain cirrus is", _TWO_STEPS),
)
_PIXEL_WITHOUT_CIRRUS = tuple(field for field in _PIXEL if "cirrus" not in field[1])
_RADSAT: tuple[_Field, ...] = (
    *((n - 1, f"band_{n}", f"band {n} is saturated", _YES_NO) for n in range(1, 8)),
    (8, "band_9", "band 9 is saturated", _YES_NO),
    (11, "terrain_occlusion", "hidden behind terrain", _YES_NO),
)
_SR_AEROSOL: tuple[_Field, ...] = (
    (0, "fill", "the pixel holds no image", _YES_NO),
    (1, "retrieval", "the aerosol retrieval is valid", _YES_NO),
    (2, "water", "water rather than land", _YES_NO),
    (5, "interpolated", "the aerosol is interpolated", _YES_NO),
    (6, "level", "how much aerosol", _AEROSOL),
)
_OLI = ("Landsat 8-9 OLI/TIRS", "Landsat 8-9 OLI")
_OLDER = ("Landsat 7 ETM+", "Landsat 4-5 TM")
_FIELDS = {
    **{(sensor, "QA_PIXEL"): _PIXEL for sensor in _OLI},
    **{(sensor, "QA_PIXEL"): _PIXEL_WITHOUT_CIRRUS for sensor in _OLDER},
    **{(sensor, "QA_RADSAT"): _RADSAT for sensor in _OLI},
    **{(sensor, "SR_QA_AEROSOL"): _SR_AEROSOL for sensor in _OLI},
}


def bitfields(sensor: str, band: str) -> list[dict[str, Any]]:
    """Return `classification:bitfields` of a band; empty when they are not known.

    Args:
        sensor: its name as in core/roles.py.
        band: e.g. `QA_PIXEL`.
    """
    return [
        {
            "name": name,
            "description": told,
            "offset": offset,
            "length": 1 if len(values) == 2 else 2,  # noqa: PLR2004 - what one bit can tell
            "classes": [{"value": value, "name": label, "description": label} for value, label in values],
        }
        for offset, name, told, values in _FIELDS.get((sensor, band), ())
    ]
