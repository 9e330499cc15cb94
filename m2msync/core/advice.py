"""What a person can do about products that are not as they should be."""

from __future__ import annotations

import shlex
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from m2msync.core.overview import Shown, Trouble

_AGAIN = "m2msync apply {file}"
_PRUNE = "An apply deletes nothing. To list what could go:", "m2msync prune {file}"
_WAYS: dict[Shown, tuple[str, str]] = {
    "damaged": ("Running again gets {them} anew:", _AGAIN),
    "failed": ("Running again may get {them}:", _AGAIN),
    "missing": ("Running again gets {them}:", _AGAIN),
    "ordered": ("USGS prepares it, or its transfer has not ended. The next run goes on with it:", _AGAIN),
    "unavailable": ("USGS does not deliver it now; every run asks again.", ""),
    "superseded": _PRUNE,
    "orphan": _PRUNE,
}
_FINAL = "Running again will not help. To have one never tried again:", "m2msync forget {file} {key}"


def advice(trouble: Trouble, manifest: str) -> tuple[str, str]:
    """Return what can be done, as a sentence and the command that it ends with; both may be empty.

    Args:
        trouble: the products.
        manifest: what the manifest's file is called on the command line.
    """
    final = trouble.state == "failed" and not trouble.rerun_helps
    sentence, command = _FINAL if final else _WAYS.get(trouble.state, ("", ""))
    them = "it" if len(trouble.keys) == 1 else "them"
    words = {"file": shlex.quote(manifest), "key": shlex.quote(trouble.keys[0])}
    return sentence.format(them=them), command.format(**words)
