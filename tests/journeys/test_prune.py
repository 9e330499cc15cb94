"""Apply, want less, prune, apply, want more again; and what a person never wants to see again."""

import json
import os
import tempfile
from pathlib import Path

import pytest
from jsonschema import Draft202012Validator

from m2msync.manifests import load
from m2msync.resources import schema


def pruned(journey, *arguments, code=0):
    told = journey.json("prune", "coast.yaml", *arguments, code=code)
    Draft202012Validator(schema("prune")).validate(told)
    return told


def forgot(journey, *arguments, code=0):
    told = journey.json("forget", "coast.yaml", *arguments, code=code)
    Draft202012Validator(schema("forget")).validate(told)
    return told


def states(journey):
    with journey.catalog() as db:
        return dict(db.execute("SELECT key, state FROM products"))


def ends(journey, tail):
    return {name for name in journey.files() if name.endswith(tail)}


@pytest.fixture
def shrunk(journey):
    """A store from which one of three bands is wanted no longer."""
    journey.apply()
    journey.entry(bands=["B3", "MTL"])
    journey.apply()
    return journey


def test_a_repair_is_no_apply_that_ended_well(box, shrunk):
    box.faults.add(api="scene-search", kind="status", status=503)
    shrunk.apply(code=6, M2MSYNC_PATIENCE="0.1")
    last = shrunk.status()["last_run"]
    box.faults.clear()
    next(path for name, path in shrunk.files().items() if name.endswith("_B3.TIF")).write_bytes(b"")
    assert shrunk.json("verify", "coast.yaml", "--repair")["status"] == "repaired"
    assert "ended early (error)" in shrunk.json("prune", "coast.yaml", code=1)["error"]
    assert shrunk.status()["last_run"] == last


def test_apply_shrink_prune_apply_restore(box, shrunk):
    before, surplus = shrunk.files(), ends(shrunk, "_B4.TIF")
    listed = pruned(shrunk)
    assert {a["path"] for a in listed["actions"]} == surplus
    assert {(a["verb"], a["reason"]) for a in listed["actions"]} == {("delete", "no longer in manifest")}
    assert not listed["done"]
    assert shrunk.files() == before
    calls = dict(box.counts.calls)
    done = pruned(shrunk, "--yes")
    assert done["done"]
    assert done["summary"] | {"done": 0} == listed["summary"] | {"done": 0}
    assert set(shrunk.files()) == set(before) - surplus
    assert dict(box.counts.calls) == calls
    again = shrunk.apply()
    assert (again["summary"]["got"], again["summary"]["kept"]) == (0, len(before) - len(surplus))
    assert shrunk.status()["summary"]["orphan"] == 0
    assert pruned(shrunk, "--yes")["actions"] == []
    shrunk.entry(bands=["B3", "B4", "MTL"])
    planned = [a for a in shrunk.plan()["actions"] if a["verb"] != "keep"]
    assert {a["path"] for a in planned} == surplus
    assert all(a["reason"].startswith("wanted again; pruned ") for a in planned)
    assert shrunk.apply()["summary"]["got"] == len(surplus)
    assert set(shrunk.files()) == set(before)
    assert pruned(shrunk)["actions"] == []


def test_nothing_is_fetched_and_pruned_in_turns_while_the_manifest_stays_the_same(box, shrunk):
    pruned(shrunk, "--yes")
    # As if the next search found them wanted again, the manifest being the same.
    shrunk.entry(bands=["B3", "B4", "MTL"])
    with shrunk.catalog() as db:
        under = load(shrunk.manifest).digest
        db.execute("UPDATE products SET pruned_under = ? WHERE state = 'tombstoned'", (under,))
    fetched = sum(box.counts.files.values())
    for _ in range(2):
        assert {a["verb"] for a in shrunk.plan()["actions"] if a["product"] == "B4"} == {"tombstoned"}
        assert shrunk.apply()["summary"]["got"] == 0
        assert pruned(shrunk, "--yes")["actions"] == []
    assert sum(box.counts.files.values()) == fetched
    status = shrunk.status()["summary"]
    assert (status["missing"], status["failed"], status["wanted"]) == (0, 0, status["held"])
    # A person can overrule it.
    forgot(shrunk, "*_B4.TIF", "--undo")
    assert shrunk.apply()["summary"]["got"] == len(ends(shrunk, "_B4.TIF")) > 0


def test_an_edited_manifest_has_to_be_applied_first(journey):
    journey.apply()
    journey.entry(bands=["B3", "MTL"])
    before = journey.files()
    refused = journey.run("prune", "coast.yaml", "--yes")
    assert refused.returncode == 1
    assert refused.stderr == (
        "Error: the manifest has been edited since it was applied last\n"
        "  Run `m2msync apply` first, so that it is known what is wanted now.\n"
    )
    assert journey.files() == before


def test_nothing_goes_after_a_run_that_ended_early(box, journey):
    journey.apply()
    journey.entry(bands=["B3", "MTL"])
    box.faults.add(api="scene-search", kind="html")
    assert journey.run("apply", "coast.yaml", M2MSYNC_PATIENCE="0.2").returncode != 0
    before = journey.files()
    refused = journey.run("prune", "coast.yaml", "--yes")
    assert refused.returncode == 1
    assert "nothing is deleted before one has ended well" in refused.stderr
    box.faults.clear()
    journey.apply()
    pruned(journey, "--yes")
    assert set(journey.files()) == {name for name in before if not name.endswith("_B4.TIF")}


def test_more_than_half_takes_a_word(journey):
    journey.apply()
    journey.entry(bands=["MTL"])
    journey.apply()
    before = journey.files()
    listed = journey.run("prune", "coast.yaml").stdout
    refused = journey.run("prune", "coast.yaml", "--yes")
    assert refused.returncode == 1
    assert "more than half" in refused.stderr
    assert journey.files() == before
    command = listed.splitlines()[-1].removeprefix("To do it: m2msync ").split()
    assert journey.run(*command).returncode == 0
    assert set(journey.files()) == {name for name in before if name.endswith("_MTL.txt")}


def test_two_manifests_of_one_catalog(shrunk):
    """The second wants what the first gave up."""
    both = ends(shrunk, "_B4.TIF")
    second = {**shrunk.document, "name": "second"}
    second["datasets"] = [{**second["datasets"][0], "bands": ["B4"]}]
    (shrunk.folder / "second.yaml").write_text(json.dumps(second), encoding="utf-8")
    assert shrunk.json("apply", "second.yaml")["summary"]["got"] == 0
    told = pruned(shrunk, "--yes")
    assert {(a["path"], a["verb"], a["reason"]) for a in told["actions"]} == {
        (path, "leave", "the manifest second wants it") for path in both
    }
    assert ends(shrunk, "_B4.TIF") == both
    second["datasets"][0]["bands"] = ["MTL"]
    (shrunk.folder / "second.yaml").write_text(json.dumps(second), encoding="utf-8")
    shrunk.json("apply", "second.yaml")
    assert shrunk.json("prune", "second.yaml", "--yes")["summary"]["delete"] == len(both)
    assert not ends(shrunk, "_B4.TIF")


def test_a_file_that_was_replaced_is_left_and_named(shrunk):
    theirs = shrunk.files()[min(ends(shrunk, "_B4.TIF"))]
    theirs.write_bytes(b"stretched by hand")
    done = shrunk.run("prune", "coast.yaml", "--yes")
    assert done.returncode == 0
    assert "leave: size on disk differs: 17 bytes, recorded " in done.stdout
    assert theirs.read_bytes() == b"stretched by hand"
    assert ends(shrunk, "_B4.TIF") == {theirs.relative_to(shrunk.store).as_posix()}


def test_the_trash_on_another_file_system_keeps_the_bytes(shrunk):
    expected = {name: path.read_bytes() for name, path in shrunk.files().items() if name.endswith("_B4.TIF")}
    where = "/dev/shm" if os.access("/dev/shm", os.W_OK) else None
    with tempfile.TemporaryDirectory(dir=where) as trash:
        done = pruned(shrunk, "--yes", "--trash", f"{trash}/old")
        assert done["trash"] == os.path.realpath(f"{trash}/old")
        assert done["summary"]["move"] == len(expected)
        moved = {name: Path(trash, "old", name).read_bytes() for name in expected}
    assert moved == expected
    assert not ends(shrunk, "_B4.TIF")


def test_linked_copies_and_a_changed_layout(journey):
    journey.write(
        layout="{region}/{filename}",
        regions={"one": {"bbox": [-78.9, 2.3, -77.0, 3.5]}, "two": {"bbox": [-78.8, 2.4, -77.1, 3.4]}},
    )
    journey.apply()
    size = sum({p.stat().st_ino: p.stat().st_size for p in journey.files().values()}.values())
    old = set(journey.files())
    journey.write(layout="{year}/{filename}")
    assert journey.apply()["summary"]["bytes"] == 0
    told = pruned(journey, "--yes", "--max-delete", "100")
    assert {a["path"] for a in told["actions"] if a["verb"] == "delete"} == old
    assert told["summary"]["bytes"] == 0
    assert not (journey.store / "one").exists()
    assert sum(p.stat().st_size for p in journey.files().values()) == size
    assert set(states(journey).values()) == {"held"}
    assert journey.apply()["summary"]["got"] == 0
    assert not journey.status()["problems"]


def test_forget_before_the_first_fetch_and_for_good(box, journey):
    key = journey.plan()["actions"][0]["key"]
    early = journey.run("forget", "coast.yaml", key)
    assert early.returncode == 4
    assert early.stderr == (
        "Error: no product of this manifest is known yet; nothing was changed\n"
        "  An apply, even one that is interrupted, has to find out first what there is.\n"
    )
    journey.entry(bands=["MTL"])
    journey.apply()
    box.faults.add(file="*_B3.TIF", kind="status", status=404)
    journey.entry(bands=["B3", "MTL"])
    journey.apply(code=3)
    box.faults.clear()
    failed = [key for key, state in states(journey).items() if state == "failed"]
    told = forgot(journey, failed[0], "--reason", "too cloudy")
    assert [(p["key"], p["state"], p["files"]) for p in told["products"]] == [(failed[0], "tombstoned", [])]
    (shown,) = [a for a in journey.plan()["actions"] if a["key"] == failed[0]]
    assert shown["verb"] == "tombstoned"
    assert shown["reason"].endswith(": too cloudy")
    assert journey.apply()["summary"]["got"] == len(failed) - 1
    assert failed[0].rpartition("/")[2] not in {name.rpartition("/")[2] for name in journey.files()}
    # No edit of the manifest brings it back.
    journey.entry(bands=["B3", "B4", "MTL"])
    journey.apply()
    assert states(journey)[failed[0]] == "tombstoned"
    assert journey.status()["summary"]["missing"] == 0


def test_forget_what_is_held_prune_it_and_remember_it(journey):
    journey.apply()
    image = next(iter(journey.files())).split("/")[1]
    mine = {name for name in journey.files() if image in name}
    told = forgot(journey, image)
    assert {path for p in told["products"] for path in p["files"]} == mine
    forgot(journey, image, "--undo")
    assert set(states(journey).values()) == {"held"}
    forgot(journey, "landsat_ot_c2_l1/*/*_B3.TIF", image)
    assert journey.apply()["summary"]["got"] == 0
    pruned(journey, "--yes", "--max-delete", "100")
    assert not {name for name in journey.files() if image in name or name.endswith("_B3.TIF")}
    assert not (journey.store / "landsat_ot_c2_l1" / image).exists()
    assert journey.apply()["summary"]["got"] == 0
    assert not journey.status()["problems"]
    told = forgot(journey, image, "--undo")
    assert {p["state"] for p in told["products"]} == {"wanted"}
    assert journey.apply()["summary"]["got"] == len(mine)
    assert mine <= set(journey.files())


def test_unknown_names_are_told_at_once_and_change_nothing(journey):
    journey.apply()
    key = min(states(journey))
    refused = journey.run("forget", "coast.yaml", key, f"{key[:-4]}.TIFF", "nonsense/*")
    assert refused.returncode == 4
    assert refused.stderr == (
        "Error: 2 names mean no product of this manifest; nothing was changed\n"
        f"  {key[:-4]}.TIFF: did you mean {key[:-4]}.TIF?\n"
        "  nonsense/*: nothing is called like that\n"
    )
    assert set(states(journey).values()) == {"held"}
