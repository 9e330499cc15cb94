"""A large file whose transfer breaks is taken up where it broke: within a run, and by the next one after kill -9."""

import hashlib
import json
from collections.abc import Iterator

import pytest
from test_interruption import wait_until
from test_main_job import sha512_by_file

from m2msync.sandbox.serve import running

ROLLBACK = 1 << 16  # bytes fetched again for each interruption


@pytest.fixture
def box() -> Iterator:
    with running(pixels=1300) as sandbox:
        yield sandbox


@pytest.fixture(autouse=True)
def one_band(journey) -> None:
    """Want one large file."""
    north = journey.document["regions"]["north"]
    journey.write(regions={"north": north})
    journey.entry(images_per_scene=1, bands=["B4"])


def the_file(box, journey) -> tuple[str, int]:
    """Return the name and length of the one file that has landed, which must be the announced one."""
    (path,) = journey.files().values()
    data = path.read_bytes()
    assert hashlib.sha512(data).hexdigest() == sha512_by_file(box, journey)[path.name]
    assert len(data) > 20 * ROLLBACK
    assert not list((journey.store / ".m2msync" / "partial").glob("*"))
    return path.name, len(data)


def test_a_dropped_transfer_is_resumed_within_the_run(box, journey):
    box.faults.add(file="*", kind="drop", keep=0.5, times=2)
    summary = journey.apply()["summary"]
    name, size = the_file(box, journey)
    sent = box.counts.bytes[name]
    # The half, half of the rest, and the rest, of which the last two were asked for to the end.
    assert box.counts.files[name] == 3
    assert size < sent <= size + 2 * ROLLBACK
    assert summary["bytes"] == sent
    assert box.counts.whole[name] == 0


def test_the_next_run_resumes_what_a_killed_one_has_kept(box, journey):
    box.faults.add(file="*", kind="trickle", rate=100_000)  # it would take a quarter of a minute
    first = journey.start("apply", "coast.yaml")
    folder = journey.store / ".m2msync" / "partial"
    wait_until(lambda: any(path.stat().st_size > 2 * ROLLBACK for path in folder.glob("*.part")))
    first.kill()
    first.communicate(timeout=60)
    (part,) = folder.glob("*.part")
    kept = part.stat().st_size
    assert not journey.files()
    box.faults.clear()
    before = box.counts.bytes.total()
    summary = journey.apply()["summary"]
    _, size = the_file(box, journey)
    assert summary["got"] == 1
    assert summary["bytes"] == size - kept + ROLLBACK
    assert box.counts.bytes.total() - before == size - kept + ROLLBACK


def test_a_catalog_that_is_removed_in_mid_run_ends_it_and_what_has_come_is_kept(box, journey):
    journey.entry(images_per_scene=1, bands=["B4", "MTL", "ANG"])
    box.faults.add(file="*_B4.TIF", kind="trickle", rate=100_000)
    box.faults.add(file="*_ANG.txt", kind="stall", keep=0.5, seconds=5, times=1)
    run = journey.start("apply", "coast.yaml", "--json", M2MSYNC_PATIENCE="60")
    private = journey.store / ".m2msync"
    wait_until(lambda: any(path.name.endswith("_MTL.txt") for path in journey.files().values()))
    wait_until(lambda: any(path.stat().st_size > ROLLBACK for path in private.glob("partial/*_B4.TIF.part")))
    for path in private.glob("catalog.db*"):
        path.unlink()
    result = json.loads(run.communicate(timeout=60)[0])
    assert (run.returncode, result["status"], result["summary"]["got"]) == (1, "error", 1)
    assert "catalog.db has been removed or replaced meanwhile" in result["error"]
    assert list(private.glob("partial/*_B4.TIF.part"))
    box.faults.clear()
    assert journey.apply()["status"] == "success"
    (name,) = (path.name for path in journey.files().values() if path.name.endswith("_B4.TIF"))
    assert box.counts.whole[name] == 0  # it was taken up where it was
