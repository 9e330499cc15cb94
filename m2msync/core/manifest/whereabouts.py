"""Where a manifest's store, catalog and unfinished files may be."""

from __future__ import annotations

import re
from functools import partial
from typing import TYPE_CHECKING

from m2msync.core.addresses import is_remote, read_address
from m2msync.core.wording import Unfit, shown

if TYPE_CHECKING:
    from m2msync.core.manifest.findings import Findings

_LOCAL = {
    "catalog": ("the catalog is a file", "write a path; `m2msync catalog push` keeps a copy of it in the store"),
    "scratch": ("scratch is a folder", "write a path"),
}


_VARIABLE = re.compile(r"\$\{?\w+\}?|%\w+%")
_ONE_SLASH = re.compile(r"(s3a?|gs|gcs|az|abfs|https?|s?ftp|file):/?(?!/)(.*)", re.IGNORECASE)


def _check_path(path: str) -> None:
    """Check that a path means what it seems to mean.

    Raises:
        Unfit: it does not: a folder would be made that is called like a variable or an address.
    """
    if variable := _VARIABLE.search(path):
        hint = "write the path itself; only ~ is filled in, and paths begin at the manifest"
        raise Unfit(f"{variable[0]} is not filled in: a manifest means the same in every environment", hint)
    if address := _ONE_SLASH.fullmatch(path):
        hint = f"write {address[1].lower()}://{address[2]}, or ./{path} for a folder of that name"
        raise Unfit(f"{shown(path)} is no address, and would be a folder called {address[1]}:", hint)


def check_whereabouts(findings: Findings) -> None:
    """Note where something cannot be."""
    store = findings.sound(("store",)) or ""
    if is_remote(store):
        findings.attempt(("store",), partial(read_address, store))
    elif findings.sound(("scratch",)):
        message = "scratch is for a store in a bucket; a folder keeps what is unfinished in itself"
        findings.add(("scratch",), message, "leave it out", at_key=True)
    for key in ("store", "catalog", "scratch"):
        findings.attempt((key,), partial(_check_path, findings.sound((key,)) or ""))
    for key, (message, hint) in _LOCAL.items():
        if is_remote(findings.sound((key,)) or ""):
            findings.add((key,), f"{message} of this machine", hint)
