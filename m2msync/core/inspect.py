"""Whether a file is what its name says: a container check without reading pixels.

USGS hosts have been seen to answer with HTML pages, JSON errors, empty and truncated files under HTTP 200
(api.md §10.2, peers.md B3); each is told apart here.
"""

from __future__ import annotations

import re
import struct
from io import SEEK_END
from typing import TYPE_CHECKING, Any, BinaryIO
from xml.parsers import expat

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

_HEAD = 1024
_BLOCK = 512
# What no product of USGS comes near; a file that claims more is made to keep us busy.
_MOST_ENTRIES = 1 << 16  # of all directories of a TIFF together; members of a tar, segments of a JPEG header
_MOST_VALUES = 1 << 21  # offsets and lengths of the strips and tiles of a TIFF
_LONGEST_TEXT = 1 << 26  # bytes of a metadata text, which is read whole
_OFFSETS = {273: 279, 324: 325}  # StripOffsets: StripByteCounts, TileOffsets: TileByteCounts (TIFF 6.0 §3, §15)
_INTEGERS = {1: "B", 3: "H", 4: "I", 13: "I", 16: "Q", 18: "Q"}
_KINDS = {1: (1, 2, 6, 7), 2: (3, 8), 4: (4, 9, 11, 13), 8: (5, 10, 12, 16, 17, 18)}
_TYPE_SIZES = {kind: size for size, kinds in _KINDS.items() for kind in kinds}


def flaw(stream: BinaryIO, size: int, filename: str) -> str | None:
    """Return what is wrong with a file, or None when its container is whole.

    Args:
        stream: the file, seekable.
        size: its length in bytes.
        filename: its final name, which says what it should be.
    """
    if size == 0:
        return "the file is empty"
    head = stream.read(_HEAD)
    stream.seek(0)
    name = filename.lower()
    disguise = _disguise(head, name)
    if disguise:
        return disguise
    for endings, check in _CHECKS:
        if name.endswith(endings):
            return check(stream, size)
    return None


def _disguise(head: bytes, name: str) -> str | None:
    start = head.lstrip(b"\xef\xbb\xbf \t\r\n").lower()
    page = start.startswith((b"<!doctype html", b"<html")) or (start.startswith(b"<") and b"<html" in start)
    if page and not name.endswith((".html", ".htm")):
        return "an HTML page came instead of the file"
    if start.startswith((b'{"', b"{\n", b"{ ", b"[{", b"{}")) and not name.endswith((".json", ".geojson")):
        return "a JSON message came instead of the file"
    return None


def _tiff(stream: BinaryIO, size: int) -> str | None:
    head = stream.read(16)
    order = {b"II": "<", b"MM": ">"}.get(head[:2])
    magic = struct.unpack(order + "H", head[2:4])[0] if order and len(head) >= 8 else 0  # noqa: PLR2004
    if order is None or magic not in (42, 43):
        return "not a TIFF file"
    big = magic == 43  # noqa: PLR2004
    if big and len(head) < 16:  # noqa: PLR2004
        return "the TIFF header is cut short"
    first = struct.unpack(order + "Q", head[8:16])[0] if big else struct.unpack(order + "I", head[4:8])[0]
    try:
        for entries in _directories(stream, order, first, big=big):
            end = _data_end(stream, order, entries, big=big)
            if end is None:
                return "the TIFF directory names no image data"
            if end > size:
                return f"the TIFF's data should reach byte {end}, the file ends at {size}"
    except (struct.error, ValueError):
        return "the TIFF directory is broken or cut short"
    return None


def _directories(
    stream: BinaryIO, order: str, offset: int, *, big: bool
) -> Iterator[dict[int, tuple[int, int, bytes]]]:
    count_format, entry_format, next_format = ("Q", "HHQ8s", "Q") if big else ("H", "HHI4s", "I")
    seen: set[int] = set()
    total = values = 0
    while offset or not seen:
        if offset in seen:
            raise ValueError
        seen.add(offset)
        _go_to(stream, offset)
        (count,) = _unpack(stream, order + count_format)
        total += count
        if not 0 < count <= total <= _MOST_ENTRIES:  # a sane directory has a few dozen
            raise ValueError
        entries = {}
        for _ in range(count):
            tag, kind, number, raw = _unpack(stream, order + entry_format)
            entries[tag] = (kind, number, raw)
        (offset,) = _unpack(stream, order + next_format)
        values += sum(entries[tag][1] for tag in (*_OFFSETS, *_OFFSETS.values()) if tag in entries)
        if values > _MOST_VALUES:
            raise ValueError
        yield entries


def _data_end(stream: BinaryIO, order: str, entries: dict[int, tuple[int, int, bytes]], *, big: bool) -> int | None:
    ends = [
        start + length
        for offsets, lengths in _OFFSETS.items()
        if offsets in entries and lengths in entries
        for start, length in zip(
            _values(stream, order, entries[offsets], big=big),
            _values(stream, order, entries[lengths], big=big),
            strict=True,
        )
    ]
    if not ends:
        return None
    return max(ends + [sum(_outside(order, entry, big=big)) for entry in entries.values()])


def _outside(order: str, entry: tuple[int, int, bytes], *, big: bool) -> tuple[int, int]:
    """Return where a tag's values lie that its entry has no room for, and their length; zeros when it has room."""
    kind, count, raw = entry
    length = _TYPE_SIZES.get(kind, 0) * count
    if length <= len(raw):
        return 0, 0
    return struct.unpack(order + ("Q" if big else "I"), raw)[0], length


def _values(stream: BinaryIO, order: str, entry: tuple[int, int, bytes], *, big: bool) -> tuple[int, ...]:
    kind, count, raw = entry
    start, length = _outside(order, entry, big=big)
    if kind not in _INTEGERS:
        raise ValueError
    if length:
        _go_to(stream, start)
        raw = stream.read(length)
    return struct.unpack(f"{order}{count}{_INTEGERS[kind]}", raw[: _TYPE_SIZES[kind] * count])


def _go_to(stream: BinaryIO, offset: int) -> None:
    # A broken offset may be more than the operating system takes for a position.
    if offset > stream.seek(0, SEEK_END):
        raise ValueError
    stream.seek(offset)


def _unpack(stream: BinaryIO, layout: str) -> tuple[Any, ...]:
    return struct.unpack(layout, stream.read(struct.calcsize(layout)))


def _tar(stream: BinaryIO, size: int) -> str | None:
    position, members = 0, 0
    while position + _BLOCK <= size:
        stream.seek(position)
        header = stream.read(_BLOCK)
        if not header.strip(b"\0"):
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
_END = re.compile(rb"^END\s*\Z", re.MULTILINE)


def _groups(stream: BinaryIO, size: int) -> str | None:
    if size > _LONGEST_TEXT:
        return f"{size} bytes are too many for metadata text"
    open_groups: list[bytes] = []
    lines = list(_GROUP.finditer(stream.read(size)))
    for match in lines:
        if not match[1]:
            open_groups.append(match[2])
        elif not open_groups or open_groups.pop() != match[2]:
            return f"the metadata group {match[2].decode('ascii', 'replace')} is closed but was not open"
    if open_groups:
        return f"the metadata ends inside group {open_groups[-1].decode('ascii', 'replace')}"
    return None if lines else "not Landsat metadata text: it has no GROUP"


def _angles(stream: BinaryIO, size: int) -> str | None:
    # ANG.txt is a row of groups with END behind the last; MTL.txt is one group, and level 2 leaves END out.
    trouble = _groups(stream, size)
    stream.seek(max(0, size - _HEAD))
    return trouble or (None if _END.search(stream.read()) else "the metadata is cut short: END is missing")


def _xml(stream: BinaryIO, size: int) -> str | None:  # noqa: ARG001 - a parser finds the end itself
    try:
        expat.ParserCreate().ParseFile(stream)
    except (expat.ExpatError, LookupError, ValueError):  # the latter two: an encoding that does not exist
        return "not a whole XML document"
    return None


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
    stream.seek(max(position, size - _HEAD))
    return None if b"\xff\xd9" in stream.read() else "not a whole JPEG picture"


_CHECKS: tuple[tuple[tuple[str, ...], Callable[[BinaryIO, int], str | None]], ...] = (
    ((".tif", ".tiff"), _tiff),
    ((".tar",), _tar),
    (("_mtl.txt",), _groups),
    (("_ang.txt",), _angles),
    ((".xml",), _xml),
    ((".jpg", ".jpeg"), _jpeg),
)
