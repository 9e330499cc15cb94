"""Makes what the report's map is drawn with: Leaflet, and the coastlines of Natural Earth as GeoJSON.

Run once per new version; what it writes is committed. It reads two packages as npm has them:

    npm pack leaflet@1.9.4 world-atlas@2.0.2
    python tools/vendor_map.py leaflet-1.9.4.tgz world-atlas-2.0.2.tgz
"""

from __future__ import annotations

import json
import sys
import tarfile
from itertools import accumulate, pairwise
from pathlib import Path
from typing import TYPE_CHECKING, Any

from m2msync.core.antimeridian import split

if TYPE_CHECKING:
    from m2msync.core.model import Polygon, Ring

ASSETS = Path(__file__).parents[1] / "m2msync" / "report" / "assets"
LEAFLET = {"dist/leaflet.js": "leaflet.js", "dist/leaflet.css": "leaflet.css", "LICENSE": "leaflet.LICENSE"}
SOURCE_MAP = "//# sourceMappingURL=leaflet.js.map"
DECIMALS = 2  # degrees; a kilometre, where the coastline is generalised to ten


def main(leaflet: str, atlas: str) -> None:
    """Write the assets."""
    for name, target in LEAFLET.items():
        # The developer tools of a browser would look for the map of the source beside the report.
        write(target, member(leaflet, name).replace(SOURCE_MAP, ""))
    coarse, fine = (cut(json.loads(member(atlas, f"land-{scale}.json"))) for scale in ("110m", "50m"))
    write("land-110m.json", compact({"type": "MultiPolygon", "coordinates": rounded(coarse)}))
    write("land-50m.json", compact([steps(ring) for polygon in fine for ring in polygon]))
    write("world-atlas.LICENSE", member(atlas, "LICENSE"))


def member(package: str, name: str) -> str:
    """Return one file of a package."""
    with tarfile.open(package) as archive:
        file = archive.extractfile(f"package/{name}")
        return file.read().decode() if file else ""


def write(name: str, text: str) -> None:
    """Write one asset, with a line break at its end."""
    (ASSETS / name).write_text(text.rstrip() + "\n", encoding="utf-8")


def compact(value: Any) -> str:
    """Return JSON without blanks."""
    return json.dumps(value, separators=(",", ":"))


def cut(topology: Any) -> list[Polygon]:
    """Return the land of a TopoJSON file as polygons within -180..180."""
    arcs = [decoded(arc, **topology["transform"]) for arc in topology["arcs"]]
    (shape,) = topology["objects"]["land"]["geometries"]
    polygons = [tuple(tuple(map(tuple, joined(ring, arcs))) for ring in polygon) for polygon in shape["arcs"]]
    # world-atlas has joined what Natural Earth cuts at the antimeridian; on a flat map it must be cut.
    return [part for polygon in polygons for part in split(polygon)]


def rounded(polygons: list[Polygon]) -> list[Any]:
    """Return polygons as GeoJSON writes them."""
    return [[[[round(n, DECIMALS) for n in point] for point in ring] for ring in polygon] for polygon in polygons]


def steps(ring: Ring) -> list[int]:
    """Return an open ring in hundredths of a degree, each point but the first as a step from the one before."""
    points = [[round(n * 10**DECIMALS) for n in point] for point in ring[:-1]]
    moves = [[x - a, y - b] for (a, b), (x, y) in pairwise([[0, 0], *points])]
    return [n for move in moves for n in move]


def decoded(arc: Any, scale: list[float], translate: list[float]) -> list[list[float]]:
    """Return an arc, which TopoJSON writes as steps on a grid, in degrees."""
    columns = [list(accumulate(column)) for column in zip(*arc, strict=True)]
    return [
        [n * k + t for n, k, t in zip(point, scale, translate, strict=True)] for point in zip(*columns, strict=True)
    ]


def joined(ring: list[int], arcs: list[list[list[float]]]) -> list[list[float]]:
    """Return the arcs of a ring one after the other; those with a number below 0 are taken backwards."""
    points: list[list[float]] = []
    for number in ring:
        arc = arcs[number] if number >= 0 else arcs[~number][::-1]
        points += arc[1:] if points else arc
    return points


if __name__ == "__main__":
    main(*sys.argv[1:])
