"""What only rasterio can decode: whole pictures pass, spoilt ones are named, also within an archive."""

from __future__ import annotations

import io
import tarfile
import warnings

import numpy as np
import pytest
import rasterio
from rasterio.enums import Resampling
from tiffs import picture, tiff

from m2msync.core.deep import Unopened, open_all
from m2msync.core.tiff import directories, read_header
from m2msync.rasters import available, open_picture


@pytest.fixture(params=["zstd", "jpeg", "lerc", "lzma"])
def file(request, tmp_path):
    """Write a picture with an overview in a compression that the base install does not know."""
    noise = np.random.default_rng(3).integers(0, 255, (1, 300, 280)).astype("uint8")
    shape = {"driver": "GTiff", "width": 280, "height": 300, "count": 1, "dtype": "uint8", "tiled": True}
    path = tmp_path / f"x_{request.param}.tif"
    blocks = {"blockxsize": 64, "blockysize": 64, "compress": request.param}
    with warnings.catch_warnings(action="ignore"), rasterio.open(path, "w", **shape, **blocks) as made:
        made.write(noise)
        made.build_overviews([2], Resampling.nearest)
    return path


def unopened(path):
    with path.open("rb") as stream:
        return open_all(stream, path.stat().st_size, path.name)


def test_whole_pictures_pass(file):
    pictures = unopened(file)
    assert [picture.picture for picture in pictures] == [1, 2]
    assert [open_picture(file, picture) for picture in pictures] == [None, None]
    assert available()


def test_a_spoilt_block_is_found_in_its_picture_alone(file):
    first, second = unopened(file)
    data = bytearray(file.read_bytes())
    with file.open("rb") as stream:
        start, _ = next(directories(stream, read_header(stream))).extents()[-2]
    data[start : start + 60] = bytes(60)
    file.write_bytes(data)
    assert open_picture(file, first) == (
        f"picture 1 of the TIFF cannot be opened: its {first.compression} data is corrupt"
    )
    assert open_picture(file, second) is None


def test_members_of_archives_are_opened_where_they_are(file):
    bundle = file.with_name("x.tar")
    with tarfile.open(bundle, "w") as archive:
        archive.add(file, "deep/x_B2.TIF")
        notes = tarfile.TarInfo("notes.txt")
        notes.size = 3
        archive.addfile(notes, io.BytesIO(b"abc"))
    pictures = unopened(bundle)
    assert {picture.member for picture in pictures} == {"deep/x_B2.TIF"}
    assert [open_picture(bundle, picture) for picture in pictures] == [None, None]


def test_a_compression_that_nobody_knows_is_told_apart(tmp_path):
    (tmp_path / "x.tif").write_bytes(tiff(picture([b"x"] * 4, compression=12345)))
    with pytest.raises(LookupError):
        open_picture(tmp_path / "x.tif", Unopened(1, "compression 12345"))
