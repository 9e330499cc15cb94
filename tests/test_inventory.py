"""What lies in a store is met once, and no symbolic link is followed unseen."""

from __future__ import annotations

import os

import pytest

from m2msync.core.errors import StorageError
from m2msync.store import LocalStore


@pytest.fixture
def store(tmp_path):
    (tmp_path / "data" / "a" / "b").mkdir(parents=True)
    (tmp_path / "elsewhere").mkdir()
    (tmp_path / "elsewhere" / "x").write_bytes(b"12345")
    return LocalStore(tmp_path / "data")


def met(store):
    errors = []
    found = [file for folder in store.walk(lambda *error: errors.append(error)) for file in folder]
    assert errors == []
    assert len({path for path, _, _ in found}) == len(found)
    return {path: (size, inode) for path, size, inode in found}


def test_files_are_met_at_every_depth_with_their_size(store):
    for path in ("x", "a/x", "a/b/x", "a/b/.hidden"):
        (store.root / path).write_bytes(b"1" * len(path))
    (store.root / "a" / "b\udcff").write_bytes(b"")
    assert met(store) == {
        "x": (1, None),
        "a/x": (3, None),
        "a/b/x": (5, None),
        "a/b/.hidden": (11, None),
        "a/b\udcff": (0, None),
    }


def test_the_names_of_one_file_share_its_identity(store):
    (store.root / "x").write_bytes(b"1")
    (store.root / "a" / "x").hardlink_to(store.root / "x")
    found = met(store)
    assert found["x"] == found["a/x"]
    assert found["x"][1] is not None


def test_what_is_our_own_is_passed_over(store):
    store.scratch.partial_path("ds/x").write_bytes(b"1")
    draft = f".{'0123456789abcdef'}.draft"
    (store.root / "a" / draft).write_bytes(b"1")
    (store.root / "a" / ".draft").write_bytes(b"1")
    (store.root / "a" / ".m2msync").mkdir()
    (store.root / "a" / ".m2msync" / "x").write_bytes(b"1")
    assert sorted(met(store)) == ["a/.draft", "a/.m2msync/x"]


def test_links_and_pipes_are_met_but_not_followed(store, tmp_path):
    (store.root / "file").symlink_to(tmp_path / "elsewhere" / "x")
    (store.root / "folder").symlink_to(tmp_path / "elsewhere")
    (store.root / "nothing").symlink_to("gone")
    os.mkfifo(store.root / "pipe")
    assert met(store) == dict.fromkeys(["file", "folder", "nothing", "pipe"], (None, None))


def test_a_store_that_was_never_made_is_empty(tmp_path):
    assert met(LocalStore(tmp_path / "none")) == {}


def test_a_folder_that_cannot_be_listed_is_told_and_the_others_are_met(store, monkeypatch):
    (store.root / "x").write_bytes(b"1")
    (store.root / "a" / "b" / "x").write_bytes(b"1")
    real = os.scandir

    def scandir(path):
        if os.fspath(path).endswith("/a/"):
            raise PermissionError(13, "Permission denied")
        return real(path)

    monkeypatch.setattr("os.scandir", scandir)  # root may list anything
    errors = []
    found = [path for folder in store.walk(lambda *told: errors.append(told)) for path, _, _ in folder]
    assert found == ["x"]
    ((folder, error),) = errors
    assert (folder, error.strerror) == ("a/", "Permission denied")


def test_one_file_is_measured_also_through_links_within_the_store(store):
    (store.root / "a" / "x").write_bytes(b"123")
    (store.root / "again").symlink_to("a")
    (store.root / "b").symlink_to("again/x")
    assert [store.measure(path) for path in ("a/x", "again/x", "b")] == [3, 3, 3]


@pytest.mark.parametrize("path", ["gone", "a/gone", "gone/x", "x/y"])
def test_what_is_not_there_is_missing(store, path):
    (store.root / "x").write_bytes(b"1")
    with pytest.raises(FileNotFoundError):
        store.measure(path)


@pytest.mark.parametrize("path", ["file", "folder/x", "up/elsewhere/x", "../elsewhere/x", "broken"])
def test_what_leads_outside_is_not_followed(store, tmp_path, path):
    (store.root / "file").symlink_to(tmp_path / "elsewhere" / "x")
    (store.root / "folder").symlink_to(tmp_path / "elsewhere")
    (store.root / "up").symlink_to("..")
    (store.root / "broken").symlink_to(tmp_path / "elsewhere" / "gone")
    with pytest.raises(StorageError, match="a link leads outside the store"):
        store.measure(path)


def test_a_neighbour_with_a_longer_name_is_outside(store, tmp_path):
    (tmp_path / "data2").mkdir()
    (tmp_path / "data2" / "x").write_bytes(b"1")
    (store.root / "x").symlink_to(tmp_path / "data2" / "x")
    with pytest.raises(StorageError, match="a link leads outside the store"):
        store.measure("x")


def test_a_folder_or_a_pipe_is_no_file(store):
    os.mkfifo(store.root / "pipe")
    for path in ("a", "pipe"):
        with pytest.raises(StorageError, match="something that is no file is in its place"):
            store.measure(path)


def test_links_in_a_circle_and_impossible_names_are_told(store):
    (store.root / "one").symlink_to("two")
    (store.root / "two").symlink_to("one")
    with pytest.raises(OSError, match="symbolic links"):
        store.measure("one")
    with pytest.raises(OSError, match="symbolic links"):
        store.measure("one/x")
    with pytest.raises(StorageError):
        store.measure("a\0b")
