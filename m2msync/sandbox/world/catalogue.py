"""The datasets of the simulated service and the products each of them offers (api.md §12)."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from typing import TYPE_CHECKING

from m2msync.sandbox.world.filters import FILTERS, made_id

if TYPE_CHECKING:
    from m2msync.sandbox.world.filters import Filter

BROWSE_TIFF = 14_680_064  # the service announces the same nominal size for every scene (api.md §11.3)
BROWSE_JPEG = 6_291_456
NO_MISSION: tuple[tuple[int, date, date | None], ...] = ()


@dataclass(frozen=True, slots=True)
class Product:
    """One row of download-options: what a scene can be delivered as, and by which system.

    `kind` is "bundle", "folder", "frame", or the `size type` of a generated browse such as "frb refl".
    """

    id: str
    code: str
    name: str
    system: str
    kind: str
    download_name: str | None = None


@dataclass(frozen=True, slots=True)
class Bands:
    """The single files behind the scenes of a dataset: their own dataset and the product id they share."""

    dataset_id: str
    product_id: str
    code: str
    name: str
    download_name: str | None


@dataclass(frozen=True, slots=True)
class Dataset:
    """One dataset; `satellites` are (number, first day, last day or None while it flies).

    Args:
        start: the acquisitionStart told, which need not be the first day there is.
        covers: the first and the last day of the temporal coverage told, the last one None while it grows.
        bounds: north, east, south and west in degrees.
    """

    alias: str
    id: str
    name: str
    long_name: str
    category: str | None
    start: date
    covers: tuple[date, date | None] | None = None
    bounds: tuple[float, float, float, float] | None = None
    sensor: str = ""
    level: int = 0
    satellites: tuple[tuple[int, date, date | None], ...] = NO_MISSION
    legacy_id: int | None = None
    doi: str | None = None
    products: tuple[Product, ...] = ()
    bands: Bands | None = None
    catalogs: tuple[str, ...] = ("EE",)

    @property
    def filters(self) -> tuple[Filter, ...]:
        """The metadata filters offered, in the order of the catalogue."""
        return FILTERS.get(self.alias, ())

    @property
    def landsat(self) -> bool:
        """Whether the dataset holds Landsat scenes."""
        return bool(self.satellites)

    @property
    def first(self) -> date:
        """The first day of which there may be images."""
        return min((day for _, day, _ in self.satellites), default=self.start)

    @property
    def last(self) -> date:
        """The last day of which there may be images."""
        return max((day or date.max for _, _, day in self.satellites), default=date.max)


def _bundles(level: int, served: tuple[str, str], cached: tuple[str, str]) -> tuple[Product, Product]:
    """Return the two bundle rows of a scene; exactly one of them is available (api.md §8.1)."""
    name = f"Landsat Collection 2 Level-{level} Product Bundle"
    blank = "" if level == 1 else None
    return (
        Product(*served, name, "ls_zip", "bundle", blank),
        Product(*cached, name, "dds_ms", "bundle", blank),
    )


def _folder(level: int, id_: str, code: str) -> Product:
    name = f"Landsat Collection 2 Level-{level} Band File"
    return Product(id_, code, name, "folder", "folder", f"C2L{level} Tile Product Files")


def _browse(id_: str, code: str, what: str, kind: str, download_name: str | None = None) -> Product:
    return Product(id_, code, f"Full-Resolution Browse ({what})".replace(")", f") {_FORM[kind[:4]]}"), "ls_frb",
                   kind, download_name)  # fmt: skip


_FORM = {"frb ": "GeoTIFF", "frbj": "JPEG"}
_REFLECTIVE = "Full Resolution Browse (Reflective Color)"

OT_L1_SERVED, OT_L1_CACHED = _bundles(1, ("5e81f14f92acf9ef", "D690"), ("632211e26883b1f7", "D805"))
OT_L1 = (
    OT_L1_CACHED,
    _folder(1, "73ceb05468b7e8c2", "D687"),
    _folder(1, "6447cc2e2a09aab6", "D689"),
    OT_L1_SERVED,
    _browse("5e9eb01274d7924f", "D734", "Natural Color", "frb refl", f"{_REFLECTIVE} GeoTIFF"),
    _browse("5e9eb12795d8231b", "D735", "Thermal", "frb tir", ""),
    _browse("5e9eb2249228fe8f", "D736", "Quality", "frb qb"),
    _browse("5f6184a83f05bbf9", "D731", "Natural Color", "frbj refl", f"{_REFLECTIVE} JPEG"),
    _browse("5f618512b2d7b4be", "D732", "Thermal", "frbj tir"),
    _browse("5f618552dc40c587", "D733", "Quality", "frbj qb"),
)
OT_L2_SERVED, OT_L2_CACHED = _bundles(2, ("5e83d14fec7cae84", "D694"), ("632210d4770592cf", "D806"))
OT_L2 = (
    OT_L2_SERVED,
    _folder(2, "6448198cc7b442a4", "D693"),
    _folder(2, "6448198c62023764", "D691"),
    OT_L2_CACHED,
)
TM_L1 = (
    *_bundles(1, ("5e83d0a0f94d7d8d", "D696"), ("63231219fdd8c4e5", "D809")),
    _folder(1, "6448124210926491", "D695"),
    _browse("5e9eb4f5ebb15d46", "D740", "Natural Color", "frb refl"),
    _browse("5e9eb5318675b02d", "D741", "Natural Color", "frbj refl"),
)
ETM_L1 = (
    *_bundles(1, ("5e83d0d0d2aaa488", "D698"), ("5e83d0d08fec8a66", "D807")),
    _folder(1, made_id("5e83d0d02b146ae0", "folder"), "D697"),
    _browse(made_id("5e83d0d02b146ae0", "frb refl"), "D737", "Natural Color", "frb refl"),
    _browse(made_id("5e83d0d02b146ae0", "frbj refl"), "D738", "Natural Color", "frbj refl"),
)
TM_L2 = (
    *_bundles(2, ("5e83d11933473426", "D702"), (made_id("5e83d1193824e4fc", "dds_ms"), "D810")),
    _folder(2, made_id("5e83d1193824e4fc", "folder"), "D701"),
)
ETM_L2 = (
    *_bundles(2, ("5e83d12aed0efa58", "D700"), ("5e83d12aada2e3c5", "D808")),
    _folder(2, made_id("5e83d12add5d4aa1", "folder"), "D699"),
)
NAIP = (
    Product("5e83a340275f0f2c", "D441", "Full Resolution", "dds", "frame"),
    Product("5e83a340968fe48c", "D482", "Compressed", "dds", "frame"),
)

FILMS = (Product("5e839feb28131aac", "D183", "Standard Format", "dds", "frame"),)
# Names as EarthExplorer has them; ids and codes nobody has recorded.
_SRTM = "26f2e50c003d7ce6"  # made up, as no answer about it is on record
BIL = Product(made_id(_SRTM, "BIL"), "D538", "BIL 1 Arc-second", "dds", "frame")
HEIGHTS = (
    BIL,
    Product(made_id(_SRTM, "GeoTIFF"), "D540", "GeoTIFF 1 Arc-second", "dds", "frame"),
)
MSS_L1 = (
    *_bundles(1, (made_id("5e83d0e09a752cff", "ls_zip"), "D692"), (made_id("5e83d0e09a752cff", "dds_ms"), "D811")),
    _folder(1, made_id("5e83d0e09a752cff", "folder"), "D705"),
    _browse(made_id("5e83d0e09a752cff", "frb refl"), "D742", "Natural Color", "frb refl"),
    _browse(made_id("5e83d0e09a752cff", "frbj refl"), "D743", "Natural Color", "frbj refl"),
)

_L1_BANDS = Bands("5e81ff5f86d11d08", "5e8206bf6bc4a163", "D687", "Landsat Collection 2 Level-1 Band File", "")
_L2_BANDS = Bands("5f85f041c828327a", "5f85f041a2ea6695", "D691", "Landsat Collection 2 Level-2 Band File", None)

_OT_FLOWN = ((8, date(2013, 3, 18), None), (9, date(2021, 10, 31), None))
_ETM_FLOWN = ((7, date(1999, 5, 28), date(2024, 1, 19)),)
_TM_FLOWN = ((4, date(1982, 8, 22), date(1993, 12, 14)), (5, date(1984, 3, 5), date(2011, 11, 18)))
# Landsat 1 to 3 carried scanners as well, but on the WRS-1, which this world does not have.
_MSS_FLOWN = ((4, date(1982, 8, 22), date(1992, 12, 14)), (5, date(1984, 3, 5), date(1992, 8, 28)))
_OT_NAME = "Landsat 8-9 Operational Land Imager and Thermal Infrared Sensor Collection 2 Level-"
_ETM_NAME = "Landsat 7 Enhanced Thematic Mapper Plus Collection 2 Level-"
_TM_NAME = "Landsat 4-5 Thematic Mapper Collection 2 Level-"
_L1, _L2 = "Landsat Collection 2 Level-1", "Landsat Collection 2 Level-2"
_OT_START, _ETM_START, _TM_START = date(2013, 4, 11), date(1999, 7, 23), date(1982, 12, 19)
_ETM_COVERS, _TM_COVERS = (date(1999, 5, 28), date(2024, 1, 19)), (date(1982, 8, 22), date(2012, 5, 5))

DATASETS = {
    dataset.alias: dataset
    for dataset in (
        Dataset("landsat_ot_c2_l1", "5e81f14f59432a27", "Landsat 8-9 OLI/TIRS C2 L1", f"{_OT_NAME}1", _L1,
                _OT_START, (date(2013, 3, 8), None), (84.441826835, 197.576528425, -84.571376808, -180.009966965),
                "oli-tirs", 1, _OT_FLOWN, 9825, "https://doi.org//10.5066/P975CC9B", OT_L1, _L1_BANDS,
                ("EE", "GV")),
        Dataset("landsat_ot_c2_l2", "5e83d14f2fc39685", "Landsat 8-9 OLI/TIRS C2 L2", f"{_OT_NAME}2", _L2,
                _OT_START, (date(2013, 3, 18), None), (84.441826835, 194.444152276, -84.517916731, -180.009966965),
                "oli-tirs", 2, _OT_FLOWN, 9885, "https://doi.org/10.5066/P9OGBGM6", OT_L2, _L2_BANDS),
        Dataset("landsat_etm_c2_l1", "5e83d0d02b146ae0", "Landsat 7 ETM+ C2 L1", f"{_ETM_NAME}1", _L1, _ETM_START,
                _ETM_COVERS, (82.830396865, 194.178290063, -82.722496893, -180.009015895),
                "etm", 1, _ETM_FLOWN, 9826, "https://doi.org/10.5066/P9TU80IG", ETM_L1, _L1_BANDS),
        Dataset("landsat_etm_c2_l2", "5e83d12add5d4aa1", "Landsat 7 ETM+ C2 L2", f"{_ETM_NAME}2", _L2, _ETM_START,
                _ETM_COVERS, (82.769116871, 194.178290063, -82.718697104, -180.009015895),
                "etm", 2, _ETM_FLOWN, 9886, "https://doi.org/10.5066/P9C7I13B", ETM_L2, _L2_BANDS),
        Dataset("landsat_tm_c2_l1", "5e83d0a05ee25348", "Landsat 4-5 TM C2 L1", f"{_TM_NAME}1", _L1, _TM_START,
                _TM_COVERS, (82.72809, 191.746598992, -82.68668, -180.007538791),
                "tm", 1, _TM_FLOWN, 9827, "https://doi.org/10.5066/P918ROHC", TM_L1, _L1_BANDS),
        Dataset("landsat_tm_c2_l2", "5e83d1193824e4fc", "Landsat 4-5 TM C2 L2", f"{_TM_NAME}2", _L2, _TM_START,
                _TM_COVERS, (82.72809, 191.746598992, -82.67207, -180.007538791),
                "tm", 2, _TM_FLOWN, 9905, "https://doi.org/10.5066/P9IAXOVV", TM_L2, _L2_BANDS),
        Dataset("landsat_mss_c2_l1", "5e83d0e09a752cff", "Landsat 1-5 MSS C2 L1",
                "Landsat 1-5 Multispectral Scanner Collection 2 Level-1", _L1, date(1972, 7, 25),
                (date(1972, 7, 25), date(2013, 1, 7)), (82.72809, 191.746598992, -82.68668, -180.007538791),
                "mss", 1, _MSS_FLOWN, doi="https://doi.org/10.5066/P9AF14YV", products=MSS_L1, bands=_L1_BANDS),
        Dataset("corona2", "5e839febdccb64b3", "Declass 1 (1996)",
                "Declass 1 (1996) = Corona, Lanyard, & Argon Missions - KH1 thru KH6: 1960 - 1972.",
                "Declassified Data", date(1960, 7, 31), (date(1960, 7, 31), date(1972, 5, 31)),
                (87.157, 180.0, -88.699, -180.0), legacy_id=1051, doi="https://doi.org/10.5066/F78P5XZM",
                products=FILMS),
        Dataset("srtm_v3", _SRTM, "SRTM 1 Arc-Second Global",
                "Shuttle Radar Topography Mission 1 Arc-Second Global", "SRTM", date(2000, 2, 11),
                (date(2000, 2, 11), date(2000, 2, 21)), (60.0, 180.0, -56.0, -180.0),
                doi="https://doi.org/10.5066/F7PR7TFT", products=HEIGHTS),
        Dataset("landsat_band_files_c2_l1", "5e81ff5f86d11d08", "Landsat C2 L1 Band Files",
                "Landsat Collection 2 Band Files", None, date(2020, 3, 30)),
        Dataset("landsat_band_files_c2_l2", "5f85f041c828327a", "Landsat C2 L2 Band Files",
                "Landsat Collection 2 Level 2 Band Files", None, date(2020, 3, 30)),
        Dataset("naip", "5e83a340bf820c39", "NAIP", "National Agriculture Imagery Program", "Aerial Imagery",
                date(2018, 1, 1), (date(2018, 1, 1), date(2022, 12, 31)), (36.0, -94.0, 26.0, -106.0),
                doi="https://doi.org/10.5066/F7QN651G", products=NAIP, catalogs=("EE", "GV")),
    )
}  # fmt: skip
BY_ID = {dataset.id: dataset for dataset in DATASETS.values()}

WITHDRAWN = frozenset({"landsat_8_c1", "landsat_etm_c1", "landsat_tm_c1"})  # answer DATASET_AUTH (api.md §3.1)
