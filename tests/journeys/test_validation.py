"""`validate` online: names, bands and regions are held against M2M; nothing is written."""

from jsonschema import Draft202012Validator

from m2msync.resources import schema


def validated(journey, *arguments):
    told = journey.json("validate", "coast.yaml", *arguments)
    Draft202012Validator(schema("validation")).validate(told)
    return told


def faults(journey):
    done = journey.run("validate", "coast.yaml")
    assert (done.returncode, done.stdout) == (4, "")
    return [line.rpartition("coast.yaml:")[2] for line in done.stderr.splitlines() if "coast.yaml:" in line]


def test_it_tells_what_an_apply_would_get_and_leaves_no_trace(box, journey):
    told = validated(journey)
    assert not journey.store.exists()
    assert "download-request" not in box.counts.calls
    plan = journey.plan()
    images = {action["image"] for action in plan["actions"]}
    assert told["summary"] == {
        "images": len(images),
        "files": plan["summary"]["get"],
        "bytes_to_get": plan["summary"]["bytes_to_get"],
        "kept": 0,
        "unavailable": 0,
    }
    assert told["warnings"] == []
    first, second = journey.run("validate", "coast.yaml").stdout.splitlines()
    assert first == "coast.yaml: the file, its datasets and your account are in order."
    assert second.startswith(f"{len(images)} images; apply would get 12 files, ")
    journey.apply()
    assert validated(journey)["summary"] | {"images": 0} == {
        "images": 0, "files": 0, "bytes_to_get": 0, "kept": 12, "unavailable": 0,
    }  # fmt: skip


def test_offline_asks_nothing(box, journey):
    told = validated(journey, "--offline")
    assert (told["offline"], told["summary"]) == (True, None)
    assert not box.counts.calls


def test_bands_that_the_dataset_lacks_are_told_each_at_its_place(journey):
    shared = journey.document["datasets"][0]
    journey.write(datasets=[shared, {**shared, "bands": ["SR_B4", "B3", "B99*"]}])
    lines = journey.manifest.read_text().splitlines()
    spots = [(n, line) for n, line in enumerate(lines, 1) if "SR_B4" in line or "B99" in line]
    told = faults(journey)
    assert len(told) == 2
    for fault, (number, line) in zip(told, spots, strict=True):
        assert fault.startswith(f"{number}:{len(line) - len(line.lstrip(' -')) + 1}: landsat_ot_c2_l1 has no band ")
    assert "'SR_B4'; did you mean" in told[0]


def test_bands_of_the_defaults_have_a_place_too(journey):
    entry = {k: v for k, v in journey.document["datasets"][0].items() if k != "bands"}
    journey.write(defaults={"bands": ["B4", "NDVI"]}, datasets=[entry])
    (fault,) = faults(journey)
    (number,) = (n for n, line in enumerate(journey.manifest.read_text().splitlines(), 1) if "NDVI" in line)
    assert fault.startswith(f"{number}:")
    assert "`m2msync products landsat_ot_c2_l1` lists what it has" in fault


def test_regions_without_images_are_warned_about(journey):
    journey.write(regions={**journey.document["regions"], "everest": {"bbox": [86.5, 27.5, 87.5, 28.5]}})
    # Landsat 8 passes a place every sixteen days.
    entry = {
        **journey.document["datasets"][0],
        "filters": {"acquired": {"start": "2015-03-01", "end": "2015-03-02"}},
    }
    journey.write(datasets=[entry, {"dataset": "naip", "bands": ["*"], "regions": ["everest"]}])
    told = validated(journey)
    messages = {warning["message"] for warning in told["warnings"]}
    assert "naip has no image in everest at all" in messages
    empty = {
        region
        for region in journey.document["regions"]
        if f"landsat_ot_c2_l1 has images in {region}, but none satisfies the filters" in messages
    }
    assert empty
    assert len(messages) == 1 + len(empty)
    found = journey.json("search", "coast.yaml")["images"]
    assert empty == set(journey.document["regions"]) - {image["region"] for image in found}
    done = journey.run("validate", "coast.yaml")
    assert done.returncode == 0
    (line,) = (line for line in done.stdout.splitlines() if "naip" in line)
    assert line.startswith("warning: naip has no image in everest at all; look at the region's coordinates")


def test_an_account_without_the_role_is_told_so(box, journey):
    done = journey.run("validate", "coast.yaml", **box.env_of("searchonly"))
    assert done.returncode == 5
    assert "may search but not download" in done.stderr
