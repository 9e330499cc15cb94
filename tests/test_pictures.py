"""Bands read small and painted: how much is read, what becomes of it."""

import warnings

import numpy as np
import pytest
import rasterio
from hypothesis import given, settings
from hypothesis import strategies as st
from rasterio.enums import Resampling

from m2msync import pictures
from m2msync.core.errors import StorageError
from m2msync.core.quicklook import VIRIDIS
from m2msync.pictures import LONGEST, Picture, cells, in_natural_colours, png, single
from m2msync.rasters import opened


def written(path, data, **how):
    """Write rows and columns, or bands of them, as a tiled TIFF."""
    bands = data if data.ndim == 3 else data[None]
    shape = {"driver": "GTiff", "count": len(bands), "height": bands.shape[1], "width": bands.shape[2]}
    tiles = {"tiled": True, "blockxsize": 256, "blockysize": 256, "compress": "deflate"}
    with (
        warnings.catch_warnings(action="ignore"),
        rasterio.open(path, "w", **shape, **tiles, dtype=data.dtype, **how) as made,
    ):
        made.write(bands)
    return str(path)


def test_of_a_large_band_with_overviews_the_full_resolution_is_never_touched(tmp_path):
    size = 4096
    ramp = np.broadcast_to(np.linspace(100, 1000, size, dtype="uint16"), (size, size))
    place = written(tmp_path / "large.TIF", ramp)
    with warnings.catch_warnings(action="ignore"), rasterio.open(place, "r+") as made:
        made.build_overviews([2, 4, 8], Resampling.average)
    before = single(place)
    assert (before.width, before.height) == (LONGEST, LONGEST)
    with opened(place) as made:
        # Every tile of the full resolution is spoilt; whoever reads one of them fails.
        tiles = [f"{x}_{y}" for x in range(16) for y in range(16)]
        blocks = [made.get_tag_item(f"BLOCK_OFFSET_{tile}", "TIFF", bidx=1) for tile in tiles]
        sizes = [made.get_tag_item(f"BLOCK_SIZE_{tile}", "TIFF", bidx=1) for tile in tiles]
    data = bytearray((tmp_path / "large.TIF").read_bytes())
    for offset, length in zip(blocks, sizes, strict=True):
        data[int(offset) : int(offset) + int(length)] = b"\xff" * int(length)
    (tmp_path / "large.TIF").write_bytes(data)
    with opened(place) as made, pytest.raises(rasterio.errors.RasterioError):
        made.read(1, window=((0, 256), (0, 256)))
    assert np.array_equal(single(place).pixels, before.pixels)


@pytest.mark.parametrize(("height", "width"), [(3000, 2), (1, 2500), (1500, 1100), (7, 9)])
def test_no_picture_is_longer_than_it_may_be_and_none_is_enlarged(tmp_path, height, width):
    place = written(tmp_path / "b.TIF", np.ones((height, width), dtype="uint8"))
    picture = single(place, 1000)
    assert max(picture.width, picture.height) == min(1000, max(height, width))
    assert picture.width >= 1
    assert picture.height >= 1


def test_the_stretch_leaves_two_percent_at_each_end(tmp_path):
    values = np.arange(1, 10_001, dtype="uint16").reshape(100, 100)
    picture = in_natural_colours([written(tmp_path / "b.TIF", values)] * 3)
    grey = picture.pixels[..., 0]
    assert 190 <= (grey == 0).sum() <= 240
    assert 190 <= (grey == 255).sum() <= 240
    assert (picture.pixels[..., 3] == 255).all()


@pytest.mark.parametrize(
    ("kind", "nodata"), [("uint16", None), ("int16", -9999), ("float32", float("nan")), ("uint8", 0)]
)
def test_where_nothing_is_it_is_transparent(tmp_path, kind, nodata):
    data = np.arange(1, 101, dtype=kind).reshape(10, 10)
    data[0] = 0 if nodata is None else nodata
    picture = single(written(tmp_path / "b.TIF", data, **({} if nodata is None else {"nodata": nodata})))
    assert (picture.pixels[0] == 0).all()
    assert (picture.pixels[1:, :, 3] == 255).all()


def test_a_band_of_one_value_and_one_of_nothing(tmp_path):
    same = single(written(tmp_path / "same.TIF", np.full((5, 5), 7, dtype="uint16")))
    assert {tuple(p) for p in same.pixels.reshape(-1, 4).tolist()} == {(*VIRIDIS[0], 255)}
    nothing = single(written(tmp_path / "nothing.TIF", np.zeros((5, 5), dtype="uint16")))
    assert not nothing.pixels.any()


def test_bands_of_different_size_are_brought_together(tmp_path):
    fine = written(tmp_path / "fine.TIF", np.full((40, 60), 9, dtype="uint16"))
    coarse = written(tmp_path / "coarse.TIF", np.full((20, 30), 9, dtype="uint16"))
    assert in_natural_colours([fine, coarse, coarse]).pixels.shape == (40, 60, 4)


def test_a_file_of_three_bands_keeps_its_colours(tmp_path):
    colours = np.stack([np.full((4, 4), value, dtype="uint8") for value in (10, 20, 30)])
    picture = single(written(tmp_path / "refl.TIF", colours))
    assert {tuple(p) for p in picture.pixels.reshape(-1, 4).tolist()} == {(10, 20, 30, 255)}


def test_what_is_no_picture_is_told(tmp_path):
    (tmp_path / "b.TIF").write_bytes(b"II*\0 and nothing else")
    with pytest.raises(StorageError, match=r"b\.TIF cannot be read as a picture"):
        single(str(tmp_path / "b.TIF"))


def test_a_png_holds_the_picture(tmp_path):
    pixels = np.random.default_rng(1).integers(0, 256, (9, 7, 4)).astype("uint8")
    (tmp_path / "x.png").write_bytes(png(Picture(pixels)))
    with warnings.catch_warnings(action="ignore"), rasterio.open(tmp_path / "x.png") as made:
        assert np.array_equal(made.read().transpose(1, 2, 0), pixels)


@settings(max_examples=40)
@given(st.integers(1, 50), st.integers(1, 50), st.integers(1, 60), st.integers(1, 60))
def test_cells_fit_into_the_terminal_and_keep_the_shape(height, width, columns, rows):
    pixels = np.full((height, width, 4), 255, dtype="uint8")
    drawn = cells(Picture(pixels), columns, rows)
    assert 1 <= len(drawn) <= max(rows, 1)
    assert 1 <= len(drawn[0]) <= max(columns, 1)
    assert {cell for line in drawn for cell in line} == {(255, 255, 255)}
    if columns >= width and rows >= height:
        assert (len(drawn), len(drawn[0])) == (height, width)


def test_cells_are_means_of_what_is_there():
    pixels = np.zeros((2, 4, 4), dtype="uint8")
    pixels[:, 0] = (100, 0, 0, 255)
    pixels[:, 1] = (200, 0, 0, 255)
    assert cells(Picture(pixels), 2, 1) == [[(150, 0, 0), None]]


@pytest.mark.parametrize("processors", [1, 2, 3, 7, 64, None])
@pytest.mark.parametrize(
    ("height", "width", "longest"),
    [(999, 640, 333), (1013, 701, 97), (50, 3001, 200), (7, 5, 64), (1000, 1000, 997)],
)
def test_shares_of_the_rows_are_decoded_to_the_same_picture(
    tmp_path, monkeypatch, processors, height, width, longest
):
    monkeypatch.setattr("os.cpu_count", lambda: processors)
    counts = np.random.default_rng(5).integers(1, 60_000, (height, width)).astype("uint16")
    path = str(tmp_path / "a.tif")
    with opened(path, "w", driver="GTiff", width=width, height=height, count=1, dtype="uint16") as made:
        made.write(counts, 1)
    (band,), seen = pictures._read(path, longest)
    with opened(path) as source:
        (whole,) = source.read([1], out_shape=(1, *band.shape))
    assert max(band.shape) <= max(longest, 7)
    assert np.array_equal(band, whole)
    assert seen.all()
