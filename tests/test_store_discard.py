"""Files leave the store: only the expected ones, never for good before they are safe in the trash."""

from __future__ import annotations

import errno
import os
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from m2msync.core.errors import StorageError, StorageFull
from m2msync.store import LocalStore


@pytest.fixture
def store(tmp_path: Path) -> LocalStore:
    (tmp_path / "data").mkdir()
    return LocalStore(tmp_path / "data")


@pytest.fixture
def trash(tmp_path: Path) -> Path:
    return tmp_path / "trash"


def put(store: LocalStore, path: str, content: bytes = b"12345") -> Path:
    place = store.root / path
    place.parent.mkdir(parents=True, exist_ok=True)
    place.write_bytes(content)
    return place


def tree(folder: Path) -> dict[str, bytes]:
    return {p.relative_to(folder).as_posix(): p.read_bytes() for p in folder.rglob("*") if p.is_file()}


def folders(store: LocalStore) -> set[str]:
    return {p.relative_to(store.root).as_posix() for p in store.root.rglob("*") if p.is_dir()}


def failing(number: int):
    def fail(*args, **kwargs):
        raise OSError(number, os.strerror(number))

    return fail


# Looking.


def test_a_look_tells_size_inode_and_links(store):
    put(store, "a/x")
    store.link("a/x", "b/x")
    put(store, "a/y", b"")
    seen = store.look(iter(["a/x", "b/x", "a/y", "a/gone", "gone/x", "a/x/y"]))
    assert {path: (found.size, found.links) for path, found in seen.items()} == {
        "a/x": (5, 2),
        "b/x": (5, 2),
        "a/y": (0, 1),
    }
    assert seen["a/x"].file == seen["b/x"].file != seen["a/y"].file


def test_what_is_no_plain_file_has_no_size(store, tmp_path):
    put(store, "a/x")
    (store.root / "a/link").symlink_to("x")
    (store.root / "a/dangling").symlink_to("nothing")
    (store.root / "a/folder").mkdir()
    (store.root / "way").symlink_to("a")
    (tmp_path / "outside").mkdir()
    (store.root / "out").symlink_to(tmp_path / "outside")
    asked = ["a/link", "a/dangling", "a/folder", "way/x", "way/gone", "out/gone"]
    assert {path: found.size for path, found in store.look(asked).items()} == dict.fromkeys(asked)


@pytest.mark.parametrize("path", ["../x", "/etc/hostname", "a\0b", ".m2msync/catalog.db", "a/../../x", ""])
def test_paths_that_lead_out_of_the_store_are_never_taken_for_gone(store, path):
    assert store.look([path])[path].size is None


def test_not_to_be_seen_is_not_to_be_gone(store, monkeypatch):
    put(store, "a/x")
    monkeypatch.setattr("os.lstat", failing(errno.EACCES))
    assert store.look(["a/x"])["a/x"].size is None


@given(st.text())
def test_a_look_never_leaves_the_store(path):
    assert all(found.size is None for found in LocalStore("/nowhere/data").look([path]).values())


# Deleting.


def test_discarding_deletes_one_file_and_nothing_else(store):
    put(store, "a/x")
    put(store, "a/y")
    store.link("a/x", "b/x")
    store.discard("a/x", 5)
    assert tree(store.root) == {"a/y": b"12345", "b/x": b"12345"}
    store.discard("a/x", 5)


@pytest.mark.parametrize("content", [b"", b"1234", b"123456"])
def test_a_file_of_another_size_stays(store, trash, content):
    put(store, "a/x", content)
    for place in (None, trash):
        with pytest.raises(StorageError, match="has been changed meanwhile"):
            store.discard("a/x", 5, place)
    assert tree(store.root) == {"a/x": content}
    assert not trash.exists()


def test_a_symbolic_link_stays_and_so_does_its_target(store):
    put(store, "a/x")
    (store.root / "b").mkdir()
    (store.root / "b/x").symlink_to("../a/x")
    (store.root / "way").symlink_to("a")
    for path in ("b/x", "way/x"):
        with pytest.raises(StorageError):
            store.discard(path, 5)
    assert (store.root / "b/x").is_symlink()
    assert (store.root / "a/x").exists()


def test_a_file_that_may_not_be_deleted_names_its_folder(store, monkeypatch):
    put(store, "a/x")
    monkeypatch.setattr(Path, "unlink", failing(errno.EACCES))
    with pytest.raises(StorageError, match=rf"{store.root}/a cannot be written: Permission denied"):
        store.discard("a/x", 5)


# The trash.


def test_the_trash_keeps_the_path(store, trash):
    put(store, "a/b/x.TIF")
    store.discard("a/b/x.TIF", 5, trash)
    assert tree(store.root) == {}
    assert tree(trash) == {"a/b/x.TIF": b"12345"}


def test_what_lies_in_the_trash_is_never_overwritten(store, trash):
    for content in (b"first", b"secnd", b"third"):
        put(store, "a/x.TIF", content)
        store.discard("a/x.TIF", 5, trash)
    assert tree(trash) == {"a/x.TIF": b"first", "a/x.2.TIF": b"secnd", "a/x.3.TIF": b"third"}


def test_other_things_of_that_name_in_the_trash_stay_too(store, trash, tmp_path):
    (trash / "a/x.TIF").mkdir(parents=True)
    (trash / "a/x.2.TIF").symlink_to(tmp_path / "nothing")
    put(store, "a/x.TIF")
    store.discard("a/x.TIF", 5, trash)
    assert tree(trash) == {"a/x.3.TIF": b"12345"}


def test_the_same_bytes_are_kept_once(store, trash):
    for _ in range(2):
        put(store, "a/x")
        store.discard("a/x", 5, trash)
    assert tree(trash) == {"a/x": b"12345"}


def test_a_move_that_was_killed_between_its_halves_is_finished(store, trash):
    source = put(store, "a/x")
    (trash / "a").mkdir(parents=True)
    (trash / "a/x").hardlink_to(source)
    store.discard("a/x", 5, trash)
    assert tree(store.root) == {}
    assert tree(trash) == {"a/x": b"12345"}


@pytest.mark.parametrize("number", [errno.EXDEV, errno.EPERM, errno.EOPNOTSUPP, errno.EMLINK])
def test_where_links_cannot_be_the_trash_gets_a_copy(store, trash, monkeypatch, number):
    put(store, "a/x")
    monkeypatch.setattr(os, "link", failing(number))
    store.discard("a/x", 5, trash)
    assert tree(store.root) == {}
    assert tree(trash) == {"a/x": b"12345"}


@pytest.mark.skipif(not os.access("/dev/shm", os.W_OK), reason="there is no second file system to write to")
def test_the_trash_may_be_on_another_file_system(store, tmp_path_factory):
    from tempfile import TemporaryDirectory

    with TemporaryDirectory(dir="/dev/shm") as other:
        if Path(other).stat().st_dev == store.root.stat().st_dev:
            pytest.skip("it is the same file system")
        put(store, "a/x")
        store.discard("a/x", 5, Path(other))
        assert tree(store.root) == {}
        assert tree(Path(other)) == {"a/x": b"12345"}


@pytest.mark.parametrize("what", ["link", "fsync"])
def test_a_file_that_is_not_safe_in_the_trash_stays_in_the_store(store, trash, monkeypatch, what):
    put(store, "a/x")
    (trash / "a").mkdir(parents=True)
    monkeypatch.setattr(os, what, failing(errno.EIO))
    with pytest.raises(StorageError):
        store.discard("a/x", 5, trash)
    assert tree(store.root) == {"a/x": b"12345"}


def test_a_full_trash_is_told_apart(store, trash, monkeypatch):
    put(store, "a/x")
    monkeypatch.setattr(os, "link", failing(errno.ENOSPC))
    with pytest.raises(StorageFull, match=rf"the disk is full: {trash}"):
        store.discard("a/x", 5, trash)
    assert tree(store.root) == {"a/x": b"12345"}


def test_a_trash_that_leads_back_into_the_store_takes_nothing(store, trash):
    put(store, "a/x")
    trash.mkdir()
    (trash / "a").symlink_to(store.root / "a")
    with pytest.raises(StorageError, match="leads back into the store"):
        store.discard("a/x", 5, trash)
    assert tree(store.root) == {"a/x": b"12345"}


# Empty folders.


def test_folders_that_lost_their_last_file_go_and_no_others(store):
    for folder in ("a/b/c", "a/b/d", "e", "kept"):
        (store.root / folder).mkdir(parents=True)
    put(store, "kept/mine.txt")
    store.tidy(["a/b/c/x", "a/b/c/y", "kept/x"])
    assert folders(store) == {"a", "a/b", "a/b/d", "e", "kept"}
    store.tidy(["a/b/d/x"])
    assert folders(store) == {"e", "kept"}


def test_the_store_itself_stays(store):
    store.tidy(["x"])
    put(store, "a/x").unlink()
    store.tidy(["a/x", "b/gone/x"])
    assert store.root.is_dir()
    assert folders(store) == set()


def test_nothing_outside_the_store_is_tidied(store, tmp_path):
    (tmp_path / "outside/empty").mkdir(parents=True)
    (store.root / "way").symlink_to(tmp_path / "outside/empty")
    with pytest.raises(StorageError):
        store.tidy(["way/x"])
    assert (tmp_path / "outside/empty").is_dir()


def test_every_loss_is_flushed_in_the_folder_that_remains(store, monkeypatch):
    for folder in ("a/b/c", "e"):
        (store.root / folder).mkdir(parents=True)
    put(store, "a/y")
    put(store, "e/y")
    flushed = []
    fsync = os.fsync
    monkeypatch.setattr(os, "fsync", lambda handle: (flushed.append(os.fstat(handle).st_ino), fsync(handle)))
    store.tidy(["a/b/c/x", "e/x", "e/z"])
    assert sorted(flushed) == sorted([(store.root / "a").stat().st_ino, (store.root / "e").stat().st_ino])


# Whether there is a store.


def test_an_empty_or_absent_store_is_no_store(store):
    for root in (store.root, store.root / "gone"):
        with pytest.raises(StorageError, match="there is nothing in the store") as told:
            LocalStore(root).insist()
        assert "mounted" in told.value.hint
    put(store, "a/x")
    store.insist()
