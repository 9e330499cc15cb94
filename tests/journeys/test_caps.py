"""Limits of the user's own: bytes, time, room on the disk. Each ends a run cleanly, and the next goes on."""

import json

import pytest
from test_interruption import assert_sound, recorded

from m2msync.sandbox.behaviour import Behaviour, Staging
from m2msync.sandbox.serve import running


def ended(journey, *flags) -> dict:
    """Apply until a limit is reached."""
    result = journey.apply(*flags, code=7)
    assert result["status"] == "capped"
    assert result["hint"] == "Run the same command again to go on."
    assert set(recorded(journey)) == set(journey.files())
    return result


def test_a_run_fetches_no_more_than_it_may_and_the_next_go_on(box, journey):
    sizes = sorted(a["size"] for a in journey.plan()["actions"])
    most = sum(sizes) // 3
    runs = []
    while len(runs) < 10 and (result := journey.apply("--max-bytes", str(most), code=None))["exit_code"] == 7:
        assert result["error"].startswith(f"{12 - len(journey.files())} of ")
        assert result["summary"]["bytes"] <= most
        assert result["summary"]["got"] > 0
        runs.append(result)
    assert 2 <= len(runs) <= 5
    assert len(journey.files()) == 12
    assert max(box.counts.files.values()) == 1
    assert_sound(box, journey)


def test_a_limit_that_nothing_fits_into_is_told(journey):
    result = ended(journey, "--max-bytes", "10")
    assert result["error"].startswith("12 of 12 files, ")
    assert result["error"].endswith(" do not fit into the limit of 10 bytes")
    assert result["summary"]["got"] == 0
    told = journey.run("apply", "coast.yaml", "--max-bytes", "10")
    assert "Error: 12 of 12 files" in told.stderr
    assert "To go on: m2msync apply coast.yaml" in told.stdout


def test_the_manifest_may_set_the_limits(journey):
    journey.write(transfer={"max_bytes": "10B"})
    ended(journey)
    assert journey.apply("--max-bytes", "1GB")["summary"]["got"] == 12


def test_what_shall_stay_free_on_the_disk_stays_free(journey):
    journey.write(transfer={"reserve_free": "900PB"})
    result = ended(journey)
    assert "do not fit on the disk" in result["error"]
    assert "900,000,000.0 GB of which stay free" in result["error"]
    assert journey.files() == {}


def test_when_the_time_is_over_what_has_come_is_kept_and_continued(box, journey):
    box.faults.add(file="*", kind="trickle", rate=3000)
    result = ended(journey, "--max-duration", "3s", "-j", "2")
    assert result["error"] == "the time limit of 3 seconds is reached"
    assert result["summary"]["seconds"] < 20
    assert result["failed"] == []
    box.faults.clear()
    finished = journey.apply()
    assert finished["status"] == "success"
    assert finished["summary"]["got"] + finished["summary"]["kept"] == 12
    assert_sound(box, journey)


@pytest.mark.parametrize("api", ["login-token", "scene-search", "download-options"])
def test_the_time_limit_holds_while_m2m_does_not_answer(box, journey, api):
    slow = box.faults.add(api=api, kind="slow", seconds=60)
    result = ended(journey, "--max-duration", "2s")
    assert result["error"] == "the time limit of 2 seconds is reached"
    assert result["summary"]["seconds"] < 20
    assert slow.struck == 1


def test_what_is_answered_after_the_limit_is_waited_for_no_longer(journey):
    with running(behaviour=Behaviour(staging=Staging(systems=frozenset({"ls_s3"}), polls=3))) as box:
        journey.environment |= box.env
        box.faults.add(api="download-request", kind="slow", seconds=4.0)
        ended(journey, "--max-duration", "3s")
        assert box.counts.calls["download-retrieve"] == 0
        box.faults.clear()
        assert journey.apply()["summary"]["got"] == 12
        assert box.counts.calls["download-request"] == 1


def test_fail_fast_ends_with_the_first_failure(box, journey):
    box.faults.add(file="*", kind="status", status=404)
    result = journey.apply("--fail-fast", "-j", "1", code=3)
    assert len(result["failed"]) == 1
    assert result["summary"]["got"] == 0
    box.faults.clear()
    assert journey.apply()["summary"]["got"] == 12


def test_what_failed_before_is_left_when_asked_and_still_told(box, journey):
    box.faults.add(file="*_B4.TIF", kind="status", status=404)
    failed = journey.apply(code=3)["failed"]
    asked = dict(box.counts.files)
    again = journey.apply("--no-retry-failed", code=3)
    assert {f["key"] for f in again["failed"]} == {f["key"] for f in failed}
    told = [f | {"reason": f"failed once: {f['reason']}"} for f in failed]
    assert again["failed"] == sorted(told, key=lambda f: f["path"])
    assert {f["rerun_helps"] for f in failed} == {False}
    assert dict(box.counts.files) == asked
    box.faults.clear()
    assert journey.apply()["summary"]["got"] == len(failed)


def test_a_large_file_comes_over_all_the_connections(journey):
    """Nothing else waits, so its rest is shared out."""
    journey.write(regions={"north": journey.document["regions"]["north"]})
    journey.entry(bands=["B8"], regions=["north"], images_per_scene=1)
    with running(pixels=1600) as box:
        box.faults.add(file="*_B8.TIF", kind="trickle", rate=1_000_000)
        whole(box, journey)


def whole(box, journey):
    """Apply, and see how the only file came."""
    result = journey.apply("-j", "4", "--events", "events.ndjson", **box.env, M2MSYNC_PATIENCE="60")
    assert result["summary"]["got"] == 1
    (name,) = box.counts.files
    assert box.counts.files[name] >= 4
    size = next(iter(journey.files().values())).stat().st_size
    assert result["summary"]["bytes"] == size
    events = [json.loads(line) for line in (journey.folder / "events.ndjson").read_text().splitlines()]
    assert sum(e["event"] == "started" for e in events) == 1
    assert_sound(box, journey)
