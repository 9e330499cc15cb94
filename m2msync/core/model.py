"""The values every other module speaks in: what is wanted, what USGS has, what is held."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Literal, NamedTuple

from m2msync.core.limits import NO_LIMITS, Limits

if TYPE_CHECKING:
    from datetime import date

    from m2msync.core.manifest.yaml12 import Spot

Scene = Literal["region", "path_row"]
Preference = Literal["newest", "oldest", "least_cloudy", "spread"]
Per = Literal["month", "season", "year"]
IfMissing = Literal["warn", "skip_image", "fail"]
OnReprocessed = Literal["replace", "keep"]

CONNECTIONS = 5
"""How many files are fetched at a time when nobody says."""

Point = tuple[float, float]
"""Longitude and latitude in degrees (WGS 84)."""
Ring = tuple[Point, ...]
"""A closed line: the last point is the first one."""
Polygon = tuple[Ring, ...]
"""An outline, and the outlines of its holes."""


@dataclass(frozen=True, slots=True)
class Box:
    """A longitude/latitude rectangle in degrees (WGS 84), never crossing the antimeridian (west <= east)."""

    west: float
    south: float
    east: float
    north: float


@dataclass(frozen=True, slots=True)
class Place:
    """A place by its name, which only M2M knows where it is, and how far around it."""

    name: str
    kilometres: float = 0


@dataclass(frozen=True, slots=True)
class Region:
    """A named area of the manifest: boxes, two when it crosses the antimeridian, or polygons, cells, or a place."""

    name: str
    boxes: tuple[Box, ...] = ()
    cells: tuple[tuple[int, int], ...] = ()
    """WRS-2 cells as (path, row)."""
    polygons: tuple[Polygon, ...] = ()
    """What it really covers, where that is not the boxes; none crosses the antimeridian."""
    place: Place | None = None
    exact: bool = False
    """Whether an image counts only if its own footprint meets the region."""
    spot: Spot = field(default=(1, 1), compare=False, repr=False)
    """Where the cells or the place stand in the manifest."""


@dataclass(frozen=True, slots=True)
class DateRange:
    """Whole days, both ends inclusive; an end left out keeps growing."""

    start: date | None = None
    end: date | None = None


@dataclass(frozen=True, slots=True)
class CloudRange:
    """Cloud cover in percent, both ends inclusive; 0 means 0."""

    minimum: int = 0
    maximum: int = 100
    include_unknown: bool = False


@dataclass(frozen=True, slots=True)
class Word:
    """A word of the manifest, and where it stands there; words are the same wherever they stand."""

    text: str
    spot: Spot = field(default=(1, 1), compare=False, repr=False)


@dataclass(frozen=True, slots=True)
class Condition:
    """A condition on one metadata filter, in a person's words."""

    name: Word
    """The filter's label or column, e.g. `WRS Path` or `WRS_PATH`."""
    values: tuple[Word, ...]
    kind: Literal["any", "not", "between", "min", "max"] = "any"
    """Whether any of the values will do, or none, or they are the lowest and the highest, or one of these."""


@dataclass(frozen=True, slots=True)
class AnyOf:
    """Groups of conditions on metadata, of which all of at least one group must hold."""

    groups: tuple[tuple[Condition | AnyOf, ...], ...]


@dataclass(frozen=True, slots=True)
class Filters:
    """What an image must satisfy; an absent filter lets everything through."""

    acquired: DateRange | None = None
    cloud_cover: CloudRange | None = None
    months: tuple[int, ...] = ()
    ingested: DateRange | None = None
    metadata: tuple[Condition | AnyOf, ...] = ()


@dataclass(frozen=True, slots=True)
class Acquisition:
    """One entry of the manifest's `datasets`: which images of which regions, and which of their bands."""

    dataset: str
    regions: tuple[Region, ...]
    bands: tuple[str, ...]
    """Names, globs and roles."""
    filters: Filters = Filters()
    images_per_scene: int | None = None
    scene: Scene = "region"
    prefer: Preference = "newest"
    per: Per | None = None
    """The period of which every one shall have `images_per_scene`; None for all time together."""
    tiers: tuple[str, ...] = ()
    """The only tiers that are wanted, the preferred first; empty for all alike."""
    if_missing: IfMissing = "warn"
    on_reprocessed: OnReprocessed = "replace"
    products: tuple[str, ...] = ()
    """What is wanted beside bands: `bundle`, `browse`, or what M2M calls a product."""
    unpack: bool = False
    """Whether the files in a bundle shall lie beside it, too."""
    spot: Spot = field(default=(1, 1), compare=False, repr=False)
    """Where the dataset is named in the manifest."""


@dataclass(frozen=True, slots=True)
class Manifest:
    """A checked manifest; every path in it is absolute, and the store a folder or `s3://bucket/prefix`."""

    name: str
    file: str
    store: str
    catalog: str
    acquisitions: tuple[Acquisition, ...]
    layout: str = "{dataset}/{display_id}/{filename}"
    connections: int = CONNECTIONS
    limits: Limits = NO_LIMITS
    digest: str = ""
    scratch: str = ""
    """Where an object store keeps what is unfinished; empty for the user's cache."""


@dataclass(frozen=True, slots=True)
class Image:
    """One acquisition of a dataset (M2M calls it a scene)."""

    dataset: str
    entity_id: str
    display_id: str
    acquired: date | None = None
    cloud_cover: float | None = None
    path: int | None = None
    row: int | None = None
    tier: str | None = None
    footprint: tuple[tuple[float, float], ...] = ()
    pictures: tuple[tuple[str, str], ...] = field(default=(), compare=False, repr=False)
    """Name and address of small pictures of it that anyone may fetch; level 1 has better ones, so none here."""


@dataclass(frozen=True, slots=True)
class Route:
    """One way M2M delivers a product: the pair that `download-request` wants (api.md §8.2)."""

    entity_id: str
    product_id: str
    system: str
    available: bool
    code: str = ""
    """M2M's product code, e.g. `D805`; download-retrieve names products by it."""


@dataclass(frozen=True, slots=True)
class Product:
    """One downloadable thing of an image, as `download-options` lists it."""

    filename: str
    band: str
    """The file name without its image's display id and extension, e.g. `B2`, `SR_B4`, `MTL`."""
    size: int | None = None
    """Announced length in bytes."""
    exact: bool = False
    """Whether `size` is the true length; level-2 sizes are nominal (api.md §11.3)."""
    digest: str | None = None
    """Announced digest as `algorithm:hex`, e.g. `sha512:ab12…`."""
    routes: tuple[Route, ...] = ()


@dataclass(frozen=True, slots=True)
class Listing:
    """Everything M2M can deliver of one image; empty when `download-options` knew nothing of it."""

    dataset: str
    entity_id: str
    display_id: str
    products: tuple[Product, ...] = ()


class Asset(NamedTuple):
    """A product this manifest wants, with the paths it shall have in the store."""

    # A tuple, because a million of them are made in a plan, four times as fast as frozen dataclasses.

    key: str
    dataset: str
    region: str
    image: str
    display_id: str
    product: str
    filename: str
    paths: tuple[str, ...]
    """Relative to the store; the first is fetched, the others are linked to it."""
    size: int | None = None
    exact: bool = False
    digest: str | None = None
    routes: tuple[Route, ...] = ()
    missing: str | None = None
    """Why the asset cannot be had now, e.g. "the image has no band B12"; None when it can."""
    tolerated: bool = False
    """Whether `if_missing: warn` lets the run succeed without it."""
    keeps_held: bool = False
    """Whether `on_reprocessed: keep` prefers what is held of an earlier processing."""
    barred: str | None = None
    """Why the asset may not be written where it is wanted; None when it may."""
    shared_by: tuple[str, ...] = ()
    """The other regions that want it."""

    @property
    def regions(self) -> tuple[str, ...]:
        """Every region that wants it, in the manifest's order."""
        return self.region, *self.shared_by
