"""What people read, from the real command to the last letter. After a wanted change: GOLDEN=write pytest THIS_FILE."""

import os
import re
from pathlib import Path

import pytest

GOLDEN = Path(__file__).parent.parent / "data/golden"


def shown(journey, *words: str) -> str:
    """Return what a command prints, without what differs from machine to machine and from day to day."""
    text = journey.run(*words).stdout.replace(str(journey.folder.resolve()), "FOLDER")
    text = re.sub(r"of [\d.]+ [kMGT]?B free", "of FREE free", text)
    text = re.sub(r"in [\d.]+ (s|min)\b", "in TIME", text)
    text = re.sub(r"127\.0\.0\.1:\d+", "HOST", text)
    text = re.sub(r"forgotten \d{4}-\d\d-\d\d", "forgotten DAY", text)
    return re.sub(r"Last apply: \S+", "Last apply: THEN", text)


def check(name: str, text: str) -> None:
    path = GOLDEN / name
    if os.environ.get("GOLDEN") == "write":
        path.write_text(text, encoding="utf-8")
    assert text == path.read_text(encoding="utf-8")


@pytest.fixture
def story(box, journey):
    """A store with something of everything: kept, lost, failed, replaced, forgotten, wanted no longer."""
    box.faults.add(file="LC08*_B4.TIF", kind="status", status=404)
    journey.apply(code=3)
    box.faults.clear()
    kept = sorted(journey.files())
    journey.files()[kept[0]].unlink()
    journey.files()[kept[1]].write_bytes(b"short")
    journey.run("forget", "coast.yaml", f"landsat_ot_c2_l1/{kept[2].rpartition('/')[2]}", "--reason", "too cloudy")
    box.reprocess(max(a["image"] for a in journey.plan()["actions"]))
    journey.entry(bands=["B3", "B4"])
    return journey


def test_a_plan(story):
    _, table, text = shown(story, "plan", "coast.yaml", "-v").partition("dataset  ")
    check("plan.txt", table + text)


def test_why_images_are_chosen(journey):
    """Surface temperature is lacking in some of them."""
    journey.write(regions={"cell": {"path_row": ["011/059"]}})
    journey.entry(
        dataset="landsat_ot_c2_l2",
        filters={"acquired": {"start": "2024-12-01", "end": "2025-08-31"}},
        per="season",
        prefer="spread",
        tiers=["T1"],
        bands=["SR_B4", "ST_B10"],
        if_missing="skip_image",
    )
    check("choice.txt", shown(journey, "plan", "coast.yaml", "-v"))


def test_a_status(story):
    check("status.txt", shown(story, "status", "coast.yaml", "-v"))


def test_a_lock(journey):
    journey.run("lock", "coast.yaml")
    check("coast.lock", (journey.folder / "coast.lock").read_text())


def test_the_lines_of_a_run_that_is_no_terminal(box, journey):
    """Its log in cron's mail or in CI: a bad day, which ends well but for one file."""
    box.faults.add(api="download-options", times=1, kind="html")
    box.faults.add(file="LC09_L1TP_010059*_B4.TIF", kind="status", status=404)
    text = journey.run("apply", "coast.yaml").stderr
    # How far it has come is told by the clock.
    lines = [line for line in text.splitlines() if not re.search(r": [\d,]+ of [\d,]+ ", line)]
    times = re.compile(r"^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ ")
    assert all(times.match(line) for line in lines)
    told = "\n".join(times.sub("", line) for line in lines) + "\n"
    check("lines.txt", re.sub(r"127\.0\.0\.1:\d+", "HOST", re.sub(r"waiting [\d.]+ s", "waiting TIME", told)))
