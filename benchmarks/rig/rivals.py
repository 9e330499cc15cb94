"""Who does a workload, and by which command."""

from __future__ import annotations

import hashlib
import json
import os
import re
import subprocess
import sys
import tempfile
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING

from rig.hosting import HERE
from rig.workloads import BBOX, DATASET, DATES, US

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from rig.hosting import Host
    from rig.workloads import Workload

PEERS = Path(sys.prefix, "peers", "bin", "python")
_ELSEWHERE = HERE.parents[1] / "tests" / "peers" / "elsewhere.py"


@dataclass(frozen=True, slots=True)
class File:
    """One file that is wanted."""

    name: str
    image: str
    """The entityId of its image."""
    size: int
    digest: str
    """Its sha512, in hex."""


@dataclass(frozen=True, slots=True)
class Task:
    """A workload in a running world, and the files it is about."""

    job: Workload
    host: Host
    files: tuple[File, ...]

    def url(self, file: File) -> str:
        """Return a link that is ready to be fetched; the file host does not look at signatures."""
        if self.job.bundles:
            return f"{self.host.origin}/gen-bundle?landsat_product_id={file.name.removesuffix('.tar')}"
        return f"{self.host.origin}/data/{file.name}"

    def arrived(self, folder: Path) -> int:
        """Return how many of the files lie somewhere in a folder, whole; bundles may be named after their image."""
        sizes = {file.name: file.size for file in self.files} | {f"{f.image}.tar": f.size for f in self.files}
        found = (p for p in folder.rglob("*") if p.name in sizes and ".m2msync" not in p.parts)
        return sum(path.stat().st_size == sizes[path.name] for path in found)


@dataclass(frozen=True, slots=True)
class Attempt:
    """A command that does the task, or a share of it."""

    command: list[str]
    files: int
    """How many it should bring."""
    share: float = 1.0
    environment: Mapping[str, str] = field(default_factory=dict)


def manifest(job: Workload, folder: Path) -> Path:
    """Write the manifest that says what a workload is."""
    west, south, east, north = BBOX
    wanted = {"bands": list(job.bands)} if job.bands else {"products": ["bundle"]}
    document = {
        "version": 1,
        "name": "transfers",
        "store": "data",
        "regions": {"here": {"bbox": [west, south, east, north]}},
        "datasets": [
            {"dataset": DATASET, "filters": {"acquired": DATES}, "images_per_scene": job.scenes, **wanted},
        ],
    }
    place = folder / "transfers.yaml"
    place.write_text(json.dumps(document), encoding="utf-8")  # JSON is YAML
    return place


def prepare(job: Workload, host: Host) -> Task:
    """Let the service make the files, and find out which they are."""
    with tempfile.TemporaryDirectory() as folder:
        command = [sys.executable, "-m", "m2msync", "plan", str(manifest(job, Path(folder))), "--json"]
        done = subprocess.run(command, env=_with(host), capture_output=True, text=True, check=False)
    if done.returncode:
        raise SystemExit(done.stderr)
    planned = [(a["key"].partition("/")[2], a["image"]) for a in json.loads(done.stdout)["actions"]]
    return Task(job, host, tuple(_file(host.folder / name, image) for name, image in planned))


def _with(host: Host) -> dict[str, str]:
    return os.environ | host.environment


def _file(place: Path, image: str) -> File:
    with place.open("rb") as file:
        digest = hashlib.file_digest(file, "sha512").hexdigest()
    return File(place.name, image, place.stat().st_size, digest)


def _m2msync(task: Task, folder: Path) -> Attempt:
    command = [sys.executable, "-m", "m2msync", "apply", str(manifest(task.job, folder)), "--json"]
    return Attempt([*command, "-j", str(task.job.connections)], len(task.files))


def _aria2c(task: Task, folder: Path, *, checked: bool = False) -> Attempt:
    lines = [
        f"{task.url(f)}\n  out={f.name}\n" + (f"  checksum=sha-512={f.digest}\n" if checked else "")
        for f in task.files
    ]
    (folder / "links.txt").write_text("".join(lines), encoding="utf-8")
    command = [
        "aria2c", "--no-conf", "--quiet", "--input-file=links.txt", "--dir=got", "--file-allocation=none",
        "--auto-save-interval=0", f"--ca-certificate={task.host.trust}", f"-j{task.job.connections}",
        f"-x{task.job.segments}", f"-s{task.job.segments}", "-k1M",
    ]  # fmt: skip
    return Attempt(command, len(task.files))


def _checked(task: Task, folder: Path) -> Attempt:
    return _aria2c(task, folder, checked=True)


def _curl(task: Task, folder: Path) -> Attempt:
    lines = [f'url = "{task.url(f)}"\noutput = "{f.name}"\n' for f in task.files]
    (folder / "links.txt").write_text("".join(lines), encoding="utf-8")
    command = [
        "curl", "--disable", "--silent", "--show-error", "--fail", "--http1.1", "--parallel", "--parallel-max",
        str(task.job.connections), "--cacert", str(task.host.trust), "--config", "links.txt",
    ]  # fmt: skip
    return Attempt(command, len(task.files))


def _notebook(task: Task, folder: Path) -> Attempt:
    scenes, host = task.job.notebook_scenes, task.host
    endings = [f"_{band}_{'TXT' if band == 'MTL' else 'TIF'}" for band in task.job.bands]
    job = {"dataset": DATASET, "bboxes": [BBOX], "dates": DATES, "images": scenes, "endings": endings}
    command = [
        sys.executable, str(HERE / "notebook.py"), host.api, host.username, host.token, json.dumps(job), str(folder)
    ]  # fmt: skip
    return Attempt(command, scenes * len(task.job.bands), scenes / task.job.scenes)


def _usgsxplore(task: Task, folder: Path) -> Attempt:
    if not PEERS.exists():
        raise SystemExit("usgsxplore is not installed: make .venv/peers/.installed")
    scenes = [f"#dataset={DATASET}", *(file.image for file in task.files)]
    (folder / "scenes.txt").write_text("\n".join(scenes), encoding="utf-8")
    command = [
        str(PEERS), str(_ELSEWHERE), "usgsxplore.api:API_URL", task.host.api, "usgsxplore", "download", "scenes.txt"
    ]  # fmt: skip
    menu = subprocess.run(command, cwd=folder, env=_with(task.host), capture_output=True, text=True, check=True)
    (number,) = re.findall(r"(\d+): Landsat Collection 2 Level-1 Product Bundle", menu.stdout)
    options = ["-o", "got", "-p", number, "--hide-pbar", "--max-workers", str(task.job.connections)]
    return Attempt([*command, *options], len(task.files))


CONTENDERS: dict[str, Callable[[Task, Path], Attempt]] = {
    US: _m2msync,
    "aria2c": _aria2c,
    "aria2c --checksum": _checked,
    "curl": _curl,
    "notebook": _notebook,
    "usgsxplore": _usgsxplore,
}
