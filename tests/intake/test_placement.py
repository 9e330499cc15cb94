"""Putting a file into its place: by link, copy or move, whatever a killed run has left, and never over another."""

from __future__ import annotations

import errno
import hashlib
import os
from pathlib import Path

import pytest

from m2msync.core.errors import StorageFull
from m2msync.intake.appraisal import ALTERED, Appraisal, mark_of
from m2msync.intake.placement import Placed, Placement
from m2msync.store import LocalStore
from m2msync.store import local as stores

CONTENT = b"content" * 1000
PLACES = ("a/x.TIF", "b/x.TIF")


@pytest.fixture
def store(tmp_path):
    return LocalStore(tmp_path / "data")


@pytest.fixture
def file(tmp_path):
    path = tmp_path / "found" / "x (1).TIF"
    path.parent.mkdir()
    path.write_bytes(CONTENT)
    return path


def appraisal(path, content=CONTENT):
    return Appraisal(digest=f"sha512:{hashlib.sha512(content).hexdigest()}", mark=mark_of(path.stat()))


def place(store, path, *, how="link", dry_run=False, places=PLACES, read=None):
    return Placement(store, how, dry_run=dry_run).place(str(path), read or appraisal(path), places)


def tree(store):
    return {p.relative_to(store.root).as_posix() for p in store.root.rglob("*") if not p.is_dir()}


@pytest.mark.parametrize(("how", "deed"), [("link", "linked"), ("move", "moved"), ("copy", "copied")])
def test_a_file_appears_wherever_it_is_wanted(store, file, how, deed):
    assert place(store, file, how=how) == Placed(PLACES, deed)
    assert tree(store) == set(PLACES)
    assert all((store.root / path).read_bytes() == CONTENT for path in PLACES)
    assert file.read_bytes() == CONTENT
    assert file.samefile(store.root / PLACES[0]) is (how != "copy")
    assert (store.root / PLACES[1]).samefile(store.root / PLACES[0])


@pytest.mark.parametrize("how", ["link", "move", "copy"])
def test_a_dry_run_tells_the_same_and_does_nothing(store, file, how):
    would = place(store, file, how=how, dry_run=True)
    assert not store.root.exists()
    assert would == place(store, file, how=how)


@pytest.mark.parametrize(("how", "deed"), [("link", "copied"), ("move", "moved")])
def test_a_copy_is_made_where_no_link_can_be(store, file, how, deed, monkeypatch):
    def refuse(*_args, **_kwargs):
        raise OSError(errno.EXDEV, os.strerror(errno.EXDEV))

    monkeypatch.setattr(Path, "hardlink_to", refuse)
    assert place(store, file, how=how) == Placed(PLACES, deed)
    assert (store.root / PLACES[0]).read_bytes() == CONTENT
    assert not file.samefile(store.root / PLACES[0])


@pytest.mark.parametrize("how", ["link", "move", "copy"])
@pytest.mark.parametrize("done", [PLACES[:1], PLACES[1:], PLACES])
@pytest.mark.parametrize("linked", [True, False])
def test_what_a_killed_run_has_done_is_not_done_again(store, file, how, done, linked):
    for path in done:
        (store.root / path).parent.mkdir(parents=True)
        if linked:
            (store.root / path).hardlink_to(file)
        else:
            (store.root / path).write_bytes(CONTENT)
    before = [(store.root / path).stat().st_ino for path in done]
    assert place(store, file, how=how).paths == PLACES
    assert tree(store) == set(PLACES)
    assert [(store.root / path).stat().st_ino for path in done] == before


@pytest.mark.parametrize("how", ["link", "move", "copy"])
@pytest.mark.parametrize("at", PLACES)
def test_a_file_in_its_place_stays_there_and_is_linked_to_the_others(store, how, at):
    path = store.root / at
    path.parent.mkdir(parents=True)
    path.write_bytes(CONTENT)
    assert place(store, path, how=how) == Placed(PLACES, "in place")
    assert tree(store) == set(PLACES)
    assert path.samefile(store.root / PLACES[0])
    assert path.samefile(store.root / PLACES[1])


@pytest.mark.parametrize("at", PLACES)
def test_what_is_in_its_place_survives_a_power_cut_too(store, at, monkeypatch):
    path = store.root / at
    path.parent.mkdir(parents=True)
    path.write_bytes(CONTENT)
    synced = []
    monkeypatch.setattr(os, "fsync", lambda handle: synced.append(os.fstat(handle).st_ino))
    place(store, path)
    assert path.stat().st_ino in synced


@pytest.mark.parametrize("how", ["link", "move", "copy"])
@pytest.mark.parametrize("content", [b"other", b"x" * len(CONTENT)])
def test_another_file_in_the_place_is_left_alone(store, file, how, content):
    path = store.root / PLACES[0]
    path.parent.mkdir(parents=True)
    path.write_bytes(content)
    assert place(store, file, how=how).paths == PLACES[1:]
    told = place(store, file, how=how, places=PLACES[:1])
    assert told == Placed(objection=f"another file lies in its place in the store: {PLACES[0]}")
    assert path.read_bytes() == content


def test_a_broken_link_or_a_folder_in_the_place_is_left_alone(store, file):
    (store.root / "a").mkdir(parents=True)
    (store.root / PLACES[0]).symlink_to("absent")
    (store.root / PLACES[1]).mkdir(parents=True)
    assert "another file lies" in place(store, file).objection


@pytest.mark.parametrize("dry_run", [False, True])
def test_a_place_that_no_file_can_have_stops_nobody(store, file, tmp_path, dry_run):
    store.root.mkdir()
    (store.root / "a").write_bytes(b"no folder")
    (store.root / "b").symlink_to(tmp_path)
    told = [place(store, file, dry_run=dry_run, places=(path,)) for path in PLACES]
    assert [one.error for one in told] == [None, None]
    assert "there is a file at" in told[0].objection
    assert "does not lead to a file of the store" in told[1].objection


@pytest.mark.parametrize("how", ["link", "copy"])
def test_a_file_that_was_changed_after_it_had_been_read_does_not_appear(store, file, how):
    read = appraisal(file)
    file.write_bytes(CONTENT[:-1] + b"!")
    os.utime(file, ns=(0, 0))
    assert place(store, file, how=how, read=read) == Placed(objection=ALTERED)
    assert tree(store) == set()


def test_a_file_that_has_vanished_stops_nobody(store, file):
    read = appraisal(file)
    file.unlink()
    assert place(store, file, read=read) == Placed(objection="it has vanished")


def test_a_full_disk_stops_everybody_and_leaves_nothing_half_done(store, file, monkeypatch):
    def fill(_source, target):
        Path(target).write_bytes(CONTENT[:10])
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))

    monkeypatch.setattr(stores.shutil, "copyfile", fill)
    assert isinstance(place(store, file, how="copy").error, StorageFull)
    assert tree(store) == set()


# Originals.


def moved(store, path):
    place(store, path, how="move")
    Placement(store, "move", dry_run=False).remove(str(path), PLACES[0])


def test_an_original_goes_once_the_store_has_it(store, file):
    moved(store, file)
    assert not file.exists()
    assert (store.root / PLACES[0]).read_bytes() == CONTENT


def test_a_dry_run_removes_nothing(store, file):
    place(store, file, how="move")
    Placement(store, "move", dry_run=True).remove(str(file), PLACES[0])
    assert file.exists()


def test_the_only_entry_of_a_file_is_never_removed(store):
    path = store.root / PLACES[0]
    path.parent.mkdir(parents=True)
    path.write_bytes(CONTENT)
    (store.root / "c").symlink_to(store.root / "a")
    for linked_elsewhere in (False, True):
        if linked_elsewhere:
            moved(store, path)
        remove = Placement(store, "move", dry_run=False).remove
        remove(str(path), PLACES[0])
        remove(str(store.root / "c/x.TIF"), PLACES[0])
        assert path.read_bytes() == CONTENT


def test_an_entry_that_goes_by_a_second_name_is_never_removed(store, file, monkeypatch):
    place(store, file, how="copy")
    target = store.root / PLACES[0]
    (store.root / PLACES[1]).unlink()
    lstat = Path.lstat  # a file system that composes letters shows one entry under both names
    monkeypatch.setattr(Path, "lstat", lambda path: lstat(target if path == file else path))
    Placement(store, "move", dry_run=False).remove(str(file), PLACES[0])
    assert file.exists()


def test_an_original_to_which_the_store_only_has_a_link_is_never_removed(store, file):
    path = store.root / PLACES[0]
    path.parent.mkdir(parents=True)
    path.symlink_to(file)
    moved(store, file)
    assert file.read_bytes() == CONTENT


def test_of_a_linked_original_only_the_link_goes(store, file):
    link = file.with_name("link.TIF")
    link.symlink_to(file)
    moved(store, link)
    assert not link.is_symlink()
    assert file.read_bytes() == (store.root / PLACES[0]).read_bytes() == CONTENT
