"""A verify from end to end on a store and a catalog of its own: what is read, how often, and what is remembered."""

from __future__ import annotations

import hashlib
import os
import sqlite3
import threading
from contextlib import closing
from dataclasses import dataclass, field
from itertools import count

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from m2msync import reading, scrutiny
from m2msync.catalog import Catalog
from m2msync.core.events import Counted, Damaged, Verified, Verifying, Warned
from m2msync.core.model import Asset
from m2msync.store import LocalStore
from m2msync.verification import Verifier

NOON = 1_795_348_800.0


@dataclass
class Held:
    """A store with a catalog that records what lies in it."""

    store: LocalStore
    catalog: Catalog
    told: list = field(default_factory=list)
    stop: threading.Event = field(default_factory=threading.Event)
    numbers: count = field(default_factory=count)

    def land(self, name: str, content: bytes = b"", *paths: str, digest: str | None = "") -> None:
        """Put a product into the store, hard links for all paths but the first, and record it."""
        content = content or f"content of {name}".encode()
        key, paths = f"ds/{name}", paths or (f"a/{name}",)
        for path in paths:
            (self.store.root / path).parent.mkdir(parents=True, exist_ok=True)
        (self.store.root / paths[0]).write_bytes(content)
        for path in paths[1:]:
            self.store.link(paths[0], path)
        wanted = [
            Asset(k.key, "ds", "r", "I", "i", "B", k.key[3:], ("x",)) for k in self.catalog.known("m").values()
        ]
        self.catalog.want("m", [*wanted, Asset(key, "ds", "r", "I", "i", "B", name, paths)], at=NOON)
        run = self.catalog.begin_run("m", f"label {next(self.numbers)}", NOON)
        digest = f"sha512:{hashlib.sha512(content).hexdigest()}" if digest == "" else digest
        self.catalog.record_landed(run, key, paths=paths, size=len(content), digest=digest, at=NOON)

    def verify(self, depth="digest", *, since=None, jobs=2):
        self.told.clear()
        verifier = Verifier(self.store, self.catalog, "m", on_event=self.told.append, stop=self.stop, jobs=jobs)
        return verifier.verify(depth, since=since)

    def path(self, path):
        return self.store.root / path

    def verified(self) -> set[str]:
        with closing(sqlite3.connect(self.catalog.path)) as db, db:
            return {path for (path,) in db.execute("SELECT path FROM copies WHERE verified_at IS NOT NULL")}


@pytest.fixture
def held(tmp_path):
    with Catalog.open(tmp_path / "data" / ".m2msync" / "catalog.db") as catalog:
        yield Held(LocalStore(tmp_path / "data"), catalog)


@pytest.fixture
def looks(monkeypatch):
    """Collect the paths that are looked at closely."""
    seen = []

    def looked(store, copy, depth):
        seen.append(copy.path)
        return scrutiny.scrutinise(store, copy, depth)

    monkeypatch.setattr(reading, "scrutinise", looked)
    return seen


def symbols(found):
    return {path: symbol for symbol, path in found.combined()}


def test_what_is_whole_is_clean_and_remembered(held):
    held.land("x")
    held.land("y")
    found = held.verify()
    assert (found.status, sorted(found.same), found.damaged, found.extra) == ("clean", ["a/x", "a/y"], (), ())
    assert found.bytes == 2 * len("content of x")
    assert held.verified() == {"a/x", "a/y"}
    assert [event for event in held.told if isinstance(event, Verifying)] == [Verifying(2, found.bytes)]
    assert sorted(e.path for e in held.told if isinstance(e, Verified)) == ["a/x", "a/y"]


def test_everything_that_can_be_wrong_is_told_apart(held, tmp_path):
    for name in ("flipped", "short", "gone", "outside", "folder", "fine"):
        held.land(name)
    held.path("a/flipped").write_bytes(b"Content of flipped")
    held.path("a/short").write_bytes(b"c")
    held.path("a/gone").unlink()
    (tmp_path / "elsewhere").write_bytes(held.path("a/outside").read_bytes())
    held.path("a/outside").unlink()
    held.path("a/outside").symlink_to(tmp_path / "elsewhere")
    held.path("a/folder").unlink()
    held.path("a/folder").mkdir()
    held.path("a/foreign").write_bytes(b"x")
    expected = {
        "flipped": "*",
        "short": "*",
        "gone": "-",
        "outside": "!",
        "folder": "!",
        "fine": "=",
        "foreign": "+",
    }
    assert symbols(held.verify()) == {f"a/{name}": symbol for name, symbol in expected.items()}
    assert symbols(held.verify("deep")) == {f"a/{name}": symbol for name, symbol in expected.items()}
    assert symbols(held.verify("quick")) == {f"a/{n}": s for n, s in (expected | {"flipped": "="}).items()}
    assert held.verified() == {"a/fine"}


def test_a_quick_verify_reads_nothing_and_remembers_nothing(held, looks):
    held.land("x")
    found = held.verify("quick")
    assert (found.status, found.bytes, looks, held.verified()) == ("clean", 0, [], set())


def test_a_link_within_the_store_is_as_good_as_the_file(held):
    held.land("x")
    held.path("a").rename(held.path("b"))
    held.path("a").symlink_to("b")
    assert symbols(held.verify("quick")) == {"a": "+", "b/x": "+", "a/x": "="}
    assert held.verified() == set()
    assert symbols(held.verify()) == {"a": "+", "b/x": "+", "a/x": "="}
    assert held.verified() == {"a/x"}


def test_hard_links_are_read_once_and_judged_alike(held, looks):
    held.land("x", b"", "one/x", "two/x", "three/x")
    held.land("y")
    found = held.verify()
    assert sorted(looks) == ["a/y", "one/x"]
    assert (len(found.same), found.bytes) == (4, 2 * len("content of x"))
    assert held.verified() == {"one/x", "two/x", "three/x", "a/y"}
    held.path("two/x").write_bytes(b"Content of x")  # one file: all names show it
    assert [f.path for f in held.verify().damaged] == ["one/x", "three/x", "two/x"]


def test_hard_links_of_different_products_are_each_compared_with_their_own_record(held):
    held.land("x", b"the same")
    held.land("y", b"the same")
    held.path("a/y").unlink()
    held.path("a/y").hardlink_to(held.path("a/x"))
    assert held.verify().status == "clean"
    with closing(sqlite3.connect(held.catalog.path)) as db, db:
        db.execute("UPDATE copies SET digest = 'sha512:ab' WHERE path = 'a/y'")
    assert [f.path for f in held.verify().damaged] == ["a/y"]


def test_copies_that_are_files_of_their_own_are_read_each(held, looks):
    held.land("x", b"", "one/x", "two/x")
    content = held.path("two/x").read_bytes()
    held.path("two/x").unlink()
    held.path("two/x").write_bytes(content)
    assert held.verify().status == "clean"
    assert sorted(looks) == ["one/x", "two/x"]


def test_other_manifests_and_the_catalog_itself_are_no_foreign_files(tmp_path):
    with Catalog.open(tmp_path / "data" / "catalog.db") as catalog:
        held = Held(LocalStore(tmp_path / "data"), catalog)
        held.land("x")
        catalog.want("other", [Asset("ds/z", "ds", "r", "I", "i", "B", "z", ("z",))], at=NOON)
        held.path("z").write_bytes(b"1")
        run = catalog.begin_run("other", "label", NOON)
        catalog.record_landed(run, "ds/z", paths=("z",), size=9, digest=None, at=NOON)
        assert symbols(held.verify()) == {"a/x": "="}


def test_since_skips_reading_but_still_compares_sizes(held, looks):
    held.land("x")
    held.land("y")
    held.verify()
    looks.clear()
    held.land("z")
    found = held.verify(since=NOON)
    assert (looks, found.fresh, found.status, len(found.same)) == (["a/z"], 2, "clean", 3)
    held.path("a/x").write_bytes(b"short")
    assert symbols(held.verify(since=NOON)) == {"a/x": "*", "a/y": "=", "a/z": "="}


def test_what_was_found_damaged_is_never_skipped_however_lately_it_had_been_whole(held):
    held.land("x")
    held.verify()
    held.path("a/x").write_bytes(b"Content of x")
    assert held.verify(since=NOON).status == "clean"  # that is what --since means
    assert held.verify().status == "damaged"
    assert held.verify(since=NOON).status == "damaged"


def test_an_interrupted_verify_goes_on_where_it_stopped(held, looks, monkeypatch):
    for n in range(20):
        held.land(f"x{n:02}")
    monkeypatch.setattr(reading, "_WINDOW", 1)
    enough = threading.Semaphore(5)
    ours = reading.scrutinise

    def stopping(store, copy, depth):
        if not enough.acquire(blocking=False):
            held.stop.set()
        return ours(store, copy, depth)

    monkeypatch.setattr(reading, "scrutinise", stopping)
    first = held.verify(jobs=1)
    done = list(looks)
    assert (first.status, first.exit_code) == ("interrupted", 130)
    assert 6 <= len(done) < 20
    assert len(first.same) + first.unreached == 20
    assert held.verified() == set(done) == set(first.same)
    looks.clear()
    held.stop.clear()
    monkeypatch.setattr(reading, "scrutinise", ours)
    second = held.verify(since=first.resume)
    assert (second.status, second.fresh) == ("clean", len(done))
    assert sorted(done + looks) == [f"a/x{n:02}" for n in range(20)]
    looks.clear()
    assert held.verify().status == "clean"
    assert len(looks) == 20


def test_a_verify_that_is_stopped_before_it_has_looked_at_anything_says_so(held):
    held.land("x")
    held.stop.set()
    found = held.verify()
    assert (found.status, found.unreached, found.resume, found.damaged) == ("interrupted", 1, None, ())


def test_no_more_files_are_handed_out_than_the_window_holds(held, monkeypatch):
    for n in range(40):
        held.land(f"x{n:02}")
    monkeypatch.setattr(reading, "_WINDOW", 3)
    open_, most, lock = [0], [0], threading.Lock()
    real = reading.ThreadPoolExecutor

    class Counting(real):
        def submit(self, *arguments):
            with lock:
                open_[0] += 1
                most[0] = max(most[0], open_[0])
            future = super().submit(*arguments)
            result = future.result

            def taken():
                with lock:
                    open_[0] -= 1
                return result()

            future.result = taken
            return future

    monkeypatch.setattr(reading, "ThreadPoolExecutor", Counting)
    assert held.verify(jobs=2).status == "clean"
    assert most[0] == 6


def test_files_are_read_by_several_threads_at_once(held, monkeypatch):
    for n in range(4):
        held.land(f"x{n}")
    meeting = threading.Barrier(4, timeout=30)
    ours = reading.scrutinise
    monkeypatch.setattr(reading, "scrutinise", lambda *looked: meeting.wait() >= 0 and ours(*looked))
    assert held.verify(jobs=4).status == "clean"


def test_what_an_apply_replaces_meanwhile_is_no_damage(held, monkeypatch):
    """It is looked at twice: between renaming a file and recording it an apply has a moment."""
    held.land("x")
    held.land("y")
    held.land("gone")
    ours = reading.scrutinise

    def applying(store, copy, depth):
        if copy.path == "a/x" and b"new" not in held.path("a/x").read_bytes():
            held.path("a/x").write_bytes(b"the new content")
        return ours(store, copy, depth)

    def recording(event):
        if isinstance(event, Damaged) and event.path == "a/x":
            held.land("x", b"the new content")
        if isinstance(event, Damaged) and event.path == "a/gone":
            held.catalog.forget_copy("a/gone", at=NOON)
        held.told.append(event)

    held.path("a/gone").unlink()
    monkeypatch.setattr(reading, "scrutinise", applying)
    found = Verifier(held.store, held.catalog, "m", on_event=recording, stop=held.stop, jobs=1).verify("digest")
    assert [e.path for e in held.told if isinstance(e, Damaged)] == ["a/gone", "a/x"]
    assert (found.status, sorted(found.same), found.unreached) == ("clean", ["a/x", "a/y"], 0)


def test_a_file_that_is_recorded_meanwhile_is_not_foreign(held):
    held.land("x")
    held.path("a/new").write_bytes(b"new")

    def recording(event):
        if isinstance(event, Verified):
            held.land("new", b"new")

    found = Verifier(held.store, held.catalog, "m", on_event=recording, stop=held.stop, jobs=1).verify("digest")
    assert found.extra == ()


def test_a_catalog_that_takes_nothing_is_told_once_and_does_not_end_the_verify(held, monkeypatch):
    for n in range(6):
        held.land(f"x{n}")
    monkeypatch.setattr("m2msync.verification.BATCH", 2)
    with closing(sqlite3.connect(held.catalog.path, isolation_level=None)) as other:
        other.execute("BEGIN IMMEDIATE")
        held.catalog._connection.execute("PRAGMA busy_timeout = 0")
        found = held.verify()
        other.execute("ROLLBACK")
    assert found.status == "clean"
    (warning,) = [e.message for e in held.told if isinstance(e, Warned)]
    assert warning == (
        f"another program has kept the catalog {held.catalog.path} locked for 30 seconds; "
        "what is verified is not recorded"
    )
    assert held.verified() == set()


def test_a_read_only_archive_can_be_verified(held):
    held.land("x")
    with Catalog.open(held.catalog.path, readonly=True) as catalog:
        found = Verifier(held.store, catalog, "m", on_event=held.told.append, stop=held.stop, jobs=1).verify(
            "digest"
        )
    assert found.status == "clean"
    assert [type(e) for e in held.told if isinstance(e, Warned)] == [Warned]


def test_signs_of_life_while_many_files_are_compared(held, monkeypatch):
    monkeypatch.setattr("m2msync.verification._STRIDE", 2)
    for n in range(6):
        held.land(f"x{n}", b"", f"f{n}/x")
    held.verify("quick")
    assert sum(e.steps for e in held.told if isinstance(e, Counted)) >= 4


FAULTS = ("none", "flip", "cut", "delete", "empty", "link")


@settings(max_examples=40)
@given(st.lists(st.sampled_from(FAULTS), min_size=1, max_size=6))
def test_whatever_is_damaged_exactly_that_is_found(tmp_path_factory, faults):
    folder = tmp_path_factory.mktemp("store")
    with Catalog.open(folder / ".m2msync" / "catalog.db") as catalog:
        held = Held(LocalStore(folder), catalog)
        for n, fault in enumerate(faults):
            held.land(f"x{n}")
            path, content = held.path(f"a/x{n}"), f"content of x{n}".encode()
            match fault:
                case "flip":
                    path.write_bytes(content[::-1])
                case "cut":
                    os.truncate(path, 3)
                case "delete":
                    path.unlink()
                case "empty":
                    path.write_bytes(b"")
                case "link":
                    path.unlink()
                    path.symlink_to("/dev/zero")
        told = symbols(held.verify())
    expected = {"none": "=", "flip": "*", "cut": "*", "delete": "-", "empty": "*", "link": "!"}
    assert told == {f"a/x{n}": expected[fault] for n, fault in enumerate(faults)}
