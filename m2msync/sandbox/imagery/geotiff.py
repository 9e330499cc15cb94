"""Writes GeoTIFFs as USGS does: tiles of 256 pixels, deflated after horizontal differencing, UTM, north up."""

from __future__ import annotations

import struct
import zlib
from typing import TYPE_CHECKING, Any

import numpy as np

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from numpy.typing import NDArray

    from m2msync.sandbox.world.grid import Grid

    Image = NDArray[np.integer[Any]]
    Field = tuple[int, int, int, bytes]

_TILE = 256
_FORMATS = {2: "s", 3: "H", 4: "I", 12: "d"}
_ASCII, _SHORT, _LONG, _DOUBLE = _FORMATS


def encode(image: Image, grid: Grid, nodata: int | None = None) -> bytes:
    """Return the file of an image.

    Args:
        image: 8- or 16-bit integers, rows by columns, or rows by columns by three for a colour picture.
        grid: where the pixels lie; its width and height are the image's.
        nodata: the value of pixels that were not imaged, if any.
    """
    cube = image if image.ndim == 3 else image[:, :, None]
    tiles = [zlib.compress(_differenced(tile).tobytes(), 1) for tile in _tiles(cube)]
    sizes = [len(tile) for tile in tiles]
    fields = [*_shape(cube), *_place(grid, nodata), _field(325, _LONG, sizes)]
    # Offsets take as much room as sizes do, so the directory's length is known before them.
    start = len(_directory([*fields, _field(324, _LONG, sizes)]))
    offsets = (start + np.cumsum([0, *sizes[:-1]])).tolist()
    return b"".join([_directory([*fields, _field(324, _LONG, offsets)]), *tiles])


def _tiles(cube: Image) -> Iterator[Image]:
    """Yield the tiles row by row, filled up with zeros at the right and lower edges."""
    height, width, samples = cube.shape
    for top in range(0, height, _TILE):
        for left in range(0, width, _TILE):
            part = cube[top : top + _TILE, left : left + _TILE]
            tile = np.zeros((_TILE, _TILE, samples), dtype=cube.dtype)
            tile[: part.shape[0], : part.shape[1]] = part
            yield tile


def _differenced(tile: Image) -> Image:
    """Return the differences to the pixel on the left, modulo the size of the type (TIFF predictor 2)."""
    differences = tile.copy()
    differences[:, 1:] -= tile[:, :-1]
    return differences


def _shape(cube: Image) -> list[Field]:
    height, width, samples = cube.shape
    return [
        _field(256, _SHORT, [width]),
        _field(257, _SHORT, [height]),
        _field(258, _SHORT, [cube.itemsize * 8] * samples),
        _field(259, _SHORT, [8]),  # deflate
        _field(262, _SHORT, [2 if samples == 3 else 1]),  # red, green and blue, or black is zero
        _field(277, _SHORT, [samples]),
        _field(284, _SHORT, [1]),  # samples of a pixel side by side
        _field(317, _SHORT, [2]),  # horizontal differencing
        _field(322, _SHORT, [_TILE]),
        _field(323, _SHORT, [_TILE]),
        _field(339, _SHORT, [2 if cube.dtype.kind == "i" else 1] * samples),
    ]


def _place(grid: Grid, nodata: int | None) -> list[Field]:
    # Landsat ties the centre of the first pixel ("pixel is point"), which is also the corner that MTL.txt names.
    citation = f"WGS 84 / UTM zone {grid.zone}N|\0".encode()
    keys = [1, 1, 0, 5, 1024, 0, 1, 1, 1025, 0, 1, 2, 1026, 34737, len(citation) - 1, 0]
    tie = [0.0, 0.0, 0.0, grid.west + grid.cell / 2, grid.north - grid.cell / 2, 0.0]
    fields = [
        _field(33550, _DOUBLE, [grid.cell, grid.cell, 0.0]),
        _field(33922, _DOUBLE, tie),
        _field(34735, _SHORT, [*keys, 3072, 0, 1, grid.epsg, 3076, 0, 1, 9001]),
        (34737, _ASCII, len(citation), citation),
    ]
    if nodata is not None:
        text = f"{nodata}\0".encode()
        fields.append((42113, _ASCII, len(text), text))
    return fields


def _field(tag: int, kind: int, values: Sequence[float]) -> Field:
    return tag, kind, len(values), struct.pack(f"<{len(values)}{_FORMATS[kind]}", *values)


def _directory(fields: list[Field]) -> bytes:
    """Return the header, the fields by number, and the values too long to stand in their field."""
    entries, longer = b"", b""
    after = 8 + 2 + 12 * len(fields) + 4
    for tag, kind, count, value in sorted(fields):
        stored = value.ljust(4, b"\0") if len(value) <= 4 else struct.pack("<I", after + len(longer))
        entries += struct.pack("<HHI", tag, kind, count) + stored
        # Values begin on even offsets, says the standard.
        longer += value.ljust(len(value) + len(value) % 2, b"\0") if len(value) > 4 else b""
    return struct.pack("<2sHIH", b"II", 42, 8, len(fields)) + entries + struct.pack("<I", 0) + longer
