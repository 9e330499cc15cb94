"""One sandbox for all pages, and for each page a folder like a clone, with a manifest and old downloads."""

import contextlib
import shutil
import sys
from pathlib import Path

import pytest

from m2msync.cli import opening
from m2msync.sandbox.serve import running

from .pages import ROOT, Reader

COAST = """\
version: 1
name: coast
store: data
regions:
  north: {path_row: ["011/059"]}
  galapagos: {bbox: [-91.7, -1.5, -89.2, 0.7]}
datasets:
  - dataset: landsat_ot_c2_l1
    filters:
      acquired: {start: 2023-03-01, end: 2023-04-05}
    images_per_scene: 2
    bands: [B2, B3, B4, MTL]
"""
SQUARE = '{"type": "Polygon", "coordinates": [[[-70, -4], [-69, -4], [-69, -3], [-70, -4]]]}'
BOXES = "LL Lat,LL Lon,UR Lat,UR Lon,name\n-0.685,-81.071,0.685,-79.031,esmeraldas\n"


@pytest.fixture(scope="session")
def box():
    with running() as sandbox:
        yield sandbox


@pytest.fixture(scope="session")
def downloads(box, tmp_path_factory):
    """What somebody has fetched with a notebook: some files of the manifest, flat in one folder."""
    folder = tmp_path_factory.mktemp("downloads")
    (folder / "coast.yaml").write_text(COAST.replace("B3, B4, MTL", "B3"))
    with pytest.MonkeyPatch.context() as patch:
        for name, value in box.env.items():
            patch.setenv(name, value)
        patch.setenv("HOME", str(folder))
        reader = Reader(folder)
        patch.chdir(folder)
        reader._call(["apply", "coast.yaml"])
    assert reader.code == 0
    return sorted((folder / "data").rglob("*.TIF"))[:5]


@pytest.fixture
def reader(box, downloads, tmp_path, monkeypatch, request):
    """Somebody in a clone with the program installed, whose account is the sandbox's."""
    folder = tmp_path / "clone"
    shutil.copytree(ROOT / "configs", folder / "configs")
    for name in ("Makefile", "pyproject.toml", "configs/wrs2_r56_r60_p6_p10.csv"):
        shutil.copy(ROOT / name, folder)
    shutil.copytree(ROOT / "docs", folder / "docs")
    for name in ("coast.yaml", "manifest.yaml"):
        (folder / name).write_text(COAST)
    (folder / "amazon.geojson").write_text(SQUARE)
    (folder / "coast.csv").write_text(BOXES)
    notebook = tmp_path / "home" / "notebook"
    notebook.mkdir(parents=True)
    for path in downloads:
        shutil.copy(path, notebook)
    installed(folder / ".venv")
    for name, value in box.env.items():
        monkeypatch.setenv(name, value)
    monkeypatch.setenv("HOME", str(notebook.parent))
    monkeypatch.setenv("PATH", f"{folder / '.venv' / 'bin'}:{Path(sys.executable).parent}:/usr/bin:/bin")
    monkeypatch.setattr(opening, "serving", lambda **_: contextlib.nullcontext(box))
    monkeypatch.setattr("webbrowser.open", lambda *_, **__: True)
    monkeypatch.chdir(folder)
    page = getattr(request.node, "callspec", None) and request.node.callspec.params.get("page")
    if page and page.name == "how-to-object-store.md":
        server = request.getfixturevalue("moto_server")
        server.client.create_bucket(Bucket="my-bucket")
        for name, value in server.environment.items():
            monkeypatch.setenv(name, value)
    return Reader(folder)


def installed(venv):
    """Make what `make` takes for an environment with the program in it."""
    (venv / "bin").mkdir(parents=True)
    (venv / "bin" / "python").symlink_to(sys.executable)
    program = venv / "bin" / "m2msync"
    program.write_text(f'#!/bin/sh\nexec {sys.executable} -m m2msync "$@"\n')
    program.chmod(0o755)
    (venv / "bin" / "activate").write_text("")
    (venv / ".installed").touch()
