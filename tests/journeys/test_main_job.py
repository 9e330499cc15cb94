"""What a person meets who applies a manifest, and applies it again."""

import hashlib
import tarfile

import requests


def test_first_run_fetches_everything_and_the_second_nothing(box, journey):
    first = journey.apply()
    files = journey.files()
    assert first["status"] == "success"
    assert first["summary"]["got"] == len(files) > 0
    assert {name.rsplit("_", 1)[1] for name in files} == {"B3.TIF", "B4.TIF", "MTL.txt"}
    before = dict(box.counts.calls)
    second = journey.apply()
    made = {name: count - before.get(name, 0) for name, count in box.counts.calls.items()}
    assert second["summary"] == {**second["summary"], "got": 0, "kept": len(files), "bytes": 0, "api_calls": 4}
    assert {name: count for name, count in made.items() if count} == {
        "login-token": 1,
        "scene-search": 2,
        "logout": 1,
    }


def test_every_file_has_the_announced_digest(box, journey):
    journey.apply()
    announced = sha512_by_file(box, journey)
    files = journey.files()
    assert files
    for path in files.values():
        assert hashlib.sha512(path.read_bytes()).hexdigest() == announced[path.name]


def test_plan_is_what_apply_then_does(journey):
    planned = journey.plan()
    wanted = {a["path"] for a in planned["actions"] if a["verb"] == "get"}
    assert {a["reason"] for a in planned["actions"]} == {"never fetched"}
    assert not journey.files()
    applied = journey.apply()
    assert set(journey.files()) == wanted
    assert applied["summary"]["bytes"] == planned["summary"]["bytes_to_get"]
    assert applied["summary"]["api_calls"] <= planned["summary"]["api_calls"]


def test_detailed_exit_code_tells_pending_changes(journey):
    assert journey.run("plan", "coast.yaml", "--detailed-exitcode").returncode == 2
    assert journey.run("plan", "coast.yaml").returncode == 0
    journey.apply()
    assert journey.run("plan", "coast.yaml", "--detailed-exitcode").returncode == 0


def test_one_more_band_fetches_only_that_band_without_listing_again(box, journey):
    journey.apply()
    before = box.counts.calls["download-options"]
    journey.entry(bands=["B3", "B4", "B5", "MTL"])
    result = journey.apply()
    images = result["summary"]["kept"] // 3
    assert result["summary"]["got"] == images
    assert sum(name.endswith("_B5.TIF") for name in journey.files()) == images
    assert box.counts.calls["download-options"] == before


def test_what_is_no_longer_wanted_is_reported_and_kept(journey):
    journey.apply()
    files = journey.files()
    journey.entry(bands=["B3", "MTL"])
    planned = journey.plan()
    orphans = [a for a in planned["actions"] if a["verb"] == "orphan"]
    assert {a["product"] for a in orphans} == {"B4"}
    assert {a["reason"] for a in orphans} == {"no longer in manifest"}
    assert journey.apply()["summary"]["got"] == 0
    assert journey.files() == files


def test_a_product_of_two_regions_is_fetched_once_and_linked(box, journey):
    journey.write(
        layout="{region}/{filename}",
        regions={"one": {"bbox": [-78.9, 2.3, -77.0, 3.5]}, "two": {"bbox": [-78.8, 2.4, -77.1, 3.4]}},
    )
    journey.apply()
    files = journey.files()
    shared = {p.split("/")[1] for p in files if p.startswith("one/")} & {
        p.split("/")[1] for p in files if p.startswith("two/")
    }
    assert shared
    assert all(box.counts.files[name] == 1 for name in shared)
    for name in shared:
        assert files[f"one/{name}"].samefile(files[f"two/{name}"])


def test_a_lost_copy_is_linked_again_without_fetching(box, journey):
    journey.write(
        layout="{region}/{filename}",
        regions={"one": {"bbox": [-78.9, 2.3, -77.0, 3.5]}, "two": {"bbox": [-78.8, 2.4, -77.1, 3.4]}},
    )
    journey.apply()
    lost = next(p for name, p in journey.files().items() if name.startswith("two/"))
    lost.unlink()
    fetched = sum(box.counts.files.values())
    assert [a["reason"] for a in journey.plan()["actions"] if a["verb"] == "refetch"] == [
        f"copy missing on disk: two/{lost.name}"
    ]
    assert journey.apply()["summary"]["got"] == 1
    assert lost.is_file()
    assert sum(box.counts.files.values()) == fetched


def sha512_by_file(box, journey) -> dict[str, str]:
    """Ask the sandbox, without our client, what it announces for every file of the journey's images."""
    api = requests.Session()
    key = api.post(box.url + "login-token", json={"username": box.username, "token": box.token}).json()["data"]
    entities = sorted({a["image"] for a in journey.plan()["actions"]})
    answer = api.post(
        box.url + "download-options",
        json={"datasetName": "landsat_ot_c2_l1", "entityIds": entities},
        headers={"X-Auth-Token": key},
    ).json()["data"]
    return {
        secondary["displayId"]: secondary["checksum"][0]["value"]
        for option in answer
        for secondary in option["secondaryDownloads"]
    }


def test_bundles_come_by_whichever_route_serves(box, journey):
    today = {"acquired": {"start": "2025-12-01", "end": "2025-12-31"}}
    journey.write(regions={"north": {"bbox": [-78.9, 2.3, -77.0, 3.5]}})
    old, new = ({**journey.document["datasets"][0], "products": ["bundle"]} for _ in range(2))
    del old["bands"], new["bands"]
    journey.write(datasets=[old, {**new, "filters": today}])
    result = journey.apply()
    files = journey.files()
    assert result["summary"]["got"] == len(files) == 4
    for path in files.values():
        with tarfile.open(path) as bundle:
            assert f"{path.stem}_MTL.txt" in bundle.getnames()
    ids = {name.rsplit("/", 1)[1].removesuffix(".tar") for name in files}
    assert {a["product"] for a in journey.plan()["actions"]} == {"bundle"}
    assert {a["display_id"] for a in journey.plan()["actions"]} == ids
    assert journey.apply()["summary"]["got"] == 0
