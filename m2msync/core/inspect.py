"""Whether a file is what its name says: a container check without reading pixels.

USGS hosts have been seen to answer with HTML pages, JSON errors, empty and truncated files under HTTP 200
(api.md §10.2, peers.md B3); each is told apart here.
"""

from __future__ import annotations

import re
import struct
from typing import TYPE_CHECKING, BinaryIO
from xml.parsers import expat

from m2msync.core import tiff
from m2msync.core.endings import ending_of

if TYPE_CHECKING:
    from collections.abc import Callable

_HEAD = 1024
_BLOCK = 512
_PIECE = 1 << 20
# What no product of USGS comes near; a file that claims more is made to keep us busy.
_MOST_ENTRIES = 1 << 16  # members of a tar, segments of a JPEG header
_LONGEST_TEXT = 1 << 26  # bytes of a metadata text, which is read whole
_PADDING = 1 << 20  # bytes of zeros that may follow an archive; tape blocks need a fraction of that
_FILLING = b" \t\r\n\0\x1a"  # what old metadata texts are filled up with to a whole number of blocks


def flaw(stream: BinaryIO, size: int, filename: str) -> str | None:
    """Return what is wrong with a file, or None when its container is whole.

    Args:
        stream: the file, seekable.
        size: its length in bytes.
        filename: its final name, which says what it should be.
    """
    if size == 0:
        return "the file is empty"
    if disguised := disguise(stream, filename):
        return disguised
    name = as_delivered(stream, filename)
    for endings, check in _CHECKS:
        if name.endswith(endings):
            return check(stream, size)
    return None


def as_delivered(stream: BinaryIO, filename: str) -> str:
    """Return the name, in lower case, by which a file is checked: M2M calls every bundle a tar, whatever it is."""
    name = filename.lower()
    packed = ending_of(stream) if name.endswith(".tar") else ""
    stream.seek(0)
    return name + packed if packed in (".gz", ".zip") else name


def disguise(stream: BinaryIO, filename: str) -> str | None:
    """Return which message of a server a file is that should be something else, None when it is no such message."""
    name, start = filename.lower(), stream.read(_HEAD).lstrip(b"\xef\xbb\xbf \t\r\n").lower()
    stream.seek(0)
    page = start.startswith((b"<!doctype html", b"<html")) or (start.startswith(b"<") and b"<html" in start)
    if page and not name.endswith((".html", ".htm")):
        return "an HTML page came instead of the file"
    if start.startswith((b'{"', b"{\n", b"{ ", b"[{", b"{}")) and not name.endswith((".json", ".geojson")):
        return "a JSON message came instead of the file"
    return None


def _tiff(stream: BinaryIO, size: int) -> str | None:
    try:
        for directory in tiff.directories(stream, tiff.read_header(stream)):
            ends = [sum(extent) for extent in directory.extents()]
            if not ends:
                return "the TIFF directory names no image data"
            end = max(*ends, directory.values_end())
            if end > size:
                return f"the TIFF's data should reach byte {end}, the file ends at {size}"
    except tiff.Flawed as flawed:
        return str(flawed)
    except (struct.error, ValueError):
        return tiff.BROKEN
    return None


def _tar(stream: BinaryIO, size: int) -> str | None:
    position, members = 0, 0
    while position + _BLOCK <= size:
        stream.seek(position)
        header = stream.read(_BLOCK)
        if not header.strip(b"\0"):
            # Programs that fetch in segments make the whole file first, and power cuts leave holes: full of zeros.
            if members and size - position > _PADDING:
                return f"the tar archive ends at byte {position} of {size}"
            return None if members else "the tar archive has no members"
        length = _member_length(header)
        if length is None:
            return f"the tar archive is broken at byte {position}" if members else "not a tar archive"
        members += 1
        if members > _MOST_ENTRIES:
            return "the tar archive has too many members"
        position += _BLOCK + (length + _BLOCK - 1) // _BLOCK * _BLOCK
    return f"the tar archive is cut short after {members} members" if members else "not a tar archive"


def _member_length(header: bytes) -> int | None:
    # The checksum is the sum of the header's bytes with its own field taken as blanks (POSIX.1 ustar).
    try:
        told = int(header[148:156].strip(b" \0"), 8)
        field = header[124:136]
        length = int.from_bytes(field[1:], "big") if field[0] & 0x80 else int(field.strip(b" \0") or b"0", 8)
    except ValueError:
        return None
    return length if length >= 0 and sum(header[:148]) + 8 * 32 + sum(header[156:]) == told else None


_GROUP = re.compile(rb"^[ \t]*(END_)?GROUP[ \t]*=[ \t]*(\S+)[ \t\r]*$", re.MULTILINE)
_END = re.compile(rb"^END\Z", re.MULTILINE)


def _groups(stream: BinaryIO, size: int, *, end: bool = False) -> str | None:
    if size > _LONGEST_TEXT:
        return f"{size} bytes are too many for metadata text"
    text = stream.read(size).rstrip(_FILLING)
    open_groups: list[bytes] = []
    lines = list(_GROUP.finditer(text))
    for match in lines:
        if not match[1]:
            open_groups.append(match[2])
        elif not open_groups or open_groups.pop() != match[2]:
            return f"the metadata group {match[2].decode('ascii', 'replace')} is closed but was not open"
    if open_groups:
        return f"the metadata ends inside group {open_groups[-1].decode('ascii', 'replace')}"
    if not lines:
        return "not Landsat metadata text: it has no GROUP"
    return "the metadata is cut short: END is missing" if end and not _END.search(text) else None


def _angles(stream: BinaryIO, size: int) -> str | None:
    # ANG.txt is a row of groups with END behind the last; MTL.txt is one group, and level 2 leaves END out.
    return _groups(stream, size, end=True)


def _xml(stream: BinaryIO, size: int) -> str | None:  # noqa: ARG001 - a parser finds the end itself
    # Much metadata is written in Latin-1 and does not say so.
    encodings = (None,) if b"encoding=" in stream.read(_HEAD) else (None, "iso-8859-1")
    for encoding in encodings:
        stream.seek(0)
        try:
            expat.ParserCreate(encoding).ParseFile(stream)
        except (expat.ExpatError, LookupError, ValueError):  # the latter two: an encoding that does not exist
            continue
        return None
    return "not a whole XML document"


def _jpeg(stream: BinaryIO, size: int) -> str | None:
    # The end marker counts only behind the header: a thumbnail in there has one of its own.
    position = 2 if stream.read(2) == b"\xff\xd8" else size
    for _ in range(_MOST_ENTRIES):
        if (head := stream.read(4))[:1] != b"\xff" or head[1:2] == b"\xda":
            break
        position += 1 if head[1:2] == b"\xff" else 2 + int.from_bytes(head[2:], "big")
        stream.seek(position)
    else:
        return "the JPEG picture has too long a header"
    # Within the picture's data there is none, but cameras put more behind it.
    stream.seek(position)
    before = b""
    while piece := stream.read(_PIECE):
        if b"\xff\xd9" in before + piece:
            return None
        before = piece[-1:]
    return "not a whole JPEG picture"


def _gzip(stream: BinaryIO, size: int) -> str | None:  # noqa: ARG001 - only who unpacks it knows where it ends
    return None if stream.read(3) == b"\x1f\x8b\x08" else "not a gzip archive"


def _zip(stream: BinaryIO, size: int) -> str | None:  # noqa: ARG001 - its directory stands at its end
    import zipfile  # noqa: PLC0415 - few products are zip archives

    try:
        with zipfile.ZipFile(stream) as archive:
            return None if archive.infolist() else "the zip archive has no members"
    except (zipfile.BadZipFile, ValueError, NotImplementedError, EOFError):
        return "the zip archive is broken or cut short"


_CHECKS: tuple[tuple[tuple[str, ...], Callable[[BinaryIO, int], str | None]], ...] = (
    ((".tif", ".tiff"), _tiff),
    ((".tar",), _tar),
    ((".zip",), _zip),
    ((".gz", ".tgz"), _gzip),
    (("_mtl.txt",), _groups),
    (("_ang.txt",), _angles),
    ((".xml",), _xml),
    ((".jpg", ".jpeg"), _jpeg),
)
