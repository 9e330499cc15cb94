"""The skeleton of a TIFF file: its chain of directories and the numbers in them, without the pixels."""

from __future__ import annotations

import struct
from dataclasses import dataclass
from io import SEEK_END
from typing import TYPE_CHECKING, Any, BinaryIO

if TYPE_CHECKING:
    from collections.abc import Iterator

Entry = tuple[int, int, bytes]
"""The type of a tag's values, their number, and the values themselves or where they lie."""

OFFSETS = {273: 279, 324: 325}
"""StripOffsets: StripByteCounts, TileOffsets: TileByteCounts (TIFF 6.0 §3, §15)."""
BROKEN = "the TIFF directory is broken or cut short"
# What no product of USGS comes near; a file that claims more is made to keep us busy.
_MOST_ENTRIES = 1 << 16  # of all directories together
_MOST_VALUES = 1 << 21  # offsets and lengths of the strips and tiles, of all directories together
_INTEGERS = {1: "B", 3: "H", 4: "I", 13: "I", 16: "Q", 18: "Q"}
_KINDS = {1: (1, 2, 6, 7), 2: (3, 8), 4: (4, 9, 11, 13), 8: (5, 10, 12, 16, 17, 18)}
_SIZES = {kind: size for size, kinds in _KINDS.items() for kind in kinds}


class Flawed(Exception):
    """The file is not what its name says; told in a sentence."""


@dataclass(frozen=True, slots=True)
class Header:
    """How the numbers of a TIFF are written, and where its first directory lies."""

    order: str
    big: bool
    first: int


@dataclass(frozen=True, slots=True)
class Directory:
    """One image of a TIFF: its tags."""

    stream: BinaryIO
    header: Header
    entries: dict[int, Entry]

    def numbers(self, tag: int, default: tuple[int, ...] = ()) -> tuple[int, ...]:
        """Return the integers of a tag, the default when it is absent.

        Raises:
            ValueError: they are no integers, or do not lie in the file.
            struct.error: they are cut short.
        """
        if tag not in self.entries:
            return default
        kind, count, raw = self.entries[tag]
        start, length = self._outside(self.entries[tag])
        if kind not in _INTEGERS or count > _MOST_VALUES:
            raise ValueError
        if length:
            _go_to(self.stream, start)
            raw = self.stream.read(length)
        return struct.unpack(f"{self.header.order}{count}{_INTEGERS[kind]}", raw[: _SIZES[kind] * count])

    def extents(self) -> list[tuple[int, int]]:
        """Return where every strip or tile begins, and its length; a sparse one has neither.

        Raises:
            ValueError: the lists of the two differ in length, or are broken.
            struct.error: they are cut short.
        """
        return [
            extent
            for offsets, lengths in OFFSETS.items()
            if offsets in self.entries and lengths in self.entries
            for extent in zip(self.numbers(offsets), self.numbers(lengths), strict=True)
        ]

    def values_end(self) -> int:
        """Return where the last of the values ends for which the tags have no room themselves."""
        return max(sum(self._outside(entry)) for entry in self.entries.values())

    def _outside(self, entry: Entry) -> tuple[int, int]:
        """Return where a tag's values lie that its entry has no room for, and their length; zeros when it has."""
        kind, count, raw = entry
        length = _SIZES.get(kind, 0) * count
        if length <= len(raw):
            return 0, 0
        return struct.unpack(self.header.order + ("Q" if self.header.big else "I"), raw)[0], length


def read_header(stream: BinaryIO) -> Header:
    """Return the header of a TIFF.

    Raises:
        Flawed: it is none.
    """
    head = stream.read(16)
    order = {b"II": "<", b"MM": ">"}.get(head[:2])
    magic = struct.unpack(order + "H", head[2:4])[0] if order and len(head) >= 8 else 0  # noqa: PLR2004
    if order is None or magic not in (42, 43):
        raise Flawed("not a TIFF file")
    big = magic == 43  # noqa: PLR2004
    if big and len(head) < 16:  # noqa: PLR2004
        raise Flawed("the TIFF header is cut short")
    (first,) = struct.unpack(order + "Q", head[8:16]) if big else struct.unpack(order + "I", head[4:8])
    return Header(order, big, first)


def directories(stream: BinaryIO, header: Header) -> Iterator[Directory]:
    """Yield the directories in the order of their chain: the image, and its overviews and masks.

    Raises:
        ValueError: the chain is broken, leads in a circle, or claims more than any product has.
        struct.error: a directory is cut short.
    """
    layouts = ("Q", "HHQ8s", "Q") if header.big else ("H", "HHI4s", "I")
    count_format, entry_format, next_format = (header.order + layout for layout in layouts)
    seen: set[int] = set()
    total = values = 0
    offset = header.first
    while offset or not seen:
        if offset in seen:
            raise ValueError
        seen.add(offset)
        _go_to(stream, offset)
        (count,) = _unpack(stream, count_format)
        total += count
        if not 0 < count <= total <= _MOST_ENTRIES:  # a sane directory has a few dozen
            raise ValueError
        entries = {}
        for _ in range(count):
            tag, kind, number, raw = _unpack(stream, entry_format)
            entries[tag] = (kind, number, raw)
        (offset,) = _unpack(stream, next_format)
        values += sum(entries[tag][1] for tag in (*OFFSETS, *OFFSETS.values()) if tag in entries)
        if values > _MOST_VALUES:
            raise ValueError
        yield Directory(stream, header, entries)


def _go_to(stream: BinaryIO, offset: int) -> None:
    # A broken offset may be more than the operating system takes for a position.
    if offset > stream.seek(0, SEEK_END):
        raise ValueError
    stream.seek(offset)


def _unpack(stream: BinaryIO, layout: str) -> tuple[Any, ...]:
    return struct.unpack(layout, stream.read(struct.calcsize(layout)))
