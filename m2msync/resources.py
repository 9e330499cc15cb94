"""Finds the folders that are shipped with the program: schemas/, configs/ and docs/."""

from __future__ import annotations

import json
from importlib.resources import files
from pathlib import Path
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from importlib.resources.abc import Traversable


def shared(name: str) -> Traversable:
    """Return a shipped folder: inside the package in a wheel, at the top level in a checkout.

    An editable install also leaves an inert copy in site-packages; it has no `__init__.py`, so the checkout wins.
    """
    inside = files("m2msync") / name
    return inside if inside.is_dir() else Path(__file__).parent.parent / name


def schema(name: str) -> dict[str, Any]:
    """Return the JSON Schema called `name`, e.g. `manifest`."""
    loaded: dict[str, Any] = json.loads((shared("schemas") / f"{name}.schema.json").read_text(encoding="utf-8"))
    return loaded


def presets() -> dict[str, str]:
    """Return the text of every preset in configs/presets/ by its name."""
    files = (shared("configs") / "presets").iterdir()
    return {f.name.removesuffix(".yaml"): f.read_text("utf-8") for f in files if f.name.endswith(".yaml")}
