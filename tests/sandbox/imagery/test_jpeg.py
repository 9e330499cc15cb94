import struct

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from m2msync.sandbox.imagery import jpeg


def read_segments(data):
    """Return marker -> bodies of the segments, and the bytes between the last of them and the end."""
    assert data[:2] == b"\xff\xd8"
    assert data[-2:] == b"\xff\xd9"
    at, segments = 2, {}
    while 0xDA not in segments:
        start, marker, length = struct.unpack_from(">BBH", data, at)
        assert start == 0xFF
        segments.setdefault(marker, []).append(data[at + 4 : at + 2 + length])
        at += 2 + length
    return segments, data[at:-2]


def read_codes(table):
    """Return bits -> symbol of a Huffman table as the standard builds it from the counts of each length."""
    counts, symbols = table[1:17], iter(table[17:])
    codes, code = {}, 0
    for length, count in enumerate(counts, 1):
        for _ in range(count):
            codes[f"{code:0{length}b}"] = next(symbols)
            code += 1
        code <<= 1
    return codes


def read_even_blocks(data):
    """Return the brightness and the two colour differences of the blocks of a picture without detail."""
    segments, scan = read_segments(data)
    tables = segments[0xC4][0]
    split = 17 + sum(tables[1:17])
    steps, ends = read_codes(tables[:split]), read_codes(tables[split:])
    bits = "".join(f"{byte:08b}" for byte in scan.replace(b"\xff\0", b"\xff"))
    _, height, width, _ = struct.unpack_from(">BHHB", segments[0xC0][0])
    at, last, planes = 0, [0, 0, 0], []
    for block in range(height * width // 64 * 3):
        size, at = read_symbol(bits, at, steps)
        value = int(bits[at : at + size] or "0", 2)
        last[block % 3] += value if not size or bits[at] == "1" else value - (1 << size) + 1
        at += size
        end, at = read_symbol(bits, at, ends)
        assert end == 0
        planes.append(last[block % 3])
    assert len(bits) - at < 8
    assert set(bits[at:]) <= {"1"}
    return np.reshape(planes, (height // 8, width // 8, 3))


def read_symbol(bits, at, codes):
    end = at + 1
    while bits[at:end] not in codes:
        end += 1
    return codes[bits[at:end]], end


@given(st.integers(1, 12), st.integers(1, 12), st.integers(0, 2**32))
def test_colours_come_back_from_the_blocks(height, width, seed):
    picture = np.random.default_rng(seed).integers(0, 256, (height, width, 3), np.uint8)
    planes = read_even_blocks(jpeg.encode(picture))
    red, green, blue = np.moveaxis(picture.astype(float), -1, 0)
    brightness = 0.299 * red + 0.587 * green + 0.114 * blue
    assert np.abs(planes[..., 0] + 128 - brightness).max() <= 0.51
    assert np.abs(planes[..., 1] - 0.564 * (blue - brightness)).max() <= 0.7
    assert np.abs(planes[..., 2] - 0.713 * (red - brightness)).max() <= 0.7


def test_every_pixel_becomes_a_block_that_is_not_divided():
    segments, _ = read_segments(jpeg.encode(np.zeros((3, 5, 3), np.uint8)))
    assert struct.unpack_from(">BHHB", segments[0xC0][0]) == (8, 24, 40, 3)
    assert segments[0xDB][0] == bytes([0, 8]) + bytes([1] * 63)


def test_black_and_white_are_as_far_apart_as_steps_can_be():
    picture = np.array([[[0, 0, 0], [255, 255, 255], [0, 0, 255], [255, 0, 0]]], np.uint8)
    planes = read_even_blocks(jpeg.encode(picture))
    assert planes[0, :2].tolist() == [[-128, 0, 0], [127, 0, 0]]
    assert planes[0, 2:, 1:].tolist() == [[128, -21], [-43, 128]]
