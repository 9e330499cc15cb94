"""`search`: what the manifest's searches find, and which of it is chosen."""

import json

from jsonschema import Draft202012Validator

from m2msync.resources import schema
from m2msync.sandbox.serve import running


def searched(journey, *arguments):
    told = journey.json("search", "coast.yaml", *arguments)
    Draft202012Validator(schema("search")).validate(told)
    return told


def test_the_chosen_are_those_a_plan_wants(box, journey):
    told = searched(journey)
    assert not journey.store.exists()
    assert set(box.counts.calls) == {"login-token", "scene-search", "logout"}
    chosen = {(image["region"], image["image"]) for image in told["images"] if image["chosen"]}
    assert len(chosen) == 4
    plan = journey.plan()
    assert {image for _, image in chosen} == {action["image"] for action in plan["actions"]}
    assert told["summary"]["chosen"] == len({image for _, image in chosen})
    assert told["summary"]["images"] == len({image["image"] for image in told["images"]}) > 4
    assert {image["region"] for image in told["images"]} == {"north", "south"}
    assert all(0 <= image["cloud_cover"] <= 40 for image in told["images"])


def test_images_without_a_wanted_band_are_not_chosen_when_they_shall_be_skipped(journey):
    journey.write(regions={"north": journey.document["regions"]["north"]})
    days = {"start": "2022-01-01", "end": "2022-06-30"}
    journey.entry(dataset="landsat_ot_c2_l2", filters={"acquired": days}, images_per_scene=None, bands=["ST_B10"])
    entry = {k: v for k, v in journey.document["datasets"][0].items() if k != "images_per_scene"}
    journey.write(datasets=[entry])
    # So small that the files of many images are drawn soon.
    with running(pixels=16) as box:
        journey.environment |= box.env
        tolerant = {image["display_id"] for image in searched(journey)["images"] if image["chosen"]}
        journey.entry(if_missing="skip_image")
        strict = {image["display_id"] for image in searched(journey)["images"] if image["chosen"]}
    assert {name for name in tolerant if "_L2SR_" in name} == tolerant - strict
    assert tolerant > strict


def test_a_table_of_images(journey):
    lines = journey.run("search", "coast.yaml").stdout.splitlines()
    assert lines[0].split() == ["image", "cloud", "date", "tier", "region", "chosen"]
    assert [line.split()[-2:] for line in lines[1:3]] == [["north", "yes"]] * 2
    assert lines[-1].endswith("in 2 regions, 4 chosen.")
    only = journey.run("search", "coast.yaml", "--only", "south").stdout.splitlines()
    assert only[-1].endswith("in 1 region, 2 chosen.")


def test_footprints_as_geojson(journey):
    told = searched(journey, "--out", "footprints.geojson")
    written = (journey.folder / "footprints.geojson").read_text()
    printed = journey.run("search", "coast.yaml", "--geojson").stdout
    assert json.loads(written) == json.loads(printed)
    found = json.loads(printed)
    assert found["type"] == "FeatureCollection"
    assert {f["id"] for f in found["features"]} == {image["display_id"] for image in told["images"]}
    assert len(found["features"]) == told["summary"]["images"]
    assert sum(f["properties"]["chosen"] for f in found["features"]) == told["summary"]["chosen"]
    for feature in found["features"]:
        (ring,) = feature["geometry"]["coordinates"]
        assert feature["geometry"]["type"] == "Polygon"
        assert ring[0] == ring[-1]
        assert len(ring) >= 4
        assert all(-95 < lon < -70 and -5 < lat < 8 for lon, lat in ring)
        assert set(feature["properties"]["regions"]) <= {"north", "south"}
    both = journey.run("search", "coast.yaml", "--geojson", "--json")
    assert both.returncode == 4
    assert "--out" in both.stderr + both.stdout
