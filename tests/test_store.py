from __future__ import annotations

import errno
import os
import shutil
from pathlib import Path
from stat import S_ISDIR

import pytest
from hypothesis import given
from hypothesis import strategies as st

from m2msync.core.errors import Misplaced, StorageError, StorageFull
from m2msync.store import LocalStore, appearing, write_whole

KEY = "landsat_ot_c2_l1/LC09_L1TP_011059_20230328_20230329_02_T1_B2.TIF"


@pytest.fixture
def store(tmp_path: Path) -> LocalStore:
    return LocalStore(tmp_path / "data")


def partial(store: LocalStore, content: bytes = b"verified", key: str = KEY) -> Path:
    path = store.scratch.partial_path(key)
    path.write_bytes(content)
    return path


def tree(store: LocalStore) -> set[str]:
    return {p.relative_to(store.root).as_posix() for p in store.root.rglob("*") if p.is_file()}


def failing(number: int):
    def fail(*args, **kwargs):
        raise OSError(number, os.strerror(number))

    return fail


def test_publish_makes_folders_and_moves_the_file(store):
    source = partial(store)
    store.publish(source, "a/b/c.TIF")
    assert (store.root / "a/b/c.TIF").read_bytes() == b"verified"
    assert tree(store) == {"a/b/c.TIF"}


def test_publish_replaces_what_is_there(store):
    store.publish(partial(store, b"old"), "a/c.TIF")
    store.publish(partial(store, b"new"), "a/c.TIF")
    assert (store.root / "a/c.TIF").read_bytes() == b"new"


def test_publish_flushes_the_file_before_it_is_seen_and_its_names_after(store, monkeypatch):
    synced = []
    fsync = os.fsync

    def watch(handle: int) -> None:
        synced.append((os.fstat(handle).st_ino, (store.root / "a/c.TIF").exists()))
        fsync(handle)

    source = partial(store)
    inode = source.stat().st_ino
    monkeypatch.setattr(os, "fsync", watch)
    store.publish(source, "a/c.TIF")
    root, folder = store.root.stat().st_ino, (store.root / "a").stat().st_ino
    assert synced == [(inode, False), (root, False), (folder, True)]


@pytest.mark.parametrize("number", [errno.EIO, errno.ENOSPC])
def test_what_could_not_be_flushed_is_neither_seen_nor_kept(store, monkeypatch, number):
    source = partial(store)
    (store.root / "a").mkdir()
    monkeypatch.setattr(os, "fsync", failing(number))
    with pytest.raises(StorageError):
        store.publish(source, "a/c.TIF")
    assert tree(store) == set()


@pytest.mark.parametrize("elsewhere", ["/etc/x", "//etc/x", "../x", "a/../../x", "", ".", "a\\..\\x", "a\0b"])
def test_paths_outside_the_store_are_refused(store, elsewhere):
    source = partial(store)
    with pytest.raises(StorageError, match="does not lead to a file of the store") as told:
        store.publish(source, elsewhere)
    assert "layout" in told.value.hint
    assert source.exists()
    with pytest.raises(StorageError):
        store.link("a", elsewhere)
    with pytest.raises(StorageError):
        store.link(elsewhere, "a")
    with pytest.raises(StorageError):
        store.take(source, elsewhere, copy=True, check=lambda _: None)


@pytest.mark.parametrize("path", [".m2msync/catalog.db", ".M2MSYNC/partial/x", "./.m2msync/x"])
def test_the_private_folder_is_no_place_for_products(store, path):
    with pytest.raises(StorageError):
        store.resolve(path)


def test_an_absolute_path_inside_the_store_is_refused_too(store):
    with pytest.raises(StorageError):
        store.resolve(str(store.root / "a"))


def test_a_symbolic_link_does_not_lead_out(store, tmp_path):
    (tmp_path / "outside").mkdir()
    source = partial(store)
    (store.root / "way").symlink_to(tmp_path / "outside")
    with pytest.raises(StorageError, match="does not lead"):
        store.publish(source, "way/x")
    with pytest.raises(StorageError, match="does not lead"):
        store.publish(source, "way/deeper/x")
    assert list((tmp_path / "outside").iterdir()) == []


def test_a_symbolic_link_in_the_place_is_replaced_not_followed(store, tmp_path):
    victim = tmp_path / "victim"
    victim.write_text("untouched")
    source = partial(store)
    (store.root / "x").symlink_to(victim)
    store.publish(source, "x")
    assert victim.read_text() == "untouched"
    assert not (store.root / "x").is_symlink()


@given(st.text())
def test_resolve_never_leads_out(path):
    store = LocalStore("/nowhere/data")
    try:
        found = store.resolve(path)
    except StorageError:
        return
    assert Path(os.path.normpath(found)).is_relative_to(store.root)
    assert Path(os.path.normpath(found)) != store.root


def test_the_root_may_itself_be_a_symbolic_link(tmp_path):
    (tmp_path / "disk").mkdir()
    (tmp_path / "data").symlink_to(tmp_path / "disk")
    store = LocalStore(tmp_path / "data")
    store.publish(partial(store), "x")
    assert (tmp_path / "disk/x").exists()


def test_publish_across_devices_copies_and_leaves_no_trace(store, monkeypatch):
    source = partial(store)
    replace = Path.replace

    def across(self: Path, target: Path) -> Path:
        if self == source:
            raise OSError(errno.EXDEV, "other device")
        return replace(self, target)

    monkeypatch.setattr(Path, "replace", across)
    store.publish(source, "a/x")
    assert (store.root / "a/x").read_bytes() == b"verified"
    assert tree(store) == {"a/x"}


def test_a_full_disk_is_told_apart(store, monkeypatch):
    source = partial(store)
    monkeypatch.setattr(Path, "replace", failing(errno.ENOSPC))
    with pytest.raises(StorageFull, match="the disk is full") as told:
        store.publish(source, "x")
    assert told.value.exit_code == 7


@pytest.mark.parametrize("number", [errno.EACCES, errno.EROFS])
def test_a_denied_place_comes_with_a_hint(store, monkeypatch, number):
    source = partial(store)
    monkeypatch.setattr(Path, "replace", failing(number))
    with pytest.raises(StorageError, match="cannot be written") as told:
        store.publish(source, "x")
    assert "who may write" in told.value.hint


def test_a_folder_in_the_place_is_told(store):
    source = partial(store)
    (store.root / "x").mkdir()
    with pytest.raises(StorageError, match="cannot be written: Is a directory"):
        store.publish(source, "x")


def test_a_file_where_a_folder_should_be_is_told(store):
    store.publish(partial(store), "x")
    with pytest.raises(StorageError, match="cannot be written"):
        store.publish(partial(store), "x/y")


@pytest.mark.parametrize(
    ("path", "told"),
    [
        ("a", "there is a folder at {root}/a"),
        ("a/x/y/z", "there is a file at {root}/a/x"),
        ("../x", "does not lead"),
    ],
)
def test_a_place_that_is_taken_is_told_before_anything_is_fetched_and_concerns_one_file(store, path, told):
    store.publish(partial(store), "a/x")
    with pytest.raises(Misplaced, match=told.format(root=store.root)):
        store.check_place(path)
    with pytest.raises(Misplaced):
        store.publish(partial(store), path)


def test_a_place_is_free_where_a_file_or_nothing_is(store):
    for path in ("x", "a/b/x"):
        store.check_place(path)
        store.publish(partial(store), path)
        store.check_place(path)


def test_a_file_system_that_cannot_flush_names_is_good_enough(store, monkeypatch):
    source = partial(store)
    (store.root / "a").mkdir()
    fsync = os.fsync

    def files_only(handle: int) -> None:
        if S_ISDIR(os.fstat(handle).st_mode):
            raise OSError(errno.EINVAL, "not here")
        fsync(handle)

    monkeypatch.setattr(os, "fsync", files_only)
    store.publish(source, "a/x")
    assert tree(store) == {"a/x"}


def test_link_shares_the_bytes(store):
    store.publish(partial(store), "a/x")
    store.link("a/x", "b/c/x")
    assert (store.root / "b/c/x").samefile(store.root / "a/x")
    assert tree(store) == {"a/x", "b/c/x"}


def test_link_replaces_and_repeats(store):
    store.publish(partial(store, b"damaged"), "b/x")
    store.publish(partial(store), "a/x")
    store.link("a/x", "b/x")
    store.link("a/x", "b/x")
    store.link("a/x", "a/x")
    assert (store.root / "b/x").read_bytes() == b"verified"
    assert tree(store) == {"a/x", "b/x"}


@pytest.mark.parametrize("number", [errno.EXDEV, errno.EPERM, errno.EOPNOTSUPP, errno.EMLINK])
def test_link_copies_where_links_cannot_be(store, monkeypatch, number):
    store.publish(partial(store), "a/x")
    monkeypatch.setattr(os, "link", failing(number))
    store.link("a/x", "b/x")
    assert (store.root / "b/x").read_bytes() == b"verified"
    assert not (store.root / "b/x").samefile(store.root / "a/x")
    assert tree(store) == {"a/x", "b/x"}


def test_link_uses_up_what_a_killed_run_left(store, monkeypatch):
    store.publish(partial(store), "a/x")
    with monkeypatch.context() as patch:
        patch.setattr(Path, "replace", failing(errno.EIO))
        patch.setattr(Path, "unlink", lambda *_args, **_kwargs: None)
        with pytest.raises(StorageError):
            store.link("a/x", "b/x")
    assert len(tree(store)) == 2
    store.link("a/x", "b/x")
    assert tree(store) == {"a/x", "b/x"}


def test_a_text_that_cannot_be_written_whole_leaves_nothing(tmp_path, monkeypatch):
    monkeypatch.setattr(os, "fsync", failing(errno.ENOSPC))
    with pytest.raises(StorageFull):
        write_whole(tmp_path / "plan.json", ["{}"])
    assert list(tmp_path.iterdir()) == []


def test_link_tells_when_the_source_is_gone(store):
    with pytest.raises(StorageError, match="No such file"):
        store.link("a/x", "b/x")


def test_a_published_file_leaves_its_former_links_alone(store):
    store.publish(partial(store, b"old"), "a/x")
    store.link("a/x", "b/x")
    store.publish(partial(store, b"new"), "a/x")
    assert (store.root / "b/x").read_bytes() == b"old"


@pytest.fixture
def elsewhere(tmp_path: Path) -> Path:
    path = tmp_path / "elsewhere.TIF"
    path.write_bytes(b"found")
    return path


@pytest.mark.parametrize("copy", [True, False])
def test_take_makes_a_file_from_elsewhere_appear_too(store, elsewhere, copy):
    assert store.take(elsewhere, "a/x", copy=copy, check=lambda _: None) is not copy
    assert (store.root / "a/x").read_bytes() == elsewhere.read_bytes() == b"found"
    assert (store.root / "a/x").samefile(elsewhere) is not copy
    assert tree(store) == {"a/x"}


def test_take_flushes_the_file_before_it_is_seen_even_if_it_may_only_be_read(store, elsewhere, monkeypatch):
    synced = []
    monkeypatch.setattr(
        os, "fsync", lambda handle: synced.append((os.fstat(handle).st_ino, tree(store) == {"a/x"}))
    )
    elsewhere.chmod(0o400)
    store.take(elsewhere, "a/x", copy=False, check=lambda _: None)
    assert (elsewhere.stat().st_ino, False) in synced
    assert synced[-1] == ((store.root / "a").stat().st_ino, True)


@pytest.mark.parametrize("copy", [True, False])
def test_take_shows_nothing_that_does_not_pass_the_check(store, elsewhere, copy):
    def refuse(draft: Path) -> None:
        assert draft.read_bytes() == b"found"
        raise ValueError("altered")

    with pytest.raises(ValueError, match="altered"):
        store.take(elsewhere, "a/x", copy=copy, check=refuse)
    assert tree(store) == set()
    assert elsewhere.read_bytes() == b"found"


def killed_take(store, source, monkeypatch):
    """Leave what a run leaves that was killed between linking a file and giving the link its name."""
    with monkeypatch.context() as patch:
        patch.setattr(Path, "replace", failing(errno.EIO))
        patch.setattr(Path, "unlink", lambda *_args, **_kwargs: None)  # as a kill would have it
        with pytest.raises(StorageError):
            store.take(source, "a/x", copy=False, check=lambda _: None)
    assert [p.samefile(source) for p in (store.root / "a").iterdir()] == [True]


def test_what_a_killed_take_left_is_never_written_into(store, elsewhere, monkeypatch):
    killed_take(store, elsewhere, monkeypatch)
    source = partial(store)
    replace = Path.replace
    monkeypatch.setattr(
        Path, "replace", lambda p, target: failing(errno.EXDEV)() if p == source else replace(p, target)
    )
    store.publish(source, "a/x")
    assert (store.root / "a/x").read_bytes() == b"verified"
    assert elsewhere.read_bytes() == b"found"


def test_a_copy_is_never_written_into_what_a_killed_take_left(store, elsewhere, monkeypatch):
    killed_take(store, elsewhere, monkeypatch)
    store.take(partial(store), "a/x", copy=True, check=lambda _: None)
    assert (store.root / "a/x").read_bytes() == b"verified"
    assert elsewhere.read_bytes() == b"found"


def test_a_copy_that_fails_leaves_nothing(store, monkeypatch):
    store.publish(partial(store), "a/x")

    def full(_source: Path, target: Path) -> None:
        target.write_bytes(b"ver")
        raise OSError(errno.ENOSPC, "full")

    monkeypatch.setattr(os, "link", failing(errno.EPERM))
    monkeypatch.setattr(shutil, "copyfile", full)
    with pytest.raises(StorageFull):
        store.link("a/x", "b/x")
    assert tree(store) == {"a/x"}


def test_flush_makes_a_file_in_its_place_survive_a_power_cut(store, monkeypatch):
    store.publish(partial(store), "a/x")
    synced = []
    monkeypatch.setattr(os, "fsync", lambda handle: synced.append(os.fstat(handle).st_ino))
    store.flush("a/x")
    assert synced == [(store.root / "a/x").stat().st_ino, (store.root / "a").stat().st_ino]
    with pytest.raises(StorageError, match="No such file"):
        store.flush("a/y")


def test_the_mark_of_a_killed_run_is_gone_before_the_next(store):
    store.mark("killed")
    assert LocalStore(store.root).is_marked("killed")
    store.prepare()
    store.mark("next")
    assert (store.is_marked("killed"), store.is_marked("next")) == (False, True)
    store.unmark("next")
    assert tree(store) == set()


def test_partial_path_is_stable_private_and_tells_the_file(store):
    path = store.scratch.partial_path(KEY)
    assert path == store.scratch.partial_path(KEY)
    assert path.parent == store.root / ".m2msync/partial"
    assert KEY.rpartition("/")[2] in path.name


@given(st.lists(st.text(max_size=400), unique=True, min_size=2, max_size=5))
def test_partial_paths_differ_and_stay_inside(tmp_path_factory, keys):
    store = LocalStore(tmp_path_factory.getbasetemp() / "partials")
    paths = {store.scratch.partial_path(key) for key in keys}
    assert len(paths) == len(keys)
    assert {path.parent for path in paths} == {store.root / ".m2msync/partial"}
    assert all(len(path.name.encode()) <= 255 for path in paths)


def test_a_reason_that_is_no_text_does_not_keep_a_file_out_of_quarantine(store):
    place = store.scratch.quarantine(partial(store, b"one"), "its member b\udcff: cut short")
    assert place.with_name(f"{place.name}.txt").read_text() == "its member b\\udcff: cut short\n"


def test_what_is_damaged_on_another_disk_below_the_store_is_put_aside(store, monkeypatch):
    store.publish(partial(store), "mount/x")
    monkeypatch.setattr(
        Path, "replace", lambda p, t: failing(errno.EXDEV)() if p.parent != t.parent else p.rename(t)
    )
    store.put_aside("mount/x", "damaged")
    assert tree(store) == {".m2msync/quarantine/1-x", ".m2msync/quarantine/1-x.txt"}
    assert (store.root / ".m2msync/quarantine/1-x").read_bytes() == b"verified"


def test_quarantine_keeps_every_file_with_its_reason(store):
    first = store.scratch.quarantine(partial(store, b"one"), "too short")
    second = store.scratch.quarantine(partial(store, b"two"), "not a TIFF")
    assert (first.read_bytes(), second.read_bytes()) == (b"one", b"two")
    assert first.with_name(f"{first.name}.txt").read_text() == "too short\n"
    assert second.with_name(f"{second.name}.txt").read_text() == "not a TIFF\n"
    assert first.parent == store.root / ".m2msync/quarantine"
    assert first.suffix == ".TIF"


def test_sizes_counts_regular_files_only(store, tmp_path):
    store.publish(partial(store, b"12345"), "a/x")
    store.publish(partial(store, b""), "a/empty")
    (store.root / "folder").mkdir()
    (store.root / "moved").symlink_to(store.root / "a/x")
    (store.root / "dangling").symlink_to(tmp_path / "nothing")
    os.mkfifo(store.root / "pipe")
    asked = ["a/x", "a/empty", "a/gone", "gone/x", "a/x/y", "folder", "moved", "dangling", "pipe", "a\0b"]
    assert store.sizes(iter(asked)) == {"a/x": 5, "a/empty": 0, "moved": 5}


def test_sizes_of_a_store_that_does_not_exist_yet(store):
    assert store.sizes(["a/x"]) == {}


def test_free_bytes_is_known_before_the_store_exists(store):
    status = os.statvfs(store.root.parent)
    assert abs(store.scratch.free_bytes() - status.f_bavail * status.f_frsize) < 2**30


def test_a_text_is_written_in_one_step_and_left_alone_when_it_is_the_same(tmp_path):
    path = tmp_path / "coast.lock"
    assert write_whole(path, ["one\n"])
    before = path.stat()
    assert not write_whole(path, ["one\n"])
    assert path.stat() == before
    assert write_whole(path, ["two\n"])
    assert {file.name: file.read_text(encoding="utf-8") for file in tmp_path.iterdir()} == {"coast.lock": "two\n"}


def test_what_could_not_be_written_whole_does_not_stay_in_the_way(tmp_path):
    """On a disk that is full, say."""
    path = tmp_path / "coast.csv"
    path.write_text("earlier", encoding="utf-8")

    def write() -> None:
        with appearing(path) as draft:
            draft.write_text("half", encoding="utf-8")
            raise OSError(errno.ENOSPC, "No space left on device")

    with pytest.raises(StorageFull, match=r"the disk is full: .*coast\.csv"):
        write()
    assert {file.name: file.read_text(encoding="utf-8") for file in tmp_path.iterdir()} == {"coast.csv": "earlier"}
