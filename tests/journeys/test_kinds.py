"""Products by M2M's own names: browse pictures, and datasets that are not Landsat's."""

import io
import json
import re
import shutil
import tarfile
import zipfile

import pytest
import requests

from m2msync.sandbox.behaviour import Behaviour, Staging
from m2msync.sandbox.serve import running

LEVEL_1 = "landsat_ot_c2_l1"
TEXAS = {"plains": {"bbox": [-101.02, 31.02, -100.95, 31.05]}}


def entry(dataset: str, **keys: object) -> dict:
    return {"dataset": dataset, "images_per_scene": 1, **keys}


@pytest.fixture
def box():
    """Return a sandbox that delivers at once what dds delivers; how it stages is for one test below."""
    with running(pixels=24, behaviour=Behaviour(staging=Staging(systems=frozenset()))) as sandbox:
        yield sandbox


@pytest.fixture
def naip(journey):
    """Return the journey with aerial frames instead of scenes."""
    journey.write(regions=TEXAS, datasets=[entry("naip", products=["full resolution"])])
    return journey


def tails(journey) -> set[str]:
    return {path.rpartition("/")[2].partition("-")[2] for path in journey.files()}


def test_a_product_is_fetched_by_its_name_and_called_after_its_delivery(box, naip):
    (action,) = naip.plan()["actions"]
    assert action["key"] == f"naip/{action['display_id']}-Full_Resolution"
    assert action["product"] == "Full_Resolution"
    assert action["path"] == f"naip/{action['display_id']}/{action['display_id']}-Full_Resolution"
    assert naip.apply()["summary"]["got"] == 1
    assert set(naip.files()) == {f"{action['path']}.zip"}
    (file,) = naip.files().values()
    assert zipfile.ZipFile(io.BytesIO(file.read_bytes())).testzip() is None
    assert naip.status()["summary"] | {"bytes_held": 0} == {
        "wanted": 1, "held": 1, "missing": 0, "failed": 0, "damaged": 0, "orphan": 0, "bytes_held": 0,
    }  # fmt: skip


def test_a_second_run_gets_nothing_and_asks_nothing_more(box, naip):
    naip.apply()
    calls = dict(box.counts.calls)
    second = naip.apply()
    assert (second["summary"]["got"], second["summary"]["kept"]) == (0, 1)
    assert {name for name, n in box.counts.calls.items() if n > calls.get(name, 0)} == {
        "login-token", "scene-search", "logout",
    }  # fmt: skip
    assert [a["verb"] for a in naip.plan()["actions"]] == ["keep"]
    assert naip.json("prune", "coast.yaml")["actions"] == []
    assert naip.run("verify", "coast.yaml").returncode == 0


def test_a_lost_file_comes_back_to_its_place(box, naip):
    naip.apply()
    ((path, file),) = naip.files().items()
    file.unlink()
    (action,) = naip.plan()["actions"]
    assert (action["verb"], action["path"]) == ("refetch", path)
    assert naip.apply()["summary"]["got"] == 1
    assert set(naip.files()) == {path}


@pytest.mark.parametrize("layout", ["{dataset}/{display_id}/{filename}", "{dataset}/{display_id}/{product}"])
def test_what_got_its_ending_by_delivery_is_adopted_with_it(box, naip, layout):
    naip.entry(products=["Full Resolution", "Compressed"])
    naip.write(layout=layout)
    naip.apply()
    files = set(naip.files())
    shutil.rmtree(naip.store / ".m2msync")
    told = naip.json("adopt", "coast.yaml", "data")
    assert told["summary"]["adopted"] == 2
    assert set(naip.files()) == files
    assert [a["verb"] for a in naip.plan()["actions"]] == ["keep", "keep"]
    assert naip.apply()["summary"]["got"] == 0
    assert naip.run("verify", "coast.yaml").returncode == 0


def test_of_another_folder_too_unless_they_are_not_whole(box, naip):
    naip.entry(products=["Full Resolution", "Compressed"])
    naip.apply()
    elsewhere = naip.folder / "elsewhere"
    elsewhere.mkdir()
    for file in naip.files().values():
        shutil.copy(file, elsewhere)
    shutil.rmtree(naip.store)
    (half,) = elsewhere.glob("*Full_Resolution.zip")
    half.write_bytes(half.read_bytes()[:-50])
    (small,) = elsewhere.glob("*Compressed.zip")
    (elsewhere / f"{small.stem}.html").write_text("<html>not now</html>")
    told = naip.json("adopt", "coast.yaml", "elsewhere")
    assert {name: told["summary"][name] for name in ("adopted", "refused", "unwanted")} == {
        "adopted": 1, "refused": 1, "unwanted": 1,
    }  # fmt: skip
    assert tails(naip) == {"Compressed.zip"}
    assert naip.apply()["summary"]["got"] == 1


def test_with_the_region_in_the_layout_every_region_has_it(box, naip):
    naip.write(layout="{region}/{filename}", regions={**TEXAS, "again": TEXAS["plains"]})
    assert naip.apply()["summary"]["got"] == 1
    assert sorted(path.partition("/")[0] for path in naip.files()) == ["again", "plains"]
    assert all(path.endswith(".zip") for path in naip.files())
    assert naip.apply()["summary"]["got"] == 0
    assert naip.json("prune", "coast.yaml")["actions"] == []


def test_a_code_does_as_well_and_two_products_of_one_image_are_told_apart(box, naip):
    naip.entry(products=["D441", "compressed"])
    assert naip.apply()["summary"]["got"] == 2
    assert tails(naip) == {"Full_Resolution.zip", "Compressed.zip"}
    sizes = {path.partition("-")[2]: file.stat().st_size for path, file in naip.files().items()}
    who = {"username": box.username, "token": box.token}
    key = requests.post(box.url + "login-token", json=who).json()["data"]
    image = naip.plan()["actions"][0]["image"]
    rows = requests.post(
        box.url + "download-options",
        json={"datasetName": "naip", "entityIds": [image]},
        headers={"X-Auth-Token": key},
    ).json()["data"]
    told = {row["productName"].replace(" ", "_") + ".zip": row["filesize"] for row in rows}
    assert {name.rpartition("-")[2]: size for name, size in sizes.items()} == told
    assert naip.apply()["summary"]["got"] == 0


def test_staged_products_of_one_image_are_waited_for_and_told_apart(journey):
    with running() as staging:
        journey.environment = {**staging.env, "M2MSYNC_PATIENCE": "3"}
        journey.write(regions=TEXAS, datasets=[entry("naip", products=["Full Resolution", "Compressed"])])
        assert journey.apply()["summary"]["got"] == 2
    full, small = (next(f for p, f in journey.files().items() if name in p) for name in ("Full", "Compressed"))
    assert full.stat().st_size > small.stat().st_size


def test_a_name_that_the_dataset_does_not_have_is_refused_with_those_it_has(box, naip):
    naip.entry(products=["Full Resolutin"])
    done = naip.run("apply", "coast.yaml")
    assert done.returncode == 4
    assert "coast.yaml:12:12: naip has no product 'Full Resolutin'; did you mean 'Full Resolution'?" in done.stderr


@pytest.mark.parametrize("kind", ["truncate", "html200"])
def test_what_is_not_the_archive_is_never_taken_for_it(box, naip, kind):
    box.faults.add(file="*.zip", kind=kind, times=1)
    assert naip.apply()["summary"]["got"] == 1
    (file,) = naip.files().values()
    assert zipfile.ZipFile(io.BytesIO(file.read_bytes())).testzip() is None


def test_a_group_of_files_is_had_by_its_id(box, journey):
    journey.write(regions={"north": journey.document["regions"]["north"]})
    journey.entry(products=["LS_C2L1_OT_BAND"], bands=["MTL", "B2"], images_per_scene=1)
    assert journey.run("validate", "coast.yaml").returncode == 0
    assert journey.apply()["summary"]["got"] == 12
    assert {path.rpartition("_")[2] for path in journey.files()} == {
        "MTL.txt",
        *(f"B{n}.TIF" for n in range(1, 12)),
    }
    assert journey.apply()["summary"]["got"] == 0


# Browse pictures.


def test_browse_is_every_picture_that_is_offered(box, journey):
    journey.write(regions={"north": journey.document["regions"]["north"]})
    journey.entry(products=["browse"], bands=["MTL"], images_per_scene=1)
    assert journey.apply()["summary"]["got"] == 7
    assert tails(journey) - {""} == {
        f"Full-Resolution_Browse_{what}_{form}" for what in ("Natural_Color", "Thermal", "Quality")
        for form in ("GeoTIFF.TIF", "JPEG.jpg")
    }  # fmt: skip
    for path, file in journey.files().items():
        start = file.read_bytes()[:3]
        assert start[:2] in (b"II", b"MM") if path.endswith(".TIF") else start == b"\xff\xd8\xff" or "_MTL" in path
    assert journey.apply()["summary"]["got"] == 0


def test_one_browse_picture_by_its_name(box, journey):
    journey.write(regions={"north": journey.document["regions"]["north"]})
    journey.entry(products=["Full-Resolution Browse (Quality) JPEG", "bundle"], images_per_scene=1)
    del journey.document["datasets"][0]["bands"]
    journey.write()
    assert journey.apply()["summary"]["got"] == 2
    assert sorted(path.rpartition(".")[2] for path in journey.files()) == ["jpg", "tar"]


PICTURE = "Level-1_Reflective_Browse.jpg"


@pytest.fixture
def level_2(journey):
    """Return the journey with the bands and the small picture of one image of level 2."""
    journey.write(regions={"north": journey.document["regions"]["north"]})
    journey.entry(dataset="landsat_ot_c2_l2", products=["browse"], bands=["MTL"], images_per_scene=1)
    return journey


def test_level_2_has_the_small_picture_that_its_search_tells_of(box, level_2):
    assert level_2.plan()["summary"]["get"] == 2
    assert level_2.apply()["summary"]["got"] == 2
    ((path, file),) = ((path, file) for path, file in level_2.files().items() if path.endswith(".jpg"))
    assert path.endswith(f"-{PICTURE}")
    assert file.read_bytes().startswith(b"\xff\xd8\xff")
    calls = dict(box.counts.calls)
    assert calls["download-request"] == 1
    again = level_2.apply()["summary"]
    assert (again["got"], again["kept"]) == (0, 2)
    assert {name for name, n in box.counts.calls.items() if n > calls.get(name, 0)} == {
        "login-token", "scene-search", "logout",
    }  # fmt: skip
    file.unlink()
    assert level_2.apply()["summary"]["got"] == 1
    assert box.counts.calls["download-request"] == 1
    assert level_2.run("validate", "coast.yaml").returncode == 0
    display_id = path.rpartition("/")[2].partition("-")[0]
    told = level_2.json("products", "landsat_ot_c2_l2", display_id)["products"]
    assert [p["systems"] for p in told if p["name"] == "Level-1_Reflective_Browse"] == [{"public": True}]


def test_its_link_is_handed_on_without_an_order(box, level_2):
    level_2.entry(bands=[], products=["browse"])
    del level_2.document["datasets"][0]["bands"]
    level_2.write()
    assert level_2.json("export", "coast.yaml", "--format", "urls")["summary"]["products"] == 1
    text = (level_2.folder / "coast-urls.txt").read_text()
    assert "gen-browse?size=rrb&type=refl&product_id=LC0" in text
    assert "download-request" not in box.counts.calls


def test_a_lock_finds_the_small_picture_without_a_search(box, level_2):
    level_2.run("lock", "coast.yaml")
    shutil.rmtree(level_2.store)
    searches = box.counts.calls["scene-search"]
    assert level_2.apply("--locked")["summary"]["got"] == 2
    assert any(path.endswith(PICTURE) for path in level_2.files())
    assert box.counts.calls["scene-search"] == searches
    assert level_2.apply("--locked")["summary"]["got"] == 0


def test_a_small_picture_that_is_not_there_fails_alone(box, level_2):
    box.faults.add(file="*_refl.jpg", kind="status", status=404)
    result = level_2.apply(code=3)
    assert (result["summary"]["got"], result["summary"]["failed"]) == (1, 1)
    assert result["failed"][0]["key"].endswith("-Level-1_Reflective_Browse")
    box.faults.clear()
    assert level_2.apply()["summary"]["got"] == 1


def test_a_small_picture_is_fetched_from_where_it_is_now(box, level_2):
    level_2.plan()
    with running(pixels=24) as moved:  # its hosts have other ports
        box.faults.add(file="*_refl.jpg", kind="status", status=404)
        assert level_2.apply(**moved.env)["summary"]["got"] == 2
        assert level_2.run("lock", "coast.yaml", **moved.env).returncode == 0
        next(file for path, file in level_2.files().items() if path.endswith(PICTURE)).unlink()
        moved.faults.add(file="*_refl.jpg", kind="status", status=404)
        with running(pixels=24) as again:
            level_2.apply("--locked", code=3, **again.env)  # no search has told
            assert level_2.apply("--locked", **again.env)["summary"]["got"] == 1


@pytest.mark.parametrize(("if_missing", "code"), [("warn", 0), ("fail", 3)])
def test_where_there_are_no_pictures_they_are_missing(box, journey, if_missing, code):
    journey.write(regions=TEXAS, datasets=[entry("naip", products=["browse", "Compressed"], if_missing=if_missing)])
    result = journey.apply(code=code)
    assert result["summary"]["got"] == 1
    assert [f["reason"] for f in result["failed"]] == (["the image has no browse"] if code else [])


def test_no_pattern_of_bands_means_a_product(box, journey):
    journey.write(regions={"north": journey.document["regions"]["north"]})
    journey.entry(bands=["*"], images_per_scene=1)
    journey.apply()
    assert len(journey.files()) == 20
    assert all("-" not in path for path in journey.files())


@pytest.mark.parametrize("listed", ["2020-01-01T00:00:00.000Z", "2999-01-01T00:00:00.000Z"])
def test_an_old_list_without_the_product_is_asked_for_again(box, journey, listed):
    """So is one of a time to come, told by a clock that went wrong."""
    journey.write(regions={"north": journey.document["regions"]["north"]})
    journey.entry(images_per_scene=1)
    journey.apply()
    with journey.catalog() as db:
        # As an earlier version kept it, which left out what has no file name.
        ((names,),) = db.execute("SELECT filenames FROM listings").fetchall()
        kept = [name for name in json.loads(names) if "-" not in name]
        db.execute("UPDATE listings SET filenames = ?, listed_at = ?", (json.dumps(kept), listed))
    journey.entry(products=["browse"])
    assert journey.apply()["summary"]["got"] == 6


def test_a_lock_brings_back_what_was_locked(box, naip):
    assert naip.run("lock", "coast.yaml").returncode == 0
    assert naip.apply("--locked")["summary"]["got"] == 1
    assert naip.apply("--locked")["summary"]["got"] == 0
    naip.run("lock", "coast.yaml")
    (path,) = naip.files()
    naip.write(store="elsewhere")
    naip.run("lock", "coast.yaml")
    assert naip.apply("--locked")["summary"]["got"] == 1
    assert (naip.folder / "elsewhere" / path).is_file()


# Films, heights, and scanners.

BAIKAL = {"r": {"bbox": [102.0, 54.0, 102.5, 54.5]}}
OLD = {"acquired": {"start": "1988-01-01", "end": "1989-12-31"}}


@pytest.mark.parametrize(
    ("dataset", "product", "name", "where"),
    [
        ("corona2", "Standard Format", "-Standard_Format.tgz", BAIKAL),
        ("corona2", "D183", "-Standard_Format.tgz", BAIKAL),
        ("srtm_v3", "GeoTIFF 1 Arc-second", "-GeoTIFF_1_Arc-second.tif", TEXAS),
        ("srtm_v3", "bil 1 arc-second", "-BIL_1_Arc-second.zip", TEXAS),
    ],
)
def test_a_product_of_other_archives_by_its_name(box, journey, dataset, product, name, where):
    journey.write(regions=where, datasets=[entry(dataset, products=[product])])
    assert journey.run("validate", "coast.yaml").returncode == 0
    assert journey.apply()["summary"]["got"] == 1
    ((path, file),) = journey.files().items()
    assert path.endswith(name)
    assert file.read_bytes().startswith({"z": b"\x1f\x8b", "f": b"II*\0", "p": b"PK\x03\x04"}[name[-1]])
    assert journey.apply()["summary"]["got"] == 0
    assert journey.run("verify", "coast.yaml", "--deep").returncode == 0


def test_a_scanners_bands_by_role_and_its_bundle_by_its_name(box, journey):
    bundle = "Landsat Collection 2 Level-1 Product Bundle"
    journey.write(regions={"north": journey.document["regions"]["north"]})
    journey.entry(
        dataset="landsat_mss_c2_l1", filters=OLD, images_per_scene=1, bands=["red", "nir", "MTL"], products=[bundle]
    )
    assert journey.run("validate", "coast.yaml").returncode == 0
    assert journey.apply()["summary"]["got"] == 5
    files = {path.rpartition("/")[2]: file for path, file in journey.files().items()}
    assert all(re.match(r"LM0[45]_L1\w\w_\d{6}_198[89]", name) for name in files)
    assert {name.partition("_T")[2][2:] or "tar" for name in files} == {
        "B2.TIF",
        "B3.TIF",
        "B4.TIF",
        "MTL.txt",
        "tar",
    }
    (text,) = (file.read_text() for name, file in files.items() if name.endswith("MTL.txt"))
    assert 'SENSOR_ID = "MSS"' in text
    assert "THERMAL" not in text
    with tarfile.open(next(file for name, file in files.items() if name.endswith(".tar"))) as archive:
        assert len(archive.getnames()) == 8
    assert journey.run("show", "coast.yaml", "LM", "--out", "x.png").returncode == 0  # green is in the bundle
    assert journey.apply()["summary"]["got"] == 0
