"""What the figures were measured on."""

from __future__ import annotations

import os
import platform
import shutil
import ssl
import subprocess
import tempfile
import time
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path
from statistics import median

from rig.rivals import PEERS


def described(folder: Path) -> str:
    """Return a sentence about this machine, the programs compared, and the disk a folder is on."""
    programs = [_first(["aria2c", "--version"]), _first(["curl", "--version"]), _first(["nginx", "-v"]), _peer()]
    libraries = [f"{name} {_version(name)}" for name in ("requests", "urllib3")]
    return (
        f"{_processor()}, {os.cpu_count()} cores, Linux {platform.release()}, Python {platform.python_version()},"
        f" {ssl.OPENSSL_VERSION}; {', '.join([*libraries, *filter(None, programs)])}; {_disk(folder)}."
    )


def missing() -> str:
    """Return a sentence about what has to be installed first, or nothing."""
    packages = {"nginx": "nginx-light", "aria2c": "aria2", "curl": "curl", "openssl": "openssl"}
    path = f"{os.environ.get('PATH', '')}:/usr/sbin:/usr/local/sbin"
    lacking = [package for program, package in packages.items() if not shutil.which(program, path=path)]
    return f"install these first: apt-get install {' '.join(lacking)}" if lacking else ""


def _processor() -> str:
    lines = Path("/proc/cpuinfo").read_text(encoding="utf-8").splitlines()
    return next((line.partition(": ")[2] for line in lines if line.startswith("model name")), platform.machine())


def _first(command: list[str]) -> str:
    """Return a program's name and version, from the first line it prints."""
    path = f"{os.environ.get('PATH', '')}:/usr/sbin"
    done = subprocess.run([shutil.which(command[0], path=path) or command[0], *command[1:]],
                          capture_output=True, text=True, check=False)  # fmt: skip
    words = (done.stdout or done.stderr).splitlines()[0].replace("version", "").split()
    return " ".join(words[:2]) if words[0] != "nginx" else words[-1].replace("/", " ")


def _peer() -> str:
    if not PEERS.exists():
        return ""
    code = "from importlib.metadata import version; print('usgsxplore', version('usgsxplore'))"
    return subprocess.run([PEERS, "-c", code], capture_output=True, text=True, check=False).stdout.strip()


def _version(name: str) -> str:
    try:
        return version(name)
    except PackageNotFoundError:
        return "?"


def _disk(folder: Path) -> str:
    """Say what kind of file system a folder is on, and how long it takes to make a small file safe there."""
    command = ["findmnt", "-fno", "FSTYPE,SOURCE", "-T", str(folder)]
    told = subprocess.run(command, capture_output=True, text=True, check=False).stdout.split()
    return f"files written to {' on '.join(told)}, where an fsync takes {_fsync(folder) * 1000:.2g} ms"


def _fsync(folder: Path) -> float:
    times = []
    for _ in range(50):
        with tempfile.TemporaryFile(dir=folder) as file:
            file.write(bytes(20_000))
            file.flush()
            begun = time.perf_counter()
            os.fsync(file.fileno())
            times.append(time.perf_counter() - begun)
    return median(times)
