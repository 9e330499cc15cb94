"""Bands by role and presets: the right files of every sensor, and plain words about what cannot be."""

import json
from pathlib import Path

import pytest
import yaml

from m2msync.core.manifest.presets import FITS
from m2msync.manifests import load
from m2msync.resources import presets, schema
from m2msync.sandbox.serve import running

LEVEL_1, LEVEL_2 = "landsat_ot_c2_l1", "landsat_ot_c2_l2"
OLDER = {"acquired": {"start": "2005-01-01", "end": "2008-12-31"}}
NEWER = {"acquired": {"start": "2022-01-01", "end": "2022-12-31"}}
FITTING = {
    "level1-visible": (LEVEL_1, "landsat_tm_c2_l1"),
    "level2-surface-reflectance": (LEVEL_2, "landsat_etm_c2_l2"),
    "surface-temperature": (LEVEL_2, "landsat_tm_c2_l2"),
    "quality-only": (LEVEL_1, "landsat_etm_c2_l2"),
}


@pytest.fixture
def box():
    with running(pixels=24) as sandbox:
        yield sandbox


def entry(dataset: str, **keys: object) -> dict:
    filters = NEWER if "_ot_" in dataset else OLDER
    return {"dataset": dataset, "regions": ["north"], "filters": filters, "images_per_scene": 1, **keys}


def suffixes(journey) -> dict[str, set[str]]:
    """Return what follows the display id in the names of the files of the store, per dataset."""
    found: dict[str, set[str]] = {}
    for path in journey.files():
        dataset, display_id, name = path.split("/")
        found.setdefault(dataset, set()).add(name.removeprefix(f"{display_id}_"))
    return found


def test_a_role_is_another_band_for_every_sensor(box, journey):
    roles = ["red", "NIR", "metadata"]
    datasets = (LEVEL_1, LEVEL_2, "landsat_tm_c2_l1", "landsat_etm_c2_l2")
    journey.write(datasets=[entry(dataset, bands=roles) for dataset in datasets])
    assert journey.apply()["summary"]["got"] == 3 * len(datasets)
    assert suffixes(journey) == {
        LEVEL_1: {"B4.TIF", "B5.TIF", "MTL.txt"},
        LEVEL_2: {"SR_B4.TIF", "SR_B5.TIF", "MTL.txt"},
        "landsat_tm_c2_l1": {"B3.TIF", "B4.TIF", "MTL.txt"},
        "landsat_etm_c2_l2": {"SR_B3.TIF", "SR_B4.TIF", "MTL.txt"},
    }
    assert journey.apply()["summary"]["got"] == 0
    # The same by name: nothing is new to the store.
    journey.write(datasets=[entry(LEVEL_1, bands=["B4", "B5", "MTL"])])
    assert journey.apply()["summary"] | {"seconds": 0, "api_calls": 0} == {
        "got": 0, "kept": 3, "failed": 0, "bytes": 0, "seconds": 0, "api_calls": 0,
    }  # fmt: skip


@pytest.mark.parametrize(("if_missing", "code", "got"), [("warn", 0, 1), ("fail", 3, 1)])
def test_a_role_the_sensor_does_not_have_is_missing_like_a_band(box, journey, if_missing, code, got):
    journey.write(datasets=[entry("landsat_tm_c2_l1", bands=["red", "pan"], if_missing=if_missing)])
    result = journey.apply(code=code)
    assert result["summary"]["got"] == got
    assert [f["reason"] for f in result["failed"]] == (["the image has no band pan"] if code else [])
    if if_missing == "warn":
        assert "the image has no band pan" in journey.run("apply", "coast.yaml").stderr


def test_a_band_of_another_level_stays_a_band_the_image_lacks(box, journey):
    journey.write(datasets=[entry(LEVEL_1, bands=["SR_B4", "red"])])
    done = journey.run("apply", "coast.yaml")
    assert done.returncode == 0
    assert "the image has no band SR_B4" in done.stderr
    assert suffixes(journey) == {LEVEL_1: {"B4.TIF"}}


# Presets.


def test_the_presets_are_those_that_are_described():
    described = schema("manifest")["$defs"]["extends"]["description"]
    assert set(presets()) == set(FITTING)
    assert all(name in described for name in presets())


@pytest.mark.parametrize("name", sorted(presets()))
def test_a_preset_says_only_what_an_entry_may_say_of_an_images_files(name):
    said = yaml.safe_load(presets()[name])
    assert set(said) <= {FITS, "bands", "products", "unpack", "if_missing", "on_reprocessed"}
    assert f"extends: {name}" in presets()[name]


@pytest.mark.parametrize("name", sorted(FITTING))
def test_a_preset_is_what_it_says_when_it_is_written_out(tmp_path, name):
    said = {key: value for key, value in yaml.safe_load(presets()[name]).items() if key != FITS}
    written = []
    for number, keys in enumerate(({"extends": name}, said)):
        document = {
            "version": 1, "name": "one", "store": "data", "regions": {"r": {"bbox": [0, 0, 1, 1]}},
            "datasets": [{"dataset": FITTING[name][0], **keys}],
        }  # fmt: skip
        file = Path(tmp_path / f"{number}.yaml")
        file.write_text(json.dumps(document))
        written.append(load(file))
    assert written[0].acquisitions == written[1].acquisitions
    assert written[0].digest == written[1].digest


@pytest.mark.parametrize("name", sorted(FITTING))
def test_a_preset_is_applied_twice(box, journey, name):
    journey.write(datasets=[entry(dataset, extends=name) for dataset in FITTING[name]])
    first = journey.apply()
    assert first["summary"]["got"] > 2
    assert set(suffixes(journey)) == set(FITTING[name])
    assert all("QA_PIXEL.TIF" in files or name == "level1-visible" for files in suffixes(journey).values())
    second = journey.apply()
    assert (second["summary"]["got"], second["summary"]["kept"]) == (0, first["summary"]["got"])


def test_surface_temperature_passes_over_images_without_it(box, journey):
    journey.write(datasets=[entry(LEVEL_2, extends="surface-temperature", images_per_scene=3)])
    assert journey.apply()["failed"] == []
    assert suffixes(journey)[LEVEL_2] == {
        "ST_B10.TIF", "ST_QA.TIF", "ST_CDIST.TIF", "QA_PIXEL.TIF", "QA_RADSAT.TIF", "MTL.txt",
    }  # fmt: skip
    assert all("_L2SP_" in path for path in journey.files())


def test_what_an_entry_says_replaces_the_whole_key_of_its_preset(box, journey):
    journey.write(
        defaults={"extends": "quality-only"},
        datasets=[
            entry(LEVEL_1),
            entry(LEVEL_2, extends="surface-temperature", bands=["red"]),
            entry("landsat_tm_c2_l1", extends="level1-visible"),
        ],
    )
    journey.apply()
    assert suffixes(journey) == {
        LEVEL_1: {"QA_PIXEL.TIF", "QA_RADSAT.TIF", "MTL.txt"},
        LEVEL_2: {"SR_B4.TIF"},
        "landsat_tm_c2_l1": {"B1.TIF", "B2.TIF", "B3.TIF", "MTL.txt"},
    }
