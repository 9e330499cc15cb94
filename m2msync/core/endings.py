"""How the name of a file ends that M2M names no format for: told by its delivery, else by its first bytes."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, BinaryIO

if TYPE_CHECKING:
    from collections.abc import Iterable

_ENDING = re.compile(r"(?:\.tar)?\.[A-Za-z][A-Za-z0-9]{0,6}", re.ASCII)
NO_ENDINGS = ("", ".htm", ".html", ".json", ".php")
"""What no product ends with, though a server that refuses one may say so."""
_HEAD = 512
_MAGIC = (
    (0, b"PK\x03\x04", ".zip"),
    (0, b"\x1f\x8b", ".gz"),
    (0, b"II*\0", ".tif"),
    (0, b"MM\0*", ".tif"),
    (0, b"II+\0", ".tif"),
    (0, b"MM\0+", ".tif"),
    (0, b"\xff\xd8\xff", ".jpg"),
    (0, b"\0\0\0\x0cjP  ", ".jp2"),
    (0, b"%PDF", ".pdf"),
    (257, b"ustar", ".tar"),
)


def ending(name: str) -> str:
    """Return the extension of a file's name with its dot, empty when it has none: `.tif`, `.tar.gz`."""
    match = next((m for m in _ENDING.finditer(name) if m.end() == len(name) and m.start()), None)
    return match[0] if match else ""


def is_open(name: str) -> bool:
    """Return whether a product's name, or key, gets its ending by being delivered (core/products.py)."""
    return "-" in name.rpartition("/")[2] and not ending(name)


def gained(name: str) -> str:
    """Return the ending with which a product's file may have been delivered, empty when this is none of those."""
    told = ending(name)
    return "" if told.lower() in NO_ENDINGS else told


def ending_of(stream: BinaryIO) -> str:
    """Return the extension that fits the contents of a file, empty when they tell nothing."""
    stream.seek(0)
    head = stream.read(_HEAD)
    return next((ext for at, magic, ext in _MAGIC if head[at : at + len(magic)] == magic), "")


def ended(path: str, extension: str) -> str:
    """Return a path with an extension, unless it has it already."""
    return path if path.lower().endswith(extension.lower()) else f"{path}{extension}"


def as_recorded(key: str, paths: Iterable[str], recorded: Iterable[str]) -> tuple[str, ...]:
    """Return the paths at which a product is wanted, with the endings its copies have got when they were delivered.

    Args:
        key: the product's; one that has an ending of its own gets no other.
        paths: where it is wanted.
        recorded: where its copies are.
    """
    if not is_open(key):
        return tuple(paths)
    plain = {path.removesuffix(ending(path)): path for path in recorded}
    return tuple(plain.get(path, path) for path in paths)
