"""A manifest to begin with, written for a person to go on with."""

from __future__ import annotations

import json
import re
from dataclasses import dataclass
from typing import TYPE_CHECKING

from m2msync.core import naming
from m2msync.core.errors import StorageError
from m2msync.core.manifest.yaml12 import resolve
from m2msync.core.wording import Unfit, flow

if TYPE_CHECKING:
    from datetime import date

DATASET = "landsat_ot_c2_l1"
BBOX = (-91.7, -1.5, -89.2, 0.7)
"""West, south, east and north of the Galápagos, the region of a draft for which nobody said where."""
CLOUD = 10
IMAGES = 5
_EVERYTHING = ("*",)
_BANDS = (
    (r"landsat_ot_c2_l1", ("B2", "B3", "B4", "MTL")),
    (r"landsat_ot_c2_l2", ("SR_B2", "SR_B3", "SR_B4", "QA_PIXEL")),
    (r"landsat_e?tm_c2_l1", ("B1", "B2", "B3", "MTL")),
    (r"landsat_e?tm_c2_l2", ("SR_B1", "SR_B2", "SR_B3", "QA_PIXEL")),
    (r"landsat_mss_c2_l1", ("B4", "B5", "B6", "MTL")),
)
_FIRST = "area"
_SIDES = 4


@dataclass(frozen=True, slots=True)
class Draft:
    """What a person has decided so far."""

    name: str
    dataset: str
    area: str | tuple[float, ...]
    """A CSV file relative to the manifest, or west, south, east and north."""
    start: date | None
    end: date | None
    cloud: int | None
    """The most cloud cover in percent; None when it does not matter."""
    bands: tuple[str, ...]
    images: int | None = IMAGES
    """Of each region; None for all."""


def usual_bands(dataset: str) -> tuple[str, ...]:
    """Return the bands of a draft for which nobody chose any: natural colours and a companion, else everything."""
    return next((bands for pattern, bands in _BANDS if re.fullmatch(pattern, dataset)), _EVERYTHING)


def usual_cloud(dataset: str) -> int | None:
    """Return the most cloud cover of a draft for which nobody said: not all datasets tell it."""
    return CLOUD if dataset.startswith("landsat_") else None


def read_bbox(text: str) -> tuple[float, ...]:
    """Return west, south, east and north, written with commas or blanks between them.

    Raises:
        Unfit: it is not four numbers.
    """
    parts = text.replace(",", " ").split()
    try:
        numbers = tuple(float(part) for part in parts)
    except ValueError:
        numbers = ()
    if len(numbers) != _SIDES:
        raise Unfit(f"{text!r} is not west,south,east,north", "write four numbers, e.g. -91.7,-1.5,-89.2,0.7")
    return numbers


def usable_name(stem: str) -> str:
    """Return the name of a manifest or region that is called like a file without its extension."""
    try:
        return naming.sanitise(stem)
    except StorageError:
        return "manifest"


def text_of(draft: Draft, file: str, schema: str) -> str:
    """Return the manifest.

    Args:
        draft: what it says.
        file: what it will be called, for the commands in its head.
        schema: where editors find the schema, without blanks.
    """
    filters = list(_filters(draft))
    images = f"images_per_scene: {draft.images}"
    lines = [
        f"# yaml-language-server: $schema={schema}",
        "#",
        "# What this folder shall hold of the USGS archive.",
        "#",
        *(_told(f"#   m2msync {verb:<8} {file}", what, 40) for verb, what in _COMMANDS),
        "version: 1",
        f"name: {_scalar(draft.name)}",
        _told("store: data", "a folder beside this file, or a whole path", 36),
        '# layout: "{dataset}/{region}/{display_id}/{filename}"    # a folder for each region',
        "",
        "regions:",
        *_regions(draft),
        "",
        "datasets:",
        _told(f"  - dataset: {draft.dataset}", "m2msync datasets lists them", 36),
        "    filters:" if not _is_bare(filters) else "    # filters:",
        *filters,
        _told(f"    {images if draft.images else '# images_per_scene: 5'}", "of each region; left out: all", 36),
        _told("    # prefer: least_cloudy", "else the newest", 36),
        _told(
            f"    bands: [{', '.join(map(_scalar, draft.bands))}]",
            f"m2msync products {draft.dataset} lists them",
            36,
        ),
        "",
    ]
    return "\n".join(lines)


_COMMANDS = (
    ("validate", "are all names right, and how much is it?"),
    ("search", "which images are there, and which are chosen?"),
    ("apply", "fetch what is missing; run it again at any time"),
)


def _regions(draft: Draft) -> list[str]:
    csv, bbox = "  # boxes: {csv: boxes.csv}", "  # islands: {bbox: [-91.7, -1.5, -89.2, 0.7]}"
    if isinstance(draft.area, str):
        stem = usable_name(re.split(r"[/\\]", draft.area)[-1].rpartition(".")[0] or draft.area)
        csv = f"  {_scalar(stem)}: {{csv: {_scalar(draft.area)}}}"
    else:
        bbox = f"  {_FIRST}: {{bbox: [{', '.join(repr(side).removesuffix('.0') for side in draft.area)}]}}"
    told = [
        _told(csv, "one region per row: LL Lat, LL Lon, UR Lat, UR Lon [, name]", 52),
        _told(bbox, "west, south, east, north", 52),
        _told("  # lake: {point: [-120.03, 39.09], buffer_km: 5}", "longitude, latitude", 52),
        _told('  # cells: {path_row: ["011/059", "010/060"]}', "WRS-2", 52),
    ]
    return sorted(told, key=lambda line: line.lstrip().startswith("#"))


def _filters(draft: Draft) -> list[str]:
    days = {name: str(day) for name, day in (("start", draft.start), ("end", draft.end)) if day}
    lines = []
    if days:
        more = "" if draft.end else "without an end it keeps growing"
        lines.append(_told(f"      acquired: {flow(days)}", more, 52))
    if draft.cloud is not None:
        lines.append(_told(f"      cloud_cover: {{max: {draft.cloud}}}", "percent", 52))
    lines.append(_told("      # months: [6, 7, 8]", "", 0))
    lines.append(_told('      # metadata: {Satellite: "9"}', f"m2msync filters {draft.dataset} lists them", 52))
    return lines


def _is_bare(lines: list[str]) -> bool:
    return all(line.lstrip().startswith("#") for line in lines)


def _told(line: str, comment: str, column: int) -> str:
    return f"{line:<{column - 1}} # {comment}" if comment else line


def _scalar(value: str) -> str:
    """Write a text so that it is read as a text."""
    plain = flow(value)
    # In braces, a brace would end the mapping.
    safe = isinstance(resolve(plain), str) and not {*plain} & {*"{}"}
    return plain if safe else json.dumps(value, ensure_ascii=False)
