"""One product fails, is deleted or is damaged: exactly that is shown, with its reason, and exactly that is mended."""

from __future__ import annotations

import json
import time
from dataclasses import replace

import pytest

from m2msync.catalog import Catalog

WEEK = 7 * 86400


def changes(plan: dict) -> dict[str, tuple[str, str]]:
    return {a["key"]: (a["verb"], a["reason"]) for a in plan["actions"] if a["verb"] != "keep"}


def test_a_deleted_file_and_a_failed_one_are_shown_and_fetched(box, journey):
    rule = box.faults.add(file="*_B4.TIF", kind="status", status=404, times=1)
    first = journey.apply(code=3)
    (failed,) = first["failed"]
    assert failed["key"].endswith("_B4.TIF")
    assert "HTTP 404" in failed["reason"]
    assert failed["rerun_helps"] is False
    assert rule.struck == 1
    deleted = next(p for n, p in journey.files().items() if n.endswith("_MTL.txt"))
    deleted.unlink()
    deleted_key = f"landsat_ot_c2_l1/{deleted.name}"

    status = journey.status()
    assert status["summary"] == {**status["summary"], "missing": 1, "failed": 1, "damaged": 0}
    assert {(p["key"], p["state"], p["reason"]) for p in status["problems"]} == {
        (deleted_key, "missing", "file missing on disk"),
        (failed["key"], "failed", failed["reason"]),
    }
    assert changes(journey.plan()) == {
        deleted_key: ("refetch", "file missing on disk"),
        failed["key"]: ("get", f"failed once: {failed['reason']}"),
    }

    served = dict(box.counts.files)
    assert journey.apply()["summary"]["got"] == 2
    fetched = {name: n - served.get(name, 0) for name, n in box.counts.files.items() if n != served.get(name, 0)}
    assert fetched == {deleted.name: 1, failed["key"].split("/")[1]: 1}
    assert not changes(journey.plan())


def test_a_truncated_file_is_noticed_and_fetched_again(journey):
    journey.apply()
    name, damaged = next((n, p) for n, p in journey.files().items() if n.endswith("_B3.TIF"))
    whole = damaged.read_bytes()
    damaged.write_bytes(whole[:100])
    assert [p["state"] for p in journey.status()["problems"]] == ["damaged"]
    ((verb, reason),) = changes(journey.plan()).values()
    assert verb == "refetch"
    assert reason == f"size on disk differs: 100 bytes, recorded {len(whole)}"
    journey.apply()
    assert journey.files()[name].read_bytes() == whole


def test_a_permanent_failure_names_itself_and_leaves_the_others_in_place(box, journey):
    box.faults.add(file="*_B4.TIF", kind="html200", each=True)
    result = journey.apply(code=3)
    files = journey.files()
    assert result["status"] == "partial"
    assert result["summary"]["failed"] == len(result["failed"]) > 0
    assert {f["key"].rsplit("_", 1)[1] for f in result["failed"]} == {"B4.TIF"}
    assert {f["reason"] for f in result["failed"]} == {"an HTML page came instead of the file"}
    assert {name.rsplit("_", 1)[1] for name in files} == {"B3.TIF", "MTL.txt"}
    assert result["summary"]["got"] == len(files)
    assert list((journey.store / ".m2msync" / "quarantine").iterdir())


def test_the_last_lines_name_every_failure_and_the_way_on(box, journey):
    box.faults.add(file="*_B4.TIF", kind="html200", each=True)
    done = journey.run("apply", "coast.yaml")
    assert done.returncode == 3
    assert "_B4.TIF" in done.stdout
    assert "an HTML page came instead of the file" in done.stdout
    assert "m2msync apply coast.yaml" in done.stdout


def test_a_broken_transfer_is_tried_again_within_the_run(box, journey):
    rule = box.faults.add(file="*_B3.TIF", kind="drop", keep=0.5, times=1, each=True)
    journey.apply()
    assert rule.struck > 0


def test_a_copy_whose_original_is_gone_since_it_was_planned_fails_alone(journey):
    north = journey.document["regions"]["north"]
    journey.write(layout="{region}/{filename}", regions={"a": north})
    journey.apply()
    journey.write(regions={"a": north, "b": north})
    assert journey.run("plan", "coast.yaml", "--out", "plan.json").returncode == 0
    gone = next(path for path in journey.files().values())
    gone.unlink()
    done = journey.run("apply", "plan.json", "--json")
    result = json.loads(done.stdout)
    assert (done.returncode, result["status"]) == (3, "partial")
    assert [(f["path"], f["rerun_helps"]) for f in result["failed"]] == [(f"b/{gone.name}", True)]
    assert "is no longer there" in result["failed"][0]["reason"]
    assert journey.apply()["status"] == "success"


def test_an_expired_link_is_ordered_again(box, journey):
    rule = box.faults.add(file="*_B3.TIF", kind="expired", times=1, each=True)
    journey.apply()
    assert rule.struck > 0
    assert box.counts.calls["download-request"] > 1


def test_an_image_without_a_wanted_band_is_said_and_tolerated(journey):
    journey.entry(bands=["B3", "SR_B9"])
    done = journey.run("apply", "coast.yaml")
    assert done.returncode == 0
    assert "the image has no band SR_B9" in done.stderr
    plan = journey.plan()
    assert {a["verb"] for a in plan["actions"] if a["product"] == "SR_B9"} == {"unavailable"}


def test_if_missing_fail_makes_it_a_failure(journey):
    journey.entry(bands=["B3", "SR_B9"], if_missing="fail")
    result = journey.apply(code=3)
    assert {f["reason"] for f in result["failed"]} == {"the image has no band SR_B9"}


def test_if_missing_skip_image_looks_for_others_with_few_calls_and_takes_nothing_of_it(box, journey):
    summer = {"acquired": {"start": "2022-06-01", "end": "2022-07-15"}, "cloud_cover": {"max": 40}}
    journey.entry(bands=["B3", "SR_B9"], if_missing="skip_image", filters=summer)
    assert journey.apply()["summary"]["got"] == 0
    assert not journey.files()
    # Every one of some dozens of images was looked at, in doubling steps.
    assert 2 <= box.counts.calls["download-options"] <= 9


def test_unlisted_products_are_unavailable_and_a_rerun_helps(box, journey):
    box.faults.add(api="download-options", answer={"data": None, "errorCode": None, "errorMessage": None}, times=1)
    result = journey.apply(code=3)
    assert {f["reason"] for f in result["failed"]} == {"USGS lists no products of this image"}
    assert all(f["rerun_helps"] for f in result["failed"])
    assert journey.apply()["status"] == "success"


def test_a_file_that_nobody_knows_is_put_aside_and_not_overwritten(journey):
    journey.write(layout="{dataset}/{region}/{display_id}/{filename}")
    actions = journey.plan()["actions"]
    mine = journey.store / next(a["path"] for a in actions if a["path"].endswith("_B3.TIF"))
    mine.parent.mkdir(parents=True)
    mine.write_bytes(b"my own, for years")
    journey.apply()
    assert mine.read_bytes() != b"my own, for years"
    (aside,) = (journey.store / ".m2msync/quarantine").glob("*.TIF")
    assert aside.read_bytes() == b"my own, for years"
    told = aside.with_name(f"{aside.name}.txt").read_text()
    assert told == f"it lay in the place of landsat_ot_c2_l1/{mine.name}, and was not in the catalog\n"
    mine.write_bytes(b"damaged")  # this one is ours
    journey.apply()
    assert len(list((journey.store / ".m2msync/quarantine").glob("*.TIF"))) == 1


@pytest.mark.parametrize("change", ["product id", "digest"])
def test_what_can_no_longer_be_had_as_it_was_listed_is_listed_anew(box, journey, change):
    def other(product):
        if change == "digest":
            return replace(product, digest="sha512:" + "0" * 128)
        return replace(product, routes=tuple(replace(r, product_id="5e8207607217ef3e") for r in product.routes))

    names = {action["display_id"] for action in journey.plan()["actions"]}
    with Catalog.open(str(journey.store / ".m2msync/catalog.db")) as catalog:  # as of a week ago
        listed = catalog.listings("landsat_ot_c2_l1", names).values()
        old = [replace(one, products=tuple(map(other, one.products))) for one in listed]
        catalog.remember_listings(old, at=time.time() - WEEK)
    failed = journey.apply(code=3)["failed"]
    assert (len(failed), {f["rerun_helps"] for f in failed}) == (12, {True})
    box.counts.calls.clear()
    assert journey.apply()["summary"]["got"] == 12
    assert box.counts.calls["download-options"] == 1
