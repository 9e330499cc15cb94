"""Which products are sought among files on disk, and what shall become of a file of each."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from m2msync.core.plan import FETCHING

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable, Iterator, Mapping

    from m2msync.core.adoption import Fate
    from m2msync.core.model import Asset, Product
    from m2msync.core.plan import Action


@dataclass(frozen=True, slots=True)
class Sought:
    """A wanted product as it is announced, or as it is held, and what becomes of a file that turns out to be it."""

    asset: Asset
    fate: Fate = "adopted"
    reason: str = ""
    """Why the fate is not to be adopted."""
    replaces: str | None = None
    """The key of the held product that it takes over from."""

    @property
    def open(self) -> bool:
        """Whether a file of it is to be adopted."""
        return self.fate == "adopted"


def sought(
    assets: Iterable[Asset],
    actions: Mapping[str, Action],
    products: Mapping[str, Product],
    on_disk: Collection[str],
) -> Iterator[Sought]:
    """Yield every wanted product with what shall become of a file of it.

    Args:
        assets: the wanted products.
        actions: per key, what an apply would do about it.
        products: per key, what USGS announces of those it cannot deliver now.
        on_disk: paths, relative to the store, at which there is a file.
    """
    for asset in assets:
        yield _sought(asset, actions[asset.key], products.get(asset.key), on_disk)


def _sought(asset: Asset, action: Action, product: Product | None, on_disk: Collection[str]) -> Sought:
    if action.verb == "tombstoned":
        return Sought(asset, "unwanted", "deleted on purpose")
    if action.verb == "keep" or action.source is not None:
        held = asset._replace(size=action.size, exact=True, digest=action.digest)
        return Sought(held, "held", "the store has it already")
    if action.verb == "refetch" and any(path in on_disk for path in asset.paths):
        return Sought(asset, "refused", "the store has a damaged file in its place, which apply will replace")
    if action.verb in FETCHING:
        announced = asset._replace(size=action.size, exact=action.exact, digest=action.digest)
        return Sought(announced, replaces=action.replaces)
    if product is not None and asset.barred is None:
        return Sought(asset._replace(size=product.size, exact=product.exact, digest=product.digest))
    return Sought(asset, "refused", action.reason)
