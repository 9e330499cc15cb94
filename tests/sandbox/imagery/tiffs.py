"""Reads the TIFFs that the sandbox writes, from the standard's text rather than from the writer's code."""

import struct
import zlib

import numpy as np

LETTERS = {2: ("s", 1), 3: ("H", 2), 4: ("I", 4), 12: ("d", 8)}


def read_tags(data):
    """Return tag -> values of the only directory."""
    order, magic, start = struct.unpack_from("<2sHI", data)
    assert (order, magic) == (b"II", 42)
    (count,) = struct.unpack_from("<H", data, start)
    entries = [struct.unpack_from("<HHI4s", data, start + 2 + 12 * index) for index in range(count)]
    assert [tag for tag, *_ in entries] == sorted({tag for tag, *_ in entries})
    assert struct.unpack_from("<I", data, start + 2 + 12 * count) == (0,)
    return {tag: read_values(data, kind, length, value) for tag, kind, length, value in entries}


def read_values(data, kind, length, value):
    letter, size = LETTERS[kind]
    at = data if size * length > 4 else value
    offset = struct.unpack("<I", value)[0] if size * length > 4 else 0
    if kind == 2:
        return at[offset : offset + length].rstrip(b"\0").decode()
    return list(struct.unpack_from(f"<{length}{letter}", at, offset))


def read_image(data):
    """Return the pixels, rows by columns by samples."""
    tags = read_tags(data)
    (width,), (height,), (side,), samples = tags[256], tags[257], tags[322], tags[277][0]
    kind = np.dtype(f"<{'i' if tags[339][0] == 2 else 'u'}{tags[258][0] // 8}")
    image = np.zeros((-(-height // side) * side, -(-width // side) * side, samples), kind)
    places = [(row, column) for row in range(0, height, side) for column in range(0, width, side)]
    for (row, column), offset, size in zip(places, tags[324], tags[325], strict=True):
        tile = np.frombuffer(zlib.decompress(data[offset : offset + size]), kind).reshape(side, side, samples)
        image[row : row + side, column : column + side] = np.cumsum(tile, axis=1, dtype=kind)
    return image[:height, :width]


def read_band(data):
    """Return the pixels of a picture with one sample."""
    return read_image(data)[:, :, 0]
