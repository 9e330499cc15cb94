"""Names: of files from servers, of paths in the store, of products, of Landsat images and their bands."""

from __future__ import annotations

import re
import unicodedata
from dataclasses import dataclass
from datetime import date
from fnmatch import fnmatchcase
from functools import lru_cache
from hashlib import sha256
from typing import TYPE_CHECKING

from m2msync.core.errors import StorageError, UsageError

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    _Pieces = tuple[str, ...]

LAYOUT_FIELDS = (
    "dataset",
    "region",
    "image",
    "display_id",
    "path",
    "row",
    "year",
    "month",
    "day",
    "tier",
    "product",
    "filename",
)
"""The fields a layout may use."""

_LONGEST = 255  # bytes a name may have on every file system in use
_RESERVED = re.compile(
    r"(?:CON|PRN|AUX|NUL|CONIN\$|CONOUT\$|(?:COM|LPT)[0-9¹²³]) *(?:\..*)?", re.IGNORECASE | re.DOTALL
)
_HARMLESS = re.compile(rf"(?!{_RESERVED.pattern}\Z)\w(?:[\w.-]{{0,{_LONGEST - 2}}}\w)?", re.ASCII | re.IGNORECASE)
_FORBIDDEN = str.maketrans('<>:"|?*', "_______")
_INVISIBLE = frozenset({"Cc", "Cf", "Cs", "Zl", "Zp"})
_MAIN = frozenset({"tif", "txt"})
_TEXTS = frozenset({"ANG", "GCP", "MTL", "VER"})

_DISPLAY_ID = re.compile(
    r"L(?P<sensor>[COTEM])(?P<satellite>\d\d)_(?P<level>L\d[A-Z]{2})_(?P<path>\d{3})(?P<row>\d{3})"
    r"_(?P<acquired>\d{8})_(?P<processed>\d{8})_(?P<collection>\d\d)_(?P<tier>T1|T2|RT)",
    re.ASCII,
)


@dataclass(frozen=True, slots=True)
class LandsatId:
    """The parts of a Landsat product id (api.md §11.1)."""

    sensor: str
    """C: OLI and TIRS, O: OLI, T: TM or TIRS, E: ETM+, M: MSS."""
    satellite: int
    level: str
    """Processing level, e.g. `L1TP` or `L2SP`."""
    path: int
    row: int
    acquired: date
    processed: date
    collection: int
    tier: str


def sanitise(name: str) -> str:
    """Return a name from a server as one harmless file name, the same on every operating system.

    A name that is too long loses the end of its stem to a digest, so that different names stay different.

    Raises:
        StorageError: nothing of the name can be kept.
    """
    if _HARMLESS.fullmatch(name):
        return name
    last = re.split(r"[/\\]", name)[-1]
    visible = "".join(c for c in last if unicodedata.category(c) not in _INVISIBLE)
    # Dots in front go as well: no hidden files, and never the store's own `.m2msync`.
    plain = unicodedata.normalize("NFC", visible).translate(_FORBIDDEN).strip(" .")
    if not plain:
        raise StorageError(f"{name!r} cannot be a file name", hint="Give it a name with visible characters.")
    return _shorten(f"_{plain}" if _RESERVED.fullmatch(plain) else plain)


def begin_path(layout: str, fields: Mapping[str, str]) -> Callable[[str, str], str]:
    """Return what makes a path of product and file name, all other fields being filled in.

    The path is relative to the store, with forward slashes.

    Args:
        layout: the manifest's layout, e.g. `{dataset}/{display_id}/{filename}`.
        fields: a text for each of the other LAYOUT_FIELDS that it uses; a slash in it makes no folder.

    Raises:
        UsageError: the layout uses a field that does not exist.
        StorageError: a part of the path cannot be a file name.
    """
    shared, own = _pieces(layout)
    folder = "".join([f"{_part(pieces, fields)}/" for pieces in shared])
    if own == (("", "filename", ""),):  # nearly always, and of a million products it counts
        return lambda _, filename: folder + _flat(filename)

    def path(product: str, filename: str) -> str:
        told = {**fields, "product": product, "filename": filename}
        return folder + "/".join(_part(pieces, told) for pieces in own)

    return path


def key(dataset: str, filename: str) -> str:
    """Return the key of a product, the same in plans, events and the catalog."""
    return f"{dataset}/{filename}"


@lru_cache(maxsize=1024)  # a listing has dozens of rows an image, each with its name in it
def parse_display_id(display_id: str) -> LandsatId | None:
    """Return the parts of a Landsat product id, None for the ids of other datasets."""
    match = _DISPLAY_ID.fullmatch(display_id)
    if match is None:
        return None
    acquired, processed = _day(match["acquired"]), _day(match["processed"])
    if acquired is None or processed is None:
        return None
    return LandsatId(
        sensor=match["sensor"],
        satellite=int(match["satellite"]),
        level=match["level"],
        path=int(match["path"]),
        row=int(match["row"]),
        acquired=acquired,
        processed=processed,
        collection=int(match["collection"]),
        tier=match["tier"],
    )


def band_of(filename: str, display_id: str) -> str:
    """Return what a manifest calls the file: `B2`, `SR_B4`, `MTL`, and `MTL.xml` where it is not the main file.

    A file named like the image alone, such as a bundle, is told by its extension: `TAR`.
    """
    suffix = _suffix(filename, display_id)
    stem, extension = _split(suffix)
    if not stem:
        return extension.upper()
    return stem if extension.lower() in {*_MAIN, ""} else suffix


def matches_band(pattern: str, filename: str, display_id: str) -> bool:
    """Return whether a manifest's band pattern means this file, whatever the case of either.

    A bare name means the main file of the band (TIF or txt): `MTL` is MTL.txt, the other one is called `MTL.xml`.
    A glob is tried against the bare name and against the name with its extension.
    """
    return _matches(pattern.lower(), _suffix(filename, display_id).lower())


def natural(name: str) -> tuple[tuple[str, int], ...]:
    """Return what sorts names as people do: B2 before B10."""
    return tuple((text, int(number or -1)) for text, number in re.findall(r"(\D*)(\d*)", name))


def expected_suffix(band: str) -> str:
    """Return what the main file of a band is called after its display id: `MTL` gives `MTL.txt` (api.md §11.2)."""
    if "." in band:
        return band
    return f"{band}.txt" if band.upper() in _TEXTS else f"{band}.TIF"


@lru_cache(maxsize=4096)  # a million files share a few dozen suffixes
def _matches(pattern: str, suffix: str) -> bool:
    stem, extension = _split(suffix)
    return fnmatchcase(suffix, pattern) or (extension in _MAIN and fnmatchcase(stem, pattern))


def _suffix(filename: str, display_id: str) -> str:
    return filename.removeprefix(display_id).removeprefix("_")


def _split(name: str) -> tuple[str, str]:
    stem, dot, extension = name.rpartition(".")
    return (stem, extension) if dot else (name, "")


@lru_cache(maxsize=64)
def _pieces(layout: str) -> tuple[tuple[_Pieces, ...], tuple[_Pieces, ...]]:
    """Split a layout into the parts that an image's files share, and the others, from the first one that differs.

    Each part is literal text and, at every second place, a field's name.
    """
    parts = tuple(tuple(re.split(r"\{([^{}]*)\}", part)) for part in layout.split("/"))
    unknown = [name for pieces in parts for name in pieces[1::2] if name not in LAYOUT_FIELDS]
    if unknown:
        raise UsageError(f"the layout has no field {{{unknown[0]}}}", hint=f"Fields: {', '.join(LAYOUT_FIELDS)}.")
    own = next((at for at, part in enumerate(parts) if {"product", "filename"} & {*part[1::2]}), len(parts) - 1)
    return parts[:own], parts[own:]


def _part(pieces: _Pieces, fields: Mapping[str, str]) -> str:
    return _flat("".join([fields[piece] if at % 2 else piece for at, piece in enumerate(pieces)]))


def _flat(text: str) -> str:
    return text if _HARMLESS.fullmatch(text) else sanitise(text.replace("/", "_").replace("\\", "_"))


def _shorten(name: str) -> str:
    if len(name.encode()) <= _LONGEST:
        return name
    stem, dot, extension = name.rpartition(".")
    if not dot or len(extension.encode()) > 20:  # noqa: PLR2004 - longer than any extension: part of the name
        stem, dot, extension = name, "", ""
    mark = f"~{sha256(name.encode()).hexdigest()[:12]}{dot}{extension}"
    return stem.encode()[: _LONGEST - len(mark.encode())].decode(errors="ignore") + mark


def _day(digits: str) -> date | None:
    try:
        return date.fromisoformat(digits)
    except ValueError:
        return None
