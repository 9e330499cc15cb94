"""Writes down what is needed to understand a bug, and nothing that must stay secret."""

from __future__ import annotations

import os
import platform
import re
import sys
import tempfile
import traceback
from importlib.metadata import PackageNotFoundError, version

PACKAGES = ("m2msync", "click", "rich", "requests", "urllib3", "pandas", "sqlite-utils", "pyyaml", "jsonschema")
SECRETS = ("M2M_TOKEN", "USGS_TOKEN")
REQUESTED = re.compile(r"(?<=with url: )\S+")
"""The path of a URL as urllib3 tells it; a path may be a signature too."""
URL = re.compile(r"(https?://)(?:[^\s/@'\"]*@)?([^\s/?'\"]+)[^\s'\"]*")
"""A URL, with its host as the second group: the rest may be a signature."""
OPAQUE = re.compile(r"[A-Za-z0-9+=_-]{48,}")
"""A run of characters that is too long to be a word: an API key or a token."""


def write_log(error: BaseException) -> str:
    """Write the traceback and the versions to a new file and return its path, empty when that is impossible."""
    told = "".join(traceback.format_exception(error))
    try:
        with tempfile.NamedTemporaryFile(
            "w", prefix="m2msync-bug-", suffix=".log", delete=False, encoding="utf-8", errors="backslashreplace"
        ) as log:
            log.write(redacted(f"{_versions()}\n\n{told}"))
    except OSError:
        return ""
    return log.name


def redacted(text: str) -> str:
    """Return the text without tokens, keys and the parts of URLs that may be signatures."""
    for name in SECRETS:
        if secret := os.environ.get(name):
            text = text.replace(secret, "***")
    return OPAQUE.sub("***", REQUESTED.sub("***", URL.sub(r"\1\2/***", text)))


def _versions() -> str:
    told = [f"Python {sys.version.split()[0]} on {platform.platform()}"]
    return "\n".join([*told, *(f"{name} {_version(name)}" for name in PACKAGES)])


def _version(name: str) -> str:
    try:
        return version(name)
    except PackageNotFoundError:
        return "is not installed"
