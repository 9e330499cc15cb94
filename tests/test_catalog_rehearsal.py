"""A catalog to try things on: as it stands, and without a trace."""

from __future__ import annotations

import hashlib
import os
import sqlite3
from contextlib import closing

import pytest

from m2msync.catalog import Catalog
from m2msync.core.errors import CatalogError
from m2msync.core.model import Asset

NOON = 1_795_348_800.0  # 2026-11-22T12:00:00Z
B2 = Asset("d/B2.TIF", "d", "r", "I", "i", "B2", "B2.TIF", ("x/B2.TIF",))


@pytest.fixture
def path(tmp_path):
    return tmp_path / "store" / "catalog.db"


def state(path):
    """Return every file beside the catalog with its contents, and when the folder was changed."""
    folder = path.parent
    if not folder.exists():
        return None
    return {p.name: hashlib.sha256(p.read_bytes()).hexdigest() for p in folder.iterdir()}, folder.stat().st_mtime_ns


def change(catalog):
    catalog.want("m", [B2], at=NOON)
    run = catalog.begin_run("m", "try", NOON)
    catalog.record_landed(run, B2.key, paths=B2.paths, size=1, digest=None, at=NOON)


def test_what_is_done_to_it_is_forgotten(path):
    with Catalog.open(path) as catalog:
        catalog.want("m", [B2], at=NOON)
        lineage = catalog.lineage
    before = state(path)
    for _ in range(2):
        with Catalog.rehearse(path) as copy:
            assert copy.lineage == lineage
            assert copy.known("m")[B2.key].state == "wanted"
            change(copy)
            assert copy.known("m")[B2.key].state == "held"
    content, touched = state(path)
    assert content == before[0]
    assert path.stat().st_mtime_ns < touched


def test_where_there_is_none_none_is_made(path):
    with Catalog.rehearse(path) as copy:
        change(copy)
    assert state(path) is None


def test_what_another_process_has_not_yet_written_back_is_in_it(path):
    with Catalog.open(path) as catalog:
        catalog.want("m", [B2], at=NOON)
        with Catalog.rehearse(path) as copy:
            assert set(copy.known("m")) == {B2.key}
            change(copy)
        assert catalog.known("m")[B2.key].state == "wanted"


def test_it_is_told_by_the_path_of_the_catalog_itself(path):
    with Catalog.open(path) as catalog:
        catalog.claim_origin("here")
    with Catalog.rehearse(path) as copy, pytest.raises(CatalogError, match=str(path)):
        copy.claim_origin("there")


def test_what_is_no_catalog_is_told(path):
    path.parent.mkdir()
    path.write_bytes(b"no database at all" * 100)
    with pytest.raises(CatalogError, match="is not an m2msync catalog"), Catalog.rehearse(path):
        pass


@pytest.mark.skipif(os.geteuid() == 0, reason="root may write everywhere")
def test_a_catalog_in_an_archive_can_be_rehearsed(path):
    with Catalog.open(path) as catalog:
        change(catalog)
    path.parent.chmod(0o500)
    try:
        with Catalog.rehearse(path) as copy:
            assert copy.known("m")[B2.key].state == "held"
    finally:
        path.parent.chmod(0o700)


def test_nothing_is_left_where_temporary_files_go(path, tmp_path, monkeypatch):
    temporary = tmp_path / "temporary"
    temporary.mkdir()
    monkeypatch.setattr("tempfile.tempdir", str(temporary))
    with Catalog.open(path) as catalog:
        change(catalog)
    with Catalog.rehearse(path), closing(sqlite3.connect(":memory:")):
        assert list(temporary.iterdir())
    assert not list(temporary.iterdir())
