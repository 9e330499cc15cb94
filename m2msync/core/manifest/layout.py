"""What may become part of a path: names of manifests and regions, and the layout of a store."""

from __future__ import annotations

import re
import unicodedata

from m2msync.core.errors import StorageError
from m2msync.core.naming import LAYOUT_FIELDS, sanitise
from m2msync.core.wording import Unfit, meant, shown

_FIELD = re.compile(r"\{([^{}]*)\}")


def check_name(name: str) -> None:
    """Check that a name can be one folder or file on every system.

    Raises:
        Unfit: it cannot.

    """
    usable = _usable(name)
    if not usable:
        raise Unfit(f"{shown(name)} cannot be a file name", "use letters, digits, - and _")
    if usable != unicodedata.normalize("NFC", name):
        raise Unfit(f"{shown(name)} cannot be a file name on every system", f"write e.g. {usable}")


def _usable(name: str) -> str:
    """Return the nearest name that every system takes, empty if there is none."""
    try:
        return sanitise(re.sub(r"[/\\]", "_", name))
    except StorageError:
        return ""


def check_layout(layout: str) -> None:
    """Check that a layout stays inside the store and gives every product a path of its own.

    Raises:
        Unfit: it does not; the message names the first fault.

    """
    used = _fields(layout)
    if "filename" not in used and not ("product" in used and used & {"display_id", "image"}):
        message = "this layout would give several products the same path"
        raise Unfit(message, 'end it with {filename}, e.g. "{dataset}/{display_id}/{filename}"')
    if layout.startswith(("/", "\\", "~")) or re.match(r"[A-Za-z]:", layout):
        raise Unfit(
            "a layout is relative to the store", "name the folder in `store`, and begin here with {dataset}"
        )
    if "\\" in layout:
        raise Unfit("a layout separates folders with /", f"write {layout.replace(chr(92), '/')}")
    parts = layout.split("/")
    if not _fields(parts[-1]) & {"filename", "product"}:
        raise Unfit("the last part of a layout names the file", "end it with {filename}")
    for part in parts:
        _check_part(part)


def _fields(layout: str) -> set[str]:
    """Return the fields a layout uses, in `{}`, all of them known."""
    for name in _FIELD.findall(layout):
        if name not in LAYOUT_FIELDS:
            known = f"the fields are {', '.join(LAYOUT_FIELDS)}"
            raise Unfit(f"unknown layout field {shown(name)}", meant(name, LAYOUT_FIELDS, otherwise=known))
    if re.search(r"[{}]", _FIELD.sub("", layout)):
        raise Unfit("this layout has a brace without its partner", "write fields as {filename}")
    return set(_FIELD.findall(layout))


def _check_part(part: str) -> None:
    if part in ("", ".", ".."):
        raise Unfit(
            f"a layout cannot have {shown(part)} as a part", "leave it out: every part is a folder of the store"
        )
    plain = _FIELD.sub("x", part)
    if _usable(plain) != unicodedata.normalize("NFC", plain):
        raise Unfit(f"{shown(part)} cannot be a part of a path on every system", "use letters, digits, - and _")
