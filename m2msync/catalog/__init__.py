"""The catalog: what is wanted, held and failed, in one SQLite file. The only SQL of the program."""

from __future__ import annotations

from m2msync.catalog.copies import Copies
from m2msync.catalog.exports import Exports
from m2msync.catalog.filters import FilterFields
from m2msync.catalog.gazetteer import Gazetteer
from m2msync.catalog.graves import Graves
from m2msync.catalog.holdings import Holdings
from m2msync.catalog.listings import Listings
from m2msync.catalog.lock import hold
from m2msync.catalog.products import Products
from m2msync.catalog.rehearsal import Rehearsal
from m2msync.catalog.runs import Runs
from m2msync.core.errors import CatalogError

__all__ = ["Catalog", "hold"]


class Catalog(Products, Copies, Graves, Holdings, Listings, Exports, FilterFields, Gazetteer, Runs, Rehearsal):
    """An open catalog. Times go in as seconds since 1970 and lie there as ISO 8601 UTC text."""

    @property
    def lineage(self) -> str:
        """The identity of this catalog, given at its birth and kept by its copies."""
        with self._reading() as db:
            lineage: str = db.execute("SELECT lineage FROM catalog").fetchone()[0]
        return lineage

    @property
    def origin(self) -> str | None:
        """Where the products come from, e.g. `m2m.cr.usgs.gov`; None before the first apply."""
        with self._reading() as db:
            origin: str | None = db.execute("SELECT origin FROM catalog").fetchone()[0]
        return origin

    def claim_origin(self, origin: str) -> None:
        """Record where products come from, the first time, and insist on it ever after.

        Raises:
            CatalogError: the catalog holds products from elsewhere; the sandbox's are invented and must not mix.
        """
        with self._writing() as db:
            db.execute("UPDATE catalog SET origin = ? WHERE origin IS NULL", (origin,))
        if self.origin != origin:
            raise CatalogError(
                f"the catalog {self.path} holds products from {self.origin}, not from {origin}",
                hint="Use another store and catalog for these products.",
            )
