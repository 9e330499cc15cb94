"""The sandbox's API alone, whose links lead to another file host, and whose band files are as large as asked for.

    python service.py FOLDER ORIGIN SIZE BAND,BAND...     (or "all": every file, and the bundles)

Files are made when their digest is first asked for, and written to FOLDER, which the file host serves: what is
announced is true. A band file is a GeoTIFF of noise; files that are not among the bands are small. Prints one
JSON object, where it listens and who may log in, and ends with its standard input.
"""

from __future__ import annotations

import json
import sys
import zlib
from dataclasses import replace
from functools import lru_cache
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from m2msync.sandbox.behaviour import Behaviour, Limits
from m2msync.sandbox.imagery import content, digests, geotiff
from m2msync.sandbox.serve import running
from m2msync.sandbox.world.grid import PIXELS, grid_of

if TYPE_CHECKING:
    from m2msync.sandbox.world.scene import Scene

ENDLESS = Limits(recent=10**9, pending=10**9, unattempted=10**9)
_SMALL = 1000  # bytes of a band file that nobody wants
_sandboxes_own = content.file_bytes


def noise(scene: Scene, name: str, size: int) -> bytes:
    """Return a GeoTIFF of about `size` bytes that no compression makes smaller."""
    side = max(16, int((size / 2) ** 0.5))
    image = np.random.default_rng(zlib.crc32(name.encode())).integers(0, 1 << 16, (side, side), dtype=np.uint16)
    return geotiff.encode(image, replace(grid_of(scene.path, scene.row, 100), width=side, height=side), 0)


class Files:
    """The files of all scenes, each made once and written to a folder."""

    def __init__(self, folder: Path, size: int, bands: set[str]) -> None:
        self._folder, self._size, self._bands = folder, size, bands

    def file_bytes(self, scene: Scene, filename: str, *, pixels: int = PIXELS) -> bytes:
        """Stand in for the sandbox's own."""
        place = self._folder / filename
        if not place.exists():
            place.write_bytes(self._made(scene, filename, pixels))
        return place.read_bytes()

    def bundle_size(self, scene: Scene, pixels: int) -> int:
        """Stand in for the sandbox's own, which does not make the bundle."""
        bundle = content.bundle_bytes(scene, pixels=pixels)
        (self._folder / f"{scene.display_id}.tar").write_bytes(bundle)
        return len(bundle)

    def _made(self, scene: Scene, name: str, pixels: int) -> bytes:
        if not name.endswith(".TIF"):
            return _sandboxes_own(scene, name, pixels=pixels)
        band = name.removeprefix(f"{scene.display_id}_").removesuffix(".TIF")
        return noise(scene, name, self._size if self._bands & {band, "all"} else _SMALL)


def main(folder: str, origin: str, size: str, bands: str) -> None:
    """Serve until standard input ends."""
    files = Files(Path(folder), int(size), set(bands.split(",")))
    content.file_bytes = files.file_bytes
    if bands == "all":
        digests.bundle_size = lru_cache(files.bundle_size)
    with running(pixels=16, behaviour=Behaviour(limits=ENDLESS)) as box:
        box.state.origins.landsatlook = box.state.origins.dds = origin
        print(json.dumps({"url": box.url, "username": box.username, "token": box.token}), flush=True)
        sys.stdin.read()


if __name__ == "__main__":
    main(*sys.argv[1:])
