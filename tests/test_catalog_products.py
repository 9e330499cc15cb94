from __future__ import annotations

import os
import signal
import sqlite3
import subprocess
import sys
from dataclasses import replace
from typing import TYPE_CHECKING, get_args

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from m2msync.catalog import Catalog
from m2msync.core.holding import Known, State
from m2msync.core.model import Asset

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

NOON = 1_795_348_800.0  # 2026-11-22T12:00:00Z
DIGEST = "sha512:" + "ab" * 64


@pytest.fixture
def catalog(tmp_path: Path) -> Iterator[Catalog]:
    with Catalog.open(tmp_path / "catalog.db") as opened:
        yield opened


def asset(band: str, image: str = "i", region: str = "coast") -> Asset:
    name = f"{image}_{band}.TIF"
    return Asset(f"d/{name}", "d", region, image.upper(), image, band, name, (f"d/{image}/{name}",))


B2, B3, B4 = asset("B2"), asset("B3"), asset("B4")


def land(catalog: Catalog, run: int, asset: Asset, *paths: str, size: int = 5, at: float = NOON) -> None:
    catalog.record_landed(run, asset.key, paths=paths or asset.paths, size=size, digest=DIGEST, at=at)


def begin(catalog: Catalog, *assets: Asset) -> int:
    catalog.want("m", assets, at=NOON)
    return catalog.begin_run("m", "label", NOON)


def rows(catalog: Catalog, query: str) -> list[tuple]:
    return catalog._connection.execute(query).fetchall()


def test_a_part_does_not_take_a_product_away_from_its_region(catalog):
    catalog.want("m", [B2], at=NOON)
    serial = catalog.serial
    catalog.want("m", [asset("B2", region="inland")], at=NOON, whole=False)
    assert (catalog.known("m")[B2.key].region, catalog.serial) == ("coast", serial)
    catalog.want("m", [asset("B2", region="inland")], at=NOON)
    assert catalog.known("m")[B2.key].region == "inland"


def test_what_is_wanted_is_known(catalog):
    catalog.want("m", [B2], at=NOON)
    expected = Known("d/i_B2.TIF", "d", "coast", "I", "i", "B2", "wanted", reason="never fetched", wanted=True)
    assert catalog.known("m") == {B2.key: replace(expected, claimed=True)}
    assert catalog.known("another") == {B2.key: replace(expected, wanted=False)}


def test_what_is_wanted_no_longer_stays_claimed(catalog):
    catalog.want("m", [B2, B3], at=NOON)
    catalog.want("m", [B3, B4], at=NOON)
    seen = {k.product: (k.wanted, k.claimed) for k in catalog.known("m").values()}
    assert seen == {"B2": (False, True), "B3": (True, True), "B4": (True, True)}
    catalog.want("m", [B2], at=NOON)
    assert [k.product for k in catalog.known("m").values() if k.wanted] == ["B2"]


def test_manifests_share_products_but_not_wants(catalog):
    catalog.want("m", [B2, B3], at=NOON)
    catalog.want("n", [B3, B4], at=NOON)
    assert {k.product for k in catalog.known("m").values() if k.claimed} == {"B2", "B3"}
    assert {k.product for k in catalog.known("n").values() if k.claimed} == {"B3", "B4"}
    assert len(catalog.known("m")) == 3


def test_wanting_the_same_again_writes_nothing(catalog):
    catalog.want("m", [B2, B3], at=NOON)
    serial, changes = catalog.serial, catalog._connection.total_changes
    catalog.want("m", [B3, B2], at=NOON + 60)
    assert (catalog.serial, catalog._connection.total_changes) == (serial, changes)


def test_a_changed_region_is_noted_without_touching_the_state(catalog):
    run = begin(catalog, B2)
    land(catalog, run, B2)
    catalog.want("m", [B2._replace(region="north")], at=NOON)
    known = catalog.known("m")[B2.key]
    assert (known.region, known.state) == ("north", "held")
    assert rows(catalog, "SELECT state FROM events") == [("wanted",), ("held",)]


def test_a_landed_product_is_held_with_its_copies(catalog):
    run = begin(catalog, B2)
    land(catalog, run, B2, "a/x", "b/x", "c/x", size=7)
    known = catalog.known("m")[B2.key]
    assert (known.state, known.paths, known.size, known.digest) == ("held", ("a/x", "b/x", "c/x"), 7, DIGEST)
    assert rows(catalog, "SELECT * FROM files ORDER BY path") == [
        (path, "d", "coast", "I", "i", "B2", 7, DIGEST, "2026-11-22T12:00:00.000Z")
        for path in ("a/x", "b/x", "c/x")
    ]


def test_landing_again_elsewhere_keeps_the_former_copies_behind(catalog):
    run = begin(catalog, B2)
    land(catalog, run, B2, "old/x", "both/x")
    land(catalog, run, B2, "new/x", "both/x", size=9)
    known = catalog.known("m")[B2.key]
    assert known.paths == ("new/x", "both/x", "old/x")
    assert known.size == 9


def test_a_product_that_is_overwritten_by_another_is_held_no_longer(catalog):
    run = begin(catalog, B2, B3, B4)
    land(catalog, run, B2, "x")
    land(catalog, run, B3, "x3", "y")
    land(catalog, run, B4, "x", "y")
    known = {k.product: k for k in catalog.known("m").values()}
    assert (known["B2"].state, known["B2"].paths) == ("wanted", ())
    assert known["B2"].reason == "overwritten by d/i_B4.TIF"
    assert (known["B3"].state, known["B3"].paths) == ("held", ("x3",))


def test_a_copy_that_is_gone_can_be_forgotten(catalog):
    run = begin(catalog, B2)
    land(catalog, run, B2, "x", "y")
    catalog.forget_copy("x", at=NOON)
    assert catalog.known("m")[B2.key].paths == ("y",)
    catalog.forget_copy("y", at=NOON)
    assert catalog.known("m")[B2.key].state == "wanted"
    serial = catalog.serial
    catalog.forget_copy("y", at=NOON)
    assert catalog.serial == serial


def test_failures_add_up_until_it_lands(catalog):
    run = begin(catalog, B2)
    catalog.record_failed(run, B2.key, "stalled", rerun_helps=True, at=NOON)
    catalog.record_failed(run, B2.key, "gone", rerun_helps=False, at=NOON + 1)
    known = catalog.known("m")[B2.key]
    assert (known.state, known.reason, known.attempts, known.rerun_helps) == ("failed", "gone", 2, False)
    assert rows(catalog, "SELECT * FROM failures") == [(B2.key, "gone", 2, "2026-11-22T12:00:01.000Z", 0)]
    catalog.record_state(run, [B2.key], "requested", "ordered", NOON)
    assert catalog.known("m")[B2.key].attempts == 2
    land(catalog, run, B2)
    known = catalog.known("m")[B2.key]
    assert (known.state, known.attempts, known.rerun_helps) == ("held", 0, True)
    assert rows(catalog, "SELECT * FROM failures") == []


@pytest.mark.parametrize("state", get_args(State))
def test_every_state_can_be_recorded_for_many_at_once(catalog, state):
    run = begin(catalog, B2, B3, B4)
    serial = catalog.serial
    catalog.record_state(run, (a.key for a in (B2, B3)), state, "told so", NOON)
    states = {k.product: (k.state, k.reason) for k in catalog.known("m").values()}
    assert states == {"B2": (state, "told so"), "B3": (state, "told so"), "B4": ("wanted", "never fetched")}
    assert catalog.serial == serial + 1


def test_recording_the_same_state_again_is_no_event(catalog):
    run = begin(catalog, B2)
    for _ in range(3):
        catalog.record_state(run, [B2.key], "staging", "M2M prepares it", NOON)
    assert rows(catalog, "SELECT state FROM events") == [("wanted",), ("staging",)]
    serial = catalog.serial
    catalog.record_state(run, [B2.key], "staging", "M2M prepares it", NOON)
    catalog.record_state(run, [], "staging", "nothing", NOON)
    assert catalog.serial == serial


def test_every_change_is_an_event_with_time_reason_and_run(catalog):
    run = begin(catalog, B2)
    catalog.record_failed(run, B2.key, "stalled", rerun_helps=True, at=NOON + 1)
    land(catalog, run, B2, at=NOON + 2.5)
    assert rows(catalog, "SELECT run, at, state, reason FROM events ORDER BY id") == [
        (None, "2026-11-22T12:00:00.000Z", "wanted", "never fetched"),
        (run, "2026-11-22T12:00:01.000Z", "failed", "stalled"),
        (run, "2026-11-22T12:00:02.500Z", "held", "verified"),
    ]


def test_products_that_nobody_wanted_cannot_land_or_fail(catalog):
    run = begin(catalog)
    serial = catalog.serial
    with pytest.raises(KeyError):
        land(catalog, run, B2)
    with pytest.raises(KeyError):
        catalog.record_failed(run, B2.key, "gone", rerun_helps=False, at=NOON)
    assert catalog.serial == serial


def test_by_scene_counts_each_product_once(catalog):
    north = asset("B2", "j", "north")
    run = begin(catalog, B2, B3, B4, north)
    catalog.want("n", [B2], at=NOON)
    land(catalog, run, B2, "x", "y", size=7)
    land(catalog, run, B3, size=3)
    catalog.record_failed(run, B4.key, "gone", rerun_helps=False, at=NOON)
    catalog.want("m", [B2, B4, north], at=NOON)
    assert rows(catalog, "SELECT * FROM by_scene") == [("d", "coast", 2, 2, 1, 10), ("d", "north", 1, 0, 0, 0)]


# Random histories ----------------------------------------------------------------------------------------------------

ASSETS = [asset(band, image) for image in "ij" for band in ("B2", "B3", "MTL")]
PATHS = ["a/x", "a/y", "b/x", "b/y"]
some = st.sampled_from(ASSETS)
steps = st.one_of(
    st.tuples(st.just("want"), st.sampled_from("mn"), st.lists(some, unique_by=lambda a: a.key)),
    st.tuples(st.just("landed"), some, st.lists(st.sampled_from(PATHS), min_size=1, unique=True)),
    st.tuples(st.just("failed"), some, st.booleans()),
    st.tuples(st.just("state"), st.lists(some), st.sampled_from(["requested", "staging", "unavailable"])),
    st.tuples(st.just("forget"), st.sampled_from(PATHS), st.none()),
)


def perform(catalog: Catalog, run: int, verb: str, what, how) -> None:
    match verb:
        case "want":
            catalog.want(what, how, at=NOON)
        case "landed":
            land(catalog, run, what, *how)
        case "failed":
            catalog.record_failed(run, what.key, "stalled", rerun_helps=how, at=NOON)
        case "state":
            catalog.record_state(run, [a.key for a in what], how, how, NOON)
        case "forget":
            catalog.forget_copy(what, at=NOON)


def matters(catalog: Catalog) -> list[object]:
    return [catalog.known(manifest) for manifest in "mn"]


@settings(max_examples=60)
@given(st.lists(steps, max_size=12))
def test_no_history_breaks_the_books(tmp_path_factory, history):
    path = tmp_path_factory.mktemp("history") / "catalog.db"
    with Catalog.open(path) as catalog:
        run = begin(catalog, *ASSETS)
        for step in history:
            before, serial = matters(catalog), catalog.serial
            perform(catalog, run, *step)
            after = matters(catalog)
            assert catalog.serial - serial in ((1,) if before != after else (0, 1))
            known = after[0]
            copies = [path for k in known.values() for path in k.paths]
            assert len(copies) == len(set(copies))
            assert all(k.paths and k.size and k.digest for k in known.values() if k.state == "held")
            assert all((k.attempts > 0) or (k.state != "failed") for k in known.values())
            last = "SELECT key, e.state, e.reason FROM events e JOIN products p ON p.id = e.product GROUP BY p.id"
            assert {key: (s, r) for key, s, r in rows(catalog, f"{last} HAVING e.id = max(e.id)")} == {
                k.key: (k.state, k.reason) for k in known.values()
            }
            assert sorted(copies) == [p for (p,) in rows(catalog, "SELECT path FROM files ORDER BY path")]
            assert rows(catalog, "PRAGMA foreign_key_check") == []
        remembered = matters(catalog)
    with Catalog.open(path, readonly=True) as again:
        assert matters(again) == remembered


# Other processes -----------------------------------------------------------------------------------------------------

LANDING = """
import sys
from m2msync.catalog import Catalog
with Catalog.open(sys.argv[1]) as catalog:
    run = catalog.begin_run("m", "label", 0.0)
    for number in range(int(sys.argv[2])):
        key = f"d/i_{number}.TIF"
        catalog.record_landed(run, key, paths=[f"x/{number}", f"y/{number}"], size=5, digest="sha512:00", at=0.0)
        print(number, flush=True)
"""


def landing(path: Path, count: int) -> subprocess.Popen[str]:
    with Catalog.open(path) as catalog:
        catalog.want("m", [asset(str(number)) for number in range(count)], at=NOON)
    return subprocess.Popen(
        [sys.executable, "-c", LANDING, str(path), str(count)], stdout=subprocess.PIPE, text=True
    )


@pytest.mark.parametrize("moment", [1, 7, 100, 301])
def test_kill_loses_nothing_that_was_committed(tmp_path, moment):
    path = tmp_path / "catalog.db"
    with landing(path, 5000) as writer:
        told = [writer.stdout.readline() for _ in range(moment)]
        os.kill(writer.pid, signal.SIGKILL)
        told += [line for line in writer.stdout if line.endswith("\n")]
    with Catalog.open(path) as catalog:
        assert rows(catalog, "PRAGMA integrity_check") == [("ok",)]
        held = [k for k in catalog.known("m").values() if k.state == "held"]
        assert len(held) - len(told) in (0, 1)  # the last commit may not have been told
        assert len(held) < 5000
        assert all(len(k.paths) == 2 for k in held)
        assert catalog.serial == 1 + len(held)
        land(catalog, catalog.begin_run("m", "again", NOON), asset("4999"))
        assert rows(catalog, "SELECT status FROM runs") == [("interrupted",), ("running",)]


def test_readers_see_whole_states_while_another_process_writes(tmp_path):
    path = tmp_path / "catalog.db"
    counts = []
    with landing(path, 1000) as writer, Catalog.open(path, readonly=True) as reader:
        while not counts or counts[-1] < 1000:
            held = [k for k in reader.known("m").values() if k.state == "held"]
            assert all(len(k.paths) == 2 for k in held)
            counts.append(len(held))
        writer.communicate()
    assert writer.returncode == 0
    assert counts == sorted(counts)
    assert counts[0] < 1000


def test_a_long_reading_does_not_hold_up_the_writer(tmp_path):
    path = tmp_path / "catalog.db"
    with Catalog.open(path) as catalog:
        begin(catalog, *ASSETS)
    reader = sqlite3.connect(path)
    reading = reader.execute("SELECT key, state FROM products")
    reading.fetchone()
    with Catalog.open(path) as catalog:
        catalog._connection.execute("PRAGMA busy_timeout = 0")
        land(catalog, catalog.begin_run("m", "label", NOON), ASSETS[-1])
    assert [state for _, state in reading.fetchall()] == ["wanted"] * (len(ASSETS) - 1)
    reader.close()


def test_a_second_writer_waits_its_turn_or_is_told(tmp_path):
    with Catalog.open(tmp_path / "catalog.db") as one, Catalog.open(tmp_path / "catalog.db") as other:
        other._connection.execute("PRAGMA busy_timeout = 0")
        with one._writing(), pytest.raises(Exception, match="another program has kept the catalog"):
            other.want("m", [B2], at=NOON)
        other.want("m", [B2], at=NOON)
        assert one.known("m").keys() == {B2.key}


def test_how_a_product_came_to_be_held_is_told_by_the_product_and_its_event(catalog):
    run = begin(catalog, B2, B3)
    land(catalog, run, B2)
    catalog.record_landed(
        run, B3.key, paths=B3.paths, size=5, digest=DIGEST, at=NOON, reason="adopted from /nb/B3.TIF"
    )
    assert {key: known.reason for key, known in catalog.known("m").items()} == {
        B2.key: "verified",
        B3.key: "adopted from /nb/B3.TIF",
    }
    held = rows(catalog, "SELECT reason FROM events WHERE state = 'held' ORDER BY id")
    assert held == [("verified",), ("adopted from /nb/B3.TIF",)]
