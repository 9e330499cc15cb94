"""Counts the API calls of one job, done by m2msync and the notebook's way, against the sandbox.

The job: 100 regions, the 10 newest images of each, 4 files an image. The notebook's way is the loop that design
documents and public notebooks share: one search a region, one download-options and one download-request an image.
Both only order; the notebook's way does not even fetch.

    .venv/bin/python benchmarks/calls.py
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
import tempfile
from collections import Counter
from pathlib import Path
from typing import Any

from rig.notebook import Service

from m2msync.sandbox.serve import Sandbox, running

REGIONS = [
    (f"r{n:03d}", [west, south, west + 0.6, south + 0.6])
    for n, (west, south) in enumerate((-79 + 4 * (i % 10), -20 + 4 * (i // 10)) for i in range(100))
]
IMAGES, BANDS = 10, ["B2", "B3", "B4", "MTL"]
DATES = {"start": "2022-01-01", "end": "2022-12-31"}
DATASET = "landsat_ot_c2_l1"


def by_m2msync(box: Sandbox, folder: Path) -> dict[str, Any]:
    """Apply a manifest that says it, and return the result."""
    manifest = {
        "version": 1,
        "name": "calls",
        "store": "data",
        "regions": {name: {"bbox": bbox} for name, bbox in REGIONS},
        "datasets": [
            {"dataset": DATASET, "filters": {"acquired": DATES}, "images_per_scene": IMAGES, "bands": BANDS}
        ],
    }
    file = folder / "calls.yaml"
    file.write_text(json.dumps(manifest), encoding="utf-8")  # JSON is YAML
    command = [sys.executable, "-m", "m2msync", "apply", str(file), "--json", "-j", "8"]
    done = subprocess.run(command, env=os.environ | box.env, capture_output=True, text=True, check=True)
    result: dict[str, Any] = json.loads(done.stdout)
    return result


def by_notebook(box: Sandbox) -> int:
    """Search, list and order as notebooks do; return the number of files ordered."""
    service = Service(box.url, box.username, box.token)
    endings = ("B2_TIF", "B3_TIF", "B4_TIF", "MTL_TXT")
    job = {"dataset": DATASET, "bboxes": [bbox for _, bbox in REGIONS], "dates": DATES, "images": IMAGES}
    ordered = sum(1 for _ in service.links({**job, "endings": endings}))
    service.ask("logout")
    return ordered


def main() -> None:
    """Print both ways' calls as a table for docs/performance.md."""
    with running(pixels=16) as box, tempfile.TemporaryDirectory() as folder:
        result = by_m2msync(box, Path(folder))
        ours = Counter(box.counts.calls)
        files = result["summary"]["got"]
    with running(pixels=16) as box:
        ordered = by_notebook(box)
        theirs = Counter(box.counts.calls)
    print(f"{len(REGIONS)} regions, {IMAGES} images each: {files} files got here, {ordered} ordered there")
    print("\n| endpoint | m2msync | the notebook's way |\n|---|---|---|")
    for name in sorted(ours | theirs, key=lambda n: -theirs[n]):
        print(f"| {name} | {ours[name]} | {theirs[name]} |")
    print(f"| all | {ours.total()} | {theirs.total()} |")
    asked = ("download-options", "download-request")
    ratio = sum(theirs[n] for n in asked) / sum(ours[n] for n in asked)
    print(f"\noptions + requests: {ratio:.0f} times fewer")


if __name__ == "__main__":
    main()
