"""Keeps what is held of an image that USGS has processed anew, where the manifest says so."""

from __future__ import annotations

from typing import TYPE_CHECKING

from m2msync.core.diff import role
from m2msync.core.holding import LANDED

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from m2msync.core.holding import Known, SizeOf
    from m2msync.core.model import Asset


def keep_held(assets: Sequence[Asset], known: Iterable[Known], size_of: SizeOf) -> tuple[Asset, ...]:
    """Return the assets with those that `on_reprocessed: keep` concerns as they were when they were fetched.

    What is damaged or missing gives way to the new processing: USGS no longer has the old one.

    Args:
        assets: what is wanted.
        known: what the catalog knows, as the manifest sees it.
        size_of: returns the length in bytes of the file that is at a path now, None if there is none.
    """
    waiting = {role(asset): asset.key for asset in assets if asset.keeps_held}
    held: dict[str, Known] = {}
    for product in known:
        new = waiting.get(role(product))
        if new is None or not product.claimed or product.state not in LANDED:
            continue
        if all(size_of(path) == product.size for path in product.paths):
            # Of several earlier processings the one that is wanted already, else the latest.
            held[new] = max(held.get(new, product), product, key=lambda p: (p.key == new, p.wanted, p.key))
    return tuple(_as_held(asset, held[asset.key]) if asset.key in held else asset for asset in assets)


def _as_held(asset: Asset, product: Known) -> Asset:
    return asset._replace(
        key=product.key,
        display_id=product.display_id,
        filename=product.key.partition("/")[2],
        paths=product.paths,
        missing=None,
        barred=None,
    )
