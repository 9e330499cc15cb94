"""What lies in bundles: which members may be unpacked, and how they are known beside their bundle.

A member's key is its bundle's with the member's name behind it, `landsat_ot_c2_l1/LC09_….tar/LC09_…_B2.TIF`: the
only keys with two slashes or more, and in the order of keys they follow their bundle. Folders in a bundle stay
folders.
"""

from __future__ import annotations

from collections import defaultdict
from typing import TYPE_CHECKING

from m2msync.core import naming
from m2msync.core.errors import StorageError
from m2msync.core.model import Asset

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence
    from tarfile import TarInfo

    from m2msync.core.holding import Known
    from m2msync.core.model import Acquisition, Manifest

MOST_MEMBERS = 1 << 16
DEEPEST = 8
"""How many names, folders and the file's, a path in a bundle may have."""
UNPACKED = "unpacked from its bundle"


def is_member(key: str) -> bool:
    """Return whether a key is that of a file from a bundle."""
    return key.count("/") > 1


def bundle_of(key: str) -> str:
    """Return the key of the bundle that a member is from."""
    return "/".join(key.split("/", 2)[:2])


def name_in(key: str) -> str:
    """Return the name of a member in its bundle, with the folders it lies in, by its key."""
    return key.split("/", 2)[2]


def is_unpacked(product: Known, entries: Iterable[Acquisition]) -> bool:
    """Return whether a manifest's entries want a bundle, or what is in it, unpacked."""
    return any(
        entry.unpack and entry.dataset == product.dataset and product.region in {r.name for r in entry.regions}
        for entry in entries
    )


def unpacks(manifest: Manifest) -> bool:
    """Return whether bundles of a manifest are to be unpacked."""
    return any(entry.unpack for entry in manifest.acquisitions)


def members_of(known: Iterable[Known], entries: Sequence[Acquisition]) -> dict[str, list[Known]]:
    """Return the members that are to lie beside their bundle, by its key, each in the order of keys."""
    found: defaultdict[str, list[Known]] = defaultdict(list)
    for product in known:
        if is_member(product.key) and is_unpacked(product, entries):
            found[bundle_of(product.key)].append(product)
    return {key: sorted(several, key=lambda m: m.key) for key, several in found.items()}


def as_asset(bundle: Known, name: str, paths: Iterable[str]) -> Asset:
    """Return a member as a wanted product.

    Args:
        bundle: it lies in this one; another of its members does as well.
        name: the member's, with the folders it lies in.
        paths: where the bundle is wanted.
    """
    key = f"{bundle_of(bundle.key) if is_member(bundle.key) else bundle.key}/{name}"
    return Asset(
        key=key,
        dataset=bundle.dataset,
        region=bundle.region,
        image=bundle.image,
        display_id=bundle.display_id,
        product=naming.band_of(name.rpartition("/")[2], bundle.display_id),
        filename=key.partition("/")[2],
        paths=tuple(f"{folder_of(path, bundle.display_id)}/{name}" for path in paths),
    )


def folder_of(path: str, display_id: str) -> str:
    """Return the folder into which the bundle at a path is unpacked: beside it, called like the image."""
    return f"{path.rpartition('/')[0]}/{naming.sanitise(display_id)}".lstrip("/")


def objection(members: Sequence[TarInfo], size: int) -> str | None:
    """Return why an archive must not be unpacked, None when it may.

    Args:
        members: all of them.
        size: of the archive in bytes; it is not compressed, so what is in it cannot be more.
    """
    if len(members) > MOST_MEMBERS:
        return f"it has {len(members):,} members"
    if sum(member.size for member in members) > size:
        return "its members claim more bytes than it has"
    files, folders = dict[str, str](), set[str]()
    for member in members:
        name = plain_name(member.name)
        if wrong := _wrong(member, name):
            return f"{member.name!r} in it {wrong}"
        folded = name.casefold()
        if not member.isdir():
            if folded in files:
                return f"{member.name!r} stands in it twice"
            files[folded] = member.name
        folders |= {folded[:at] for at, letter in enumerate(folded) if letter == "/"}
        folders |= {folded} if member.isdir() else set()
    if both := next((name for folded, name in files.items() if folded in folders), None):
        return f"{both!r} in it is a file and a folder"
    return None if files else "it has no members"


def plain_name(name: str) -> str:
    """Return a member's name as a path below the folder it is unpacked to, empty when it may lead out of that.

    Every part of it is one harmless file name as it stands: no way up, on every system. `./` at its beginning, as
    some programs write it, says nothing and is left out.
    """
    parts = name.removeprefix("./").split("/")
    return "/".join(parts) if len(parts) <= DEEPEST and all(map(_is_plain, parts)) else ""


def _wrong(member: TarInfo, name: str) -> str:
    if member.isdir():
        return "" if name or member.name == "." else "is no plain name"
    if not member.isreg() or member.issparse():
        return "is no plain file"
    return "" if name else "is no plain name"


def _is_plain(name: str) -> bool:
    """Return whether a name is one harmless file name as it stands, on every system."""
    try:
        return naming.sanitise(name) == name
    except StorageError:
        return False
