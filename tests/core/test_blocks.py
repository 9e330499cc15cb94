"""Every strip and tile is opened, in every picture of the file; what is whole passes, what is broken is named."""

from __future__ import annotations

import io
import warnings
import zlib
from contextlib import suppress
from itertools import product

import numpy as np
import pytest
import rasterio
from hypothesis import given, settings
from hypothesis import strategies as st
from rasterio.enums import Resampling
from rasterio.shutil import copy
from test_codecs import lzw, packbits
from tiffs import picture, tiff, tiles

from m2msync.core.blocks import open_blocks
from m2msync.core.inspect import flaw
from m2msync.core.tiff import Flawed

RAW = [bytes((n * 31 + k) % 256 for k in range(512)) for n in range(4)]
ENCODERS = {1: bytes, 5: lzw, 8: zlib.compress, 32773: packbits, 32946: zlib.compress}


def opened(data: bytes) -> dict[int, str]:
    assert flaw(io.BytesIO(data), len(data), "x.TIF") is None
    return open_blocks(io.BytesIO(data))


def complaint(data: bytes) -> str:
    assert flaw(io.BytesIO(data), len(data), "x.TIF") is None, "the container is whole, only a block is not"
    with pytest.raises(Flawed) as raised:
        open_blocks(io.BytesIO(data))
    return str(raised.value)


@pytest.mark.parametrize(("order", "big", "compression"), [*product("<>", [False, True], ENCODERS)])
def test_tiles_of_every_compression_we_know_are_opened(order, big, compression):
    encoded = [ENCODERS[compression](block) for block in RAW]
    whole = tiff(picture(encoded, compression=compression), order=order, big=big)
    assert opened(whole) == {}


@pytest.mark.parametrize("number", range(1, 5))
@pytest.mark.parametrize("page", [1, 2, 3])
def test_a_flipped_bit_is_found_in_whichever_block_of_whichever_overview(number, page):
    pages = [tiles(4), tiles(4), tiles(4)]
    block = pages[page - 1][number - 1]
    pages[page - 1][number - 1] = block[:20] + bytes([block[20] ^ 1]) + block[21:]
    told = complaint(tiff(*map(picture, pages)))
    assert told.startswith(f"block {number} of picture {page} of the TIFF ")


@pytest.mark.parametrize(
    ("block", "told"),
    [
        (zlib.compress(bytes(511)), "block 2 of picture 1 of the TIFF holds 511 bytes, 512 are needed"),
        (zlib.compress(bytes(513)), "block 2 of picture 1 of the TIFF holds 513 bytes, 512 are needed"),
        (
            zlib.compress(bytes(512))[:-1],
            "block 2 of picture 1 of the TIFF cannot be opened: its Deflate data is cut short",
        ),
        (bytes(40), "block 2 of picture 1 of the TIFF cannot be opened: its Deflate data is corrupt"),
    ],
)
def test_what_is_wrong_with_a_tile_is_told(block, told):
    good = tiles(4)
    assert complaint(tiff(picture([good[0], block, *good[2:]]))) == told


def test_an_uncompressed_block_may_have_padding_but_lacks_nothing():
    assert opened(tiff(picture([RAW[0] + b"\0\0", *RAW[1:]], compression=1))) == {}
    assert "holds 511 bytes" in complaint(tiff(picture([RAW[0][:-1], *RAW[1:]], compression=1)))


def test_sparse_tiles_stand_for_nothing():
    assert opened(tiff(picture([*tiles(3), b""]))) == {}


@pytest.mark.parametrize("last", [2, 8])
def test_the_last_strip_may_be_cut_or_filled_up(last):
    strips = [zlib.compress(bytes(8 * 40)) for _ in range(3)] + [zlib.compress(bytes(last * 40))]
    assert opened(tiff(picture(strips, tiled=None, rows=8, height=26))) == {}
    assert "holds 120 bytes" in complaint(
        tiff(picture([*strips[:2], zlib.compress(bytes(120)), strips[3]], tiled=None, rows=8, height=26))
    )


def test_strips_without_a_number_of_rows_are_one_strip():
    entries, blocks, tiled = picture([zlib.compress(bytes(30 * 40))], tiled=None)
    del entries[278]
    assert opened(tiff((entries, blocks, tiled))) == {}


@pytest.mark.parametrize(
    ("bits", "planes", "sizes"), [((8, 8, 8), 1, [768] * 4), ((8, 8, 8), 2, [256] * 12), ((1,), 1, [32] * 4)]
)
def test_samples_lie_side_by_side_or_in_planes(bits, planes, sizes):
    blocks = [zlib.compress(bytes(size)) for size in sizes]
    assert opened(tiff(picture(blocks, bits=bits, t284=(3, [planes])))) == {}
    blocks[-1] = zlib.compress(bytes(sizes[-1] - 1))
    assert f"block {len(sizes)} of picture 1" in complaint(tiff(picture(blocks, bits=bits, t284=(3, [planes]))))


def test_a_picture_with_too_few_blocks_is_not_whole():
    told = complaint(tiff(picture(tiles(3))))
    assert told == "picture 1 of the TIFF has fewer blocks than its size asks for"


@pytest.mark.parametrize(
    "tags", [{"t322": (3, [0])}, {"t323": (3, [0])}, {"t257": (4, [1, 2])}, {"t256": (16, [1 << 62])}]
)
def test_impossible_sizes_end_at_once(tags):
    assert complaint(tiff(picture(tiles(4), **tags), big=True))


@pytest.mark.parametrize(
    ("tags", "name"),
    [
        ({"compression": 7}, "JPEG"),
        ({"compression": 50000}, "ZSTD"),
        ({"compression": 34887}, "LERC"),
        ({"compression": 12345}, "compression 12345"),
        ({"compression": 4, "t266": (3, [2])}, "CCITT"),
        ({"compression": 5, "t266": (3, [2])}, "reversed bits"),
    ],
)
def test_what_we_cannot_decode_is_named_and_no_flaw(tags, name):
    whole = tiff(picture(tiles(4)), picture([b"anything"] * 4, **tags), picture(tiles(4)))
    assert opened(whole) == {2: name}


KINDS = [
    (dtype, compress)
    for dtype in ("uint8", "uint16", "float32")
    for compress in ("none", "deflate", "lzw", "packbits", "zstd", "jpeg")
    if compress != "jpeg" or dtype == "uint8"
]


@pytest.mark.parametrize("interleave", ["pixel", "band"])
@pytest.mark.parametrize("tiled", [False, True])
@pytest.mark.parametrize(("dtype", "compress"), KINDS)
def test_what_gdal_writes_is_opened(tmp_path, dtype, compress, tiled, interleave):
    noise = np.random.default_rng(1).integers(0, 200, (3, 150, 131)).astype(dtype)
    shape = {"driver": "GTiff", "width": 131, "height": 150, "count": 3, "dtype": dtype, "blockysize": 64}
    shape |= {"blockxsize": 64, "tiled": True} if tiled else {}
    shape |= {"compress": compress, "interleave": interleave}
    file = tmp_path / "x.tif"
    with warnings.catch_warnings(action="ignore"), rasterio.open(file, "w", **shape) as made:  # it lies nowhere
        made.write(noise)
        made.build_overviews([2, 4], Resampling.nearest)
    found = opened(file.read_bytes())
    assert set(found.values()) == ({compress.upper()} if compress in ("zstd", "jpeg") else set())
    assert list(found) in ([], [1, 2, 3])


@pytest.mark.parametrize("predictor", ["yes", "no"])
def test_a_cloud_optimised_geotiff_as_usgs_delivers_is_opened(tmp_path, predictor):
    noise = np.random.default_rng(2).integers(0, 60_000, (1, 700, 650)).astype("uint16")
    with warnings.catch_warnings(action="ignore"):
        with rasterio.open(
            tmp_path / "x.tif", "w", driver="GTiff", width=650, height=700, count=1, dtype="uint16"
        ) as made:
            made.write(noise)
            made.write_mask(np.full((700, 650), 255, "uint8"))
        copy(
            tmp_path / "x.tif",
            tmp_path / "cog.tif",
            driver="COG",
            blocksize=256,
            compress="deflate",
            predictor=predictor,
        )
    data = (tmp_path / "cog.tif").read_bytes()
    assert opened(data) == {}
    spoilt = bytearray(data)
    spoilt[-5000] ^= 4
    assert "cannot be opened" in complaint(bytes(spoilt)) or "holds" in complaint(bytes(spoilt))


@settings(max_examples=300)
@given(st.data())
def test_no_damage_raises_anything_else(draw):
    encoded = [
        draw.draw(st.sampled_from([zlib.compress(RAW[0]), lzw(RAW[0]), packbits(RAW[0]), b""])) for _ in range(4)
    ]
    whole = bytearray(
        tiff(
            picture(encoded, compression=draw.draw(st.sampled_from([*ENCODERS]))),
            picture(tiles(4)),
            big=draw.draw(st.booleans()),
        )
    )
    for _ in range(draw.draw(st.integers(0, 3))):
        at = draw.draw(st.integers(0, len(whole) - 1))
        whole[at : at + 1] = draw.draw(st.binary(min_size=1, max_size=1))
    if flaw(io.BytesIO(whole), len(whole), "x.TIF") is None:
        with suppress(Flawed):
            open_blocks(io.BytesIO(whole))
