from __future__ import annotations

import os
import sqlite3
import subprocess
import sys
from datetime import datetime, timedelta
from pathlib import Path, PurePosixPath, PureWindowsPath

import pytest
import sqlite_utils
from sqlite_utils.migrations import Migrations

from m2msync.catalog import Catalog, schema
from m2msync.catalog.database import address_of
from m2msync.core.errors import CatalogError, StorageFull
from m2msync.core.model import Asset
from m2msync.core.places import Candidate

DATA = Path(__file__).parent / "data/catalogs"


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "catalog.db"


SHAPE = "SELECT type, name, sql FROM sqlite_schema ORDER BY type, name"


def python(code: str, *arguments: object) -> subprocess.Popen[str]:
    return subprocess.Popen([sys.executable, "-c", code, *map(str, arguments)], stdout=subprocess.PIPE, text=True)


def sql(path: Path, *statements: str) -> list[tuple]:
    connection = sqlite3.connect(path, isolation_level=None)
    try:
        return [row for statement in statements for row in connection.execute(statement)]
    finally:
        connection.close()


def test_a_new_catalog_is_made_with_its_folder(tmp_path):
    with Catalog.open(tmp_path / "a/b/catalog.db") as catalog:
        assert catalog.serial == 0
        assert catalog.origin is None
        assert catalog.known("m") == {}


def test_the_catalog_keeps_its_identity(path):
    with Catalog.open(path) as one:
        lineage = one.lineage
    with Catalog.open(path) as again:
        assert again.lineage == lineage
    with Catalog.open(path.with_name("other.db")) as other:
        assert other.lineage != lineage


def test_a_path_may_contain_what_urls_cannot(tmp_path):
    odd = tmp_path / "50% off? #1"
    Catalog.open(str(odd / "catalog.db")).close()
    assert [p.name for p in odd.iterdir()] == ["catalog.db"]


@pytest.mark.parametrize(
    ("path", "address"),
    [
        (PurePosixPath("/a b/c.db"), "file:///a%20b/c.db"),
        (PureWindowsPath("C:/a b/c.db"), "file:///C:/a%20b/c.db"),
        (PureWindowsPath("//server/share/c.db"), "file:////server/share/c.db"),
    ],
)
def test_the_address_of_a_catalog_names_no_machine(path, address):
    assert address_of(path) == address


def test_the_file_is_marked_and_strict(path):
    Catalog.open(path).close()
    assert sql(path, "PRAGMA application_id", "PRAGMA user_version") == [(0x4D324D73,), (schema.VERSION,)]
    assert sql(path, "PRAGMA journal_mode") == [("wal",)]
    tables = "SELECT name FROM pragma_table_list WHERE type = 'table' AND schema = 'main' AND NOT strict"
    assert sql(path, f"{tables} AND name NOT LIKE 'sqlite_%'") == []


def test_connections_enforce_foreign_keys(path):
    with Catalog.open(path) as catalog, pytest.raises(sqlite3.IntegrityError), catalog._writing() as db:
        db.execute("INSERT INTO wants VALUES (7, 7, 1)")


def test_views_keep_their_contract(path):
    Catalog.open(path).close()
    views = "SELECT m.name, group_concat(c.name, ' ') FROM sqlite_schema m, pragma_table_info(m.name) c"
    assert sql(path, f"{views} WHERE m.type = 'view' GROUP BY m.name ORDER BY m.name") == [
        ("by_scene", "dataset region wanted held failed bytes"),
        ("failures", "key reason attempts last_at rerun_helps"),
        ("files", "path dataset region image display_id product size digest fetched_at"),
        ("runs", "id started ended status got failed bytes api_calls"),
    ]


def dump(path: Path, version: int) -> None:
    if version:
        connection = sqlite3.connect(path)
        connection.executescript((DATA / f"v{version}.sql").read_text())
        connection.close()


VERSIONS = range(1, schema.VERSION + 1)


@pytest.mark.parametrize("version", [0, *VERSIONS])
def test_making_migrating_and_opening_a_catalog_bring_in_no_heavy_module(path, version):
    dump(path, version)
    code = (
        "import sys; from m2msync.catalog import Catalog; Catalog.open(sys.argv[1]).known('m');"
        "print(*{'sqlite_utils', 'pandas', 'numpy', 'filelock'} & set(sys.modules))"
    )
    assert python(code, path).communicate()[0] == "\n"


@pytest.mark.parametrize("version", [0, *VERSIONS])
def test_sqlite_utils_understands_the_file(path, version):
    dump(path, version)
    Catalog.open(path).close()
    database = sqlite_utils.Database(path)
    migrations = Migrations("m2msync")
    for number in VERSIONS:
        migrations(name=str(number))(lambda _: pytest.fail("done already"))
    migrations.apply(database)
    applied = migrations.applied(database)
    database.close()
    assert [m.name for m in applied] == [str(number) for number in VERSIONS]
    assert all(datetime.fromisoformat(m.applied_at).utcoffset() == timedelta(0) for m in applied)


def test_sqlite_utils_shows_the_views(path):
    dump(path, 1)
    Catalog.open(path).close()
    words = [sys.executable, "-m", "sqlite_utils", "rows", path, "failures", "--csv", "-c", "key", "-c", "reason"]
    assert subprocess.run(words, capture_output=True, text=True, check=True).stdout.splitlines() == [
        "key,reason",
        "d/i_B3.TIF,the connection broke",
    ]


@pytest.mark.parametrize("version", VERSIONS)
def test_a_catalog_of_every_version_is_understood(path, version):
    dump(path, version)
    with Catalog.open(path) as catalog:
        assert catalog.lineage == "5f1c4f3e-0f0b-4a57-9d2b-0a6f3f0c7a11"
        assert catalog.origin == "sandbox"
        known = catalog.known("coast")
        assert {k: v.state for k, v in known.items()} == {"d/i_B2.TIF": "held", "d/i_B3.TIF": "failed"}
        assert known["d/i_B2.TIF"].paths == ("d/i/i_B2.TIF", "d/north/i_B2.TIF")
        assert catalog.band_names("d", ["i"]) == {"i": ("i_B2.TIF", "i_B3.TIF")}
        (route,) = catalog.listings("d", ["i"])["i"].products[0].routes
        assert route.available
        assert catalog.last_run("coast") == "2026-11-22T14:05:00.000Z"


@pytest.mark.parametrize("version", VERSIONS[1:])
def test_a_catalog_since_version_2_knows_filters(path, version):
    dump(path, version)
    with Catalog.open(path) as catalog:
        (row, tier), at = catalog.fields("d")
    assert (row.id, row.label, row.column, row.kind) == ("5e83d14fb9436d88", "WRS Path", "WRS_PATH", "Range")
    assert tier.values == (("T1", "Tier 1"), ("T2", "Tier 2"), ("RT", "Real-Time"))
    assert at == 1795356000.0


@pytest.mark.parametrize("version", VERSIONS[3:])
def test_a_catalog_since_version_4_knows_places(path, version):
    dump(path, version)
    with Catalog.open(path) as catalog:
        assert catalog.places("Quito") == ((Candidate("Quito", -78.52, -0.23, ("Ecuador",)),), 1795356000.0)


@pytest.mark.parametrize("version", VERSIONS)
def test_an_older_catalog_becomes_like_a_new_one(path, version):
    Catalog.open(path).close()
    old = path.with_name("old.db")
    dump(old, version)
    Catalog.open(old).close()
    assert sql(old, SHAPE, "PRAGMA user_version") == sql(path, SHAPE, "PRAGMA user_version")


@pytest.mark.parametrize("version", VERSIONS[:-1])
def test_a_failed_upgrade_leaves_the_older_catalog(path, version, monkeypatch):
    dump(path, version)
    before = sql(path, SHAPE, "PRAGMA user_version")
    monkeypatch.setattr(schema, "_STEPS", (*schema._STEPS[:-1], (*schema._STEPS[-1], "CREATE TABLE nonsense (")))
    with pytest.raises(sqlite3.OperationalError):
        Catalog.open(path)
    assert sql(path, SHAPE, "PRAGMA user_version") == before


def test_the_schema_is_changed_only_together_with_its_version(path):
    """A change of the tables without a migration would leave older catalogs behind."""
    then = sqlite3.connect(":memory:")
    then.executescript((DATA / f"v{schema.VERSION}.sql").read_text())
    Catalog.open(path).close()
    assert sql(path, SHAPE) == then.execute(SHAPE).fetchall()
    then.close()


def test_a_newer_catalog_is_refused_with_advice(path):
    Catalog.open(path).close()
    sql(path, f"PRAGMA user_version = {schema.VERSION + 1}")
    with pytest.raises(CatalogError, match="made by a newer m2msync") as told:
        Catalog.open(path)
    assert "pip install -U m2msync" in told.value.hint


@pytest.mark.parametrize("readonly", [True, False])
def test_another_database_is_refused_untouched(path, readonly):
    sql(path, "CREATE TABLE mine (x)")
    before = path.read_bytes()
    with pytest.raises(CatalogError, match="is not an m2msync catalog") as told:
        Catalog.open(path, readonly=readonly)
    assert "move it away" in told.value.hint
    assert path.read_bytes() == before


def test_another_application_s_empty_database_is_refused(path):
    sql(path, "PRAGMA application_id = 1196444487")
    with pytest.raises(CatalogError, match="is not an m2msync catalog"):
        Catalog.open(path)


def test_a_file_that_is_no_database_is_refused(path):
    path.write_bytes(b"region,path,row\n" * 500)
    with pytest.raises(CatalogError, match="is not an m2msync catalog") as told:
        Catalog.open(path)
    assert "move it away" in told.value.hint


def damage(path: Path, table: str) -> None:
    with path.open("rb+") as file:
        file.seek((sql(path, f"SELECT rootpage FROM sqlite_schema WHERE name = '{table}'")[0][0] - 1) * 4096)
        file.write(b"\xff" * 4096)


@pytest.mark.parametrize("table", ["products", "wants", "copies"])
def test_damage_is_told_as_damage(path, table):
    with Catalog.open(path) as catalog:
        catalog.want("m", [Asset("d/x", "d", "r", "I", "i", "B2", "x", ("x",))], at=0)
    damage(path, table)
    with Catalog.open(path) as catalog, pytest.raises(CatalogError, match="is damaged") as told:
        catalog.known("m")
    assert "Restore a copy" in told.value.hint


def test_an_empty_file_becomes_a_catalog(path):
    path.touch()
    with Catalog.open(path) as catalog:
        assert catalog.serial == 0


@pytest.mark.parametrize("options", [{"create": False}, {"readonly": True}])
def test_no_catalog_is_made_unless_asked(path, options):
    with pytest.raises(CatalogError, match="there is no catalog") as told:
        Catalog.open(path, **options)
    assert "m2msync apply" in told.value.hint
    assert not path.exists()


def test_a_place_that_cannot_be_written_is_told(tmp_path):
    (tmp_path / "file").touch()
    with pytest.raises(CatalogError, match="cannot be made"):
        Catalog.open(tmp_path / "file/catalog.db")
    with pytest.raises(CatalogError, match="cannot be opened"):
        Catalog.open(tmp_path)


def test_reading_only_writes_nothing(path):
    Catalog.open(path).close()
    with Catalog.open(path, readonly=True) as catalog:
        assert catalog.known("m") == {}
        with pytest.raises(CatalogError, match="cannot be written"):
            catalog.claim_origin("sandbox")
        assert catalog.origin is None


def test_reading_only_does_not_upgrade(path):
    path.touch()
    with pytest.raises(CatalogError, match="has to be upgraded first"):
        Catalog.open(path, readonly=True)
    assert path.stat().st_size == 0


@pytest.mark.skipif(os.name == "nt" or os.geteuid() == 0, reason="nothing is denied to this user")
def test_a_catalog_in_a_folder_of_others_can_be_read(path):
    Catalog.open(path).close()
    path.parent.chmod(0o555)
    try:
        with Catalog.open(path, readonly=True) as catalog:
            assert catalog.known("m") == {}
        with pytest.raises(CatalogError), Catalog.open(path) as catalog:
            catalog.claim_origin("sandbox")
    finally:
        path.parent.chmod(0o755)


def test_a_full_disk_is_told_and_changes_nothing(path):
    with Catalog.open(path) as catalog:
        catalog._connection.execute("PRAGMA max_page_count = 1")
        with pytest.raises(StorageFull, match="the disk is full"), catalog._writing() as db:
            db.execute("UPDATE catalog SET origin = ?", ("x" * 1_000_000,))
        assert catalog.origin is None


def test_an_old_sqlite_is_named(path, monkeypatch):
    monkeypatch.setattr(sqlite3, "sqlite_version_info", (3, 34, 1))
    with pytest.raises(CatalogError, match=r"needs SQLite 3\.38 or newer"):
        Catalog.open(path)


def test_the_first_origin_stays(path):
    with Catalog.open(path) as catalog:
        catalog.claim_origin("sandbox")
        catalog.claim_origin("sandbox")
        with pytest.raises(CatalogError, match=r"from sandbox, not from m2m\.cr\.usgs\.gov") as told:
            catalog.claim_origin("m2m.cr.usgs.gov")
        assert "another store" in told.value.hint
        assert catalog.origin == "sandbox"


def test_a_failed_migration_leaves_an_empty_file(path, monkeypatch):
    monkeypatch.setattr(schema, "_STEPS", ((*schema._STEPS[0], "CREATE TABLE nonsense ("), *schema._STEPS[1:]))
    with pytest.raises(sqlite3.OperationalError):
        Catalog.open(path)
    assert sql(path, "SELECT count(*) FROM sqlite_schema", "PRAGMA user_version") == [(0,), (0,)]


def test_many_processes_may_make_it_at_once(path):
    code = "import sys; from m2msync.catalog import Catalog; print(Catalog.open(sys.argv[1]).lineage)"
    racers = [python(code, path) for _ in range(5)]
    lineages = [racer.communicate()[0] for racer in racers]
    assert [racer.returncode for racer in racers] == [0] * 5
    assert len(set(lineages)) == 1
    assert sql(path, "SELECT count(*) FROM _sqlite_migrations") == [(schema.VERSION,)]


@pytest.mark.parametrize("how", ["removed", "moved with its folder", "replaced"])
def test_a_catalog_that_is_gone_is_not_written_into_the_void(tmp_path, how):
    folder = tmp_path / "store"
    with Catalog.open(folder / "catalog.db") as catalog:
        catalog.claim_origin("m2m")
        if how == "removed":
            catalog.path.unlink()
        elif how == "replaced":
            Catalog.open(tmp_path / "other.db").close()
            (tmp_path / "other.db").replace(catalog.path)
        else:
            folder.rename(tmp_path / "elsewhere")
        with pytest.raises(CatalogError, match="has been removed or replaced meanwhile"):
            catalog.want("m", [], at=0.0)
