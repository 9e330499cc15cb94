"""Opens a file to its last byte: every block of a TIFF, every member of an archive."""

from __future__ import annotations

import tarfile
import zipfile
import zlib
from dataclasses import dataclass, replace
from typing import IO, TYPE_CHECKING, BinaryIO, cast

from m2msync.core.blocks import open_blocks
from m2msync.core.codecs import PIECE
from m2msync.core.inspect import as_delivered, flaw
from m2msync.core.tiff import Flawed

if TYPE_CHECKING:
    from collections.abc import Iterator

_TIFFS = (".tif", ".tiff")
_CHECKED = (*_TIFFS, "_mtl.txt", "_ang.txt", ".xml", ".jpg", ".jpeg")
"""How the names of members end that are checked like files; the others may hold anything, even nothing."""


@dataclass(frozen=True, slots=True)
class Unopened:
    """A picture of a TIFF that only another library can decode."""

    picture: int
    """Its number, counted from 1."""
    compression: str
    member: str = ""
    """The name of the TIFF in its archive, empty when it is the file itself."""


def open_all(stream: BinaryIO, size: int, filename: str) -> tuple[Unopened, ...]:
    """Open everything in a file that can be opened here, and return what cannot.

    Args:
        stream: the file, seekable.
        size: its length in bytes.
        filename: its final name, which says what it should be.

    Raises:
        Flawed: something in it is broken.
    """
    if wrong := flaw(stream, size, filename):
        raise Flawed(wrong)
    stream.seek(0)
    name = as_delivered(stream, filename)
    if name.endswith(_TIFFS):
        return tuple(Unopened(number, compression) for number, compression in open_blocks(stream).items())
    if name.endswith(".tar"):
        return tuple(_open_members(stream))
    if name.endswith((".gz", ".tgz")):
        _inflate(stream)
    if name.endswith(".zip"):
        _unzip(stream)
    return ()


def _inflate(stream: BinaryIO) -> None:
    """Read what gzip has packed, of which the checksum stands at the end."""
    inflate = zlib.decompressobj(zlib.MAX_WBITS | 16)
    try:
        while rest := inflate.unconsumed_tail or stream.read(PIECE):
            inflate.decompress(rest, PIECE)
            if inflate.eof:
                return  # more of them may follow, or anything: like gzip, whoever unpacks it stops there
    except zlib.error:
        raise Flawed("what it holds is corrupt") from None
    raise Flawed("what it holds is cut short")


def _unzip(stream: BinaryIO) -> None:
    """Read every member of a zip archive, except what is packed in a rare way or encrypted."""
    with zipfile.ZipFile(stream) as archive:
        for member in archive.infolist():
            if member.compress_type in (zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED) and not member.flag_bits & 1:
                try:
                    with archive.open(member) as content:
                        while content.read(PIECE):
                            pass
                except (zipfile.BadZipFile, zlib.error, EOFError, ValueError):
                    raise Flawed(f"its member {member.filename} is corrupt or cut short") from None


def _open_members(stream: BinaryIO) -> Iterator[Unopened]:
    try:
        with tarfile.open(fileobj=stream, mode="r:") as archive:
            for member in archive:
                content = archive.extractfile(member) if member.isreg() else None
                if content is not None:
                    yield from _open_member(content, member)
    except (tarfile.TarError, EOFError, ValueError):
        raise Flawed("the tar archive cannot be read to its end") from None


def _open_member(content: IO[bytes], member: tarfile.TarInfo) -> Iterator[Unopened]:
    if not member.name.lower().endswith(_CHECKED):
        while content.read(PIECE):
            pass
        return
    try:
        for unopened in open_all(cast("BinaryIO", content), member.size, member.name):
            yield replace(unopened, member=member.name)
    except Flawed as flawed:
        raise Flawed(f"its member {member.name}: {flawed}") from None
