"""Compares what is wanted with what is held, and makes the plan of a run."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Protocol

from m2msync.core.comparison import W, compare
from m2msync.core.diff import GONE, REMADE, detail, diff
from m2msync.core.errors import Stale
from m2msync.core.lock import successor_in
from m2msync.core.model import Image
from m2msync.core.plan import Kept, Plan
from m2msync.core.products import is_browse
from m2msync.core.thumbnails import is_public
from m2msync.core.wording import few
from m2msync.m2m import order

if TYPE_CHECKING:
    from collections.abc import Container, Iterable, Iterator, Mapping, Sequence

    from m2msync.catalog import Catalog
    from m2msync.core.model import Asset, Manifest
    from m2msync.core.plan import Action
    from m2msync.listing import Lister
    from m2msync.m2m.session import Session
    from m2msync.store import Store

_FEW = 5  # names in a sentence


class Source(Protocol[W]):
    """Where it stands what is wanted: the findings of a search, or a lock."""

    def wanted(self) -> Iterator[W]:
        """Yield the products in the order of their keys."""

    def asset(self, one: W) -> Asset:
        """Return what `wanted` yielded as an asset."""


class Planning:
    """What the planning of one run needs at hand."""

    def __init__(
        self, manifest: Manifest, store: Store, catalog: Catalog, session: Session, lister: Lister
    ) -> None:
        self._manifest, self._store = manifest, store
        self._catalog, self._session, self._lister = catalog, session, lister

    def plan(self, source: Source[W], *, whole: bool = True, full: bool = False) -> Plan:
        """Return the plan.

        Args:
            source: tells what is wanted.
            whole: whether that is all the manifest wants; with a part of it the rest is left out of the plan.
            full: whether every product that is as it should be has an action of its own; else they are counted.

        Raises:
            M2MSyncError: M2M refuses to list an image, or stays in trouble.
        """
        name = self._manifest.name
        size_of = None if full else self._store.sizing()
        seen = compare(source.wanted(), self._catalog.entries(name), size_of, whole=whole)
        known = self._catalog.known(name, [*seen.known, *seen.leftovers])
        images = {known[key].image for key in seen.leftovers}
        related = [source.asset(one) for one in source.wanted() if one.image in images] if images else []
        wanted = [source.asset(one) for one in seen.open]
        paths = [path for k in known.values() for path in k.paths]
        on_disk = self._store.sizes([*paths, *(path for asset in wanted for path in asset.paths)])
        actions = self.detailed(diff(wanted, known, on_disk, self._manifest.digest, related))
        kept = tuple(Kept(*place, *numbers) for place, numbers in sorted(seen.kept.items()))
        plan = Plan(name, self._catalog.serial, actions, kept=kept, fresh=seen.fresh, whole=whole)
        # What the planning cost, the orders, and the logout; a lock may have cost nothing, not even the login.
        calls = self._session.calls + -(-plan.orders // order.PRODUCTS_PER_CALL)
        ends = 1 if self._session.calls else 2
        return replace(plan, api_calls=calls + ends if calls else 0)

    def refuse_gone(self, plan: Plan) -> None:
        """Refuse a plan that wants what USGS no longer has, which only a locked one can.

        Raises:
            Stale: naming each, and what has taken its place.
        """
        gone = [a for a in plan.actions if a.verb == "unavailable" and a.reason in (GONE, REMADE)]
        if not gone:
            return
        told = []
        for action in gone:
            if action.reason == REMADE:
                told.append(f"{action.key} (it has another file of this name now)")
                continue
            listing = self._catalog.listings(action.dataset, [action.display_id]).get(action.display_id)
            names = [product.filename for product in listing.products] if listing else []
            successor = successor_in(names, action.key, action.display_id)
            told.append(f"{action.key}" + (f" (replaced by {successor})" if successor else ""))
        raise Stale(
            f"USGS no longer has what is locked: {few(told, _FEW)}",
            hint="Search anew with `m2msync lock --update`, and look at how the lock changes.",
        )

    def detailed(self, actions: Sequence[Action]) -> tuple[Action, ...]:
        """Return the actions with what fetching needs; images M2M was never asked about, or long ago, are listed.

        Long ago counts only for what cannot be had by what was listed: product ids and digests change.

        Raises:
            M2MSyncError: M2M refuses to list an image, or stays in trouble.
        """
        detailed = self._with_listings(actions)
        pairs = zip(actions, detailed, strict=True)
        stale = self._stale([d for a, d in pairs if d.verb != a.verb or (d.attempts and d.routes)])
        for dataset, images in stale.items():
            self._lister.look_up(dataset, tuple(images.values()))
        if stale:
            detailed = self._with_listings(actions)
        renewed = self._renew_pictures(detailed, stale)
        return self._with_listings(actions) if renewed else detailed

    def _renew_pictures(self, actions: Iterable[Action], stale: Mapping[str, Container[str]]) -> bool:
        """Have the catalog know where small pictures are now; say whether that is news.

        M2M is asked only where no search has told, and nothing is known or has failed: each takes a call.
        """
        images: dict[str, list[Image]] = {}
        for a in actions:
            if a.routes:
                public = is_public(a.routes[0])
                doubtful = public and (a.attempts > 0 or self._lister.is_noted(a.dataset, a.display_id))
            else:
                doubtful = a.display_id in stale.get(a.dataset, ()) and is_browse(a.key, a.display_id)
            if doubtful:
                images.setdefault(a.dataset, []).append(Image(a.dataset, a.image, a.display_id))
        renewed = [self._lister.renew_pictures(dataset, several) for dataset, several in images.items()]
        return any(renewed)

    def _with_listings(self, actions: Sequence[Action]) -> tuple[Action, ...]:
        wanted = [a for a in actions if a.is_download]
        listings = {
            name: listing
            for dataset in {a.dataset for a in wanted}
            for name, listing in self._catalog.listings(
                dataset, {a.display_id for a in wanted if a.dataset == dataset}
            ).items()
        }
        return detail(actions, listings)

    def _stale(self, doubtful: Iterable[Action]) -> dict[str, dict[str, Image]]:
        images: dict[str, dict[str, Image]] = {}
        for a in doubtful:
            images.setdefault(a.dataset, {})[a.display_id] = Image(a.dataset, a.image, a.display_id)
        old = {
            dataset: {name: several[name] for name in self._lister.outdated(dataset, several)}
            for dataset, several in images.items()
        }
        return {dataset: several for dataset, several in old.items() if several}
