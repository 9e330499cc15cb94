"""Every counter finds exactly as many bytes as went in, however the data are cut, and notices what is broken."""

from __future__ import annotations

import tracemalloc
import zlib
from contextlib import suppress

import pytest
from hypothesis import given
from hypothesis import strategies as st

from m2msync.core.codecs import COUNTERS, PIECE, count_deflate, count_lzw, count_packbits, count_plain
from m2msync.core.tiff import Flawed


def packbits(data: bytes) -> bytes:
    """Encode as TIFF 6.0 §9 says: runs of one byte, and literal stretches between them."""
    out, at = bytearray(), 0
    while at < len(data):
        run = 1
        while run < 128 and data[at : at + run + 1] == data[at : at + 1] * (run + 1):
            run += 1
        if run > 1:
            out += bytes([257 - run, data[at]])
        else:
            while run < 128 and at + run < len(data) and data[at + run] != data[at + run - 1]:
                run += 1
            out += bytes([run - 1]) + data[at : at + run]
        at += run
    return bytes(out)


def lzw(data: bytes) -> bytes:
    """Encode as TIFF 6.0 §13 says, with the code width that grows one code early."""
    bits, length = 0, 0

    def put(code: int, width: int) -> None:
        nonlocal bits, length
        bits, length = bits << width | code, length + width

    def clear() -> dict[bytes, int]:
        return {bytes([n]): n for n in range(256)}

    table, following, width, word = clear(), 258, 9, b""
    put(256, width)
    for byte in data:
        longer = word + bytes([byte])
        if longer in table:
            word = longer
            continue
        put(table[word], width)
        table[longer], following, word = following, following + 1, bytes([byte])
        if following in (512, 1024, 2048):
            width += 1
        if following == 4095:
            put(256, width)
            table, following, width = clear(), 258, 9
    if word:
        put(table[word], width)
        following += 1
        width += following in (512, 1024, 2048)
    put(257, width)
    return (bits << -length % 8).to_bytes((length + 7) // 8, "big")


ENCODERS = {
    "plain": (count_plain, bytes),
    "deflate": (count_deflate, zlib.compress),
    "packbits": (count_packbits, packbits),
    "lzw": (count_lzw, lzw),
}
# Repetitive as pictures are, so that tables fill up and runs occur.
PIXELS = st.one_of(
    st.binary(max_size=900),
    st.lists(st.tuples(st.integers(0, 255), st.integers(1, 300)), max_size=9).map(
        lambda runs: b"".join(bytes([value]) * number for value, number in runs)
    ),
    st.tuples(st.binary(min_size=1, max_size=5), st.integers(1, 900)).map(lambda p: p[0] * p[1]),
)


def cut(data: bytes, size: int) -> list[bytes]:
    return [data[n : n + size] for n in range(0, len(data), size)]


@pytest.mark.parametrize("kind", ENCODERS)
@given(PIXELS, st.integers(1, 700))
def test_what_went_in_is_counted_in_pieces_of_any_size(kind, data, size):
    count, encode = ENCODERS[kind]
    assert count(cut(encode(data), size)) == len(data)


@pytest.mark.parametrize("length", [3, 200_000, *range(30_000, 30_600, 7)])
def test_lzw_fills_its_table_and_ends_at_any_width(length):
    data = bytes((n * n * 7 + n // 3) % 251 for n in range(length))
    assert count_lzw([lzw(data)]) == len(data)


@given(PIXELS, st.data())
def test_deflate_that_was_cut_or_changed_is_noticed(data, draw):
    whole = zlib.compress(data)
    with pytest.raises(Flawed, match="its Deflate data is cut short"):
        count_deflate([whole[: draw.draw(st.integers(0, len(whole) - 1))]])
    at = draw.draw(st.integers(2, len(whole) - 1))
    changed = whole[:at] + bytes([whole[at] ^ draw.draw(st.integers(1, 255))]) + whole[at + 1 :]
    try:
        counted = count_deflate([changed])
    except Flawed:
        return
    assert counted == len(zlib.decompress(changed))  # the change made no difference


@pytest.mark.parametrize("size", [1, 700, 5000])
@pytest.mark.parametrize("more", [0, 1, 257, 258, 259, 600])
def test_deflate_is_counted_past_the_end_of_a_piece(more, size):
    assert count_deflate(cut(zlib.compress(bytes(PIECE + more)), size)) == PIECE + more


def test_deflate_of_a_huge_block_needs_no_memory_for_it():
    packed = zlib.compress(bytes(40 * PIECE))
    tracemalloc.start()
    try:
        assert count_deflate([packed]) == 40 * PIECE
        assert tracemalloc.get_traced_memory()[1] < 4 * PIECE
    finally:
        tracemalloc.stop()


@pytest.mark.parametrize("kind", ["lzw", "packbits"])
@given(PIXELS.filter(lambda data: len(data) > 1), st.data())
def test_what_was_cut_is_too_short(kind, data, draw):
    count, encode = ENCODERS[kind]
    whole = encode(data)
    length = draw.draw(st.integers(0, len(whole) - 3 if kind == "lzw" else len(whole) - 1))
    with suppress(Flawed):
        assert count([whole[: max(0, length)]]) < len(data)


@pytest.mark.parametrize("codes", [(256, 300), (256, 65, 259), (256, 258)])
def test_an_lzw_code_that_no_string_has_is_corrupt(codes):
    bits = int("".join(f"{code:09b}" for code in codes).ljust(32, "0"), 2)
    with pytest.raises(Flawed, match="its LZW data is corrupt"):
        count_lzw([bits.to_bytes(4, "big")])


@given(st.lists(st.binary(max_size=200), max_size=5), st.sampled_from(sorted(COUNTERS)))
def test_no_bytes_raise_anything_else(pieces, compression):
    with suppress(Flawed):
        assert COUNTERS[compression](pieces) >= 0
