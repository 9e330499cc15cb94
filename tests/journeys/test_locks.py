"""Locks and saved plans: exactly this and nothing else, on every machine and at every time."""

import json
import shutil

import jsonschema
import pytest

from m2msync.resources import schema


def tree(folder) -> dict[str, bytes]:
    files = (p for p in folder.rglob("*") if p.is_file() and ".m2msync" not in p.parts)
    return {p.relative_to(folder).as_posix(): p.read_bytes() for p in files}


def lock(journey, *flags, code=0) -> dict:
    told = journey.json("lock", "coast.yaml", *flags, code=code)
    if code == 0 and "--check" not in flags:
        jsonschema.validate(told, schema("lock"))
    return told


def test_a_lock_is_stable_and_is_completed_by_what_is_held(journey):
    first = lock(journey)
    assert first["summary"]["products"] == first["summary"]["added"] == 12
    text = (journey.folder / "coast.lock").read_text()
    assert not lock(journey)["changed"]
    journey.apply("--locked")
    lock(journey)
    assert (journey.folder / "coast.lock").read_text() == text  # level-1 files are announced exactly
    keys = [line.split("\t")[0] for line in text.splitlines() if not line.startswith("#")]
    assert keys == sorted(keys)
    assert {key.partition("/")[2] for key in keys} == {path.rpartition("/")[2] for path in journey.files()}


def test_bundles_get_their_size_and_digest_once_they_are_held(journey):
    (entry,) = journey.document["datasets"]
    entry = {key: value for key, value in entry.items() if key != "bands"}
    journey.write(datasets=[entry | {"products": ["bundle"], "images_per_scene": 1}])
    assert lock(journey)["summary"]["complete"] == 0
    journey.apply("--locked")
    assert lock(journey)["summary"]["complete"] == 2
    assert not lock(journey)["changed"]


def test_every_file_is_checked_against_the_digest_in_the_lock(journey):
    (entry,) = journey.document["datasets"]
    entry = {key: value for key, value in entry.items() if key != "bands"}
    journey.write(datasets=[entry | {"products": ["bundle"], "images_per_scene": 1}])
    journey.apply()
    lock(journey)
    path = journey.folder / "coast.lock"
    *rest, last = path.read_text().splitlines()
    pin = "0" * 128  # of a bundle, for which M2M announces no digest
    path.write_text("\n".join([*rest, f"{last.rpartition(':')[0]}:{pin}", ""]))
    assert journey.plan("--locked")["summary"]["refetch"] == 1
    assert not lock(journey)["changed"]  # what happens to be held does not replace what is locked
    shutil.rmtree(journey.store)
    journey.json("plan", "coast.yaml", "--locked", "--out", "plan.json")
    (failed,) = journey.json("apply", "plan.json", code=3)["failed"]
    assert "the sha512 digest differs" in failed["reason"]
    (failed,) = journey.apply("--locked", code=3)["failed"]
    assert failed["key"] == last.split("\t")[0]
    assert "the sha512 digest differs" in failed["reason"]
    assert len(journey.files()) == 1


def test_a_file_that_was_made_anew_under_its_name_is_refused(journey):
    lock(journey)
    path = journey.folder / "coast.lock"
    *rest, last = path.read_text().splitlines()
    path.write_text("\n".join([*rest, last[:-1] + ("0" if last[-1] != "0" else "1"), ""]))
    done = journey.run("apply", "coast.yaml", "--locked")
    assert done.returncode == 9
    key = last.split("\t")[0]
    assert f"USGS no longer has what is locked: {key} (it has another file of this name now)" in done.stderr
    assert journey.files() == {}


def test_a_locked_apply_searches_nothing_and_when_all_is_there_asks_nothing(box, journey):
    lock(journey)
    box.counts.calls.clear()
    assert journey.apply("--locked")["summary"]["got"] == 12
    assert box.counts.calls["scene-search"] == 0
    box.counts.calls.clear()
    again = journey.apply("--locked")
    assert (again["summary"]["kept"], again["summary"]["api_calls"]) == (12, 0)
    assert not box.counts.calls
    assert journey.plan("--locked")["summary"]["keep"] == 12


def test_a_locked_plan_counts_the_login_too(journey):
    lock(journey)
    told = journey.plan("--locked")["summary"]["api_calls"]
    assert journey.apply("--locked")["summary"]["api_calls"] == told == 3


def test_two_people_with_the_same_lock_get_the_same_tree(box, journey, tmp_path):
    lock(journey)
    journey.apply("--locked")
    other = tmp_path / "other"
    other.mkdir()
    for name in ("coast.yaml", "coast.lock"):
        shutil.copy(journey.folder / name, other)
    reprocessed = {a["image"] for a in journey.plan()["actions"]}
    mine, journey.folder = journey.store, other
    assert journey.apply("--locked")["summary"]["got"] == 12
    assert tree(other / "data") == tree(mine)
    assert reprocessed


def test_a_lock_holds_when_newer_images_appear_and_update_takes_them(box, journey):
    lock(journey)
    text = (journey.folder / "coast.lock").read_text()
    newest = {line.split("\t")[1] for line in text.splitlines()[3:]}
    box.reprocess(min(newest))
    assert lock(journey) == lock(journey)
    assert (journey.folder / "coast.lock").read_text() == text
    updated = lock(journey, "--update")
    assert updated["summary"]["replaced"] == 3
    assert updated["summary"]["products"] == 12
    assert journey.apply("--locked")["summary"]["got"] == 12


def test_a_locked_product_that_is_gone_is_refused_with_its_successor(box, journey):
    lock(journey)
    key = (journey.folder / "coast.lock").read_text().splitlines()[3].split("\t")
    box.reprocess(key[1])
    with journey.catalog() as db:
        db.execute("DELETE FROM listings")  # as on another machine, or the next day
    done = journey.run("apply", "coast.yaml", "--locked")
    assert done.returncode == 9
    assert f"USGS no longer has what is locked: {key[0]} (replaced by " in done.stderr
    assert "m2msync lock --update" in done.stderr
    assert journey.files() == {}


def test_update_may_be_for_one_region(box, journey):
    lock(journey)
    before = (journey.folder / "coast.lock").read_text().splitlines()[3:]
    images = {line.split("\t")[4]: line.split("\t")[1] for line in before}
    for image in images.values():
        box.reprocess(image)
    told = lock(journey, "--update", "north")
    assert {pair["before"] for pair in told["replaced"]} == {
        line.split("\t")[0] for line in before if line.split("\t")[1] == images["north"]
    }


def test_an_update_for_one_region_leaves_the_places_of_another(journey):
    north = journey.document["regions"]["north"]
    journey.write(layout="{dataset}/{region}/{filename}", regions={"north": north, "again": north})
    lock(journey)
    text = (journey.folder / "coast.lock").read_text()
    for region in ("north", "again"):
        assert not lock(journey, "--update", region)["changed"]
        assert (journey.folder / "coast.lock").read_text() == text


def test_what_several_regions_want_goes_with_each_of_them(journey):
    north = journey.document["regions"]["north"]
    journey.write(layout="{dataset}/{region}/{filename}", regions={"north": north, "again": north})
    lock(journey)
    assert journey.apply("--locked", "--only", "again")["summary"]["got"] == 6
    again = [p for p in journey.files() if "/again/" in p]
    assert len(again) == 6
    told = lock(journey, "--update", "north")
    assert (told["summary"]["products"], told["changed"]) == (6, False)


def test_check_tells_with_the_exit_code(journey):
    assert "has no lock" in lock(journey, "--check", code=9)["error"]
    lock(journey)
    assert lock(journey, "--check")["fits"]
    journey.entry(images_per_scene=1)
    assert "has been changed since coast.lock was made" in lock(journey, "--check", code=9)["error"]
    for verb in ("plan", "apply"):
        done = journey.run(verb, "coast.yaml", "--locked")
        assert done.returncode == 9
        assert "Make it anew: m2msync lock coast.yaml" in done.stderr
    assert lock(journey)["summary"]["removed"] == 6


def test_a_lock_spoilt_by_a_merge_is_refused(journey):
    lock(journey)
    path = journey.folder / "coast.lock"
    lines = path.read_text().splitlines(keepends=True)
    for spoilt in (["<<<<<<< HEAD\n", lines[3], "=======\n"], [lines[4], lines[3]], [lines[3], lines[3]]):
        path.write_text("".join(lines[:3] + spoilt))
        done = journey.run("plan", "coast.yaml", "--locked")
        assert done.returncode == 9, done.stderr
        assert "m2msync lock --update" in done.stderr
    path.write_bytes(b"\xff\xfe")
    assert journey.run("apply", "coast.yaml", "--locked").returncode == 9
    path.write_bytes("".join(lines).encode() + b" " * 10_000 + b"\xff\n")  # beyond what is read to see what it is
    done = journey.run("plan", "coast.yaml", "--locked")
    assert (done.returncode, "coast.lock cannot be read" in done.stderr) == (9, True)


def test_only_a_part_leaves_the_rest_alone(box, journey):
    first = journey.apply("--only", "north")
    assert first["summary"]["got"] == 6
    assert journey.status()["summary"]["wanted"] == 6
    plan = journey.plan("--only", "north")
    assert {a["region"] for a in plan["actions"]} == {"north"}
    assert journey.apply()["summary"]["got"] == 6
    assert journey.apply("--only", "sou*")["summary"]["kept"] == 6
    assert journey.status()["summary"]["wanted"] == 12
    assert journey.plan()["summary"]["orphan"] == 0
    done = journey.run("plan", "coast.yaml", "--only", "nroth")
    assert done.returncode == 4
    assert "did you mean 'north'?" in done.stderr
    lock(journey)
    assert journey.plan("--locked", "--only", "north")["summary"]["keep"] == 6
    assert journey.run("apply", "coast.yaml", "--locked", "--only", "nroth").returncode == 4


def save(journey, *flags) -> dict:
    told = journey.json("plan", "coast.yaml", "--out", "plan.json", *flags)
    saved = json.loads((journey.folder / "plan.json").read_text())
    jsonschema.validate(saved, schema("plan"))
    assert told["actions"] == [{k: a[k] for k in told["actions"][0]} for a in saved["actions"]]
    return told


def test_a_saved_plan_is_done_exactly(box, journey):
    plan, file = save(journey), journey.folder / "plan.json"
    file.write_bytes(b"\xef\xbb\xbf" + file.read_bytes())  # as some editors of Windows do
    for image in {a["image"] for a in plan["actions"]}:
        box.reprocess(image)
    box.counts.calls.clear()
    result = journey.json("apply", "plan.json", code=None)
    assert result["summary"]["got"] + result["summary"]["failed"] == 12
    assert box.counts.calls["scene-search"] == 0
    journey.apply("--locked", code=None)
    stale = journey.run("apply", "plan.json")
    assert stale.returncode == 9
    assert "the catalog has changed since the plan was made" in stale.stderr


def test_a_saved_plan_is_refused_when_something_has_moved(journey, tmp_path):
    save(journey)
    shown = journey.run("plan", "coast.yaml", "--out", "plan.json")
    assert "To do it: m2msync apply plan.json" in shown.stdout
    journey.entry(images_per_scene=1)
    changed = journey.run("apply", "plan.json")
    assert (changed.returncode, journey.files()) == (9, {})
    assert "the manifest has been changed since the plan was made" in changed.stderr
    journey.entry(images_per_scene=2)
    save(journey)
    shutil.rmtree(journey.store)
    other = journey.run("apply", "plan.json")
    assert other.returncode == 9
    assert "another catalog" in other.stderr


def test_a_saved_plan_of_a_part_leaves_the_rest_wanted(journey):
    journey.apply()
    path = next(iter(journey.files().values()))
    path.unlink()
    region = next(a["region"] for a in journey.plan()["actions"] if a["verb"] == "refetch")
    save(journey, "--only", region)
    assert journey.json("apply", "plan.json")["summary"]["got"] == 1
    assert journey.status()["summary"]["wanted"] == 12


@pytest.mark.parametrize("flags", [["--only", "north"], ["--locked"], ["--dry-run"]])
def test_a_saved_plan_is_done_as_it_is(journey, flags):
    save(journey)
    done = journey.run("apply", "plan.json", *flags)
    assert done.returncode == 4
    assert "a saved plan is done as it is" in done.stderr


def test_a_plan_that_was_made_for_looking_only_is_no_order(journey):
    (journey.folder / "look.json").write_text(json.dumps(journey.plan()))
    done = journey.run("apply", "look.json")
    assert done.returncode == 9
    assert "m2msync plan --out" in done.stderr


@pytest.mark.parametrize("ends", [b"\n", b"\r\n"], ids=["as written", "as git gives them on Windows"])
def test_a_lost_catalog_is_made_anew_from_store_and_lock_without_network(box, journey, ends):
    lock(journey)
    journey.apply("--locked")
    path = journey.folder / "coast.lock"
    path.write_bytes(path.read_bytes().replace(b"\n", ends))
    shutil.rmtree(journey.store / ".m2msync")
    box.counts.calls.clear()
    adopted = journey.json("adopt", "coast.yaml", "data", "--locked")
    assert adopted["summary"]["adopted"] == 12
    assert journey.apply("--locked")["summary"]["kept"] == 12
    assert not box.counts.calls
