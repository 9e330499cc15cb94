"""What a lock says of each product, and how a new one differs from the one before."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from m2msync.core.diff import role
from m2msync.core.holding import LANDED, differ
from m2msync.core.scope import is_named

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    from m2msync.core.holding import Known
    from m2msync.core.model import Asset, Manifest


@dataclass(frozen=True, slots=True)
class Locked:
    """What became of a lock."""

    path: str
    products: int
    complete: int
    """Products whose size and digest are known."""
    added: tuple[str, ...] = ()
    """Keys that were not locked before."""
    removed: tuple[str, ...] = ()
    """Keys that are locked no longer."""
    replaced: tuple[tuple[str, str], ...] = ()
    """Keys whose images were reprocessed: before and now."""
    changed: bool = False
    """Whether the file differs from before."""

    def to_json(self) -> dict[str, Any]:
        """Return it as a JSON object (schemas/lock.schema.json)."""
        return {
            "schema_version": 1,
            "kind": "lock",
            "path": self.path,
            "changed": self.changed,
            "summary": {
                "products": self.products,
                "complete": self.complete,
                "added": len(self.added),
                "removed": len(self.removed),
                "replaced": len(self.replaced),
            },
            "added": list(self.added),
            "removed": list(self.removed),
            "replaced": [{"before": before, "now": now} for before, now in self.replaced],
        }


def is_complete(asset: Asset) -> bool:
    """Say whether size and digest of a product are known for certain."""
    return asset.size is not None and asset.exact and asset.digest is not None


def fill(asset: Asset, known: Known | None) -> Asset:
    """Return a product with the size and digest of what is held of it, where that was verified and is the same."""
    if known is None or known.state not in LANDED or known.size is None:
        return asset
    if differ(asset.digest, known.digest) or (asset.exact and asset.size != known.size):
        return asset
    return asset._replace(size=known.size, exact=True, digest=known.digest or asset.digest)


def updated(
    before: Iterable[Asset], found: Iterable[Asset], names: Sequence[str], manifest: Manifest
) -> Iterable[Asset]:
    """Return what is locked once a part of a manifest has been searched again.

    Args:
        before: what was locked until now.
        found: what that part wants now.
        names: datasets and regions of that part, or globs of their names.
        manifest: the whole, for the order of its regions.
    """
    known = dict.fromkeys(
        (entry.dataset, region.name) for entry in manifest.acquisitions for region in entry.regions
    )
    order = {place: number for number, place in enumerate(known)}
    assets: dict[str, Asset] = {}
    places: dict[str, dict[str, tuple[str, ...]]] = {}
    for asset, without in (*((a, names) for a in before), *((a, ()) for a in found)):
        if its := _places(asset, without):
            assets[asset.key] = asset
            places.setdefault(asset.key, {}).update(its)
    return [_placed(asset, places[key], order) for key, asset in assets.items()]


def _places(asset: Asset, without: Sequence[str]) -> dict[str, tuple[str, ...]]:
    """Return the paths that each region wants a product at, but for what is named."""
    regions, paths = asset.regions, asset.paths
    # A layout without {region} has one path for all of them.
    each = [(path,) for path in paths] if len(paths) == len(regions) else [paths] * len(regions)
    places = zip(regions, each, strict=True)
    return {region: at for region, at in places if not is_named(asset.dataset, [region], without)}


def _placed(asset: Asset, places: Mapping[str, tuple[str, ...]], order: Mapping[tuple[str, str], int]) -> Asset:
    first, *others = sorted(places, key=lambda region: order.get((asset.dataset, region), len(order)))
    paths = dict.fromkeys(path for region in (first, *others) for path in places[region])
    return asset._replace(region=first, shared_by=tuple(others), paths=tuple(paths))


def taken_over(path: str, before: Sequence[Asset], now: Sequence[Asset], *, changed: bool) -> Locked:
    """Tell how a lock has changed.

    Args:
        path: where it lies.
        before: its products until now.
        now: its products from now on.
        changed: whether the file differs.
    """
    old, new = {a.key: a for a in before}, {a.key: a for a in now}
    gone, come = [a for a in before if a.key not in new], [a for a in now if a.key not in old]
    successors = {role(asset): asset.key for asset in come}
    replaced = tuple((a.key, successors[role(a)]) for a in gone if role(a) in successors)
    moved = {key for pair in replaced for key in pair}
    return Locked(
        path,
        products=len(now),
        complete=sum(map(is_complete, now)),
        added=tuple(sorted(a.key for a in come if a.key not in moved)),
        removed=tuple(sorted(a.key for a in gone if a.key not in moved)),
        replaced=tuple(sorted(replaced)),
        changed=changed,
    )


def successor_in(filenames: Sequence[str], key: str, display_id: str) -> str | None:
    """Return the file that a reprocessed image has instead of one that is gone, None if that cannot be told.

    Args:
        filenames: what M2M lists of the image now.
        key: of the product that is gone.
        display_id: of the image as it was.
    """
    tail = key.rpartition("/")[2].removeprefix(display_id)
    later = [name for name in filenames if name.endswith(tail)]
    return max(later, default=None)
