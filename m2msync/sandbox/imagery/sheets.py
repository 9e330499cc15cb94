"""What is delivered of the images that are not Landsat's, and what dds calls it."""

from __future__ import annotations

import gzip
import io
import tarfile
import zipfile
from calendar import timegm
from functools import lru_cache
from typing import TYPE_CHECKING, cast

import numpy as np

from m2msync.sandbox.imagery import geotiff
from m2msync.sandbox.imagery.aerial import grid_over, quarter_bytes
from m2msync.sandbox.imagery.landscape import heights
from m2msync.sandbox.world.catalogue import BIL
from m2msync.sandbox.world.films import Film
from m2msync.sandbox.world.heights import Tile

if TYPE_CHECKING:
    from m2msync.sandbox.world.frames import Frame
    from m2msync.sandbox.world.quarters import Quarter

_PARTS = "abcd"  # a film is scanned in four pieces


def frame_name(frame: Frame, code: str) -> str:
    """Return what the file of a product is called when it is delivered."""
    if isinstance(frame, Film):
        return f"{frame.display_id}.tgz"
    if isinstance(frame, Tile):
        return f"{_place(frame)}_1arc_v3" + ("_bil.zip" if code == BIL.code else ".tif")
    return f"{frame.display_id}.zip"


@lru_cache(maxsize=512)
def frame_bytes(frame: Frame, code: str, pixels: int) -> bytes:
    """Return the file of a product, the same every time.

    Args:
        frame: the image.
        code: which of its products.
        pixels: the side of the picture.
    """
    if isinstance(frame, Film):
        return _scans(frame, max(16, pixels // 4))
    if isinstance(frame, Tile):
        return _model(frame, code, max(16, pixels))
    return quarter_bytes(cast("Quarter", frame), code, pixels)


def _scans(film: Film, side: int) -> bytes:
    """Return the pieces of a scanned film, grey pictures, in a compressed archive."""
    buffer = io.BytesIO()
    when = timegm(film.processed.timetuple())
    with (
        gzip.GzipFile(fileobj=buffer, mode="wb", mtime=when) as packed,
        tarfile.open(fileobj=packed, mode="w", format=tarfile.USTAR_FORMAT) as archive,
    ):
        for number, part in enumerate(_PARTS):
            grey = np.random.default_rng([film.number, number]).integers(30, 220, (side, side), dtype=np.uint8)
            data = geotiff.encode(grey, grid_over(film.bounds, side))
            member = tarfile.TarInfo(f"{film.display_id}_{part}.tif")
            member.size, member.mtime = len(data), when
            archive.addfile(member, io.BytesIO(data))
    return buffer.getvalue()


def _model(tile: Tile, code: str, side: int) -> bytes:
    """Return the heights of a tile; in UTM, where the real ones are in degrees."""
    grid = grid_over(tile.bounds, side)
    metres = np.rint(heights(grid)).astype(np.int16)
    if code != BIL.code:
        return geotiff.encode(metres, grid, -32767)
    header = f"BYTEORDER I\nLAYOUT BIL\nNROWS {side}\nNCOLS {side}\nNBANDS 1\nNBITS 16\nNODATA -32767\n"
    name, day = f"{_place(tile)}_1arc_v3", tile.processed
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w") as archive:
        for ending, data in (("hdr", header.encode()), ("bil", metres.astype("<i2").tobytes())):
            archive.writestr(zipfile.ZipInfo(f"{name}.{ending}", (day.year, day.month, day.day, 0, 0, 0)), data)
    return buffer.getvalue()


def _place(tile: Tile) -> str:
    """Return where a tile lies as its files say it, for example n31_w102."""
    name = tile.entity_id.removeprefix("SRTM1").removesuffix("V3").lower()
    return f"{name[:3]}_{name[3:]}"
