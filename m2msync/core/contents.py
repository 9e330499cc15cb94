"""Whether the contents of a file are those of a product: by its digest, or else by what can be read in it."""

from __future__ import annotations

import tarfile
from typing import TYPE_CHECKING, BinaryIO, cast

from m2msync.core.inspect import flaw
from m2msync.core.naming import parse_display_id

if TYPE_CHECKING:
    from collections.abc import Callable

    from m2msync.core.model import Asset

DIFFERS = "differs from what USGS announces; perhaps an older processing"
UNTOLD = "neither its name nor USGS tells of which processing it is"


def objection(
    stream: BinaryIO, size: int, asset: Asset, *, named: bool, digest: Callable[[str], str]
) -> str | None:
    """Return why a file is not the product, None when it is. An announced digest decides, if there is one.

    Args:
        stream: the file, seekable.
        size: its length in bytes.
        asset: the product.
        named: whether the file's name or folder bears the product's display id, and not only the image's id.
        digest: returns the file's digest as `algorithm:hex`, given the algorithm.
    """
    fitting = not asset.exact or asset.size in (None, size)
    stream.seek(0)
    wrong = flaw(stream, size, asset.filename)
    if asset.digest is not None:
        # Told by what is wrong with the container if anything is: that is plainer than a digest.
        same = fitting and digest(asset.digest.partition(":")[0]) == asset.digest
        return None if same else wrong or DIFFERS
    if wrong or not fitting:
        return wrong or f"{size:,} bytes, {asset.size:,} are announced"
    return _stranger(stream, size, asset, named=named)


def _stranger(stream: BinaryIO, size: int, asset: Asset, *, named: bool) -> str | None:
    """Return what tells that a whole file is of another product."""
    stream.seek(0)
    name = asset.filename.lower()
    if parse_display_id(asset.display_id) is not None:
        if name.endswith(".tar"):
            return _strange_member(stream, asset.display_id)
        if name.endswith(("_mtl.txt", "_mtl.xml")):
            told = asset.display_id.encode() in stream.read(size)
            return None if told else f"it does not tell of {asset.display_id}; perhaps an older processing"
    return None if named else UNTOLD


def _strange_member(stream: BinaryIO, display_id: str) -> str | None:
    """Return what is wrong with a bundle: its files must be whole, and of this processing of the image."""
    own = 0
    try:
        with tarfile.open(fileobj=stream, mode="r:") as bundle:
            for member in bundle:
                file = bundle.extractfile(member) if member.isreg() else None
                if file is None:
                    continue
                name = member.name.rpartition("/")[2]
                if wrong := flaw(cast("BinaryIO", file), member.size, name):
                    return f"in it, {name}: {wrong}"
                own += name.startswith(display_id)
    except (tarfile.TarError, ValueError, EOFError):
        return "the tar archive is broken"
    return None if own else f"it holds nothing of {display_id}; perhaps an older processing"
