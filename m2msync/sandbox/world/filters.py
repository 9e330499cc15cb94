"""The metadata filters each dataset offers, with the live filter ids where they are known (api.md §6.3, §12.2)."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass, field
from types import MappingProxyType
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Mapping

DICTIONARY = "https://www.usgs.gov/centers/eros/science/landsat-collection-2-data-dictionary#"
LIKE = {"type": "Application\\Filter\\Like", "options": []}

TIERS = {"T1": "Tier 1", "T2": "Tier 2"}
TIERS_RT = {**TIERS, "RT": "Real-Time"}
LEVELS = {"L1TP": "Level 1TP", "L1GT": "Level 1GT", "L1GS": "Level 1GS"}
DAY = {"DAY": "Day", "NIGHT": "Night"}
NADIR = {"NADIR": "Nadir", "OFFNADIR": "Off Nadir"}
OLI = {"OLI": "OLI", "OLI_TIRS": "OLI_TIRS", "TIRS": "TIRS"}
QUALITY = {
    **{str(n): str(n) for n in range(9, 0, -1)},
    "0": "Worst = 0",
    "-1": "Image Quality Not Assessed = -1",
}


def made_id(dataset_id: str, name: str) -> str:
    """Return a stable id in the style of the service, for things whose live id is not known."""
    return dataset_id[:8] + hashlib.sha256(f"{dataset_id} {name}".encode()).hexdigest()[:8]


@dataclass(frozen=True, slots=True)
class Look:
    """What of a field's configuration differs from dataset to dataset for no reason one can see.

    Args:
        size: how many characters or lines a form would show, as text; None when not told.
        upper: whether StringToUpper is among the filters of a choice.
        counted: whether `numElements` is told.
        bare: whether empty options are an object and Range fields an empty displayListId, as in newer fields.
    """

    size: str | None = None
    upper: bool = False
    counted: bool = True
    bare: bool = False


@dataclass(frozen=True, slots=True)
class Filter:
    """One searchable field of a dataset."""

    id: str
    label: str
    sql: str
    kind: str
    values: Mapping[str, str] | None = None
    legacy: int | None = None
    look: Look = field(default_factory=Look)

    @property
    def column(self) -> str:
        """The catalogue column searched, upper case."""
        return next(name for name in COLUMNS if name in self.sql.upper())

    def to_json(self) -> dict[str, Any]:
        """Return the record as dataset-filters prints it (api.md §6.3: `options` is a list or an object)."""
        record: dict[str, Any] = {
            "id": self.id,
            "legacyFieldId": self.legacy,
            "dictionaryLink": DICTIONARY + _ANCHORS.get(self.column, self.column.lower()),
            "fieldConfig": self._config(),
            "fieldLabel": self.label,
            "searchSql": self.sql,
        }
        if self.values is not None:
            record["valueList"] = {"": "All", **self.values}
        return record

    def _config(self) -> dict[str, Any]:
        text = "like" in self.sql
        upper = {"type": "StringToUpper", "options": {} if self.look.bare else []}
        counted = {"numElements": "5" if text else 1} if self.look.counted else {}
        return {
            "type": self.kind,
            "filters": [upper, LIKE] if text else [upper] if self.look.upper else [],
            "options": self._options(),
            "validators": [{"type": "Date", "options": {}}] if "YYYY" in self.label else [],
            **counted,
            "displayListId": _LISTS.get(self.column) if self.values else "" if self.look.bare else None,
        }

    def _options(self) -> dict[str, Any] | list[Any]:
        if self.look.size is None:
            return {} if self.look.bare else []
        several = {"multiple": True} if self.look.counted and self.kind == "Select" else {}
        return {"size": self.look.size, **several}


# Longer names first: `column` takes the first that occurs in the SQL.
COLUMNS = (
    "LANDSAT_PRODUCT_ID_L1", "EE_DISPLAY_ID", "ENTITY_ID", "WRS_PATH", "WRS_ROW", "SATELLITE", "SENSOR_ID",
    "DAY_NIGHT", "NADIR_OFFNADIR", "SUN_ELEVATION_L0RA", "SUN_ELEVATION_L1", "DATA_TYPE_L1", "DATA_ANOMALY",
    "COLLECTION_CATEGORY", "DATE_L1_GENERATED", "DATE_L2_GENERATED", "GEOMETRIC_RMSE_MODEL", "IMAGE_QUALITY",
    "STATE",
)  # fmt: skip

# Where the data dictionary calls a column otherwise.
_ANCHORS = {
    "LANDSAT_PRODUCT_ID_L1": "landsat_product_id",
    "EE_DISPLAY_ID": "landsat_product_id",
    "ENTITY_ID": "landsat_scene_id",
    "DAY_NIGHT": "day_or_night",
    "SUN_ELEVATION_L0RA": "sun_elevation",
    "SUN_ELEVATION_L1": "sun_elevation",
}
_LISTS = {
    "COLLECTION_CATEGORY": "2837",
    "DATA_TYPE_L1": "2833",
    "SENSOR_ID": "2773",
    "DAY_NIGHT": "2836",
    "NADIR_OFFNADIR": "2768",
}

# label, searchSql, type, values
_PRODUCT_L1 = ("Landsat Product Identifier L1", "LANDSAT_PRODUCT_ID_L1 like ?", "Text", None)
_PRODUCT_L2 = ("Landsat Product Identifier L2", "EE_DISPLAY_ID like ?", "Text", None)
_SCENE = ("Landsat Scene Identifier", "ENTITY_ID like ?", "Text", None)
_PATH = ("WRS Path", "WRS_PATH between ?", "Range", None)
_ROW = ("WRS Row", "WRS_ROW between ?", "Range", None)
_SENSOR = ("Sensor Identifier", "SENSOR_ID = ?", "Select", OLI)
_DAY = ("Day/Night Indicator", "DAY_NIGHT = ?", "Select", DAY)
_NADIR = ("Nadir/Off Nadir", "NADIR_OFFNADIR = ?", "Select", NADIR)
_SUN_L0 = ("Sun Elevation L0RA", "SUN_ELEVATION_L0RA between ?", "Range", None)
_SUN_L1 = ("Sun Elevation L1", "SUN_ELEVATION_L1 between ?", "Range", None)
_TYPE = ("Data Type L1", "RIGHT(DATA_TYPE_L1, 4) = ?", "Select", LEVELS)
_TIER = ("Collection Category", "COLLECTION_CATEGORY = ?", "Select", TIERS_RT)
_TIER_TM = ("Collection Category", "COLLECTION_CATEGORY = ?", "Select", TIERS)
_DATE_L1 = ("Date Product Generated L1 (YYYY/MM/DD)", "trunc(DATE_L1_GENERATED) between ?", "Range", None)
_DATE_L2 = ("Date Product Generated L2 (YYYY/MM/DD)", "trunc(DATE_L2_GENERATED) between ?", "Range", None)
_RMSE = ("Geometric RMSE Model (meters)", "GEOMETRIC_RMSE_MODEL between ?", "Range", None)
_QUALITY = ("Image Quality", "Image_Quality = ?", "Select", QUALITY)
_QUALITY_L2 = ("Image Quality", "image_quality", "Text", None)
_ANOMALY = (
    "Data Anomaly",
    "coalesce(DATA_ANOMALY, 'null') = ?",
    "Select",
    {"NO_PCD": "No PCD", "null": "None"},
)
_89 = ("Satellite", "satellite =?", "Select", {"8": "8", "9": "9"})
_89_L2 = ("Satellite", "satellite = ?", *_89[2:])
_45 = ("Satellite", "SATELLITE = ?", "Select", {"4": "Landsat 4", "5": "Landsat 5"})
_7 = ("Satellite", "SATELLITE = ?", "Select", {"7": "Landsat 7"})

_Row = tuple[str, str, str, "Mapping[str, str] | None"]


_PLAIN = Look()
_UPPER = Look(upper=True)
_NEW = Look(counted=False, bare=True)
_NEW_UPPER = Look(upper=True, counted=False, bare=True)


def _known(*rows: tuple[str, int | None, _Row, Look]) -> tuple[Filter, ...]:
    return tuple(Filter(id_, *fields, legacy=legacy, look=look) for id_, legacy, fields, look in rows)


def _made(dataset_id: str, *rows: _Row) -> tuple[Filter, ...]:
    """Return fields nobody recorded, looking as those of landsat_tm_c2_l1 and landsat_ot_c2_l2 do."""
    return tuple(Filter(made_id(dataset_id, row[0]), *row, look=_LOOKS.get(row[0], _PLAIN)) for row in rows)


_LOOKS = {
    "Landsat Product Identifier L2": Look("50"),
    "Landsat Product Identifier L1": Look("45"),
    "Landsat Scene Identifier": Look("25"),
    "Satellite": Look("3", upper=True),
    "Day/Night Indicator": Look("3"),
    "Data Anomaly": Look("3"),
    "Data Type L1": Look("4"),
    "Collection Category": Look("3"),
    "Date Product Generated L1 (YYYY/MM/DD)": _NEW,
    "Date Product Generated L2 (YYYY/MM/DD)": _NEW,
}

FILTERS: Mapping[str, tuple[Filter, ...]] = MappingProxyType({
    "landsat_ot_c2_l1": _known(
        ("5e81f14fe3c40983", 27678, _PRODUCT_L1, _PLAIN),
        ("5e81f14f8faf8048", 27679, _PATH, _PLAIN),
        ("5e81f14f8d2a7c24", 27680, _ROW, _PLAIN),
        ("61af93b8fad2acf5", None, _89, _NEW),
        ("5e81f14f85d499dc", 27685, _SENSOR, _UPPER),
        ("5e81f14f61bda7c4", 27686, _DAY, _UPPER),
        ("5e81f150e42bc489", 27690, _NADIR, _UPPER),
        ("5e81f150c2f58f31", 27790, _SUN_L0, _PLAIN),
        ("5e81f14fcf660794", 27684, _TYPE, _PLAIN),
        ("5e81f14fff5055a3", 27683, _TIER, _PLAIN),
        ("5e81f15023925fb4", 27688, _DATE_L1, _NEW),
        ("5e81f14f830b749b", 27689, _RMSE, _PLAIN),
        ("5e81f14fbba2e223", 27691, _SCENE, _PLAIN),
        ("6266f9f8dc71ab1", None, _QUALITY, Look("30", counted=False, bare=True)),
    ),
    "landsat_ot_c2_l2": _known(
        ("5e83d14f567d0086", 27819, _PRODUCT_L2, Look("50")),
        ("5e83d14f227b0d85", 27863, _PRODUCT_L1, Look("45")),
        ("5e83d14fc84c9a78", 27836, _SCENE, Look("30")),
        ("5e83d14fb9436d88", 27820, _PATH, _PLAIN),
        ("5e83d14ff1eda1b8", 27821, _ROW, _PLAIN),
        ("61af9273566bb9a8", None, _89_L2, _NEW),
        ("5e83d14fc6e09eb6", 27827, _SENSOR, Look("4", upper=True)),
        ("5f6aa429b870fd7f", None, _NADIR, _NEW_UPPER),
        ("5f6a6fb2137a3c00", None, _TIER, _NEW),
        ("5f6a6f82795f1b6c", None, _DATE_L2, _NEW),
        ("5e83d14fd1d0a167", 28016, _DATE_L1, _NEW),
        ("628541043da7b4c1", None, _QUALITY_L2, _NEW),
    ),
    "landsat_tm_c2_l1": _known(
        ("5e83d0a075cea58a", 27718, _PRODUCT_L1, Look("45")),
        ("5e83d0a0fbbd1ca1", 27737, _SCENE, Look("25")),
        ("5e83d0a017869321", 27720, _PATH, _PLAIN),
        ("5e83d0a0f068314e", 27721, _ROW, _PLAIN),
        ("5e83d0a072ef8b3f", 27728, _45, Look("3", upper=True)),
        ("5e83d0a031010d95", 27729, _DAY, Look("3")),
        ("5e83d0a0574a972d", 27734, _ANOMALY, Look("3")),
        ("5e83d0a0a0867e5c", 27730, _SUN_L1, Look(counted=False)),
        ("5e83d0a04e6ad4d2", 27725, _TYPE, Look("4")),
        ("5e83d0a09419d091", 27724, _TIER_TM, Look("3")),
        ("5e83d0a07fd62bbf", 27731, _DATE_L1, _NEW),
        ("5e83d0a0fe02620e", 27733, _RMSE, _PLAIN),
    ),
    "landsat_etm_c2_l1": _made(
        "5e83d0d02b146ae0", _PRODUCT_L1, _SCENE, _PATH, _ROW, _7, _DAY, _SUN_L1, _TYPE, _TIER, _DATE_L1, _RMSE
    ),
    "landsat_etm_c2_l2": _made(
        "5e83d12add5d4aa1", _PRODUCT_L2, _PRODUCT_L1, _SCENE, _PATH, _ROW, _7, _TIER, _DATE_L2, _DATE_L1
    ),
    "landsat_tm_c2_l2": _made(
        "5e83d1193824e4fc", _PRODUCT_L2, _PRODUCT_L1, _SCENE, _PATH, _ROW, _45, _TIER_TM, _DATE_L2, _DATE_L1
    ),
    "landsat_mss_c2_l1": _made(
        "5e83d0e09a752cff", _PRODUCT_L1, _SCENE, _PATH, _ROW, _45, _DAY, _SUN_L1, _TYPE, _TIER_TM, _DATE_L1, _RMSE
    ),
    "corona2": _made("5e839febdccb64b3", ("Entity ID", "ENTITY_ID like ?", "Text", None)),
    "srtm_v3": _made("26f2e50c003d7ce6", ("Entity ID", "ENTITY_ID like ?", "Text", None)),
    "naip": _made(
        "5e83a340bf820c39",
        ("Entity ID", "ENTITY_ID like ?", "Text", None),
        ("State", "STATE = ?", "Select", {"TX": "Texas"}),
    ),
})  # fmt: skip
