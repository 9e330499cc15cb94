"""Files that are taken for a manifest and are something else."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

from m2msync.core.errors import Problem

if TYPE_CHECKING:
    from m2msync.core.manifest.findings import Findings

_BEGINNINGS = (
    (r"# m2msync lock", "this is a lock", "name the manifest beside it, with --locked where the lock shall count"),
    (r"\s*<[!?A-Za-z]", "this is a page of HTML or XML", "`m2msync init` writes a manifest to begin with"),
)
_GEOJSON = {"Feature", "FeatureCollection", "GeometryCollection", "Point", "LineString", "Polygon", "MultiPolygon"}


def mistaken_text(text: str) -> Problem | None:
    """Return what a text surely is that is no manifest."""
    for beginning, message, hint in _BEGINNINGS:
        if re.match(beginning, text):
            return Problem(1, 1, f"{message}, not a manifest", hint)
    return None


def note_mistaken(findings: Findings) -> bool:
    """Note what the document surely is that is no manifest, and return whether it is such a thing."""
    value: Any = findings.document.value
    if not isinstance(value, dict):
        return False
    if isinstance(value.get("kind"), str) and "schema_version" in value:
        message = f"this was written by m2msync ({value['kind']}), and is not a manifest"
        findings.add((), message, "name the manifest; a plan that was made with --out goes to `m2msync apply`")
        return True
    if "version" not in value and str(value.get("type")) in _GEOJSON:
        findings.add((), "this is GeoJSON, not a manifest", "a manifest names it under regions, as {file: …}")
        return True
    return False
