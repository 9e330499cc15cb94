"""What a lock says of each product, and how a new one differs from the one before."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

from m2msync.core.diff import role
from m2msync.core.holding import LANDED

if TYPE_CHECKING:
    from collections.abc import Sequence

    from m2msync.core.holding import Known
    from m2msync.core.model import Asset


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


def fill(asset: Asset, known: Known | None) -> Asset:
    """Return a product with the size and digest of what is held of it, where that was verified."""
    if known is None or known.state not in LANDED or known.size is None:
        return asset
    return replace(asset, size=known.size, exact=True, digest=known.digest or asset.digest)


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
        complete=sum(a.size is not None and a.exact and a.digest is not None for a in now),
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
