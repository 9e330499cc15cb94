import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from m2msync.sandbox.imagery import geotiff
from m2msync.sandbox.world.grid import Grid

from .tiffs import read_image, read_tags

SHAPES = st.one_of(st.tuples(st.integers(1, 300), st.integers(1, 300)), st.just((4, 5, 3)))


def grid_for(image):
    return Grid(17, 492000.0, -683700.0, 30.0, image.shape[1], image.shape[0])


@given(SHAPES, st.sampled_from([np.uint8, np.uint16, np.int16]), st.integers(0, 2**32))
def test_pixels_come_back(shape, kind, seed):
    limits = np.iinfo(kind)
    image = np.random.default_rng(seed).integers(limits.min, limits.max, shape, kind, endpoint=True)
    back = read_image(geotiff.encode(image, grid_for(image)))
    assert np.array_equal(back.reshape(shape), image)
    assert back.dtype == image.dtype


def test_the_place_is_told_as_landsat_does():
    image = np.ones((10, 20), dtype=np.uint16)
    tags = read_tags(geotiff.encode(image, grid_for(image), 0))
    assert tags[33550] == [30, 30, 0]
    assert tags[33922] == [0, 0, 0, 492015, -683715, 0]
    version, keys = tags[34735][:4], np.reshape(tags[34735][4:], (-1, 4)).tolist()
    assert version == [1, 1, 0, len(keys)]
    assert [1024, 0, 1, 1] in keys  # projected
    assert [1025, 0, 1, 2] in keys  # the tie point is the middle of a pixel
    assert [3072, 0, 1, 32617] in keys
    assert tags[34737] == "WGS 84 / UTM zone 17N|"
    assert tags[42113] == "0"


def test_a_picture_without_empty_pixels_names_no_nodata():
    image = np.ones((10, 20, 3), dtype=np.uint8)
    tags = read_tags(geotiff.encode(image, grid_for(image)))
    assert 42113 not in tags
    assert tags[262] == [2]
    assert tags[258] == [8, 8, 8]


@pytest.mark.parametrize(("side", "tiles"), [(256, 1), (257, 4), (600, 9)])
def test_tiles_lie_one_behind_the_other_up_to_the_end(side, tiles):
    data = geotiff.encode(np.ones((side, side), dtype=np.uint16), grid_for(np.ones((side, side))))
    tags = read_tags(data)
    offsets, sizes = tags[324], tags[325]
    assert len(offsets) == len(sizes) == tiles
    assert [offset + size for offset, size in zip(offsets, sizes, strict=True)] == [*offsets[1:], len(data)]
