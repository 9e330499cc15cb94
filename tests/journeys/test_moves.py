"""Stores that move, catalogs that are copied, manifests that share: each works, or says what to do."""

import shutil

import yaml


def test_a_store_that_was_moved_is_as_good_as_before(box, journey):
    journey.apply()
    journey.store.rename(journey.folder / "elsewhere")
    journey.write(store="elsewhere")
    again = journey.apply()
    assert (again["summary"]["got"], again["summary"]["kept"]) == (0, 12)
    assert max(box.counts.files.values()) == 1


def test_a_catalog_without_its_files_says_that_they_are_missing(box, journey, tmp_path):
    journey.apply()
    other = tmp_path / "other"
    (other / "data").mkdir(parents=True)
    shutil.copytree(journey.store / ".m2msync", other / "data/.m2msync")
    shutil.copy(journey.manifest, other)
    journey.folder = other
    assert journey.status()["summary"]["missing"] == 12
    assert {(a["verb"], a["reason"]) for a in journey.plan()["actions"]} == {("refetch", "file missing on disk")}
    assert journey.apply()["summary"]["got"] == 12


def test_two_manifests_share_a_catalog_and_what_both_want_is_fetched_once(box, journey):
    journey.apply()
    second = {**journey.document, "name": "second", "regions": {"north": journey.document["regions"]["north"]}}
    (journey.folder / "second.yaml").write_text(yaml.safe_dump(second, sort_keys=False))
    plan = journey.json("plan", "second.yaml")
    assert {a["verb"] for a in plan["actions"]} == {"keep"}
    assert journey.json("apply", "second.yaml")["summary"]["got"] == 0
    assert max(box.counts.files.values()) == 1
    assert journey.plan()["summary"]["keep"] == 12


def test_a_manifest_that_is_edited_over_time_gets_the_difference(box, journey):
    journey.entry(bands=["B3"])
    assert journey.apply()["summary"]["got"] == 4
    journey.entry(bands=["B3", "B4"])
    assert journey.apply()["summary"]["got"] == 4
    journey.entry(bands=["B4", "MTL"])
    result = journey.apply()
    assert (result["summary"]["got"], result["summary"]["kept"]) == (4, 4)
    assert journey.status()["summary"]["orphan"] == 4
    assert max(box.counts.files.values()) == 1


def test_a_copy_that_keeps_the_name_is_warned_of_while_both_are_there(journey):
    journey.apply()
    copy = journey.folder / "shore.yaml"
    copy.write_text(journey.manifest.read_text())
    assert "is called" not in journey.run("plan", "shore.yaml").stderr  # the same, wherever it lies
    copy.write_text(journey.manifest.read_text().replace("images_per_scene: 2", "images_per_scene: 1"))
    for verb in ("plan", "apply"):
        told = " ".join(journey.run(verb, "shore.yaml").stderr.split())
        assert f"{journey.manifest} is called 'coast' too, and was applied last" in told
    assert "is called" not in journey.run("apply", "shore.yaml").stderr  # it is the one by now
    copy.unlink()
    assert "is called" not in journey.run("apply", "coast.yaml").stderr
