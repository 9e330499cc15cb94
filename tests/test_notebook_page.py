"""Every command of docs/from-the-notebook.md does its job, in the order of the page."""

import json
import os
import re
import shlex
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from m2msync.core import naming
from m2msync.manifests import load
from m2msync.sandbox.serve import running

ROOT = Path(__file__).parents[1]
PAGE = (ROOT / "docs" / "from-the-notebook.md").read_text(encoding="utf-8")
COMMANDS = [
    line
    for block in re.findall(r"^```sh\n(.*?)^```", PAGE, re.MULTILINE | re.DOTALL)
    for line in block.splitlines()
]


@pytest.fixture(scope="module")
def done(tmp_path_factory):
    """Run every command and return what each printed."""
    folder = tmp_path_factory.mktemp("page")
    shutil.copy(ROOT / "configs" / "wrs2_r56_r60_p6_p10.csv", folder)
    printed, image = {}, ""
    with running(pixels=16) as box:
        environment = {**os.environ, **box.env, "PYTHON_KEYRING_BACKEND": "keyring.backends.null.Keyring"}
        for command in COMMANDS:
            program, *words = shlex.split(command.replace("IMAGE", image))
            assert program == "m2msync"
            ended = subprocess.run(
                [sys.executable, "-m", "m2msync", *words],
                cwd=folder,
                env=environment,
                capture_output=True,
                text=True,
                check=False,
            )
            assert ended.returncode == 0, (command, ended.stderr)
            printed[command] = ended.stdout
            if words[0] == "search":
                image = image or ended.stdout.splitlines()[1].split()[0]
        yield folder, printed, image


def test_the_page_covers_the_work():
    assert [command.split()[1] for command in COMMANDS] == [
        "doctor", "datasets", "filters", "filters", "products", "init", "validate", "search", "search", "plan", "apply",
        "status", "verify", "show", "show",
    ]  # fmt: skip


def test_the_manifest_is_the_notebooks_job(done):
    folder, printed, _ = done
    ours, shipped = load(folder / "pacific.yaml"), load(ROOT / "configs" / "pacific-coast.yaml")
    (entry,), (other,) = ours.acquisitions, shipped.acquisitions
    assert [region.boxes for region in entry.regions] == [region.boxes for region in other.regions]
    assert (entry.dataset, entry.bands, entry.images_per_scene) == (other.dataset, other.bands, 5)
    assert entry.filters.acquired == other.filters.acquired
    assert entry.filters.cloud_cover.maximum == 10
    assert "in order" in printed["m2msync validate pacific.yaml"]


def test_every_image_came_with_its_four_files(done):
    folder, printed, image = done
    found = json.loads((folder / "footprints.geojson").read_text())
    chosen = {f["id"] for f in found["features"] if f["properties"]["chosen"]}
    assert image in chosen
    held = [path for path in (folder / "data" / "landsat_ot_c2_l1").rglob("*") if path.is_file()]
    bands = {
        name: {naming.band_of(path.name, name) for path in held if path.name.startswith(name)} for name in chosen
    }
    assert all(several == {"B2", "B3", "B4", "MTL"} for several in bands.values())
    assert len(held) == 4 * len(chosen)
    assert f"{len(held)} of {len(held)} wanted files held" in printed["m2msync status pacific.yaml"]


def test_the_pictures_are_there(done):
    folder, printed, image = done
    assert printed["m2msync show pacific.yaml IMAGE"] == f"{image}.png\n"
    for name in (f"{image}.png", "red.png"):
        assert (folder / name).read_bytes().startswith(b"\x89PNG")
