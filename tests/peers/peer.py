"""A program by other authors, as a test runs it."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from m2msync.sandbox.serve import Sandbox

PYTHON = Path(sys.prefix, "peers", "bin", "python")
NOWHERE = {"ALL_PROXY": "http://127.0.0.1:9", "NO_PROXY": "127.0.0.1,localhost"}
"""Sends whatever is not meant for the sandbox where nobody listens."""


@dataclass(frozen=True, slots=True)
class Peer:
    """Runs one command in a folder of its own; `constant` is where the program keeps the address it calls."""

    command: str
    constant: str
    address: str
    box: Sandbox
    folder: Path

    def run(self, *arguments: str, fails: bool = False, **environment: str) -> subprocess.CompletedProcess[str]:
        """Run the command, which must fail or must not."""
        return self._start(self.command, *arguments, fails=fails, **environment)

    def call(self, function: str, **arguments: object) -> Any:
        """Return what one of its functions returns."""
        return json.loads(self._start(function, json.dumps(arguments)).stdout)

    def _start(self, *words: str, fails: bool = False, **environment: str) -> subprocess.CompletedProcess[str]:
        account = {"USGS_USERNAME": self.box.username, "USGS_TOKEN": self.box.token}
        done = subprocess.run(
            [PYTHON, Path(__file__).with_name("elsewhere.py"), self.constant, self.address, *words],
            cwd=self.folder,
            env={**os.environ, **account, **NOWHERE, **environment},
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
            timeout=240,
            check=False,
        )
        assert bool(done.returncode) == fails, done.stderr + done.stdout
        return done
