"""Everything looked at: in order, and with everything broken."""

import json
import sqlite3
from importlib.metadata import PackageNotFoundError

import pytest
from jsonschema import Draft202012Validator
from pockets import Locked, Pocket, in_use

from m2msync import checkup
from m2msync.catalog import Catalog, hold
from m2msync.checkup import examine
from m2msync.core.secrets import Secret
from m2msync.m2m.credentials import Credentials, remember
from m2msync.resources import schema
from m2msync.sandbox.serve import running

SERVICE = ["endpoint", "clock", "credentials", "account", "role", "quota", "notices"]
MACHINE = ["keyring", "versions"]
PLACE = ["manifest", "disk", "catalog"]
MANIFEST = """
version: 1
name: coast
store: data
regions: {north: {bbox: [-78.9, 2.3, -77.0, 3.5]}}
datasets: [{dataset: landsat_ot_c2_l1, regions: [north], bands: [B3]}]
"""


@pytest.fixture(scope="module")
def box():
    with running() as sandbox:
        yield sandbox


@pytest.fixture
def environ(box, monkeypatch):
    """Set the environment of the sandbox, with changes."""

    def change(**variables):
        for name, value in {**box.env, **variables}.items():
            monkeypatch.setenv(name, value) if value else monkeypatch.delenv(name, raising=False)

    change()
    return change


@pytest.fixture
def manifest(tmp_path):
    file = tmp_path / "coast.yaml"
    file.write_text(MANIFEST, encoding="utf-8")
    return file


def look(manifest=None):
    """Return the checks by name, once their JSON has been held against the schema."""
    diagnosis = examine(manifest and str(manifest))
    Draft202012Validator(schema("doctor")).validate(json.loads(json.dumps(diagnosis.to_json())))
    names = [check.name for check in diagnosis.checks]
    assert names == SERVICE + MACHINE + (PLACE if manifest else [])
    return diagnosis, {check.name: check for check in diagnosis.checks}


def states(checks):
    return {name: check.state for name, check in checks.items() if check.state != "ok"}


def test_all_is_well(environ, box):
    diagnosis, checks = look()
    assert (states(checks), diagnosis.exit_code) == ({}, 0)
    assert diagnosis.endpoint == box.url
    assert "sandbox, from M2M_USERNAME and M2M_TOKEN" in checks["credentials"].detail
    assert "user, download, order" in checks["role"].detail
    assert "15,000 of 15,000" in checks["quota"].detail
    assert "This is a sandbox" in checks["notices"].detail
    assert "urllib3 2." in checks["versions"].detail


def test_it_logs_in_once_and_out_again(environ, box):
    box.counts.calls.clear()
    look()
    calls = {"permissions": 2, "login-token": 1, "rate-limit-summary": 1, "notifications": 1, "logout": 1}
    assert dict(box.counts.calls) == calls


def test_a_refused_token_is_told_with_where_it_came_from(environ):
    environ(M2M_TOKEN="wrong")
    diagnosis, checks = look()
    assert diagnosis.exit_code == 5
    assert "AUTH_INVALID" in checks["account"].detail
    assert "M2M_USERNAME and M2M_TOKEN" in checks["account"].hint
    assert states(checks) == {"account": "problem", "role": "warning", "quota": "warning", "notices": "warning"}


def test_an_account_without_the_role_is_told_what_to_do(environ, box):
    environ(**box.env_of("searchonly"))
    diagnosis, checks = look()
    assert diagnosis.exit_code == 5
    assert states(checks) == {"role": "problem"}
    assert "profile/access" in checks["role"].hint


def test_without_credentials_the_service_is_still_looked_at(environ):
    environ(M2M_USERNAME="", M2M_TOKEN="")
    diagnosis, checks = look()
    assert diagnosis.exit_code == 5
    assert checks["endpoint"].state == checks["clock"].state == "ok"
    assert checks["credentials"].state == "problem"
    assert checks["keyring"].state == "warning"
    assert "no credentials" in checks["account"].detail


def test_credentials_of_the_keyring_are_found_and_named(environ, box):
    environ(M2M_USERNAME="", M2M_TOKEN="")
    with in_use(Pocket()):
        remember(Credentials(box.username, Secret(box.token)), box.url)
        diagnosis, checks = look()
    assert diagnosis.exit_code == 0
    assert checks["credentials"].detail == "sandbox, from the keyring"
    assert checks["keyring"].detail == "pockets Pocket"


def test_a_locked_keyring_hides_nothing_else(environ):
    environ(M2M_USERNAME="", M2M_TOKEN="")
    with in_use(Locked()):
        diagnosis, checks = look()
    assert diagnosis.exit_code == 5
    assert "the collection is locked" in checks["credentials"].detail


@pytest.mark.parametrize("kind", ["html", "drop"])
def test_an_outage_is_told_as_one(environ, box, kind):
    rule = box.faults.add(api="*", kind=kind, times=1)
    diagnosis, checks = look()
    assert rule.struck == 1
    assert diagnosis.exit_code == 6
    assert checks["endpoint"].state == "problem"
    assert checks["credentials"].state == "ok"
    assert all("M2M cannot be asked" in checks[name].detail for name in ("account", "role", "quota", "notices"))


@pytest.mark.parametrize("broken", ["rate-limit-summary", "notifications"])
def test_one_call_that_fails_hides_no_other(environ, box, broken):
    box.faults.add(api=broken, kind="error", code="INPUT_INVALID", times=1)
    diagnosis, checks = look()
    name = {"rate-limit-summary": "quota", "notifications": "notices"}[broken]
    assert states(checks) == {name: "problem"}
    assert diagnosis.exit_code == 4


def test_a_mistake_of_ours_in_one_check_hides_no_other(environ, monkeypatch):
    def broken(_session):
        raise ZeroDivisionError

    monkeypatch.setattr(checkup.account, "notices_for", broken)
    diagnosis, checks = look()
    assert "ZeroDivisionError" in checks["notices"].detail
    assert states(checks) == {"notices": "problem"}
    assert diagnosis.exit_code == 1


def test_an_address_that_is_none_still_lets_the_rest_be_looked_at(environ, manifest):
    environ(M2MSYNC_ENDPOINT="ftp://x")
    diagnosis, checks = look(manifest)
    assert (diagnosis.exit_code, diagnosis.endpoint) == (4, "")
    assert checks["credentials"].state == checks["disk"].state == checks["versions"].state == "ok"


def test_a_manifest_adds_its_disk_and_its_catalog(environ, manifest):
    _, checks = look(manifest)
    assert states(checks) == {}
    assert str(manifest.parent) in checks["disk"].detail
    assert "none yet" in checks["catalog"].detail
    assert not (manifest.parent / "data").exists()


def test_a_bad_manifest_is_one_problem_among_the_checks(environ, manifest):
    manifest.write_text("version: 1\n", encoding="utf-8")
    diagnosis, checks = look(manifest)
    assert diagnosis.exit_code == 4
    assert states(checks) == {"manifest": "problem", "disk": "warning", "catalog": "warning"}


@pytest.fixture
def catalog(manifest):
    path = manifest.parent / "data/.m2msync/catalog.db"
    with Catalog.open(path):
        pass
    return path


def test_a_sound_catalog_is_sound(environ, manifest, catalog):
    assert "is sound" in look(manifest)[1]["catalog"].detail


def test_a_newer_catalog_is_told(environ, manifest, catalog):
    connection = sqlite3.connect(catalog)
    connection.execute("PRAGMA user_version = 99")
    connection.close()
    diagnosis, checks = look(manifest)
    assert "newer m2msync" in checks["catalog"].detail
    assert diagnosis.exit_code == 1


def test_who_works_on_the_catalog_is_told(environ, manifest, catalog):
    with hold(f"{catalog}.lock", "apply coast.yaml"):
        checks = look(manifest)[1]
    assert checks["catalog"].state == "warning"
    assert "apply coast.yaml" in checks["catalog"].detail


def test_a_store_under_a_file_cannot_be_written(environ, manifest):
    (manifest.parent / "data").write_text("a file", encoding="utf-8")
    diagnosis, checks = look(manifest)
    assert checks["disk"].state == "problem"
    assert diagnosis.exit_code == 1


def test_a_disk_that_cannot_be_asked_is_a_problem_of_its_own(environ, manifest, monkeypatch):
    def denied(_folder):
        raise PermissionError(13, "Permission denied")

    monkeypatch.setattr(checkup.shutil, "disk_usage", denied)
    diagnosis, checks = look(manifest)
    assert (states(checks), diagnosis.exit_code) == ({"disk": "problem"}, 1)
    assert checks["disk"].detail == "Permission denied"


def test_a_damaged_catalog_is_a_problem(environ, manifest, catalog, monkeypatch):
    monkeypatch.setattr(checkup.health, "damage", lambda _path: ("row 3 missing from index",))
    diagnosis, checks = look(manifest)
    assert diagnosis.exit_code == 1
    assert "row 3 missing" in checks["catalog"].detail


def test_packages_that_are_not_there_are_left_out(environ, monkeypatch):
    def version(name):
        if name == "urllib3-future":
            return "2.25.904"
        raise PackageNotFoundError(name)

    monkeypatch.setattr(checkup, "version", version)
    check = look()[1]["versions"]
    assert check.state == "warning"
    assert "requests" not in check.detail


def test_everything_broken_at_once_is_still_one_screen(monkeypatch, manifest):
    monkeypatch.setenv("M2MSYNC_ENDPOINT", "http://127.0.0.1:9/")
    monkeypatch.setenv("M2M_TOKEN", "half")
    manifest.write_text(": [", encoding="utf-8")
    with in_use(Locked()):
        diagnosis, checks = look(manifest)
    assert diagnosis.exit_code == 5
    bad = {name for name, state in states(checks).items() if state == "problem"}
    assert bad == {"endpoint", "credentials", "manifest"}
