"""What a folder holds, seen by what is wanted."""

from __future__ import annotations

import os

import pytest

from m2msync.core.model import Asset
from m2msync.core.sought import Sought
from m2msync.intake.findings import Findings, text

T1 = "LC08_L1TP_011059_20220101_20220105_02_T1"


def sought(tail, path, fate="adopted"):
    asset = Asset(f"l1/{T1}{tail}", "l1", "r", "LC8", T1, "B", f"{T1}{tail}", (path,), 3, True, f"md5:{tail}")
    return Sought(asset, fate)


WANTED = (sought("_B2.TIF", "y/B2.TIF"), sought("_B3.TIF", "y/B3.TIF", "held"))


def put(path, content=b"123"):
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(content)
    return path


def look(folder, store, *, by_digest=False, again=()):
    findings = Findings(WANTED, folder, store, by_digest=by_digest, again=again)
    return {
        find.shown: (find.likeliest.asset.filename[-6:] if find.likeliest else "", findings.is_read(find))
        for find in findings
    }


@pytest.mark.parametrize("store", [".", "data", "../data"])
def test_files_are_recognised_by_name_and_by_place(tmp_path, store):
    folder = tmp_path / "folder"
    root = (folder / store).resolve()
    for name in ("deep/x", f"a/{T1}_B2.TIF", f"a/{T1}_B3.TIF"):
        put(folder / name)
    put(root / "y/B2.TIF")
    expected = {"deep/x": ("", False), f"a/{T1}_B2.TIF": ("B2.TIF", True), f"a/{T1}_B3.TIF": ("B3.TIF", False)}
    if store != "../data":
        expected[os.path.relpath(root / "y/B2.TIF", folder)] = ("B2.TIF", True)
    assert look(folder, root) == expected


def test_a_store_that_was_moved_elsewhere_is_recognised_by_its_paths(tmp_path):
    put(tmp_path / "old/y/B2.TIF")
    assert look(tmp_path / "old", tmp_path / "new") == {"y/B2.TIF": ("B2.TIF", True)}


def test_by_digest_files_of_other_names_are_read_when_their_length_fits(tmp_path):
    put(tmp_path / "fits")
    put(tmp_path / "other", b"1234")
    assert look(tmp_path, tmp_path / "data") == {"fits": ("", False), "other": ("", False)}
    assert look(tmp_path, tmp_path / "data", by_digest=True) == {"fits": ("", True), "other": ("", False)}


def test_what_a_killed_run_has_left_is_read_again(tmp_path):
    left = put(tmp_path / f"{T1}_B3.TIF")
    assert look(tmp_path, tmp_path / "data", again={str(left)}) == {left.name: ("B3.TIF", True)}


def test_what_is_no_file_is_not_read_though_it_bears_a_wanted_name(tmp_path):
    os.mkfifo(tmp_path / f"{T1}_B2.TIF")
    (tmp_path / f"{T1}_B2.tif").symlink_to("absent")
    assert set(look(tmp_path, tmp_path / "data", by_digest=True).values()) == {("", False)}


def test_a_name_of_another_encoding_can_be_stored_and_printed(tmp_path):
    os.close(os.open(os.fsencode(tmp_path) + b"/\xff" + T1.encode() + b"_B2.TIF", os.O_CREAT))
    ((shown, _),) = look(tmp_path, tmp_path / "data").items()
    assert shown.encode() == rb"\udcff" + T1.encode() + b"_B2.TIF"
    assert text("ü") == "ü"
