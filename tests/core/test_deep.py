"""A file is opened to its last byte: TIFFs block by block, archives member by member, and never all at once."""

from __future__ import annotations

import gzip
import io
import tarfile
import tracemalloc
import zipfile
from contextlib import suppress

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from tiffs import picture, tiff, tiles

from m2msync.core.deep import Unopened, open_all
from m2msync.core.tiff import Flawed

BAND = tiff(picture(tiles(4)), picture(tiles(4)))
MTL = b"GROUP = LANDSAT_METADATA_FILE\n  CLOUD_COVER = 3\nEND_GROUP = LANDSAT_METADATA_FILE\nEND\n"
DISPLAY_ID = "LC09_L1TP_011059_20230328_20230329_02_T1"
MEMBERS = {
    f"{DISPLAY_ID}_B2.TIF": BAND,
    f"{DISPLAY_ID}_MTL.txt": MTL,
    "README.GTF": b"",
    f"{DISPLAY_ID}_QA.bin": b"\xa5" * 5000,
}


def spoilt(data: bytes, at: int) -> bytes:
    return data[:at] + bytes([data[at] ^ 1]) + data[at + 1 :]


def tar(members, kind=tarfile.USTAR_FORMAT):
    stream = io.BytesIO()
    with tarfile.open(fileobj=stream, mode="w", format=kind) as archive:
        for name, data in members.items():
            member = tarfile.TarInfo(name)
            member.size = len(data)
            archive.addfile(member, io.BytesIO(data))
        folder = tarfile.TarInfo("gap_mask")
        folder.type = tarfile.DIRTYPE
        archive.addfile(folder)
    return stream.getvalue()


def opened(data, name):
    return open_all(io.BytesIO(data), len(data), name)


@pytest.mark.parametrize("kind", [tarfile.USTAR_FORMAT, tarfile.GNU_FORMAT, tarfile.PAX_FORMAT])
def test_a_whole_bundle_is_opened(kind):
    assert opened(tar(MEMBERS, kind), f"{DISPLAY_ID}.tar") == ()
    assert opened(BAND, f"{DISPLAY_ID}_B2.TIF") == ()
    assert opened(MTL, f"{DISPLAY_ID}_MTL.txt") == ()


@pytest.mark.parametrize(
    ("name", "data", "told"),
    [
        (f"{DISPLAY_ID}_B2.TIF", spoilt(BAND, len(BAND) - 9), "block 4 of picture 2 of the TIFF cannot be opened"),
        (f"{DISPLAY_ID}_B2.TIF", BAND[:-1], "the TIFF's data should reach byte"),
        (f"{DISPLAY_ID}_B2.TIF", b"", "the file is empty"),
        (f"{DISPLAY_ID}_B2.TIF", b"<html>x</html>", "an HTML page came instead of the file"),
        (f"{DISPLAY_ID}_MTL.txt", MTL[:60], "the metadata ends inside group LANDSAT_METADATA_FILE"),
    ],
)
def test_a_broken_member_is_named_and_what_is_wrong_with_it(name, data, told):
    with pytest.raises(Flawed) as raised:
        opened(tar(MEMBERS | {name: data}), f"{DISPLAY_ID}.tar")
    assert str(raised.value).startswith(f"its member {name}: {told}")
    with pytest.raises(Flawed, match=f"^{told}"):
        opened(data, name)


def test_a_long_name_is_read_to_its_ending():
    name = "x/" * 90 + "x_B2.TIF"
    for kind in (tarfile.GNU_FORMAT, tarfile.PAX_FORMAT):
        with pytest.raises(Flawed):
            opened(tar({name: spoilt(BAND, len(BAND) - 9)}, kind), "x.tar")


def test_a_name_that_is_no_text_is_told_all_the_same():
    with pytest.raises(Flawed, match=r"its member b.d_B2\.TIF: "):
        opened(tar({"b\udcffd_B2.TIF": BAND[:-1]}), "x.tar")


def test_what_needs_another_library_is_told_with_its_place():
    jpeg = tiff(picture(tiles(4)), picture([b"x"] * 4, compression=7), picture([b"x"] * 4, compression=50000))
    assert opened(jpeg, "x_B2.TIF") == (Unopened(2, "JPEG"), Unopened(3, "ZSTD"))
    assert opened(tar({"a_B2.TIF": jpeg, "b_B2.TIF": BAND}), "x.tar") == (
        Unopened(2, "JPEG", "a_B2.TIF"),
        Unopened(3, "ZSTD", "a_B2.TIF"),
    )


class Zeros(io.RawIOBase):
    """A file of zeros behind its head, as long as one likes."""

    def __init__(self, head: bytes, length: int) -> None:
        self.head, self.length, self.at = head, length, 0

    def readable(self):
        return True

    def seekable(self):
        return True

    def seek(self, offset, whence=0):
        self.at = offset + (0, self.at, self.length)[whence]
        return self.at

    def tell(self):
        return self.at

    def read(self, size=-1):
        size = max(0, min(size if size >= 0 else self.length, self.length - self.at))
        piece = self.head[self.at : self.at + size]
        self.at += size
        return piece + bytes(size - len(piece))


def test_a_large_bundle_needs_no_memory():
    member = tarfile.TarInfo("x_B2.bin")
    member.size = 300 << 20
    stream = Zeros(member.tobuf(tarfile.GNU_FORMAT), 512 + member.size + 1024)
    tracemalloc.start()
    try:
        assert open_all(stream, stream.length, "x.tar") == ()
        assert tracemalloc.get_traced_memory()[1] < 16 << 20
    finally:
        tracemalloc.stop()


@settings(max_examples=200)
@given(
    st.sampled_from([tar(MEMBERS), tar(MEMBERS, tarfile.PAX_FORMAT), BAND, MTL]),
    st.sampled_from(["x.tar", "x.TIF", "x_MTL.txt"]),
    st.data(),
)
def test_no_damage_raises_anything_else(whole, name, draw):
    damaged = bytearray(whole)
    for _ in range(draw.draw(st.integers(0, 4))):
        at = draw.draw(st.integers(0, min(len(whole), 1200) - 1))
        patch = draw.draw(st.binary(min_size=1, max_size=9))
        damaged[at : at + len(patch)] = patch
    with suppress(Flawed):
        opened(bytes(damaged), name)


def zipped(method):
    stream = io.BytesIO()
    with zipfile.ZipFile(stream, "w", method) as archive:
        archive.writestr("folder/", "")
        archive.writestr("x_B2.TIF", BAND)
    return stream.getvalue()


@pytest.mark.parametrize("name", ["x.tar.gz", "x.tgz", "x.tar"])
def test_what_gzip_has_packed_is_read_to_its_checksum(name):
    """M2M calls every bundle a tar, whatever it is."""
    data = gzip.compress(tar(MEMBERS) * 20)
    assert opened(data, name) == opened(data + bytes(9), name) == ()
    for broken in (data[:-1], data[:-9], spoilt(data, len(data) // 2), spoilt(data, len(data) - 6)):
        with pytest.raises(Flawed, match="what it holds is c"):
            opened(broken, name)


@pytest.mark.parametrize("method", [zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED])
def test_every_member_of_a_zip_is_read(method):
    data = zipped(method)
    assert opened(data, "x.zip") == opened(data, "x.tar") == ()
    with pytest.raises(Flawed, match=r"its member x_B2.TIF is corrupt or cut short"):
        opened(spoilt(data, data.index(b"x_B2.TIF") + 30), "x.zip")


def test_a_zip_that_is_packed_in_a_way_of_its_own_is_no_damage():
    data = zipped(zipfile.ZIP_STORED)
    at = data.index(b"PK\1\2", data.index(b"PK\1\2") + 1) + 10
    assert opened(data[:at] + b"\x09" + data[at + 1 :], "x.zip") == ()  # Deflate64
