"""`init`: a manifest to begin with, from flags, from answers, from nothing."""

import os
import pty
import select
import shutil
import subprocess
import sys
from datetime import UTC, datetime
from pathlib import Path
from urllib.parse import unquote, urlsplit

from jsonschema import Draft202012Validator

from m2msync.manifests import load
from m2msync.resources import schema

CSV = Path(__file__).parents[2] / "configs" / "wrs2_r56_r60_p6_p10.csv"


def modeline(path):
    """Return the first line's address of the schema, cut out as the language server of editors does."""
    first = path.read_text(encoding="utf-8").splitlines()[0]
    assert first.startswith("# yaml-language-server: $schema=")
    return first.partition("$schema=")[2].split()[0]


def test_without_a_terminal_the_defaults_make_a_manifest_that_is_in_order(journey):
    told = journey.json("init")
    Draft202012Validator(schema("init")).validate(told)
    manifest = load(journey.folder / "manifest.yaml")
    (entry,) = manifest.acquisitions
    assert (manifest.name, entry.dataset, entry.bands) == (
        "manifest",
        "landsat_ot_c2_l1",
        ("B2", "B3", "B4", "MTL"),
    )
    assert (entry.filters.cloud_cover.maximum, entry.images_per_scene) == (10, 5)
    assert str(entry.filters.acquired.start) == f"{datetime.now(UTC).year - 1}-01-01"
    assert entry.filters.acquired.end is None
    assert journey.run("validate", "manifest.yaml").returncode == 0


def test_the_first_line_leads_to_the_schema(journey):
    journey.run("init", "coast2.yaml")
    address = modeline(journey.folder / "coast2.yaml")
    assert address == journey.json("init", "coast3.yaml")["schema"]
    parts = urlsplit(address)
    assert (parts.scheme, parts.netloc) == ("file", "")
    assert (
        Path(unquote(parts.path)).read_bytes() == (CSV.parents[1] / "schemas" / "manifest.schema.json").read_bytes()
    )


def test_a_copy_of_the_schema_travels_with_the_manifest(journey):
    assert journey.run("init", "coast2.yaml", "--schema").returncode == 0
    name = modeline(journey.folder / "coast2.yaml")
    assert "/" not in name
    copied = (journey.folder / name).read_bytes()
    assert copied == (CSV.parents[1] / "schemas" / "manifest.schema.json").read_bytes()


def test_flags_say_it_all(journey):
    (journey.folder / "sub").mkdir()
    shutil.copy(CSV, journey.folder / "boxes.csv")
    flags = ["--dataset", "landsat_ot_c2_l2", "--csv", "boxes.csv", "--bands", "SR_B*,QA_PIXEL", "--cloud", "0"]
    done = journey.run(
        "init", "sub/ponds.yaml", *flags, "--start", "2022-01-01", "--end", "2023-11-06", "--images", "2"
    )
    assert (done.returncode, done.stderr) == (0, "")
    assert done.stdout == "Wrote sub/ponds.yaml.\nNext: m2msync validate sub/ponds.yaml\n"
    manifest = load(journey.folder / "sub" / "ponds.yaml")
    (entry,) = manifest.acquisitions
    assert [region.name for region in entry.regions] == [f"boxes-{n}" for n in range(1, 7)]
    assert (entry.bands, entry.images_per_scene) == (("SR_B*", "QA_PIXEL"), 2)
    assert (entry.filters.cloud_cover.maximum, str(entry.filters.acquired.end)) == (0, "2023-11-06")
    journey.run("init", "fiji.yaml", "--bbox", "177,-19,-178,-16.5")
    (entry,) = load(journey.folder / "fiji.yaml").acquisitions
    assert len(entry.regions[0].boxes) == 2


def test_nothing_is_replaced_unless_told_so(journey):
    before = journey.manifest.read_text()
    done = journey.run("init", "coast.yaml")
    assert done.returncode == 4
    assert "coast.yaml exists already" in done.stderr
    assert "--force" in done.stderr
    assert journey.manifest.read_text() == before
    assert journey.run("init", "coast.yaml", "--force").returncode == 0
    assert load(journey.manifest).name == "coast"


def answered(journey, answers, *arguments):
    """Run the command on a terminal and type an answer whenever it has asked; return what the terminal shows."""
    ours, theirs = pty.openpty()
    command = [sys.executable, "-m", "m2msync", "init", *arguments]
    process = subprocess.Popen(command, cwd=journey.folder, stdin=theirs, stdout=theirs, stderr=theirs)
    os.close(theirs)
    shown, asked = "", 0
    while process.poll() is None or select.select([ours], [], [], 0)[0]:
        if not select.select([ours], [], [], 0.1)[0]:
            continue
        try:
            shown += os.read(ours, 4096).decode()
        except OSError:  # Linux tells the end of a terminal so
            break
        if shown.count(": ") > asked and shown.endswith(": ") and answers:
            asked = shown.count(": ")
            os.write(ours, f"{answers.pop(0)}\n".encode())
    assert process.wait(60) == 0, shown
    os.close(ours)
    return shown


def test_on_a_terminal_it_asks_for_what_the_flags_do_not_say(journey):
    answers = [
        "landsat_etm_c2_l1",
        "somewhere",
        "-91.7 -1.5 -89.2 0.7",
        "2003-05-31",
        "250",
        "25",
        "B1 B2",
        "3",
    ]
    shown = answered(journey, answers, "asked.yaml", "--start", "2001-01-01")
    assert answers == [], shown
    (entry,) = load(journey.folder / "asked.yaml").acquisitions
    assert entry.dataset == "landsat_etm_c2_l1"
    assert (str(entry.filters.acquired.start), str(entry.filters.acquired.end)) == ("2001-01-01", "2003-05-31")
    assert (entry.filters.cloud_cover.maximum, entry.bands, entry.images_per_scene) == (25, ("B1", "B2"), 3)
    assert "'250' is not a number from 0 to 100" in shown
    assert "there is no file somewhere" in shown
