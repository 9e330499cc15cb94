"""The page about the catalog says what is in it, and every query on it, and of Datasette, can be asked."""

import os
import sqlite3
import subprocess
import sys
from contextlib import closing
from pathlib import Path

import pytest
from catalog_page import METADATA, PAGE, QUERIES, STATEMENTS, TABLES, VIEWS, table

from m2msync.resources import shared


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    """Return a folder in which `configs/demo.yaml` was applied, with one product that failed and one that is gone."""
    folder = tmp_path_factory.mktemp("catalog")
    text = (shared("configs") / "demo.yaml").read_text(encoding="utf-8")
    (folder / "coast.yaml").write_text(text.replace("../demo-data", "data"), encoding="utf-8")
    command = [sys.executable, "-m", "m2msync", "apply", "coast.yaml", "--sandbox", "-q"]
    subprocess.run(command, cwd=folder, check=True, capture_output=True, env=os.environ)
    with closing(connect(folder)) as db, db:
        db.execute(
            "UPDATE products SET state = 'failed', attempts = 2, rerun_helps = 0, reason = 'gone' WHERE id = 3"
        )
        db.execute("UPDATE products SET state = 'wanted' WHERE id = 7")
    return folder


def connect(folder):
    return sqlite3.connect(folder / "data" / ".m2msync" / "catalog.db")


@pytest.fixture
def catalog(folder):
    with closing(connect(folder)) as db:
        yield db


@pytest.mark.parametrize("view", VIEWS)
def test_every_column_of_every_view_is_told(catalog, view):
    columns = [row[1] for row in catalog.execute(f"PRAGMA table_info({view})")]
    assert list(TABLES[view]["columns"]) == columns
    assert table(view) in PAGE, f"write this into docs/catalog.md:\n{table(view)}"


def test_what_datasette_is_told_of_exists(catalog):
    every = {name for (name,) in catalog.execute("SELECT name FROM sqlite_schema WHERE type IN ('table', 'view')")}
    assert {name for (name,) in catalog.execute("SELECT name FROM sqlite_schema WHERE type = 'view'")} >= set(VIEWS)
    assert set(TABLES) <= every
    for name, told in TABLES.items():
        columns = {row[1] for row in catalog.execute(f"PRAGMA table_info({name})")}
        used = {*told.get("columns", ()), *told.get("facets", ()), *filter(None, [told.get("sort_desc")])}
        assert used <= columns, name
    assert all(query["title"] in PAGE and query["description"] in PAGE for query in QUERIES.values())
    assert METADATA["title"]


@pytest.mark.parametrize("name", QUERIES)
def test_every_canned_query_finds_something(catalog, name):
    rows = catalog.execute(QUERIES[name]["sql"], {"name": "_B2.TIF"}).fetchall()
    # The demo's layout has each file once.
    assert rows or name == "twice_the_same"


def test_scenes_with_missing_bands_are_those(catalog):
    rows = catalog.execute(QUERIES["scenes_with_missing_bands"]["sql"]).fetchall()
    missing = [cell for row in rows for cell in row[-1].split(", ")]
    assert sorted(word.split()[1] for word in missing) == ["failed", "wanted"]
    assert all(held < wanted for _, _, wanted, held, _ in rows)


@pytest.mark.parametrize("sql", STATEMENTS)
def test_every_query_of_the_page_can_be_asked(catalog, sql):
    assert catalog.execute(sql).description
    assert "display_id = " in sql or catalog.execute(sql).fetchall()


def test_the_recipes_run(folder):
    shell, program = (
        PAGE.partition(f"```{kind}\nsqlite-utils" if kind == "sh" else f"```{kind}\n") for kind in ("sh", "python")
    )
    lines = ("sqlite-utils" + shell[2].partition("```")[0]).splitlines()
    assert len(lines) == 3
    environment = os.environ | {"PATH": f"{Path(sys.executable).parent}:{os.environ['PATH']}"}
    for line in lines:
        done = subprocess.run(
            line, shell=True, cwd=folder, env=environment, capture_output=True, text=True, check=True
        )
        assert done.stdout.count("\n") >= 2
    subprocess.run(
        [sys.executable, "-c", program[2].partition("```")[0]], cwd=folder, check=True, capture_output=True
    )
