"""What the scripts of the report's page work on: images and regions as JSON that is harmless within HTML."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

from m2msync.core.chart import drawn, placed, simplified, west_of
from m2msync.core.coast import coast_within, surroundings
from m2msync.core.meeting import covered

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping, Sequence

    from m2msync.core.coast import Coast
    from m2msync.core.model import Point, Region, Ring
    from m2msync.core.overview import Overview, Shown

LEGEND: dict[Shown, str] = {
    "held": "held",
    "ordered": "on order",
    "missing": "missing",
    "unavailable": "not available",
    "failed": "failed",
    "damaged": "damaged",
    "superseded": "superseded",
    "orphan": "no longer wanted",
    "forgotten": "forgotten",
}
"""What each state is called on the page, in the order of its legend."""
_DECIMALS = 3  # degrees: 100 m, at most half a pixel at the deepest zoom of the map
_COAST = 2000  # corners of all the outlines of a region together, once it has that many
_FEWEST = 8
# What could end the script element that holds the JSON, or a line of a script.
_HARMLESS = str.maketrans({"<": "\\u003c", ">": "\\u003e", "&": "\\u0026"})


def payload(
    overview: Overview,
    regions: Sequence[Region],
    portraits: Iterable[tuple[str, str]],
    land: Callable[[], Iterable[Ring]] = tuple,
) -> dict[str, Any]:
    """Return the data of the page.

    Args:
        overview: the images.
        regions: what the manifest draws.
        portraits: of which images there is a picture, by dataset and display id, in the order of the page.
        land: returns rings of land with a fine coast; not called when the map is too large for it.
    """
    footprints = [drawn(image.footprint) for image in overview.images]
    areas = {region.name: _outlines(region) for region in regions}
    west = west_of([*footprints, *(ring for rings in areas.values() for ring in rings)])
    footprints = [placed(ring, west) for ring in footprints]
    areas = {name: [placed(ring, west) for ring in rings] for name, rings in areas.items()}
    around = surroundings([*footprints, *(ring for rings in areas.values() for ring in rings)])
    datasets = sorted({image.dataset for image in overview.images})
    names = sorted({*areas, *(name for image in overview.images for name in image.regions)})
    at = {name: number for number, name in enumerate(names)}
    pictures = {name: number for number, name in enumerate(portraits)}
    states = {state: number for number, state in enumerate(LEGEND)}
    rows = [
        [
            datasets.index(image.dataset),
            [at[name] for name in image.regions],
            image.display_id,
            image.acquired and image.acquired.isoformat(),
            image.cloud_cover,
            states[image.state],
            image.held,
            image.wanted,
            image.bytes,
            _flat(ring[:-1]),
            pictures.get((image.dataset, image.display_id), -1),
        ]
        for image, ring in zip(overview.images, footprints, strict=True)
    ]
    return {
        "west": west,
        "states": [[state, label] for state, label in LEGEND.items()],
        "datasets": datasets,
        "regions": names,
        "areas": [[at[name], [_flat(ring[:-1]) for ring in rings]] for name, rings in areas.items()],
        "images": rows,
        "coast": _coast(coast_within(around, land())) if around else None,
    }


def harmless(data: Mapping[str, Any]) -> str:
    """Return data as JSON of ASCII letters that may stand in a script element."""
    return json.dumps(data, separators=(",", ":")).translate(_HARMLESS)


def _outlines(region: Region) -> list[Ring]:
    """Return the outlines of a region, holes among them, together with hardly more corners than a map needs."""
    rings = [ring for polygon in covered(region) for ring in polygon]
    total = sum(len(ring) for ring in rings)
    if total <= _COAST:
        return rings
    return [simplified(ring, max(_FEWEST, len(ring) * _COAST // total)) for ring in rings]


def _coast(coast: Coast) -> dict[str, Any]:
    box = coast.box
    return {
        "box": [box.west, box.south, box.east, box.north],
        "land": [_flat(ring) for ring in coast.land],
        "lines": [_flat(line) for line in coast.lines],
    }


def _flat(points: Iterable[Point]) -> list[float]:
    """Return points as longitude, latitude, longitude and so on."""
    return [round(number, _DECIMALS) for point in points for number in point]
