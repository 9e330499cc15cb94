"""How many bytes a compressed block of a TIFF decodes to; nothing is kept of them, so size costs no memory.

Each counter takes the block's data in pieces. It raises `Flawed` where a decoder would give up.
"""

from __future__ import annotations

import zlib
from typing import TYPE_CHECKING

from m2msync.core.tiff import Flawed

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

    Counter = Callable[[Iterable[bytes]], int]

PIECE = 1 << 20
"""Bytes that are read, and at most decoded, at a time."""
_CLEAR, _END, _FULL = 256, 257, 4096  # codes of LZW, and the end of its table


def count_plain(pieces: Iterable[bytes]) -> int:
    """Count bytes that are not compressed."""
    return sum(map(len, pieces))


def count_deflate(pieces: Iterable[bytes]) -> int:
    """Count what a zlib stream decodes to; its own checksum is checked on the way."""
    inflate, total = zlib.decompressobj(), 0
    try:
        for piece in pieces:
            rest = piece
            while rest:
                total += len(inflate.decompress(rest, PIECE))
                rest = inflate.unconsumed_tail
    except zlib.error:
        raise Flawed("its Deflate data is corrupt") from None
    if not inflate.eof:
        raise Flawed("its Deflate data is cut short")
    return total


def count_packbits(pieces: Iterable[bytes]) -> int:
    """Count what PackBits data decode to (TIFF 6.0 §9)."""
    total = literal = repeated = 0
    for piece in pieces:
        at = 0
        while at < len(piece):
            if literal:
                step = min(literal, len(piece) - at)
                total, literal, at = total + step, literal - step, at + step
                continue
            if repeated:
                total, repeated = total + repeated, 0
            elif piece[at] < 128:  # noqa: PLR2004 - so many more bytes stand for themselves; 128 says nothing
                literal = piece[at] + 1
            elif piece[at] > 128:  # noqa: PLR2004
                repeated = 257 - piece[at]
            at += 1
    return total


def count_lzw(pieces: Iterable[bytes]) -> int:
    """Count what LZW data decode to (TIFF 6.0 §13): of each string in the table only its length is needed."""
    first = [1] * 256 + [0, 0]
    lengths, width, before, total = first[:], 9, 0, 0
    bits = held = 0
    for piece in pieces:
        for byte in piece:
            bits, held = (bits << 8 | byte) & 0xFFFFFF, held + 8
            if held < width:
                continue
            held -= width
            code = bits >> held & ((1 << width) - 1)
            if code == _END:
                return total
            if code == _CLEAR:
                lengths, width, before = first[:], 9, 0
                continue
            if before and len(lengths) < _FULL:
                lengths.append(before + 1)
                # The width grows one code early, as every TIFF writer does it.
                width = min(12, max(9, (len(lengths) + 1).bit_length()))
            if code >= len(lengths):
                raise Flawed("its LZW data is corrupt")
            before = lengths[code]
            total += before
    return total


COUNTERS: dict[int, Counter] = {
    1: count_plain,
    5: count_lzw,
    8: count_deflate,
    32773: count_packbits,
    32946: count_deflate,
}
"""By the value of the tag Compression."""
NAMES = {
    2: "CCITT",
    3: "CCITT",
    4: "CCITT",
    6: "JPEG",
    7: "JPEG",
    34887: "LERC",
    34925: "LZMA",
    50000: "ZSTD",
    50001: "WebP",
    50002: "JPEG XL",
}
"""What the other compressions are called."""
