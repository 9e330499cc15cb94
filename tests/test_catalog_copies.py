"""The catalog's part about the files: what a verify asks it, and what it is told."""

from __future__ import annotations

import sqlite3
from contextlib import closing
from typing import TYPE_CHECKING

import pytest

from m2msync.catalog import Catalog
from m2msync.core.audit import Copy
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


def asset(band: str) -> Asset:
    name = f"i_{band}.TIF"
    return Asset(f"d/{name}", "d", "coast", "I", "i", band, name, (f"a/{name}",))


def filled(catalog: Catalog, *bands: str, manifest: str = "m", digest: str | None = DIGEST) -> int:
    """Have products held for a manifest, each at two paths."""
    assets = [asset(band) for band in bands]
    catalog.want(manifest, assets, at=NOON)
    run = catalog.begin_run(manifest, "label", NOON)
    for a in assets:
        catalog.record_landed(run, a.key, paths=(a.paths[0], f"b/{a.filename}"), size=5, digest=digest, at=NOON)
    return run


def verified(catalog: Catalog) -> dict[str, str | None]:
    return dict(catalog._connection.execute("SELECT path, verified_at FROM copies"))


def test_what_is_held_for_a_manifest_is_told_apart_from_the_rest(catalog):
    filled(catalog, "B2")
    filled(catalog, "B3", manifest="another")
    assert catalog.recorded("m").sizes == {"a/i_B2.TIF": 5, "b/i_B2.TIF": 5}
    assert catalog.recorded("m").others == {"a/i_B3.TIF", "b/i_B3.TIF"}
    assert catalog.recorded("nobody").sizes == {}


@pytest.mark.parametrize(
    ("state", "ours"),
    [("held", True), ("superseded", True), ("failed", False), ("requested", False), ("wanted", False)],
)
def test_only_what_has_landed_is_held(catalog, state, ours):
    run = filled(catalog, "B2")
    catalog.record_state(run, ["d/i_B2.TIF"], state, "because", NOON)
    recorded = catalog.recorded("m")
    assert bool(recorded.sizes) == ours
    assert bool(recorded.others) != ours
    assert bool(catalog.copies(["a/i_B2.TIF"])) == ours


def test_what_is_no_longer_wanted_is_still_held(catalog):
    filled(catalog, "B2")
    catalog.want("m", [], at=NOON)
    assert len(catalog.recorded("m").sizes) == 2


def test_copies_are_told_by_path(catalog):
    filled(catalog, "B2", "B3")
    assert catalog.copies(["b/i_B3.TIF", "gone", "a'\"\udcff"]) == {
        "b/i_B3.TIF": Copy("d/i_B3.TIF", "b/i_B3.TIF", 5, DIGEST)
    }
    assert catalog.known_paths(["b/i_B3.TIF", "gone", "a'\"\udcff"]) == {"b/i_B3.TIF"}


def test_what_was_verified_is_fresh_from_then_on_and_no_longer_when_it_is_doubted(catalog):
    filled(catalog, "B2")
    copies = catalog.copies(["a/i_B2.TIF"]).values()
    catalog.record_verified(copies, NOON + 60.5)
    assert verified(catalog) == {"a/i_B2.TIF": "2026-11-22T12:01:00.500Z", "b/i_B2.TIF": None}
    assert catalog.recorded("m", since=NOON + 60).fresh == {"a/i_B2.TIF"}
    assert catalog.recorded("m", since=NOON + 61).fresh == frozenset()
    assert catalog.recorded("m").fresh == frozenset()
    catalog.record_doubted(["a/i_B2.TIF"])
    assert catalog.recorded("m", since=NOON).fresh == frozenset()


def test_a_copy_that_was_replaced_meanwhile_is_not_called_verified(catalog):
    run = filled(catalog, "B2")
    copies = list(catalog.copies(["a/i_B2.TIF"]).values())
    catalog.record_landed(run, "d/i_B2.TIF", paths=("a/i_B2.TIF",), size=5, digest="sha512:cd", at=NOON)
    catalog.record_verified(copies, NOON + 60)
    assert verified(catalog)["a/i_B2.TIF"] is None


def test_a_copy_without_a_digest_is_verified_too(catalog):
    filled(catalog, "B2", digest=None)
    catalog.record_verified(catalog.copies(["a/i_B2.TIF"]).values(), NOON)
    assert verified(catalog)["a/i_B2.TIF"] is not None


def test_fetching_again_forgets_that_it_was_verified(catalog):
    run = filled(catalog, "B2")
    catalog.record_verified(catalog.copies(["a/i_B2.TIF"]).values(), NOON)
    catalog.record_landed(run, "d/i_B2.TIF", paths=("a/i_B2.TIF",), size=5, digest=DIGEST, at=NOON)
    assert verified(catalog)["a/i_B2.TIF"] is None


def test_verifying_is_no_change_that_would_make_a_plan_stale(catalog):
    filled(catalog, "B2")
    serial = catalog.serial
    catalog.record_verified(catalog.copies(["a/i_B2.TIF"]).values(), NOON)
    catalog.record_doubted(["a/i_B2.TIF"])
    assert catalog.serial == serial


def test_many_copies_are_recorded_beside_a_reader(catalog):
    filled(catalog, *[f"B{n}" for n in range(300)])
    with closing(sqlite3.connect(catalog.path)) as reader, reader:
        reader.execute("BEGIN")
        reader.execute("SELECT count(*) FROM copies").fetchone()
        catalog.record_verified(catalog.copies(catalog.recorded("m").sizes).values(), NOON)
    assert None not in verified(catalog).values()
