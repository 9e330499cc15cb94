"""What the README shows works as it stands there."""

import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from m2msync.manifests import load
from m2msync.sandbox.serve import running

ROOT = Path(__file__).parents[1]
BLOCKS = re.findall(
    r"^```(\w+)\n(.*?)^```", (ROOT / "README.md").read_text(encoding="utf-8"), re.MULTILINE | re.DOTALL
)


@pytest.fixture
def folder(tmp_path):
    shutil.copy(ROOT / "configs" / "wrs2_r56_r60_p6_p10.csv", tmp_path)
    return tmp_path


def test_the_manifest_is_one(folder):
    (text,) = (text for kind, text in BLOCKS if kind == "yaml")
    (folder / "manifest.yaml").write_text(text, encoding="utf-8")
    manifest = load(folder / "manifest.yaml")
    assert manifest.name == "pacific-coast"
    assert len(manifest.acquisitions[0].regions) == 7


def test_the_python_runs(folder):
    shutil.copy(ROOT / "configs" / "demo.yaml", folder / "manifest.yaml")
    (text,) = (text for kind, text in BLOCKS if kind == "python")
    with running(pixels=16) as box:
        done = subprocess.run(
            [sys.executable, "-c", text],
            cwd=folder,
            env=box.env | {"HOME": str(folder)},
            capture_output=True,
            text=True,
            check=True,
        )
    assert "'get': 20" in done.stdout
    assert "Landed" in done.stdout


def test_every_command_shown_exists():
    from m2msync.cli.program import VERBS

    shown = {
        verb
        for kind, text in BLOCKS
        if kind == "sh"
        for verb in re.findall(r"^\s*m2msync (\w+)", text, re.MULTILINE)
    }
    assert shown
    assert shown <= set(VERBS)
