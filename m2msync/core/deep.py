"""Opens a file to its last byte: every block of a TIFF, every member of a tar archive."""

from __future__ import annotations

import tarfile
from dataclasses import dataclass, replace
from typing import IO, TYPE_CHECKING, BinaryIO, cast

from m2msync.core.blocks import open_blocks
from m2msync.core.codecs import PIECE
from m2msync.core.inspect import flaw
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
    if filename.lower().endswith(_TIFFS):
        return tuple(Unopened(number, compression) for number, compression in open_blocks(stream).items())
    if filename.lower().endswith(".tar"):
        return tuple(_open_members(stream))
    return ()


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
