"""What a shell is told that completes a command: manifests, and the datasets and regions in one.

It is asked at every press of a key, so nothing is imported here that takes time, and whatever is wrong with a file
is for the command itself to tell.
"""

from __future__ import annotations

import os
from contextlib import suppress
from pathlib import Path
from typing import Any

from click.shell_completion import CompletionItem

from m2msync.core.manifest import ENDINGS

_LARGEST = 1 << 20  # bytes of a manifest; reading a longer one would be felt


def manifests(start: str) -> list[CompletionItem]:
    """Return the YAML files whose path begins so; a folder is offered by the shell when there are none."""
    folder, _, name = start.rpartition("/")
    place = Path(os.path.expanduser(folder) if folder else "/" if start.startswith("/") else ".")  # noqa: PTH111
    try:
        names = sorted(
            entry.name for entry in os.scandir(place) if entry.name.endswith(ENDINGS) and entry.is_file()
        )
    except OSError:
        return []
    prefix = start[: len(start) - len(name)]
    return [CompletionItem(f"{prefix}{found}") for found in names if found.startswith(name)]


def names(manifest: str | None, start: str) -> list[str]:
    """Return the datasets and regions of a manifest that begin so."""
    document = _read(manifest) if manifest else None
    if not isinstance(document, dict):
        return []
    entries = document.get("datasets")
    datasets = (
        [entry.get("dataset") for entry in entries if isinstance(entry, dict)] if isinstance(entries, list) else []
    )
    regions = document.get("regions")
    found = dict.fromkeys([*datasets, *(regions if isinstance(regions, dict) else ())])
    return [name for name in found if isinstance(name, str) and name.startswith(start)]


def _read(manifest: str) -> Any:
    import yaml  # noqa: PLC0415 - only where names are asked for

    loader = getattr(yaml, "CSafeLoader", yaml.SafeLoader)
    with suppress(OSError, ValueError, yaml.YAMLError), Path(manifest).open(encoding="utf-8") as file:
        return yaml.load(file.read(_LARGEST), loader)  # noqa: S506 - a safe one
    return None
