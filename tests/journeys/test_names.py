"""Names from a server that mean harm, or that some computer cannot have: nothing leaves the store, the others land."""

import hashlib

import pytest
import requests

DATASET = "landsat_ot_c2_l1"
RIGHT = "{id}_B3.TIF"
NONE = ""

# What M2M calls a file, and the name it is given here; NONE when it cannot be a band of the image.
NAMES = {
    "up": ("../../../{id}_B3.TIF", RIGHT),
    "absolute": ("/etc/{id}_B3.TIF", RIGHT),
    "of a drive": ("C:\\Windows\\{id}_B3.TIF", RIGHT),
    "of a share": ("\\\\host\\share\\{id}_B3.TIF", RIGHT),
    "zero byte": ("{id}_B3\0.TIF", RIGHT),
    "right to left": ("{id}_B3\u202efdp.TIF", "{id}_B3fdp.TIF"),
    "dots and spaces behind": ("{id}_B3.TIF. . .", RIGHT),
    "line break": ("{id}_B3\r\nX: y.TIF", "{id}_B3X_ y.TIF"),
    "too long": ("{id}_B3" + "x" * 300 + ".TIF", "{id}_B3" + "x" * 195 + "~{mark}.TIF"),
    "decomposed": ("{id}_B3e\u0301.TIF", "{id}_B3\u00e9.TIF"),
    "stream of a file": ("{id}_B3.TIF:x", "{id}_B3.TIF_x"),
    "device": ("NUL.tif", NONE),
    "ours": (".m2msync/catalog.db", NONE),
    "nothing": ("", NONE),
    "dots": ("..", NONE),
}


def ask(box, name: str, **payload: object) -> dict:
    """Call the API without our client."""
    who = {"username": box.username, "token": box.token}
    key = requests.post(box.url + "login-token", json=who).json()["data"]
    return requests.post(box.url + name, json=payload, headers={"X-Auth-Token": key}).json()


@pytest.fixture
def want(box, journey):
    """Want bands of so many images, and return their display ids by entity id."""

    def write(number: int, **changes: object) -> dict[str, str]:
        journey.write(regions={"north": journey.document["regions"]["north"]})
        journey.entry(images_per_scene=number, bands=["B3*", "MTL"], **changes)
        journey.write(store="aside")  # so that nothing is known of them when it begins
        ids = {action["image"]: action["display_id"] for action in journey.plan()["actions"]}
        journey.write(store="data")
        assert len(ids) == number
        return ids

    return write


def rename(box, ids: dict[str, str], new_name) -> dict[str, str]:
    """Let M2M call files by other names: `new_name(image, name)`; return the digests by the true ones."""
    answer, digests = ask(box, "download-options", datasetName=DATASET, entityIds=sorted(ids)), {}
    for row in answer["data"]:
        for file in row["secondaryDownloads"]:
            digests[file["displayId"]] = file["checksum"][0]["value"]
            file["displayId"] = new_name(row["entityId"], file["displayId"])
    box.faults.add(api="download-options", answer=answer)
    return digests


def landed(journey) -> dict[str, str]:
    """Return the digest of every visible file."""
    return {name: hashlib.sha512(path.read_bytes()).hexdigest() for name, path in journey.files().items()}


def assert_nothing_is_outside(journey) -> None:
    assert {path.name for path in journey.folder.iterdir()} == {"coast.yaml", "data", "aside"}
    assert {path.name for path in journey.store.iterdir()} <= {".m2msync", DATASET}


def test_a_file_has_a_harmless_name_or_none(box, journey, want):
    ids = want(len(NAMES))
    attacks = dict(zip(ids, NAMES.values(), strict=True))

    def attack(image: str, name: str) -> str:
        return attacks[image][0].format(id=ids[image]) if name.endswith("_B3.TIF") else name

    digests = rename(box, ids, attack)
    assert journey.apply()["status"] == "success"
    expected = {}
    for image, (told, name) in attacks.items():
        mark = hashlib.sha256(told.format(id=ids[image]).encode()).hexdigest()[:12]
        folder = f"{DATASET}/{ids[image]}"
        expected[f"{folder}/{ids[image]}_MTL.txt"] = digests[f"{ids[image]}_MTL.txt"]
        if name:
            expected[f"{folder}/{name.format(id=ids[image], mark=mark)}"] = digests[f"{ids[image]}_B3.TIF"]
    assert landed(journey) == expected
    assert_nothing_is_outside(journey)
    assert journey.apply()["summary"]["got"] == 0


def test_files_whose_names_differ_in_case_only_are_told_and_stop_nothing(box, journey, want):
    ids = want(2)
    (twin, one), _ = ids.items()
    rename(box, ids, lambda image, name: f"{one}_b3.TIF" if image == twin and name == f"{one}_B4.TIF" else name)
    result = journey.apply(code=3)
    for mine, other in (("B3", "b3"), ("b3", "B3")):
        (reason,) = (f["reason"] for f in result["failed"] if f["path"].endswith(f"_{mine}.TIF"))
        assert reason == (
            f"its path, letter case aside, is that of {DATASET}/{one}_{other}.TIF;"
            " {image} in the layout keeps images apart"
        )
        assert reason in journey.run("plan", "coast.yaml").stdout
    assert len(result["failed"]) == 2
    assert len(journey.files()) == 3


def test_files_whose_names_differ_in_normalisation_only_are_one(box, journey, want):
    ids = want(1)
    (image,) = ids.values()
    names = {f"{image}_B3.TIF": f"{image}_B3\u00e9.TIF", f"{image}_B4.TIF": f"{image}_B3e\u0301.TIF"}
    digests = rename(box, ids, lambda _, name: names.get(name, name))
    journey.apply()
    assert landed(journey) == {
        f"{DATASET}/{image}/{image}_B3\u00e9.TIF": digests[f"{image}_B3.TIF"],
        f"{DATASET}/{image}/{image}_MTL.txt": digests[f"{image}_MTL.txt"],
    }


@pytest.mark.parametrize(
    ("display_id", "folder"),
    [("CON", "_CON"), (".m2msync", None), ("../../up", None), ("a/../../../up", None), ("x\0", None), ("..", None)],
)
def test_an_image_has_a_harmless_name_or_nothing_comes_of_it(box, journey, want, display_id, folder):
    ids = want(1)
    (image,) = ids
    found = ask(box, "scene-search", datasetName=DATASET, maxResults=1, sceneFilter={}) | {"errorCode": None}
    record = {"entityId": image, "displayId": display_id, "cloudCover": "1"}
    found["data"] = {
        "results": [record],
        "recordsReturned": 1,
        "totalHits": 1,
        "nextRecord": 1,
        "startingNumber": 1,
    }
    box.faults.add(api="scene-search", answer=found)
    rename(box, ids, lambda _, name: name.replace(ids[image], display_id))
    assert journey.run("apply", "coast.yaml").returncode in (0, 3)
    names = set(journey.files())
    assert names == (
        {f"{DATASET}/{folder}/{display_id}_{end}" for end in ("B3.TIF", "MTL.txt")} if folder else set()
    )
    assert_nothing_is_outside(journey)


def test_a_symbolic_link_in_the_store_leads_nothing_out_and_nothing_is_fetched_for_it(box, journey, want, tmp_path):
    outside = tmp_path / "aside"
    (linked, _), (_, fine) = want(2).items()
    one = next(a for a in journey.plan()["actions"] if a["image"] == linked)["display_id"]
    (journey.store / DATASET).mkdir(parents=True)
    (journey.store / DATASET / one).symlink_to(outside)
    before = sorted(outside.rglob("*"))
    result = journey.apply(code=3)
    assert sorted(outside.rglob("*")) == before
    assert {f["key"].partition("/")[2] for f in result["failed"]} == {f"{one}_B3.TIF", f"{one}_MTL.txt"}
    assert all("does not lead to a file of the store" in f["reason"] for f in result["failed"])
    assert {path.name for path in journey.files().values()} >= {f"{fine}_B3.TIF", f"{fine}_MTL.txt"}
    assert not any(name.startswith(one) for name in box.counts.files)


def test_what_is_in_the_place_of_a_file_or_folder_stops_only_that_file(box, journey, want):
    want(2)
    one, other = sorted(a["path"] for a in journey.plan()["actions"] if a["path"].endswith("_B3.TIF"))
    (journey.store / one).mkdir(parents=True)
    (journey.store / other).parent.write_text("in the way")
    result = journey.apply(code=3)
    assert {(f["path"], f["reason"].partition(": ")[2]) for f in result["failed"]} == {
        (one, f"there is a folder at {journey.store / one}"),
        (other, f"there is a file at {(journey.store / other).parent}"),
        (other.replace("B3.TIF", "MTL.txt"), f"there is a file at {(journey.store / other).parent}"),
    }
    (journey.store / one).rmdir()
    (journey.store / other).parent.unlink()
    assert journey.apply()["summary"]["got"] == 3
