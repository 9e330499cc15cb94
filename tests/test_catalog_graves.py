"""What was deleted on purpose, as the catalog records it."""

from __future__ import annotations

import sqlite3
from typing import TYPE_CHECKING

import pytest

from m2msync.catalog import Catalog
from m2msync.core.model import Asset

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

NOON = 1_795_348_800.0  # 2026-11-22T12:00:00Z
WHY = "no longer in manifest"


@pytest.fixture
def catalog(tmp_path: Path) -> Iterator[Catalog]:
    with Catalog.open(tmp_path / "catalog.db") as opened:
        yield opened


def asset(band: str) -> Asset:
    name = f"i_{band}.TIF"
    return Asset(f"d/{name}", "d", "coast", "I", "i", band, name, (f"d/i/{name}",))


B2, B3 = asset("B2"), asset("B3")


def want(catalog: Catalog, *assets: Asset, manifest: str = "m", digest: str | None = "d1") -> None:
    catalog.want(manifest, assets, at=NOON, digest=digest)


def land(catalog: Catalog, asset: Asset, *paths: str) -> None:
    run = catalog.begin_run("m", "label", NOON)
    catalog.record_landed(run, asset.key, paths=paths or asset.paths, size=5, digest="sha512:ab", at=NOON)


def prune(catalog: Catalog, asset: Asset, *paths: str) -> None:
    catalog.record_pruned([(asset.key, path, WHY) for path in paths or asset.paths], at=NOON)


def stand(catalog: Catalog, asset: Asset = B2) -> tuple:
    known = catalog.known("m")[asset.key]
    return known.state, known.paths, known.pruned_under


def last_event(catalog: Catalog) -> tuple:
    return catalog._connection.execute(
        "SELECT state, reason, at, run FROM events ORDER BY id DESC LIMIT 1"
    ).fetchone()


def pruned(catalog: Catalog) -> None:
    """Have B2 wanted, landed, wanted no longer, and pruned, all under d1."""
    want(catalog, B2)
    land(catalog, B2)
    want(catalog)
    prune(catalog, B2)


# Pruned.


def test_a_product_is_tombstoned_with_its_last_copy(catalog):
    want(catalog, B2)
    land(catalog, B2, "a", "b")
    want(catalog)
    prune(catalog, B2, "a")
    assert stand(catalog) == ("held", ("b",), None)
    serial = catalog.serial
    prune(catalog, B2, "b")
    assert stand(catalog) == ("tombstoned", (), "d1")
    assert last_event(catalog) == ("tombstoned", f"pruned 2026-11-22: {WHY}", "2026-11-22T12:00:00.000Z", None)
    assert catalog.serial > serial


@pytest.mark.parametrize("manifest", ["m", "n"])
def test_a_product_that_somebody_wants_is_never_tombstoned(catalog, manifest):
    want(catalog, B2)
    land(catalog, B2)
    want(catalog)
    want(catalog, B2, manifest=manifest)
    prune(catalog, B2)
    assert stand(catalog) == ("held", (), None)


def test_what_a_person_forgot_keeps_its_reason(catalog):
    want(catalog, B2)
    land(catalog, B2)
    catalog.bury({B2.key: "too cloudy"}, at=NOON)
    want(catalog)
    prune(catalog, B2)
    assert stand(catalog) == ("tombstoned", (), None)
    assert catalog.known("m")[B2.key].reason == "too cloudy"


def test_it_is_pruned_under_every_manifest_that_had_wanted_it(catalog):
    want(catalog, B2)
    want(catalog, B2, manifest="n", digest="d2")
    want(catalog, B2, manifest="old", digest=None)
    want(catalog, B3, manifest="another", digest="d4")
    land(catalog, B2)
    for name, digest in (("m", "d1"), ("n", "d2"), ("old", None)):
        want(catalog, manifest=name, digest=digest)
    prune(catalog, B2)
    assert set(stand(catalog)[2].split()) == {"d1", "d2"}


# Wanted again.


def test_under_the_same_manifest_it_stays_pruned(catalog):
    pruned(catalog)
    want(catalog, B2)
    assert stand(catalog) == ("tombstoned", (), "d1")
    want(catalog, B2, digest=None)
    assert stand(catalog) == ("tombstoned", (), "d1")


def test_an_edited_manifest_gets_it_again(catalog):
    pruned(catalog)
    serial = catalog.serial
    want(catalog, B2, digest="d2")
    assert stand(catalog) == ("wanted", (), None)
    assert last_event(catalog)[:2] == ("wanted", f"wanted again; pruned 2026-11-22: {WHY}")
    assert catalog.serial > serial


def test_an_edited_manifest_that_wanted_it_all_the_time_gets_it_too(catalog):
    pruned(catalog)
    want(catalog, B2)
    serial = catalog.serial
    want(catalog, B2, digest="d2")
    assert stand(catalog)[0] == "wanted"
    assert catalog.serial == serial + 1


def test_another_manifest_gets_it_unless_it_is_one_of_those_that_gave_it_up(catalog):
    want(catalog, B2)
    want(catalog, B2, manifest="n", digest="d2")
    land(catalog, B2)
    want(catalog)
    want(catalog, manifest="n", digest="d2")
    prune(catalog, B2)
    want(catalog, B2, manifest="n", digest="d2")
    assert stand(catalog)[0] == "tombstoned"
    want(catalog, B2, manifest="third", digest="d3")
    assert stand(catalog)[0] == "wanted"


def test_an_edited_manifest_that_does_not_want_it_lifts_nothing(catalog):
    pruned(catalog)
    want(catalog, B3, digest="d2")
    assert stand(catalog)[0] == "tombstoned"


def test_no_edit_brings_back_what_a_person_forgot(catalog):
    want(catalog, B2)
    catalog.bury({B2.key: "too cloudy"}, at=NOON)
    for digest in ("d2", "d3"):
        want(catalog, digest=digest)
        want(catalog, B2, digest=digest)
    assert stand(catalog) == ("tombstoned", (), None)


# Forgotten and remembered.


def test_forgetting_keeps_the_copies_and_makes_a_pruned_tombstone_final(catalog):
    want(catalog, B2, B3)
    land(catalog, B2)
    catalog.bury({B2.key: "too cloudy", B3.key: "a stripe"}, at=NOON)
    assert stand(catalog) == ("tombstoned", B2.paths, None)
    assert catalog.known("m")[B3.key].reason == "a stripe"
    pruned_first = asset("B4")
    want(catalog, pruned_first)
    land(catalog, pruned_first)
    want(catalog)
    prune(catalog, pruned_first)
    catalog.bury({pruned_first.key: "a stripe"}, at=NOON)
    assert stand(catalog, pruned_first) == ("tombstoned", (), None)


def test_remembering_sets_the_state_and_forgets_lost_copies(catalog):
    want(catalog, B2, B3)
    land(catalog, B2, "a", "b")
    catalog.bury({B2.key: "x", B3.key: "x"}, at=NOON)
    serial = catalog.serial
    catalog.exhume({B2.key: "held", B3.key: "wanted"}, ["a"], at=NOON)
    assert stand(catalog) == ("held", ("b",), None)
    assert stand(catalog, B3) == ("wanted", (), None)
    assert catalog.serial > serial
    assert last_event(catalog) == ("wanted", "no longer forgotten", "2026-11-22T12:00:00.000Z", None)


# What has to be known before.


def test_the_last_apply_is_the_last_of_that_manifest(catalog):
    assert catalog.last_apply("m") == (None, None, None)
    catalog.want("m", [B2], at=NOON, digest="d1", file="/a/m.yaml")
    assert catalog.last_apply("m") == (None, "d1", "/a/m.yaml")
    first = catalog.begin_run("m", "label", NOON)
    assert catalog.last_apply("m") == ("running", "d1", "/a/m.yaml")
    catalog.end_run(first, ended=NOON, status="partial", got=0, failed=1, bytes=0, api_calls=1)
    catalog.begin_run("n", "label", NOON)
    assert catalog.last_apply("m") == ("partial", "d1", "/a/m.yaml")


def test_every_copy_has_its_recorded_size(catalog):
    want(catalog, B2, B3)
    land(catalog, B2, "a", "b")
    run = catalog.begin_run("m", "label", NOON)
    catalog.record_landed(run, B2.key, paths=["c"], size=9, digest=None, at=NOON)
    assert catalog.copy_sizes() == {"a": 5, "b": 5, "c": 9}


def test_only_what_others_want_now_is_wanted_elsewhere(catalog):
    want(catalog, B2, B3)
    want(catalog, B2, manifest="north", digest="d2")
    want(catalog, B2, manifest="east", digest="d3")
    want(catalog, B3, manifest="south", digest="d4")
    want(catalog, manifest="south", digest="d4")
    assert catalog.wanted_elsewhere("m") == {B2.key: "east"}
    assert set(catalog.wanted_elsewhere("north")) == {B2.key, B3.key}


def test_what_is_read_together_is_of_one_moment(catalog, tmp_path):
    want(catalog, B2)
    with Catalog.open(tmp_path / "catalog.db", readonly=True) as reader, reader.still():
        before = reader.copy_sizes()
        land(catalog, B2)
        assert reader.copy_sizes() == before == {}
    with Catalog.open(tmp_path / "catalog.db", readonly=True) as reader:
        assert reader.copy_sizes() == {B2.paths[0]: 5}


def test_a_pruning_that_fails_in_the_middle_is_not_recorded_at_all(catalog):
    want(catalog, B2, B3)
    land(catalog, B2)
    land(catalog, B3)
    want(catalog)

    def broken():
        yield B2.key, B2.paths[0], WHY
        raise sqlite3.OperationalError("the disk is gone")

    with pytest.raises(sqlite3.OperationalError):
        catalog.record_pruned(broken(), at=NOON)
    assert stand(catalog) == ("held", B2.paths, None)
