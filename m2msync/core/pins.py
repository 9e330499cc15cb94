"""The text of a lock: exactly which products a manifest stands for, one a line, so that a diff reads well.

After the head, every line is one product: its fields with tabs between them, sorted by key. A hyphen stands for
what is not known: size and digest, until the product is held, where M2M announces neither.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING

from m2msync.core.errors import Stale
from m2msync.core.model import Asset

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

_FORMAT = 1
_FIELDS = ("product key", "image", "display id", "band", "regions", "paths", "size", "digest")
_FIRST = re.compile(r"# m2msync lock (\d+), manifest digest ([0-9a-f]{64})\n")
_UNKNOWN = "-"
_SEPARATOR = "|"  # never part of a path or of a region's name: both are harmless file names
_AGAIN = "Run `m2msync lock --update` to write it anew."


@dataclass(frozen=True, slots=True)
class Head:
    """What a lock says of itself."""

    digest: str
    """Of the manifest it was made from."""


def write_pins(digest: str, assets: Iterable[Asset]) -> Iterator[str]:
    """Yield the lines of a lock, each with its end.

    Args:
        digest: of the manifest.
        assets: the products, in any order.
    """
    yield f"# m2msync lock {_FORMAT}, manifest digest {digest}\n"
    yield "# Written by `m2msync lock`: keep it under version control, and change it with that command only.\n"
    yield "\t".join(_FIELDS).join(("# ", "\n"))
    for asset in sorted(assets, key=lambda a: a.key):
        told = (asset.key, asset.image, asset.display_id, asset.product)
        places = (_SEPARATOR.join(asset.regions), _SEPARATOR.join(asset.paths))
        size = _UNKNOWN if asset.size is None or not asset.exact else str(asset.size)
        yield "\t".join((*told, *places, size, asset.digest or _UNKNOWN)) + "\n"


def read_head(line: str, file: str) -> Head:
    """Return what the first line of a lock says.

    Args:
        line: with its end.
        file: the lock's name, for messages.

    Raises:
        Stale: it is not the first line of a lock that this program can read.
    """
    told = _FIRST.fullmatch(line)
    if told is None:
        raise Stale(f"{file} is not a lock of m2msync", hint=_AGAIN)
    if int(told[1]) > _FORMAT:
        raise Stale(f"{file} was written by a newer m2msync", hint="Upgrade: pip install -U m2msync")
    return Head(told[2])


def glance(line: str) -> tuple[str, str, list[str], list[str]]:
    """Return key, image, regions and paths of a product's line; the rest of it is not looked at.

    Raises:
        Stale: it is no such line.
    """
    try:
        key, image, _, _, regions, paths, _ = line.split("\t", 6)
    except ValueError:
        raise _unreadable(line) from None
    return key, image, regions.split(_SEPARATOR), paths.split(_SEPARATOR)


def digest_of(line: str) -> str | None:
    """Return the digest of a product's line, None if it has none."""
    digest = line.rstrip("\n").rpartition("\t")[2]
    return None if digest == _UNKNOWN else digest


def read_pin(line: str) -> Asset:
    """Return the product of a line.

    Raises:
        Stale: it is no such line, for example after a merge that went wrong.
    """
    try:
        key, image, display_id, product, regions, paths, size, digest = line.rstrip("\n").split("\t")
        known = size != _UNKNOWN
        dataset, _, filename = key.partition("/")
        region, *others = regions.split(_SEPARATOR)
        return Asset(
            key=key,
            dataset=dataset,
            region=region,
            image=image,
            display_id=display_id,
            product=product,
            filename=filename,
            paths=tuple(paths.split(_SEPARATOR)),
            size=int(size) if known else None,
            exact=known,
            digest=None if digest == _UNKNOWN else digest,
            shared_by=tuple(others),
        )
    except ValueError:
        raise _unreadable(line) from None


def _unreadable(line: str) -> Stale:
    return Stale(f"the lock has a line that is none of its own: {line[:60]!r}", hint=_AGAIN)
