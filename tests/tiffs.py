"""Writes TIFFs of every shape the standard knows, independently of the program."""

from __future__ import annotations

import struct
import zlib

LETTERS = {3: "H", 4: "I", 16: "Q"}


def picture(blocks, *, width=20, height=30, tiled=(16, 16), rows=None, compression=8, bits=(16,), **tags):
    """Return the tags and the encoded blocks of one picture; a block may be empty, i.e. sparse."""
    entries = {256: (3, [width]), 257: (3, [height]), 258: (3, list(bits)), 259: (3, [compression])}
    entries |= {277: (3, [len(bits)])}
    entries |= {322: (3, [tiled[0]]), 323: (3, [tiled[1]])} if tiled else {278: (3, [rows or height])}
    return entries | {int(tag[1:]): value for tag, value in tags.items()}, list(blocks), bool(tiled)


def directory(order, big, entries, at, following):
    count, entry, offset, room = ("Q", "HHQ", "Q", 8) if big else ("H", "HHI", "I", 4)
    head = struct.calcsize(f"<{count}") + len(entries) * (struct.calcsize(f"<{entry}") + room)
    start, body, outside = at + head + room, b"", b""
    for tag, (kind, values) in sorted(entries.items()):
        raw = struct.pack(f"{order}{len(values)}{LETTERS[kind]}", *values)
        place = raw.ljust(room, b"\0") if len(raw) <= room else struct.pack(order + offset, start + len(outside))
        outside += raw if len(raw) > room else b""
        body += struct.pack(order + entry, tag, kind, len(values)) + place
    return struct.pack(order + count, len(entries)) + body + struct.pack(order + offset, following) + outside


def tiff(*pictures, order="<", big=False):
    """Return a file of pictures, the directories in front as in a COG."""
    kind = 16 if big else 4
    tagged = []
    for entries, blocks, tiled in pictures:
        offsets, lengths = (324, 325) if tiled else (273, 279)
        sizes = [len(block) for block in blocks]
        tagged.append((entries | {offsets: (kind, sizes), lengths: (kind, sizes)}, blocks, offsets))
    start = 16 if big else 8
    places = [start]
    for entries, _, _ in tagged:
        places.append(places[-1] + len(directory(order, big, entries, 0, 0)))
    position, front, pixels = places[-1], b"", b""
    for number, (entries, blocks, offsets) in enumerate(tagged):
        where = []
        for block in blocks:
            where.append(position if block else 0)
            position += len(block)
            pixels += block
        following = places[number + 1] if number + 1 < len(tagged) else 0
        front += directory(order, big, entries | {offsets: (kind, where)}, places[number], following)
    mark = {"<": b"II", ">": b"MM"}[order]
    head = struct.pack(order + "HHHQ", 43, 8, 0, start) if big else struct.pack(order + "HI", 42, start)
    return mark + head + front + pixels


def tiles(number, size=16 * 16 * 2, level=6):
    """Return deflated tiles, each with other pixels."""
    return [zlib.compress(bytes((n * 31 + k * k) % 256 for k in range(size)), level) for n in range(number)]
