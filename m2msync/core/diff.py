"""The difference between what is wanted and what is held: one action, with its reason, for every product."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from m2msync.core.endings import as_recorded
from m2msync.core.holding import LANDED, differ, lifts
from m2msync.core.plan import Action

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from m2msync.core.holding import Known
    from m2msync.core.model import Asset, Listing, Product
    from m2msync.core.plan import Verb

GONE = "USGS no longer lists this file"
REMADE = "USGS has another file of this name than the one that is locked"
_ORDERED = ("requested", "staging", "ready")


def diff(
    assets: Iterable[Asset],
    known: Mapping[str, Known],
    on_disk: Mapping[str, int],
    digest: str = "",
    settled: Iterable[Asset] = (),
) -> tuple[Action, ...]:
    """Decide what to do about every wanted product, and about every product held for this manifest before.

    Args:
        assets: the wanted products, each once.
        known: per key, what the catalog knows of a product.
        on_disk: per path (relative to the store), the length in bytes of the file that is there now.
        digest: of the manifest; what was pruned under another may be had again.
        settled: wanted products that need no action, but may have taken over from others.

    Returns:
        One action per product, ordered by path; the order of the arguments makes no difference.
    """
    wanted = {asset.key: asset for asset in assets}
    leftovers = [k for k in known.values() if k.claimed and k.key not in wanted and k.state in LANDED]
    predecessors = {role(k): k for k in sorted(leftovers, key=lambda k: (k.state == "held", k.key))}
    successors = {role(asset): asset.display_id for asset in (*settled, *wanted.values())}
    actions = [
        _for_wanted(a, known.get(a.key), predecessors.get(role(a)), on_disk, digest) for a in wanted.values()
    ]
    actions += [_for_leftover(k, successors.get(role(k))) for k in leftovers]
    return tuple(sorted(actions, key=lambda a: (a.path, a.key)))


def detail(actions: Iterable[Action], listings: Mapping[str, Listing]) -> tuple[Action, ...]:
    """Return the actions with size, digest and routes of what is to be fetched filled in.

    A product that M2M lists but cannot deliver now becomes `unavailable`, and so does one of which it announces
    another digest or length than a lock has pinned.

    Args:
        actions: from `diff`.
        listings: per display id, what M2M can deliver of the image.
    """
    products = {(i, p.filename): p for i, listing in listings.items() for p in listing.products}
    return tuple(_detailed(action, products) for action in actions)


def _detailed(action: Action, products: Mapping[tuple[str, str], Product]) -> Action:
    if not action.is_download:
        return action
    product = products.get((action.display_id, action.key.partition("/")[2]))
    if product is None:
        return replace(action, verb="unavailable", reason=GONE)
    routes = tuple(route for route in product.routes if route.available)
    if not routes:
        reason = "USGS lists it but cannot deliver it now"
        return replace(action, verb="unavailable", reason=reason, size=product.size)
    if not _may_be(action, product):
        return replace(action, verb="unavailable", reason=REMADE)
    digest = action.digest or product.digest
    size, exact = (action.size, True) if action.exact else (product.size, product.exact)
    return replace(action, size=size, exact=exact, digest=digest, routes=routes)


def _may_be(pinned: Action, announced: Product) -> bool:
    """Say whether what M2M announces may be the very file that a lock has pinned, if one has."""
    if pinned.exact and announced.exact and pinned.size != announced.size:
        return False
    return not differ(pinned.digest, announced.digest)


def role(product: Asset | Known) -> tuple[str, str, str]:
    """Return what stays the same of a product when its image is reprocessed."""
    # Not `product`: MTL.txt and MTL.xml are both called MTL.
    return (product.dataset, product.image, product.key.removeprefix(f"{product.dataset}/{product.display_id}"))


def _for_wanted(
    asset: Asset, known: Known | None, predecessor: Known | None, on_disk: Mapping[str, int], digest: str
) -> Action:
    if known is not None:
        asset = asset._replace(paths=as_recorded(asset.key, asset.paths, known.paths))
    if known is not None and known.state == "tombstoned" and not lifts(known.pruned_under, digest):
        return _action(asset, "tombstoned", known.reason or "deleted on purpose")
    held = _for_held(asset, known, on_disk) if known is not None and known.state in LANDED else None
    may = asset.barred is None
    if held is not None and (held.verb == "keep" or (may and (held.source is not None or asset.missing is None))):
        return held
    hindrance = asset.barred or asset.missing
    if hindrance is not None:
        return replace(_action(asset, "unavailable", hindrance), tolerated=may and asset.tolerated)
    action = _for_new(asset, predecessor, on_disk)
    if known is None or known.state == "wanted":
        return action
    return replace(action, reason=_past(known), attempts=known.attempts)


def _for_held(asset: Asset, known: Known, on_disk: Mapping[str, int]) -> Action:
    if differ(asset.digest, known.digest):
        return replace(_action(asset, "refetch", "held, but not the file that is locked"), size=asset.size)
    intact = [path for path in known.paths if on_disk.get(path) == known.size]
    absent = tuple(path for path in asset.paths if path not in intact)
    if not absent:
        return replace(_action(asset, "keep", "held"), size=known.size, digest=known.digest)
    if intact:
        lost = absent[0] in known.paths
        fate = "damaged" if absent[0] in on_disk else "missing"
        reason = f"copy {fate} on disk: {absent[0]}" if lost else "held, and wanted at another path too"
        verb: Verb = "refetch" if lost else "get"
        return replace(
            _action(asset, verb, reason),
            path=absent[0],
            links=absent[1:],
            source=intact[0],
            size=known.size,
            digest=known.digest,
        )
    found = next((on_disk[path] for path in known.paths if path in on_disk), None)
    if found is None:
        reason = "file missing on disk"
    else:
        reason = f"size on disk differs: {found} bytes, recorded {known.size}"
    return replace(_action(asset, "refetch", reason), size=known.size)


def _for_new(asset: Asset, predecessor: Known | None, on_disk: Mapping[str, int]) -> Action:
    if predecessor is not None:
        action = _action(asset, "supersede", f"replaces {predecessor.display_id}")
        return replace(action, replaces=predecessor.key)
    if asset.paths[0] in on_disk:
        return _action(
            asset, "get", "a file is there that the catalog does not know; `m2msync adopt` can take it in"
        )
    return _action(asset, "get", "never fetched")


def _past(known: Known) -> str:
    if known.state == "failed":
        times = "once" if known.attempts == 1 else f"{known.attempts} times"
        return f"failed {times}: {known.reason}"
    if known.state in _ORDERED:
        return "ordered before, not fetched yet"
    if known.state == "unavailable":
        return f"was unavailable: {known.reason}"
    if known.state == "tombstoned":
        return f"wanted again; {known.reason}"
    return "not fetched completely"


def _for_leftover(known: Known, successor: str | None) -> Action:
    return Action(
        key=known.key,
        verb="orphan",
        reason=f"replaced by {successor}" if successor else "no longer in manifest",
        dataset=known.dataset,
        region=known.region,
        image=known.image,
        display_id=known.display_id,
        product=known.product,
        path=known.paths[0] if known.paths else "",
        size=known.size,
    )


def _action(asset: Asset, verb: Verb, reason: str) -> Action:
    return Action(
        key=asset.key,
        verb=verb,
        reason=reason,
        dataset=asset.dataset,
        region=asset.region,
        image=asset.image,
        display_id=asset.display_id,
        product=asset.product,
        path=asset.paths[0],
        size=asset.size,
        links=asset.paths[1:],
        exact=asset.exact,
        digest=asset.digest,
        routes=asset.routes,
    )
