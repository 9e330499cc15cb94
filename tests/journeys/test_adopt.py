"""Coming from a folder of downloads: what is there is taken in and never fetched again, and nothing is lost."""

import hashlib
import json
import os
import shutil
import signal
import subprocess
import sys
import tarfile
import threading
from pathlib import Path
from urllib.parse import urlsplit

import jsonschema
import pytest
import requests

import m2msync
from m2msync.catalog import Catalog, hold
from m2msync.core.errors import UsageError
from m2msync.core.events import Compared
from m2msync.core.secrets import Secret
from m2msync.m2m.credentials import Credentials
from m2msync.resources import schema
from m2msync.sandbox.account.shelf import Shelf
from m2msync.sandbox.behaviour import Behaviour
from m2msync.sandbox.serve import running

DATASET = "landsat_ot_c2_l1"
FATES = ("adopted", "held", "duplicate", "refused", "unreadable", "unwanted")


class Notebook:
    """Searches, orders and saves as notebooks do, without our client."""

    def __init__(self, box, folder):
        self.url, self.folder = box.url, folder
        folder.mkdir()
        key = self.ask("login-token", username=box.username, token=box.token)
        self.headers = {"X-Auth-Token": key}

    headers = None

    def ask(self, name, **payload):
        return requests.post(self.url + name, json=payload, headers=self.headers, timeout=60).json()["data"]

    def scenes(self, document):
        """Return the scenes of a manifest's regions, the first two of each."""
        entry = document["datasets"][0]
        for region in document["regions"].values():
            west, south, east, north = region["bbox"]
            wanted = {
                "spatialFilter": {
                    "filterType": "mbr",
                    "lowerLeft": {"latitude": south, "longitude": west},
                    "upperRight": {"latitude": north, "longitude": east},
                },
                "acquisitionFilter": entry["filters"]["acquired"],
                "cloudCoverFilter": entry["filters"]["cloud_cover"] | {"includeUnknown": False},
            }
            yield from self.ask("scene-search", datasetName=DATASET, maxResults=2, sceneFilter=wanted)["results"]

    def download(self, pairs, name=lambda url: urlsplit(url).path.rpartition("/")[2]):
        """Order products and save each under what `name` makes of its URL, by default the last segment."""
        for entry in self.ask("download-request", downloads=pairs, label="notebook")["availableDownloads"]:
            (self.folder / name(entry["url"])).write_bytes(requests.get(entry["url"], timeout=60).content)

    def bands(self, document, endings=("B3_TIF", "B4_TIF", "MTL_TXT")):
        for scene in self.scenes(document):
            options = self.ask("download-options", datasetName=DATASET, entityIds=[scene["entityId"]])
            files = {f["entityId"]: f["id"] for o in options for f in o["secondaryDownloads"]}
            self.download([{"entityId": e, "productId": p} for e, p in files.items() if e.endswith(endings)])

    def bundles(self, document, name):
        """Save each scene's bundle under what `name` makes of the scene."""
        for scene in self.scenes(document):
            options = self.ask("download-options", datasetName=DATASET, entityIds=[scene["entityId"]])
            ready = [o for o in options if o["available"] and "Bundle" in o["productName"]]
            pairs = [{"entityId": scene["entityId"], "productId": ready[0]["id"]}]
            self.download(pairs, lambda _, scene=scene: name(scene))


@pytest.fixture
def notebook(box, journey):
    made = Notebook(box, journey.folder / "nb")
    made.bands(journey.document)
    assert len(files(made.folder)) == 12
    return made.folder


def files(folder, pattern="*"):
    """Return the files below a folder by their relative path, with their contents."""
    found = (p for p in sorted(folder.rglob(pattern)) if p.is_file())
    return {p.relative_to(folder).as_posix(): p.read_bytes() for p in found}


def one(folder, ending):
    return next(folder / name for name in files(folder) if name.endswith(ending))


def adopt(journey, folder="nb", *flags, code=0):
    told = journey.json("adopt", "coast.yaml", str(folder), *flags, code=code)
    jsonschema.validate(told, schema("adopt"))
    there = [name for name in files(journey.folder / folder) if ".m2msync" not in name.split("/")]
    assert sum(told["summary"][fate] for fate in FATES) == len(there)
    return told


def fates(told):
    return {f["path"]: (f["fate"], f["reason"]) for f in told["files"]}


def nothing_twice(box):
    return max(box.counts.files.values()) == 1


def fetched_again(box):
    return {name for name, times in box.counts.files.items() if times > 1}


def assert_complete(journey):
    """Plan in this process, which is quicker, and see that nothing would be done."""
    told = journey.environment
    account = Credentials(told["M2M_USERNAME"], Secret(told["M2M_TOKEN"]))
    plan = m2msync.load(journey.manifest, endpoint=told["M2MSYNC_ENDPOINT"], credentials=account).plan()
    assert {action.verb for action in plan.actions} == {"keep"}


# From notebook downloads.


def test_after_adopting_everything_nothing_is_fetched(box, journey, notebook):
    ordered = box.counts.calls["download-request"]
    told = adopt(journey)
    assert told["summary"] == dict.fromkeys(told["summary"], 0) | {
        "adopted": 12,
        "bytes": sum(map(len, files(notebook).values())),
    }
    assert_complete(journey)
    result = journey.apply()
    assert (result["summary"]["got"], result["summary"]["kept"]) == (0, 12)
    assert box.counts.calls["download-request"] == ordered
    assert box.counts.calls["download-retrieve"] == 0
    assert nothing_twice(box)


def test_only_what_was_damaged_or_missing_is_fetched(box, journey, notebook):
    bands = sorted(notebook.glob("*_B3.TIF"))
    lost, cut, page, stale = bands
    lost.unlink()
    cut.write_bytes(cut.read_bytes()[:-1])
    page.write_text("<!DOCTYPE html><html>Please sign in.</html>")
    stale.write_bytes(stale.read_bytes()[:-1] + b"!")
    metadata = sorted(notebook.glob("*_MTL.txt"))
    metadata[0].rename(metadata[0].with_suffix(".TIF"))
    metadata[1].rename(notebook / f"L1_{metadata[1].stem}_TXT")
    fourth = sorted(notebook.glob("*_B4.TIF"))
    fourth[0].rename(notebook / f"{fourth[0].stem} (1).tif")
    fourth[1].rename(notebook / f"{fourth[1].name}.crdownload")
    shutil.copy(fourth[2], notebook / f"{fourth[2].stem} (1).TIF")
    (notebook / "strangers" / "deeper").mkdir(parents=True)
    (notebook / "strangers" / "deeper" / "README").write_text("hello")
    (notebook / "strangers" / fourth[2].name.replace("_B4", "_B7")).write_text("no TIFF")
    before = files(notebook)
    told = adopt(journey)
    assert told["summary"] | {"bytes": 0} == {
        "adopted": 7,
        "held": 0,
        "duplicate": 1,
        "refused": 4,
        "unreadable": 0,
        "unwanted": 2,
        "bytes": 0,
        "missing": 5,
    }
    shown = fates(told)
    assert {name: shown[name] for name in shown if shown[name][0] not in ("adopted", "refused")} == {
        f"{fourth[2].stem} (1).TIF": ("duplicate", "another file of the same product is adopted")
    }
    assert shown[cut.name][1].startswith("the TIFF's data should reach byte")
    assert shown[page.name] == ("refused", "an HTML page came instead of the file")
    assert shown[stale.name] == ("refused", "differs from what USGS announces; perhaps an older processing")
    assert shown[f"{fourth[1].name}.crdownload"] == ("refused", "an unfinished download")
    assert files(notebook) == before
    missing = {lost.name, cut.name, page.name, stale.name, fourth[1].name}
    plan = journey.plan()
    assert {a["path"].rpartition("/")[2] for a in plan["actions"] if a["verb"] == "get"} == missing
    assert journey.apply()["summary"]["got"] == 5
    assert fetched_again(box) == missing
    assert box.counts.calls["download-retrieve"] == 0  # there is no earlier order to be picked up
    assert files(notebook) == before
    assert_complete(journey)


def test_a_second_adopt_finds_nothing_new_and_leaves_everything_alone(journey, notebook):
    adopt(journey)
    before, serial = files(journey.store, "*.TIF"), journey.plan()["serial"]
    told = adopt(journey)
    assert (told["files"], told["groups"]) == (
        [],
        [{"fate": "held", "reason": "the store has it already", "files": 12}],
    )
    assert (files(journey.store, "*.TIF"), journey.plan()["serial"]) == (before, serial)


def test_a_file_is_taken_for_every_region_that_wants_it(box, journey, tmp_path):
    journey.write(
        layout="{region}/{filename}",
        regions={"one": {"bbox": [-78.9, 2.3, -77.0, 3.5]}, "two": {"bbox": [-78.8, 2.4, -77.1, 3.4]}},
    )
    Notebook(box, tmp_path / "nb").bands(journey.document)
    adopt(journey)
    assert_complete(journey)
    held = journey.files()
    shared = {p.split("/")[1] for p in held if p[:4] == "one/"} & {p.split("/")[1] for p in held if p[:4] == "two/"}
    assert shared
    assert all(held[f"one/{name}"].samefile(held[f"two/{name}"]) for name in shared)


@pytest.mark.parametrize("how", ["--link", "--copy", "--move"])
def test_how_files_are_taken(journey, notebook, how):
    before = files(notebook)
    told = adopt(journey, "nb", how) if how != "--move" else journey.json("adopt", "coast.yaml", "nb", how)
    assert {f["reason"] for f in told["files"]} == {
        {"--link": "linked", "--copy": "copied", "--move": "moved"}[how]
    }
    assert files(notebook) == ({} if how == "--move" else before)
    held = journey.files()
    assert {path.name: path.read_bytes() for path in held.values()} == before
    for path in held.values():
        assert (path.stat().st_nlink == 2) is (how == "--link")
    assert_complete(journey)


def test_a_move_leaves_what_it_did_not_take(journey, notebook):
    refused, unwanted = one(notebook, "_B3.TIF"), notebook / "README"
    refused.write_text("<html></html>")
    unwanted.write_text("hello")
    journey.json("adopt", "coast.yaml", "nb", "--move")
    assert set(files(notebook)) == {refused.name, unwanted.name}


def snapshot(*folders):
    return {
        str(p): (p.lstat().st_mtime_ns, p.read_bytes() if p.is_file() else b"")
        for folder in folders
        for p in [folder, *folder.rglob("*")]
        if p.exists() and p.name != ".m2msync"  # SQLite makes and removes files in it
    }


@pytest.mark.parametrize(("how", "known"), [("--link", False), ("--copy", True), ("--move", True)])
def test_a_dry_run_tells_the_same_and_changes_nothing(journey, notebook, how, known):
    one(notebook, "_B3.TIF").write_text("<html></html>")
    if known:
        journey.entry(bands=["MTL"])
        journey.apply()
        journey.entry(bands=["B3", "B4", "MTL"])
    before = snapshot(journey.folder)
    would = adopt(journey, "nb", how, "--dry-run")
    assert snapshot(journey.folder) == before
    assert journey.store.exists() is known
    done = journey.json("adopt", "coast.yaml", "nb", how)
    assert would == done | {"dry_run": True}
    assert done["summary"]["adopted"] == (7 if known else 11)


def test_of_files_with_names_of_their_own_the_digest_tells(box, journey, notebook):
    for number, name in enumerate(files(notebook)):
        (notebook / name).rename(notebook / f"download-{number}")
    (notebook / "other").write_text("hello")
    assert adopt(journey)["summary"]["unwanted"] == 13
    told = adopt(journey, "nb", "--by-digest")
    assert (told["summary"]["adopted"], told["summary"]["unwanted"]) == (12, 1)
    assert_complete(journey)


def test_names_that_were_exchanged_are_put_right_by_digest(journey, notebook):
    first, second = sorted(notebook.glob("*_B3.TIF"))[:2]
    first.rename(notebook / "x")
    second.rename(first)
    (notebook / "x").rename(second)
    assert adopt(journey, "nb", "--dry-run")["summary"]["refused"] == 2
    assert adopt(journey, "nb", "--by-digest")["summary"]["adopted"] == 12
    assert_complete(journey)


# Bundles, and what other programs make of names.


@pytest.fixture
def bundles(journey):
    entry = {**journey.document["datasets"][0], "products": ["bundle"]}
    del entry["bands"]
    journey.write(datasets=[entry])
    return journey


def test_bundles_that_usgsxplore_named_by_entity_id(box, bundles, tmp_path):
    Notebook(box, tmp_path / "nb").bundles(bundles.document, lambda scene: f"{scene['entityId']}.tar")
    whole, cut, holed, _ = sorted((tmp_path / "nb").iterdir())
    size = whole.stat().st_size
    cut.write_bytes(cut.read_bytes()[: size // 2])  # what usgsxplore leaves when a transfer breaks
    holed.write_bytes(holed.read_bytes()[: size // 2].ljust(size, b"\0"))
    holed.with_name(f"{holed.name}.aria2").touch()
    told = adopt(bundles)
    shown = fates(told)
    assert shown[whole.name] == ("adopted", "linked")
    assert shown[cut.name][1].startswith("the tar archive is cut short")
    assert shown[holed.name] == ("refused", "an unfinished download")
    assert told["summary"]["adopted"] == 2
    assert bundles.apply()["summary"]["got"] == 2
    assert_complete(bundles)


def test_bundles_by_their_own_names_and_by_the_query_of_their_urls(box, bundles, tmp_path):
    names = iter(["{}.tar", "{}.tar.gz", "gen-bundle?landsat_product_id={}&requestSignature=abc", "{} (2).tar"])
    Notebook(box, tmp_path / "nb").bundles(bundles.document, lambda scene: next(names).format(scene["displayId"]))
    assert adopt(bundles)["summary"]["adopted"] == 4
    assert_complete(bundles)


def test_a_bundle_of_an_earlier_processing_is_refused_whatever_its_name(box, bundles, tmp_path):
    Notebook(box, tmp_path / "nb").bundles(bundles.document, lambda scene: f"{scene['entityId']}.tar")
    older = min((tmp_path / "nb").iterdir())
    box.reprocess(older.stem)
    told = adopt(bundles)
    assert fates(told)[older.name][0] == "refused"
    assert "perhaps an older processing" in fates(told)[older.name][1]
    assert bundles.apply()["summary"]["got"] == 1


@pytest.mark.parametrize("folders", [True, False])
def test_bundles_that_were_extracted(box, journey, tmp_path, folders):
    Notebook(box, tmp_path / "tars").bundles(journey.document, lambda scene: f"{scene['displayId']}.tar")
    for path in (tmp_path / "tars").iterdir():
        with tarfile.open(path) as bundle:
            bundle.extractall(tmp_path / "nb" / (path.stem if folders else ""), filter="data")
    told = adopt(journey)
    assert told["summary"]["adopted"] == 12
    assert {"fate": "unwanted", "reason": "another product of a wanted image", "files": 68} in told["groups"]
    assert_complete(journey)
    assert journey.apply()["summary"]["got"] == 0


def test_files_that_landsatxplore_named_by_entity_id(journey, notebook):
    entities = {a["display_id"]: a["image"] for a in journey.plan()["actions"]}
    for name in files(notebook):
        display_id = next(display_id for display_id in entities if name.startswith(display_id))
        (notebook / name).rename(notebook / name.replace(display_id, entities[display_id]))
    assert adopt(journey)["summary"]["adopted"] == 12
    assert_complete(journey)


def test_without_digests_the_names_have_to_tell_the_processing(journey, tmp_path):
    with running(behaviour=Behaviour(checksums=False)) as box:
        journey.environment |= box.env
        journey.entry(dataset=DATASET, bands=["B3", "MTL"])
        nb = Notebook(box, tmp_path / "nb")
        nb.bands(journey.document, ("B3_TIF", "MTL_TXT"))
        scenes = {scene["displayId"]: scene["entityId"] for scene in nb.scenes(journey.document)}
        one(nb.folder, "_B3.TIF").write_bytes(one(nb.folder, "_B3.TIF").read_bytes() + b"\0")
        text = one(nb.folder, "_MTL.txt")
        text.rename(nb.folder / text.name.replace(text.name[:40], scenes[text.name[:40]]))
        told = adopt(journey)
        assert (told["summary"]["adopted"], told["summary"]["refused"]) == (7, 1)
        assert fates(told)[one(nb.folder, "_B3.TIF").name][1].endswith(" are announced")
        digests = {path: digest for path, _, digest in recorded(journey)}
        for path, file in journey.files().items():
            assert digests[path] == f"sha512:{hashlib.sha512(file.read_bytes()).hexdigest()}"


# Reprocessing.


def test_files_of_an_earlier_processing_are_not_wanted_and_told_as_such(box, journey, notebook):
    entity = journey.plan()["actions"][0]["image"]
    box.reprocess(entity)
    told = adopt(journey)
    assert (told["summary"]["adopted"], told["summary"]["missing"]) == (9, 3)
    assert {"fate": "unwanted", "reason": "another processing of a wanted image", "files": 3} in told["groups"]


def test_a_new_processing_that_is_adopted_supersedes_the_old(box, journey, tmp_path):
    journey.apply()
    box.reprocess(journey.plan()["actions"][0]["image"])
    Notebook(box, tmp_path / "nb").bands(journey.document)
    assert sum(a["verb"] == "supersede" for a in journey.plan()["actions"]) == 3
    told = adopt(journey)
    assert (told["summary"]["adopted"], told["summary"]["held"]) == (3, 9)
    plan = journey.plan()
    assert sorted({a["verb"] for a in plan["actions"]}) == ["keep", "orphan"]
    with journey.catalog() as db:
        assert db.execute("SELECT count(*) FROM products WHERE state = 'superseded'").fetchone() == (3,)


# Products that are not to be fetched.


def test_what_usgs_cannot_deliver_now_is_adopted_all_the_same(box, bundles, tmp_path, monkeypatch):
    Notebook(box, tmp_path / "nb").bundles(bundles.document, lambda scene: f"{scene['displayId']}.tar")
    monkeypatch.setattr(Shelf, "_available", lambda *_: False)
    assert {a["verb"] for a in bundles.plan()["actions"]} == {"unavailable"}
    assert adopt(bundles)["summary"]["adopted"] == 4
    assert_complete(bundles)


def test_what_usgs_does_not_list_cannot_be_compared(box, journey, notebook):
    nothing = {"data": None, "errorCode": None, "errorMessage": None}
    box.faults.add(api="download-options", answer=nothing, times=1)
    told = adopt(journey)
    assert {f["reason"] for f in told["files"]} == {"USGS lists no products of this image"}
    assert (told["summary"]["refused"], told["summary"]["missing"]) == (12, 12)
    assert adopt(journey)["summary"]["adopted"] == 12


def test_what_was_deleted_on_purpose_stays_deleted(journey, notebook):
    journey.apply()
    key = next(a["key"] for a in journey.plan()["actions"] if a["key"].endswith("_B3.TIF"))
    one(journey.store, key.partition("/")[2]).unlink()
    with Catalog.open(journey.store / ".m2msync" / "catalog.db") as catalog:
        catalog.record_state(catalog.begin_run("coast", "x", 0), [key], "tombstoned", "enough", at=0)
    told = adopt(journey)
    assert {"fate": "unwanted", "reason": "deleted on purpose", "files": 1} in told["groups"]
    assert told["summary"]["adopted"] == 0


def test_a_damaged_file_of_the_store_is_left_alone(journey, notebook):
    journey.apply()
    damaged, lost = one(journey.store, "_B3.TIF"), one(journey.store, "_B4.TIF")
    damaged.write_bytes(b"damaged")
    lost.unlink()
    for folder in ("nb", "data"):
        told = adopt(journey, folder)
        assert told["summary"]["refused"] == 1
        assert damaged.read_bytes() == b"damaged"
    assert lost.exists()
    assert journey.apply()["summary"]["got"] == 1


# The catalog lost.


def recorded(journey):
    with journey.catalog() as db:
        return db.execute("SELECT path, size, digest FROM files ORDER BY path").fetchall()


@pytest.mark.parametrize(("folder", "how"), [("data", "--link"), ("data", "--copy"), (".", "--move")])
def test_a_lost_catalog_is_made_anew_from_the_store(box, journey, folder, how):
    journey.write(layout="{region}/{image}-{product}.dat")  # the names of its files tell nothing
    journey.apply()
    before, rows = files(journey.store, "*.dat"), recorded(journey)
    inodes = {path: file.stat().st_ino for path, file in journey.files().items()}
    shutil.rmtree(journey.store / ".m2msync")
    told = adopt(journey, folder, how)
    assert {f["reason"] for f in told["files"]} == {"in place"}
    assert told["summary"]["adopted"] == len(before) == 12
    assert files(journey.store, "*.dat") == before
    assert {path: file.stat().st_ino for path, file in journey.files().items()} == inodes
    assert recorded(journey) == rows
    assert_complete(journey)
    assert journey.apply()["summary"]["got"] == 0
    assert nothing_twice(box)


def test_a_lost_catalog_is_made_anew_from_store_and_lock_without_network(box, bundles):
    bundles.write(layout="{region}/{image}/{filename}")
    bundles.apply()
    bundles.json("lock", "coast.yaml")  # now it knows the digests of bundles too, which USGS does not announce
    rows = recorded(bundles)
    shutil.rmtree(bundles.store / ".m2msync")
    spoilt = next(iter(bundles.files().values()))
    spoilt.write_bytes(spoilt.read_bytes()[:-1] + b"!")
    calls, account = box.counts.calls.copy(), bundles.environment
    bundles.environment = {"M2MSYNC_ENDPOINT": account["M2MSYNC_ENDPOINT"]}
    told = adopt(bundles, "data", "--locked")
    bundles.environment = account
    assert box.counts.calls == calls
    assert (told["summary"]["adopted"], told["summary"]["refused"], told["summary"]["missing"]) == (3, 1, 1)
    assert set(recorded(bundles)) < set(rows)
    assert bundles.apply("--locked")["summary"]["got"] == 1
    assert recorded(bundles) == rows


def test_a_lock_that_does_not_fit_is_refused(journey, notebook):
    assert journey.run("adopt", "coast.yaml", "nb", "--locked").returncode == 9
    journey.json("lock", "coast.yaml")
    assert adopt(journey, "nb", "--locked", "--dry-run")["summary"]["adopted"] == 12
    journey.entry(bands=["B3"])
    assert journey.run("adopt", "coast.yaml", "nb", "--locked").returncode == 9
    assert not journey.files()


def test_nothing_may_be_pruned_on_the_strength_of_an_adoption(journey, notebook):
    journey.apply()
    journey.entry(bands=["B3", "B5"])
    adopt(journey)
    done = journey.run("prune", "coast.yaml", "--yes")
    assert done.returncode != 0
    assert len(journey.files()) == 12


def test_a_lost_catalog_of_several_regions_comes_back_with_every_copy(box, journey):
    journey.write(
        layout="{region}/{filename}",
        regions={"one": {"bbox": [-78.9, 2.3, -77.0, 3.5]}, "two": {"bbox": [-78.8, 2.4, -77.1, 3.4]}},
    )
    journey.apply()
    rows = recorded(journey)
    (journey.store / ".m2msync" / "catalog.db").unlink()
    told = adopt(journey, "data")
    assert told["summary"]["adopted"] + told["summary"]["held"] == len(rows)
    assert recorded(journey) == rows
    assert_complete(journey)


def test_what_is_in_the_store_has_the_say_over_what_lies_elsewhere(journey, notebook):
    journey.apply()
    shutil.rmtree(journey.store / ".m2msync")
    told = adopt(journey, ".", "--move")
    assert {f["path"][:5]: f["reason"] for f in told["files"] if f["fate"] == "adopted"} == {"data/": "in place"}
    assert told["summary"]["duplicate"] == 12


def test_a_changed_layout_is_followed_without_fetching(box, journey):
    journey.apply()
    shutil.rmtree(journey.store / ".m2msync")
    journey.write(layout="{year}/{filename}")
    journey.json("adopt", "coast.yaml", "data", "--move")
    assert all(path.startswith("2022/") for path in journey.files())
    assert_complete(journey)
    assert nothing_twice(box)


# Cut short.

STEPS = {
    "before a link or copy is made": ("m2msync.store", "LocalStore.take", 2),
    "between a copy and its appearance": ("pathlib", "Path.replace", 3),
    "before the catalog has it": ("m2msync.catalog.products", "Products.record_landed", 2),
    "before the original goes": ("m2msync.intake.placement", "Placement.remove", 2),
}
KILLED = """
import importlib, os, signal, sys
from m2msync.cli import main
import m2msync.sync
module, name, times = {step!r}
owner, _, method = name.partition(".")
owner = getattr(importlib.import_module(module), owner)
real, calls = getattr(owner, method), []
def until(*args, **kwargs):
    calls.append(args)
    if len(calls) > times:
        os.kill(os.getpid(), signal.SIGKILL)
    return real(*args, **kwargs)
setattr(owner, method, until)
main(sys.argv[1:])
"""


@pytest.mark.parametrize(
    ("how", "step"),
    [(how, step) for how in ("--link", "--copy", "--move") for step in STEPS if "original" not in step]
    + [("--move", "before the original goes")],
)
def test_killed_between_any_two_steps_a_rerun_finishes(box, journey, notebook, how, step):
    before = files(notebook)
    killed = subprocess.run(
        [sys.executable, "-c", KILLED.format(step=STEPS[step]), "adopt", "coast.yaml", "nb", how],
        cwd=journey.folder,
        env=os.environ | journey.environment,
        capture_output=True,
        check=False,
    )
    assert killed.returncode == -signal.SIGKILL, killed.stderr
    left = files(notebook)
    assert all(left[name] == before[name] for name in left)
    visible = {path.name: path.read_bytes() for path in journey.files().values() if path.suffix != ".draft"}
    assert all(visible[name] == before[name] for name in visible)
    assert before.keys() == left.keys() | visible.keys()
    journey.json("adopt", "coast.yaml", "nb", how)
    assert files(notebook) == ({} if how == "--move" else before)
    assert {path.name: path.read_bytes() for path in journey.files().values()} == before
    assert_complete(journey)
    assert nothing_twice(box)


@pytest.fixture
def sync(journey, monkeypatch):
    for name, value in journey.environment.items():
        monkeypatch.setenv(name, value)
    return m2msync.load(journey.manifest)


def test_a_stop_finishes_what_is_in_hand_and_a_rerun_goes_on(journey, notebook, sync, monkeypatch):
    monkeypatch.setattr("m2msync.adoption.AHEAD", 1)
    stop = threading.Event()
    told = sync.adopt(notebook, lambda event: isinstance(event, Compared) and stop.set(), stop=stop)
    assert (told.status, told.exit_code) == ("interrupted", 130)
    assert 1 <= told.summary()["adopted"] < 12
    assert len(recorded(journey)) == told.summary()["adopted"]
    again = sync.adopt(notebook)
    assert again.summary()["adopted"] + told.summary()["adopted"] == 12


def test_a_full_disk_ends_it_with_what_was_recorded_kept(journey, notebook, monkeypatch, sync):
    from m2msync.store import local as store

    real, copied = shutil.copyfile, []

    def copyfile(source, target):
        copied.append(source)
        if len(copied) > 5:
            raise OSError(28, "No space left on device")
        return real(source, target)

    monkeypatch.setattr(store.shutil, "copyfile", copyfile)
    with pytest.raises(m2msync.M2MSyncError, match="the disk is full"):
        sync.adopt(notebook, how="copy")
    assert len(recorded(journey)) == len(journey.files()) == 5
    monkeypatch.undo()
    assert journey.json("adopt", "coast.yaml", "nb", "--copy")["summary"]["adopted"] == 7
    with journey.catalog() as db:
        runs = db.execute("SELECT status, got, failed, bytes FROM runs ORDER BY id").fetchall()
    assert runs == [("error", 0, 0, 0), ("success", 7, 0, 0)]


# Around it.


def test_the_catalog_tells_where_each_file_came_from(journey, notebook):
    adopt(journey)
    with journey.catalog() as db:
        reasons = {r for (r,) in db.execute("SELECT reason FROM events WHERE state = 'held'")}
        assert db.execute("SELECT got, failed, bytes, status FROM runs").fetchall() == [(12, 0, 0, "success")]
        assert db.execute("SELECT sum(held), sum(wanted) FROM by_scene").fetchone() == (12, 12)
    assert reasons == {f"adopted from {notebook.resolve() / name}" for name in files(notebook)}
    assert journey.status()["summary"]["held"] == 12


def test_what_cannot_be_read_makes_the_outcome_partial(journey, notebook):
    name = one(notebook, "_B3.TIF").name
    (notebook / name).unlink()
    (notebook / name).symlink_to("absent")
    told = journey.json("adopt", "coast.yaml", "nb", code=3)
    assert (told["status"], told["summary"]["unreadable"], told["summary"]["adopted"]) == ("partial", 1, 11)


def test_another_run_that_works_on_the_catalog_is_respected(journey, notebook):
    with hold(journey.store / ".m2msync" / "catalog.db.lock", "apply coast.yaml"):
        done = journey.run("adopt", "coast.yaml", "nb")
        assert done.returncode == 1
        assert "apply coast.yaml" in done.stderr
        assert adopt(journey, "nb", "--dry-run")["summary"]["adopted"] == 12


def test_a_folder_that_is_not_there_is_a_mistake(journey, sync):
    assert journey.json("adopt", "coast.yaml", "absent", code=4)["error"] == "there is no folder absent"
    with pytest.raises(UsageError):
        sync.adopt(journey.manifest)


def test_the_sandbox_recognises_what_it_gave_before(journey):
    journey.environment = {}
    journey.apply("--sandbox")
    shutil.rmtree(journey.store / ".m2msync")
    done = journey.run("adopt", "coast.yaml", "data", "--sandbox")
    assert done.returncode == 0
    assert "Adopted 12 files" in done.stdout
    assert done.stdout.endswith("Nothing is left to be fetched.\n")


def test_files_of_another_origin_are_not_mixed_in(box, journey, notebook):
    with Catalog.open(journey.store / ".m2msync" / "catalog.db") as catalog:
        catalog.claim_origin("m2m.cr.usgs.gov")
    for flags in ([], ["--dry-run"]):
        done = journey.run("adopt", "coast.yaml", "nb", *flags)
        assert done.returncode == 1
        assert f"the catalog {journey.store / '.m2msync' / 'catalog.db'} holds products from m2m" in done.stderr
    assert not journey.files()


def test_json_of_a_big_folder_names_only_what_matters(journey, notebook):
    for number in range(300):
        (notebook / f"{number}.txt").touch()
    (notebook / "link").symlink_to(notebook)
    told = journey.json("adopt", "coast.yaml", "nb")
    assert len(told["files"]) == 12
    assert {"fate": "unwanted", "reason": "of no wanted image", "files": 300} in told["groups"]
    assert {"fate": "unwanted", "reason": "a link to a folder, which is not followed", "files": 1} in told["groups"]
    assert json.dumps(told).count(".txt") <= 12


def test_paths_with_odd_characters(journey, notebook):
    odd = Path(os.fsdecode(os.fsencode(notebook) + b"/\xff \xe4\n"))
    odd.mkdir()
    for name in files(notebook):
        (notebook / name).rename(odd / name)
    assert adopt(journey)["summary"]["adopted"] == 12
    assert journey.run("adopt", "coast.yaml", "nb", "-v").returncode == 0
    journey.json("adopt", "coast.yaml", "nb", "--move")
    assert_complete(journey)
