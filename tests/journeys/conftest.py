"""The real command against the real sandbox over real sockets."""

import json
import os
import sqlite3
import subprocess
import sys
from collections.abc import Iterator
from contextlib import closing
from dataclasses import dataclass, field
from pathlib import Path

import pytest
import yaml

from m2msync.sandbox.serve import running

MANIFEST = {
    "version": 1,
    "name": "coast",
    "store": "data",
    "regions": {"north": {"bbox": [-78.9, 2.3, -77.0, 3.5]}, "south": {"bbox": [-80.7, 0.8, -78.8, 2.0]}},
    "datasets": [
        {
            "dataset": "landsat_ot_c2_l1",
            "filters": {
                "acquired": {"start": "2022-01-01", "end": "2022-12-31"},
                "cloud_cover": {"min": 0, "max": 40},
            },
            "images_per_scene": 2,
            "bands": ["B3", "B4", "MTL"],
        }
    ],
}


@dataclass
class Journey:
    """A folder with a manifest, and the command that is run on it."""

    folder: Path
    environment: dict[str, str]
    document: dict = field(default_factory=dict)

    @property
    def manifest(self) -> Path:
        return self.folder / "coast.yaml"

    @property
    def store(self) -> Path:
        return self.folder / "data"

    def write(self, **changes: object) -> None:
        self.document = {**self.document, **changes}
        self.manifest.write_text(yaml.safe_dump(self.document, sort_keys=False), encoding="utf-8")

    def entry(self, **changes: object) -> None:
        """Change the manifest's only dataset entry."""
        self.write(datasets=[{**self.document["datasets"][0], **changes}])

    def run(self, *arguments: str, **environment: str) -> subprocess.CompletedProcess[str]:
        done = subprocess.run(
            [sys.executable, "-m", "m2msync", *arguments],
            cwd=self.folder,
            env={**os.environ, **self.environment, **environment},
            capture_output=True,
            text=True,
            timeout=120,
            check=False,
        )
        assert "Traceback" not in done.stderr + done.stdout, done.stderr
        return done

    def start(self, *arguments: str, **environment: str) -> subprocess.Popen[str]:
        return subprocess.Popen(
            [sys.executable, "-m", "m2msync", *arguments],
            cwd=self.folder,
            env={**os.environ, **self.environment, **environment},
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
        )

    def json(self, *arguments: str, code: int | None = 0, **environment: str) -> dict:
        done = self.run(*arguments, "--json", **environment)
        assert code is None or done.returncode == code, done.stderr + done.stdout
        return json.loads(done.stdout)

    def apply(self, *arguments: str, code: int | None = 0, **environment: str) -> dict:
        return self.json("apply", self.manifest.name, *arguments, code=code, **environment)

    def plan(self, *arguments: str, **environment: str) -> dict:
        return self.json("plan", self.manifest.name, *arguments, **environment)

    def status(self) -> dict:
        return self.json("status", self.manifest.name)

    def catalog(self) -> closing[sqlite3.Connection]:
        """Open the catalog beside the commands; every statement lasts at once."""
        return closing(sqlite3.connect(self.store / ".m2msync" / "catalog.db", isolation_level=None))

    def files(self) -> dict[str, Path]:
        """Return the visible files of the store by their relative path."""
        found = (p for p in self.store.rglob("*") if p.is_file() and ".m2msync" not in p.parts)
        return {p.relative_to(self.store).as_posix(): p for p in found}


@pytest.fixture
def box() -> Iterator:
    with running() as sandbox:
        yield sandbox


@pytest.fixture
def journey(box, tmp_path) -> Journey:
    made = Journey(tmp_path, {**box.env, "M2MSYNC_PATIENCE": "3"}, dict(MANIFEST))
    made.write()
    return made
