"""One file compared with its record: what is wrong with it is told, whatever that is."""

from __future__ import annotations

import hashlib
import os

import pytest
from tiffs import picture, tiff, tiles

from m2msync import rasters
from m2msync.core.audit import Copy
from m2msync.core.errors import StorageFull, StoreDown, StoreRefused
from m2msync.scrutiny import Verdict, scrutinise
from m2msync.store import LocalStore

BAND = tiff(picture(tiles(4)))
FOREIGN = tiff(picture([b"x"] * 4, compression=7))


@pytest.fixture
def store(tmp_path):
    return LocalStore(tmp_path)


def copy(data, **facts):
    """Return the record of a file with this content."""
    digest = f"sha512:{hashlib.sha512(data).hexdigest()}"
    return Copy(**{"key": "ds/x_B2.TIF", "path": "x_B2.TIF", "size": len(data), "digest": digest} | facts)


def place(store, data):
    (store.root / "x_B2.TIF").write_bytes(data)


@pytest.mark.parametrize("depth", ["quick", "digest", "deep"])
def test_what_is_whole_is_the_same(store, depth):
    place(store, BAND)
    assert scrutinise(store, copy(BAND), depth) == Verdict("=", bytes=0 if depth == "quick" else len(BAND))


def test_every_algorithm_that_m2m_announces_is_understood(store):
    place(store, BAND)
    for algorithm in ("md5", "sha256", "sha512"):
        digest = f"{algorithm}:{hashlib.new(algorithm, BAND).hexdigest()}"
        assert scrutinise(store, copy(BAND, digest=digest), "digest").symbol == "="
        wrong = scrutinise(store, copy(BAND, digest=digest[:-1] + "x"), "digest")
        assert wrong.reason == f"the {algorithm} digest differs from the recorded one"


@pytest.mark.parametrize(
    ("there", "depth", "reason"),
    [
        (BAND[:-1] + b"!", "digest", "the sha512 digest differs from the recorded one"),
        (BAND[:-1] + b"!", "deep", "the sha512 digest differs from the recorded one"),
        (BAND[:-1], "quick", f"size on disk differs: {len(BAND) - 1} bytes, recorded {len(BAND)}"),
        (BAND[:-1], "digest", f"size on disk differs: {len(BAND) - 1} bytes, recorded {len(BAND)}"),
        (b"", "digest", f"size on disk differs: 0 bytes, recorded {len(BAND)}"),
        (
            b"<html>x</html>",
            "digest",
            f"size on disk differs: 14 bytes, recorded {len(BAND)}; an HTML page came instead of the file",
        ),
        (
            b"<html>".ljust(len(BAND)),
            "digest",
            "the sha512 digest differs from the recorded one; an HTML page came instead of the file",
        ),
        (bytes(len(BAND)), "digest", "the sha512 digest differs from the recorded one; not a TIFF file"),
    ],
)
def test_what_differs_is_told(store, there, depth, reason):
    place(store, there)
    verdict = scrutinise(store, copy(BAND), depth)
    assert (verdict.symbol, verdict.reason) == ("*", reason)


def test_a_quick_look_does_not_read(store):
    place(store, bytes(len(BAND)))
    assert scrutinise(store, copy(BAND), "quick") == Verdict("=")


def test_without_a_digest_the_container_has_to_do(store):
    place(store, BAND)
    for digest in (None, ""):
        assert scrutinise(store, copy(BAND, digest=digest), "digest") == Verdict("=", bytes=len(BAND))
        place(store, bytes(len(BAND)))
        assert scrutinise(store, copy(BAND, digest=digest), "digest").reason == "not a TIFF file"
        place(store, BAND)


def test_only_a_deep_look_finds_what_was_broken_before_it_was_recorded(store):
    broken = BAND[:-20] + bytes(20)
    place(store, broken)
    assert scrutinise(store, copy(broken), "digest").symbol == "="
    verdict = scrutinise(store, copy(broken), "deep")
    assert verdict.symbol == "*"
    assert verdict.reason.startswith("block 4 of picture 1 of the TIFF cannot be opened")


def test_a_missing_file_is_missing(store):
    assert scrutinise(store, copy(BAND), "deep") == Verdict("-", "file missing on disk")


def test_what_cannot_be_read_is_told_and_not_raised(store, tmp_path_factory, monkeypatch):
    outside = tmp_path_factory.mktemp("elsewhere") / "x"
    outside.write_bytes(BAND)
    (store.root / "x_B2.TIF").symlink_to(outside)
    assert scrutinise(store, copy(BAND), "digest") == Verdict("!", "a link leads outside the store")
    (store.root / "x_B2.TIF").unlink()
    os.mkfifo(store.root / "x_B2.TIF")
    assert scrutinise(store, copy(BAND), "digest").symbol == "!"
    (store.root / "x_B2.TIF").unlink()
    place(store, BAND)

    def broken_disk(*_arguments):
        raise OSError(5, "Input/output error")

    monkeypatch.setattr("hashlib.file_digest", broken_disk)
    assert scrutinise(store, copy(BAND), "digest") == Verdict("!", "it cannot be read: Input/output error")


def test_what_another_library_would_open_is_no_flaw_without_it(store, monkeypatch):
    monkeypatch.setattr(rasters, "available", lambda: False)
    place(store, FOREIGN)
    assert scrutinise(store, copy(FOREIGN), "digest") == Verdict("=", bytes=len(FOREIGN))
    assert scrutinise(store, copy(FOREIGN), "deep") == Verdict("=", bytes=len(FOREIGN), opened=False)


def test_with_the_library_it_is_opened(store):
    place(store, FOREIGN)
    verdict = scrutinise(store, copy(FOREIGN), "deep")
    assert (verdict.symbol, verdict.reason) == (
        "*",
        "picture 1 of the TIFF cannot be opened: its JPEG data is corrupt",
    )
    unheard_of = tiff(picture([b"x"] * 4, compression=12345))
    place(store, unheard_of)
    assert scrutinise(store, copy(unheard_of), "deep") == Verdict("=", bytes=len(unheard_of), opened=False)


@pytest.mark.parametrize("kind", [StorageFull, StoreDown, StoreRefused])
def test_what_says_nothing_of_the_file_is_not_told_of_it(store, monkeypatch, kind):
    def fail(_path):
        raise kind("no")

    place(store, BAND)
    monkeypatch.setattr(store, "open", fail)
    with pytest.raises(kind):
        scrutinise(store, copy(BAND), "deep")
