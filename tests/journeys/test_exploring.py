"""Looking around without a manifest: datasets, their filters, their products."""

import pytest
from jsonschema import Draft202012Validator

from m2msync.resources import schema
from m2msync.sandbox.world.catalogue import DATASETS

OT = "landsat_ot_c2_l1"


def told(journey, verb, *arguments):
    value = journey.json(verb, *arguments)
    Draft202012Validator(schema(verb)).validate(value)
    return value


def test_datasets_are_found_by_a_part_of_their_alias_or_name(box, journey):
    everything = told(journey, "datasets")["datasets"]
    assert [each["alias"] for each in everything] == sorted(DATASETS)
    thermal = told(journey, "datasets", "oli/tirs c2")
    assert [each["alias"] for each in thermal["datasets"]] == [OT, "landsat_ot_c2_l2"]
    assert thermal["near"] == []
    first = thermal["datasets"][0]
    assert (first["title"], first["start"], first["end"]) == (
        "Landsat 8-9 OLI/TIRS C2 L1",
        "2013-03-08",
        "2025-12-31",
    )
    assert first["cloud_cover"] is True
    assert first["images"] > 1_000_000
    lines = journey.run("datasets", "oli/tirs c2").stdout.splitlines()
    assert lines[0].split() == ["alias", "title", "from", "to", "images", "cloud", "cover"]
    assert lines[1].startswith(f"{OT}  Landsat 8-9 OLI/TIRS C2 L1  2013-03-08  2025-12-31")
    assert lines[-1] == "2 datasets."
    assert set(box.counts.calls) == {"login-token", "dataset-search", "logout"}


def test_when_no_dataset_matches_near_ones_are_named(journey):
    value = told(journey, "datasets", "landsat_ot_c2_l9")
    assert value["datasets"] == []
    assert {OT, "landsat_ot_c2_l2"} <= set(value["near"])
    done = journey.run("datasets", "level-2 landsat")
    assert "No dataset has 'level-2 landsat' in its alias or name." in done.stdout
    assert "landsat_tm_c2_l2" in done.stdout
    assert "landsat_tm_c2_l1" not in done.stdout


def test_filters_of_a_dataset_with_what_they_take(journey):
    value = told(journey, "filters", OT)
    by_label = {each["label"]: each for each in value["filters"]}
    assert [each["label"] for each in value["filters"]] == [f.label for f in DATASETS[OT].filters]
    assert by_label["Collection Category"]["kind"] == "list"
    assert by_label["Collection Category"]["values"][0] == {"key": "T1", "label": "Tier 1"}
    assert by_label["WRS Path"] == {
        "id": "5e81f14f8faf8048",
        "label": "WRS Path",
        "column": "WRS_PATH",
        "kind": "number",
        "part_suffices": False,
        "values": [],
    }
    assert by_label["Date Product Generated L1 (YYYY/MM/DD)"]["kind"] == "day"
    assert by_label["Landsat Scene Identifier"]["kind"] == "text"
    assert by_label["Landsat Scene Identifier"]["part_suffices"]
    text = journey.run("filters", OT).stdout
    assert "Satellite  " in text
    assert "range of days" in text
    assert "(4 more)" not in text.partition("Collection Category")[2].splitlines()[0]


def test_one_filter_in_full_can_be_copied_into_a_manifest(journey):
    text = journey.run("filters", OT, "image quality").stdout
    assert text.splitlines()[0] == "Image Quality"
    assert "-1   Image Quality Not Assessed = -1" in text
    assert "IMAGE_QUALITY" in text
    line = journey.run("filters", OT, "COLLECTION_CATEGORY").stdout.splitlines()[-1].strip()
    assert line == "Collection Category: {any: [T1, T2, RT]}"
    import yaml

    journey.entry(filters={**journey.document["datasets"][0]["filters"], "metadata": yaml.safe_load(line)})
    assert journey.run("validate", "coast.yaml").returncode == 0


def test_products_of_the_newest_image_and_of_a_named_one(box, journey):
    value = told(journey, "products", OT)
    image = value["image"]["display_id"]
    assert value["image"]["acquired"] == "2025-12-31"
    assert image in journey.run("products", OT).stdout.splitlines()[0]
    names = {each["name"]: each for each in value["products"]}
    assert {"B1", "B10", "MTL", "MTL.xml", "QA_PIXEL", "bundle"} <= set(names)
    assert (names["B2"]["key"], names["B2"]["filename"]) == ("bands", f"{image}_B2.TIF")
    assert (names["B2"]["digest"], names["B2"]["exact"]) == ("sha512", True)
    assert names["bundle"]["key"] == "products"
    assert names["bundle"]["systems"] == {"dds_ms": True, "ls_zip": False}
    assert set(names["B2"]["systems"]) == {"ls_s3"}
    older = journey.json("search", "coast.yaml")["images"][0]
    for called in (older["display_id"], older["image"]):
        value = told(journey, "products", OT, called)
        assert value["image"] == {
            "entity_id": older["image"],
            "display_id": older["display_id"],
            "acquired": older["acquired"],
        }
    bundle = next(each for each in value["products"] if each["name"] == "bundle")
    assert bundle["systems"] == {"dds_ms": False, "ls_zip": True}
    assert "download-request" not in box.counts.calls


def test_level_2_sizes_are_told_as_announced(journey):
    text = journey.run("products", "landsat_ot_c2_l2").stdout
    (line,) = (line for line in text.splitlines() if line.startswith("SR_B4 "))
    assert line.split()[1:2] == ["SR_B4.TIF"]
    assert line.split()[2].startswith("~")
    assert "~ is what M2M announces" in text


@pytest.mark.parametrize("words", [["datasets", "naip"], ["filters", "naip", "State"], ["products", "naip"]])
def test_the_sandbox_needs_no_account(journey, words):
    nobody = dict.fromkeys(("M2MSYNC_ENDPOINT", "M2M_USERNAME", "M2M_TOKEN"), "")
    done = journey.run(*words, "--sandbox", **nobody)
    assert done.returncode == 0
    assert {"datasets": "NAIP", "filters": "TX   Texas", "products": "Full_Resolution"}[words[0]] in done.stdout
