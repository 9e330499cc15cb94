"""What is to be fetched, in chapters that share one store and one catalog, and what the sandbox announces of it."""

from __future__ import annotations

import hashlib
import json
import os
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

import requests

from m2msync.sandbox.imagery import content
from m2msync.sandbox.world.catalogue import DATASETS

if TYPE_CHECKING:
    from m2msync.sandbox.serve import Sandbox

ROOT = Path(__file__).parents[2]
DATASET = "landsat_ot_c2_l1"
SIDES = ("here", "there")
"""Two regions of the same extent: every product is fetched for the first and linked for the second."""
_YEAR = {"acquired": {"start": "2022-01-01", "end": "2022-12-31"}}


@dataclass(frozen=True)
class Announced:
    """A file as the sandbox announces it."""

    size: int
    sha512: str
    told: bool
    """Whether the API tells the digest; of bundles it does not."""


@dataclass(frozen=True)
class Chapter:
    """A manifest's file name, and what it wants by path in the store; every product at two paths."""

    manifest: str
    files: dict[str, Announced]

    @property
    def products(self) -> dict[str, Announced]:
        """What is to be fetched, by file name."""
        return {Path(path).name: file for path, file in self.files.items()}

    @property
    def size(self) -> int:
        return sum(file.size for file in self.products.values())


def chapters(
    box: Sandbox, folder: Path, number: int, *, connections: int, images: int, bundles: int
) -> list[Chapter]:
    """Write the manifests into a folder and return what they want."""
    return [_chapter(box, folder, n, _manifest(n, connections, images, bundles)) for n in range(number)]


def single(box: Sandbox, folder: Path, *, connections: int) -> Chapter:
    """Return a chapter that wants one large file."""
    entry = {"dataset": DATASET, "filters": _YEAR, "images_per_scene": 1, "bands": ["B8"]}
    return _chapter(box, folder, 0, _document(0, connections, [entry]))


def _manifest(number: int, connections: int, images: int, bundles: int) -> dict[str, object]:
    common = {"dataset": DATASET, "filters": _YEAR}
    bands = {**common, "images_per_scene": images, "bands": ["B2", "B3", "B4", "B5", "MTL"]}
    return _document(number, connections, [bands, {**common, "images_per_scene": bundles, "products": ["bundle"]}])


def _document(number: int, connections: int, entries: list[dict[str, object]]) -> dict[str, object]:
    west, south = -79 + 4 * (number % 10), -20 + 4 * (number // 10)
    place = {"bbox": [west, south, west + 0.6, south + 0.6]}
    return {
        "version": 1,
        "name": f"chapter-{number}",
        "store": "data",
        "layout": "{region}/{display_id}/{filename}",
        "regions": {f"{side}-{number}": place for side in SIDES},
        "datasets": entries,
        "transfer": {"connections": connections},
    }


def _chapter(box: Sandbox, folder: Path, number: int, document: dict[str, object]) -> Chapter:
    name = f"chapter-{number}.yaml"
    (folder / name).write_text(json.dumps(document), encoding="utf-8")  # JSON is YAML
    aside = (
        folder / f"aside-{number}.yaml"
    )  # planned with another catalog, so that the real one begins from nothing
    aside.write_text(json.dumps({**document, "store": f"aside-{number}"}), encoding="utf-8")
    actions = run(box, folder, "plan", aside.name)["actions"]
    told = _digests(box, sorted({action["image"] for action in actions}))
    found = {action["path"]: _announced(box, action, told) for action in actions}
    return Chapter(name, {path.replace(SIDES[0], side, 1): file for path, file in found.items() for side in SIDES})


def run(box: Sandbox, folder: Path, *arguments: str) -> dict:
    """Run the command to its end, which must be a good one, and return its JSON."""
    done = subprocess.run(
        [sys.executable, "-m", "m2msync", *arguments, "--json"],
        cwd=folder, env=os.environ | {"PYTHONPATH": str(ROOT)} | box.env, capture_output=True, text=True, check=False,
    )  # fmt: skip
    assert done.returncode == 0, done.stderr + done.stdout
    assert "Traceback" not in done.stderr
    return json.loads(done.stdout)


def _digests(box: Sandbox, entities: list[str]) -> dict[str, str]:
    """Ask the API, without our client, for the digest of every single file."""
    who = {"username": box.username, "token": box.token}
    key = requests.post(box.url + "login-token", json=who, timeout=60).json()["data"]
    answer = requests.post(
        box.url + "download-options",
        json={"datasetName": DATASET, "entityIds": entities},
        headers={"X-Auth-Token": key},
        timeout=600,
    ).json()["data"]
    files = (file for option in answer for file in option["secondaryDownloads"])
    return {file["displayId"]: file["checksum"][0]["value"] for file in files}


def _announced(box: Sandbox, action: dict, told: dict[str, str]) -> Announced:
    name, pixels = action["key"].partition("/")[2], box.state.pixels
    scene = box.world.by_display_id(DATASETS[DATASET], action["display_id"])
    bundle = name.endswith(".tar")
    data = content.bundle_bytes(scene, pixels=pixels) if bundle else content.file_bytes(scene, name, pixels=pixels)
    digest = hashlib.sha512(data).hexdigest()
    assert bundle or told[name] == digest
    return Announced(len(data), digest, name in told)
