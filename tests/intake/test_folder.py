"""What lies below a folder: every file once, in an order that names give, and no link to a folder followed."""

from __future__ import annotations

import os
import socket

import pytest

from m2msync.intake import folder
from m2msync.intake.folder import LINKED, ODD, walk


def put(path, content=b""):
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(content)


def names(found, root):
    return [os.path.relpath(entry.path, root) for entry in found]


def test_every_file_is_found_once_with_its_length(tmp_path):
    for name, content in {"b": b"1", "a/x": b"22", "a/b/y": b"", "c/.hidden": b"333"}.items():
        put(tmp_path / name, content)
    found = {os.path.relpath(e.path, tmp_path): e.size for e in walk(tmp_path)}
    assert found == {"b": 1, "a/x": 2, "a/b/y": 0, "c/.hidden": 3}


def test_shorter_names_come_first_so_that_originals_precede_their_copies(tmp_path):
    for name in ("X_B4 (1).TIF", "X_B4.TIF", "A/long name", "A/z", "Y_B4.TIF"):
        put(tmp_path / name)
    assert names(walk(tmp_path), tmp_path) == ["X_B4.TIF", "Y_B4.TIF", "X_B4 (1).TIF", "A/z", "A/long name"]


def test_a_folder_inside_comes_first_when_that_is_asked_for_and_only_once(tmp_path):
    for name in ("a", "deep/store/y", "deep/x", "deep/store/z/w"):
        put(tmp_path / name)
    found = names(walk(tmp_path, first=tmp_path / "deep/store"), tmp_path)
    assert found == ["deep/store/y", "deep/store/z/w", "a", "deep/x"]


@pytest.mark.parametrize("first", ["", "..", "../elsewhere", "absent", "a"])
def test_a_first_folder_that_is_none_inside_makes_no_difference(tmp_path, first):
    put(tmp_path / "in/a")
    assert names(walk(tmp_path / "in", first=(tmp_path / "in" / first).resolve()), tmp_path / "in") == ["a"]


def test_the_stores_own_folder_is_passed_over(tmp_path):
    put(tmp_path / ".m2msync/quarantine/x")
    put(tmp_path / "a/.m2msync/y")
    put(tmp_path / "a/z")
    assert names(walk(tmp_path), tmp_path) == ["a/z"]


def test_links_to_files_are_files_and_links_to_folders_are_not_followed(tmp_path):
    put(tmp_path / "elsewhere/x", b"four")
    inside = tmp_path / "in"
    inside.mkdir()
    (inside / "file").symlink_to(tmp_path / "elsewhere/x")
    (inside / "folder").symlink_to(tmp_path / "elsewhere")
    (inside / "round").symlink_to(inside)
    (inside / "broken").symlink_to(tmp_path / "absent")
    (inside / "itself").symlink_to(inside / "itself")
    found = {os.path.relpath(e.path, inside): (e.size, e.odd, bool(e.trouble)) for e in walk(inside)}
    assert found == {
        "file": (4, "", False),
        "folder": (0, LINKED, False),
        "round": (0, LINKED, False),
        "broken": (0, "", True),
        "itself": (0, "", True),
    }


def test_what_is_no_file_is_named_and_never_opened(tmp_path):
    os.mkfifo(tmp_path / "pipe")
    with socket.socket(socket.AF_UNIX) as listener:
        listener.bind(str(tmp_path / "socket"))
        assert {(os.path.relpath(e.path, tmp_path), e.odd) for e in walk(tmp_path)} == {
            ("pipe", ODD),
            ("socket", ODD),
        }


def test_a_folder_that_cannot_be_listed_stops_nothing(tmp_path, monkeypatch):
    put(tmp_path / "closed/x")
    put(tmp_path / "open/y")
    scandir = os.scandir

    def guarded(path):
        if path.endswith("closed"):
            raise PermissionError(13, "Permission denied")
        return scandir(path)

    monkeypatch.setattr(folder.os, "scandir", guarded)
    found = {os.path.relpath(e.path, tmp_path): e.trouble for e in walk(tmp_path)}
    assert found == {"closed": "the folder cannot be read: Permission denied", "open/y": ""}


def test_names_of_other_encodings_are_found(tmp_path):
    os.close(os.open(os.fsencode(tmp_path) + b"/\xff.TIF", os.O_CREAT))
    assert [os.fsencode(e.path)[-5:] for e in walk(tmp_path)] == [b"\xff.TIF"]
