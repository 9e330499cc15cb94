"""Opens every strip and tile of a TIFF: whether each decodes to as many bytes as its picture needs."""

from __future__ import annotations

import struct
from itertools import islice
from typing import TYPE_CHECKING, BinaryIO

from m2msync.core import tiff
from m2msync.core.codecs import COUNTERS, NAMES, PIECE

if TYPE_CHECKING:
    from collections.abc import Iterator

    from m2msync.core.codecs import Counter
    from m2msync.core.tiff import Directory

_WIDTH, _HEIGHT, _BITS, _COMPRESSION, _COLOURS, _FILL = 256, 257, 258, 259, 262, 266
_SAMPLES, _ROWS, _PLANES, _TILE_WIDTH, _TILE_HEIGHT = 277, 278, 284, 322, 323
_TILES = 324
_YCBCR, _SEPARATE = 6, 2


def open_blocks(stream: BinaryIO) -> dict[int, str]:
    """Decode every block of a TIFF whose container is whole.

    Returns:
        By the number of its picture, counted from 1, each compression that is not known here.

    Raises:
        Flawed: a block is broken; the message names it.
    """
    unknown = {}
    try:
        for number, directory in enumerate(tiff.directories(stream, tiff.read_header(stream)), 1):
            if compression := _open_picture(stream, directory, number):
                unknown[number] = compression
    except (struct.error, ValueError, ZeroDivisionError):
        raise tiff.Flawed(tiff.BROKEN) from None
    return unknown


def _open_picture(stream: BinaryIO, directory: Directory, number: int) -> str | None:
    (compression,) = directory.numbers(_COMPRESSION, (1,))
    count = COUNTERS.get(compression)
    if count is None:
        return NAMES.get(compression, f"compression {compression}")
    if directory.numbers(_FILL, (1,)) != (1,):
        return "reversed bits"
    blocks = directory.extents()
    # Not a list of all: a broken height may ask for billions.
    needs = list(islice(_needs(directory), len(blocks) + 1))
    if len(needs) > len(blocks):
        raise tiff.Flawed(f"picture {number} of the TIFF has fewer blocks than its size asks for")
    for place, ((start, length), (least, most)) in enumerate(zip(blocks, needs, strict=False), 1):
        # A sparse block has no data: it stands for nothing but fill values.
        if length:
            where = f"block {place} of picture {number} of the TIFF"
            _open_block(count, _pieces(stream, start, length), where, least, None if compression == 1 else most)
    return None


def _open_block(count: Counter, pieces: Iterator[bytes], where: str, least: int, most: int | None) -> None:
    try:
        decoded = count(pieces)
    except tiff.Flawed as flawed:
        raise tiff.Flawed(f"{where} cannot be opened: {flawed}") from None
    if decoded < least or (most is not None and decoded > most):
        raise tiff.Flawed(f"{where} holds {decoded} bytes, {least} are needed")


def _needs(directory: Directory) -> Iterator[tuple[int, int]]:
    """Yield how many bytes each block decodes to, at least and at most, in the order of the blocks."""
    (width,), (height,) = directory.numbers(_WIDTH), directory.numbers(_HEIGHT)
    (samples,) = directory.numbers(_SAMPLES, (1,))
    bits = directory.numbers(_BITS, (1,))
    bits = bits * samples if len(bits) == 1 else bits
    planes = bits if directory.numbers(_PLANES, (1,)) == (_SEPARATE,) else (sum(bits),)
    subsampled = directory.numbers(_COLOURS, (0,)) == (_YCBCR,)
    for plane in planes:
        for columns, rows, full in _grid(directory, width, height):
            row = (columns * plane + 7) // 8
            # Of subsampled colours a block holds less than all; the last strip may be filled up or not.
            yield (0 if subsampled else row * rows), row * full


def _grid(directory: Directory, width: int, height: int) -> Iterator[tuple[int, int, int]]:
    """Yield each block's columns and rows, and the rows it has when it is not cut at the lower edge."""
    if _TILES in directory.entries:
        (columns,), (rows,) = directory.numbers(_TILE_WIDTH), directory.numbers(_TILE_HEIGHT)
        for _ in range(-(-width // columns) * -(-height // rows)):
            yield columns, rows, rows
    else:
        (full,) = directory.numbers(_ROWS, (height,))
        full = min(full, height)
        for top in range(0, height, full):
            yield width, min(full, height - top), full


def _pieces(stream: BinaryIO, start: int, length: int) -> Iterator[bytes]:
    stream.seek(start)
    while length > 0:
        piece = stream.read(min(PIECE, length))
        if not piece:
            raise tiff.Flawed("the file ends within it")
        length -= len(piece)
        yield piece
