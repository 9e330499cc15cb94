"""How names end that M2M tells no format for."""

from __future__ import annotations

import io
import tarfile
import zipfile

import pytest
from hypothesis import given
from hypothesis import strategies as st

from m2msync.core.comparison import Entry, compare
from m2msync.core.endings import as_recorded, ended, ending, ending_of
from m2msync.core.inspect import flaw
from m2msync.core.model import Asset

KEY = "naip/M_2509703_NE_14_060_20201210-Full_Resolution"


def archive() -> bytes:
    made = io.BytesIO()
    with zipfile.ZipFile(made, "w") as file:
        file.writestr("a.tif", b"x" * 5000)
    return made.getvalue()


def tarred() -> bytes:
    made = io.BytesIO()
    with tarfile.open(fileobj=made, mode="w") as file:
        file.addfile(tarfile.TarInfo("a"))
    return made.getvalue()


@pytest.mark.parametrize(
    ("name", "extension"),
    [
        ("a.zip", ".zip"), ("a.TIF", ".TIF"), ("a.tar.gz", ".tar.gz"), ("x/a.b/c", ""), ("a", ""), ("", ""), (".zip", ""),
        ("a.", ""), ("v1.5", ""), ("a.geotiff", ".geotiff"), ("a.muchtoolong", ""), (KEY, ""), ("ds/X.tar/X_B2.TIF", ".TIF"),
        ("a.z/../p", ""), ("a.zi p", ""),
    ],
)  # fmt: skip
def test_an_extension_is_the_short_end_of_a_name(name, extension):
    assert ending(name) == extension


@pytest.mark.parametrize(
    ("data", "extension"),
    [
        (archive(), ".zip"), (tarred(), ".tar"), (b"II*\0abc", ".tif"), (b"MM\0+abc", ".tif"), (b"\xff\xd8\xff\xe0", ".jpg"),
        (b"\x1f\x8b\x08", ".gz"), (b"%PDF-1.7", ".pdf"), (b"GROUP = X", ""), (b"", ""),
    ],
)  # fmt: skip
def test_contents_tell_where_the_delivery_does_not(data, extension):
    assert ending_of(io.BytesIO(data)) == extension


@given(st.from_regex(r"[a-z/]{1,9}(\.[a-z]{1,3})?", fullmatch=True), st.sampled_from([".zip", ".TIF", ".tar.gz"]))
def test_an_ending_is_put_on_once(path, extension):
    once = ended(path, extension)
    assert ended(once, extension) == ended(once, extension.upper()) == once
    assert once.lower().endswith(extension.lower())


def test_a_wanted_path_takes_the_ending_of_its_copy():
    paths = ("a/X-Full", "b/X-Full", "c/X-Full")
    assert as_recorded(KEY, paths, ["a/X-Full.zip", "c/X-Full"]) == ("a/X-Full.zip", "b/X-Full", "c/X-Full")
    assert as_recorded("ds/X_B2.TIF", ("B2",), ["B2.tif"]) == ("B2",)


@pytest.mark.parametrize(
    ("key", "path", "recorded", "kept"),
    [
        ("ds/X_B3.TIF_x", "X_B3.TIF_x", "X_B3.TIF_x.TIF", False),
        (KEY, "a/X-Full", "a/X-Full.zip", True),
        (KEY, "a/X-Full", "b/X-Full.zip", False),
        (KEY, "a/X-Full", "a/X-Fuller.zip", False),
        ("ds/X_B2.TIF", "B2", "B2.tif", False),
    ],
)
def test_a_comparison_sees_a_copy_with_its_ending(key, path, recorded, kept):
    entry = Entry(key, "held", True, recorded, 7, "naip", "r")
    found = compare([Asset(key, "naip", "r", "E", "X", "B2", "X", (path,))], [entry], {recorded: 7}.get)
    assert bool(found.kept) is kept


@given(st.integers(0, len(archive()) - 1))
def test_a_zip_archive_that_is_cut_short_is_not_whole(length):
    data = archive()
    assert flaw(io.BytesIO(data), len(data), "a.zip") is None
    assert flaw(io.BytesIO(data[:length]), length, "a.zip")


def test_an_empty_zip_archive_is_none():
    made = io.BytesIO()
    zipfile.ZipFile(made, "w").close()
    assert flaw(made, made.tell(), "a.zip") == "the zip archive has no members"
