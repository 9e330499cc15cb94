"""A minimal JPEG writer for browse pictures: every pixel becomes an even block of 8 x 8."""

from __future__ import annotations

import struct
from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from numpy.typing import NDArray

_BLOCK = 8
# Codes for how many bits a brightness step takes: the example table of the JPEG standard.
_STEP_CODES = ("00", "010", "011", "100", "101", "110", "1110", "11110", "111110", "1111110")
_CODES, _LENGTHS = np.array([int(code, 2) for code in _STEP_CODES]), np.array([len(code) for code in _STEP_CODES])
_STEP_TABLE = bytes([0x00, 0, 1, 5, 1, 1, 1, 1, 0, 0, 0, 0, 0, 0, 0, 0, 0, *range(10)])
# An even block has no other frequencies, so their table knows but the end of the block, which is a single 0.
_END_TABLE = bytes([0x10, 1, *[0] * 15, 0])


def encode(picture: NDArray[np.uint8]) -> bytes:
    """Return a baseline JPEG, eight times as large each way, of rows by columns by red, green and blue."""
    height, width, _ = picture.shape
    frame = struct.pack(">BHHB", 8, height * _BLOCK, width * _BLOCK, 3) + bytes([1, 17, 0, 2, 17, 0, 3, 17, 0])
    scan = bytes([3, 1, 0, 2, 0, 3, 0, 0, 63, 0])
    segments = [
        (0xE0, b"JFIF\0\1\1\0\0\1\0\1\0\0"),
        # The mean of a block counts eightfold; dividing by eight leaves the brightness itself.
        (0xDB, bytes([0, 8, *[1] * 63])),
        (0xC0, frame),
        (0xC4, _STEP_TABLE + _END_TABLE),
        (0xDA, scan),
    ]
    head = b"".join(struct.pack(">BBH", 0xFF, marker, len(body) + 2) + body for marker, body in segments)
    return b"\xff\xd8" + head + _packed(_steps(picture)) + b"\xff\xd9"


def _steps(picture: NDArray[np.uint8]) -> NDArray[np.int64]:
    """Return by how much each block's brightness and colour differ from those of the one before."""
    weights = np.array([[0.299, 0.587, 0.114], [-0.1687, -0.3313, 0.5], [0.5, -0.4187, -0.0813]])
    planes = np.rint(picture.reshape(-1, 3) @ weights.T - [128, 0, 0]).astype(np.int64)
    steps: NDArray[np.int64] = np.diff(planes, axis=0, prepend=[[0, 0, 0]]).ravel()
    return steps


def _packed(steps: NDArray[np.int64]) -> bytes:
    """Return the bits of all steps: how long each is, itself, and the end of its block."""
    sizes = np.frexp(np.abs(steps))[1]
    # Negative steps are written as the complement of their size.
    bits = np.where(steps < 0, steps + (1 << sizes) - 1, steps)
    words = (_CODES[sizes] << sizes | bits) << 1
    lengths = _LENGTHS[sizes] + sizes + 1
    ends = lengths.cumsum()
    # For each bit of the scan, how far it stands from the end of its word.
    shifts = np.repeat(ends, lengths) - np.arange(1, ends[-1] + 1)
    scan = np.append(np.repeat(words, lengths) >> shifts & 1, np.ones(-ends[-1] % 8, np.int64))
    # A byte 255 would look like a marker unless a zero follows.
    return np.packbits(scan.astype(np.uint8)).tobytes().replace(b"\xff", b"\xff\0")
