"""Datasette, as its author published it, shows a catalog with what docs/datasette.yaml tells it."""

from __future__ import annotations

import json
import re
import subprocess
from pathlib import Path
from urllib.parse import quote
from urllib.request import ProxyHandler, build_opener

import pytest
from catalog_page import QUERIES, TABLES, VIEWS

from m2msync.catalog import Catalog
from m2msync.core.model import Asset

from .peer import PYTHON

METADATA = Path(__file__).parents[2] / "docs" / "datasette.yaml"


@pytest.fixture(scope="module")
def catalog(installed, tmp_path_factory):
    """Return an open catalog, of which the last changes lie beside the file as while an apply runs."""
    path = tmp_path_factory.mktemp("store") / "catalog.db"
    with Catalog.open(path) as opened:
        run = opened.begin_run("coast", "m2msync-1", 1_795_000_000.0)
        for name in ("B2", "B3"):
            asset = Asset(f"d/{name}.TIF", "d", "coast", "L1", "LC09", name, f"{name}.TIF", (f"{name}.TIF",))
            opened.want("coast", [asset], at=1_795_000_000.0, whole=False)
        opened.record_landed(run, "d/B2.TIF", paths=["B2.TIF"], size=5, digest="sha256:00", at=1_795_000_001.0)
        opened.record_failed(run, "d/B3.TIF", "the connection broke", rerun_helps=True, at=1_795_000_002.0)
        yield path


@pytest.fixture(scope="module")
def get(catalog):
    """Serve the catalog as the page says, and return what asks for an address of it."""
    words = [PYTHON, "-m", "datasette", catalog, "--metadata", METADATA, "--port", "0"]
    with subprocess.Popen(words, stderr=subprocess.PIPE, text=True) as server:
        try:
            lines = iter(server.stderr.readline, "")
            home = next(match[0] for line in lines if (match := re.search(r"http://127\.0\.0\.1:\d+", line)))
            opener = build_opener(ProxyHandler({}))
            yield lambda address: opener.open(f"{home}{address}", timeout=60).read().decode()
        finally:
            server.terminate()
            server.stderr.close()


def test_titles_descriptions_and_queries_are_shown(get):
    page = get("/catalog")
    assert "What m2msync holds" in get("/")
    assert all(query["title"] in page for query in QUERIES.values())
    told = json.loads(get("/catalog.json"))
    hidden = {table["name"] for table in told["tables"] if table["hidden"]}
    assert {name for name, about in TABLES.items() if about.get("hidden")} <= hidden
    assert {view["name"] for view in told["views"]} == set(VIEWS)
    assert TABLES["failures"]["columns"]["rerun_helps"] in get("/catalog/failures")


def test_views_show_what_was_committed_a_moment_ago(catalog, get):
    assert catalog.with_name("catalog.db-wal").stat().st_size > 0
    (file,) = json.loads(get("/catalog/files.json?_shape=array"))
    assert (file["path"], file["size"], file["fetched_at"]) == ("B2.TIF", 5, "2026-11-18T11:06:41.000Z")


@pytest.mark.parametrize("name", QUERIES)
def test_every_canned_query_is_answered(get, name):
    told = json.loads(get(f"/catalog/{name}.json?name={quote('B2.TIF')}&_shape=objects"))
    assert told["ok"], told
    assert told["rows"] or name in ("images_per_month", "twice_the_same")
