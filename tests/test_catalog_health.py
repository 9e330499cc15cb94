"""An examined catalog: sound or not, busy or not, and unchanged in any case."""

import json
import sqlite3
import subprocess
import sys

import pytest

from m2msync.catalog import Catalog, health
from m2msync.core.errors import CatalogError

HOLDING = """
import sys
from m2msync.catalog import hold
with hold(sys.argv[1], "apply coast.yaml"):
    print("held", flush=True)
    sys.stdin.readline()
"""


@pytest.fixture
def path(tmp_path):
    made = tmp_path / "catalog.db"
    with Catalog.open(made) as catalog:
        catalog.begin_run("coast", "label", 1.0)
    return made


@pytest.fixture
def lock(path):
    return path.with_name("catalog.db.lock")


def test_a_sound_catalog_has_no_damage_and_is_left_as_it_is(path):
    before = path.read_bytes()
    assert health.damage(path) == ()
    assert path.read_bytes() == before


def test_a_value_that_cannot_be_is_damage(path):
    connection = sqlite3.connect(path)
    promised = "label TEXT NOT NULL"
    schema = "UPDATE sqlite_schema SET sql = replace(sql, ?, ?) WHERE name = 'run_history'"
    connection.execute("PRAGMA writable_schema = ON")
    connection.execute(schema, (promised, "label TEXT"))
    connection.execute("PRAGMA writable_schema = RESET")
    connection.execute("UPDATE run_history SET label = NULL")
    connection.execute("PRAGMA writable_schema = ON")
    connection.execute(schema, ("label TEXT", promised))
    connection.commit()
    connection.close()
    assert health.damage(path) == ("NULL value in run_history.label",)


def test_a_damaged_page_is_an_error(path):
    connection = sqlite3.connect(path)
    connection.execute("PRAGMA wal_checkpoint(TRUNCATE)")
    (page,) = connection.execute("SELECT rootpage FROM sqlite_schema WHERE name = 'run_history'").fetchone()
    (size,) = connection.execute("PRAGMA page_size").fetchone()
    connection.close()
    with path.open("r+b") as file:
        file.seek((page - 1) * size + 3)
        file.write(b"\xff\xff")  # how many rows the page has
    with pytest.raises(CatalogError, match="is damaged"):
        health.damage(path)


@pytest.mark.parametrize(
    "content", [b"this is not a database, it is a text " * 200, b"SQLite format 3\0 and no more"]
)
def test_what_is_no_catalog_is_an_error(path, content):
    path.write_bytes(content)
    with pytest.raises(CatalogError):
        health.damage(path)


def test_nobody_writes_where_no_note_lies(lock):
    assert health.writer(lock) == ""
    assert not lock.exists()


def test_a_note_left_behind_by_a_killed_process_is_nobody(lock):
    note = lock.with_name("catalog.db.lock.json")
    note.write_text(json.dumps({"pid": 1, "host": "x", "started": "2026-01-01T00:00:00Z", "command": "apply"}))
    assert health.writer(lock) == ""
    assert not note.exists()


def test_a_process_that_works_on_it_is_named(lock):
    with subprocess.Popen(
        [sys.executable, "-c", HOLDING, str(lock)], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    ) as process:
        assert process.stdout.readline() == "held\n"
        told = health.writer(lock)
        process.communicate("\n")
    assert f"pid {process.pid}" in told
    assert told.endswith("apply coast.yaml")
    assert health.writer(lock) == ""
