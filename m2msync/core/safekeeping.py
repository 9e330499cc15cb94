"""The copy of a catalog that is kept in the store: which of the two is newer, and which may replace the other."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Literal

from m2msync.core.errors import Stale

Way = Literal["push", "pull"]


@dataclass(frozen=True, slots=True)
class Edition:
    """Which catalog it is, and how far it has come."""

    lineage: str
    """Given at its birth and kept by its copies."""
    serial: int
    """Grows whenever something else is wanted or held."""


@dataclass(frozen=True, slots=True)
class Safekept:
    """What a push or a pull has done."""

    way: Way
    store: str
    catalog: str
    edition: Edition
    """Of both, now."""
    bytes: int
    replaced: Edition | None = None
    """What was there before; None when there was nothing."""

    def to_json(self) -> dict[str, Any]:
        """Return it as one JSON object (schemas/catalog.schema.json)."""
        return {
            "schema_version": 1,
            "kind": "catalog",
            "way": self.way,
            "store": self.store,
            "catalog": self.catalog,
            "lineage": self.edition.lineage,
            "serial": self.edition.serial,
            "bytes": self.bytes,
            "replaced": self.replaced.serial if self.replaced else None,
        }


def check_push(here: Edition, there: Edition | None) -> None:
    """Insist that the catalog here is not behind the copy that it shall replace.

    Args:
        here: the catalog.
        there: the copy in the store, if there is one.

    Raises:
        Stale: it is behind, or the copy is of another catalog.
    """
    if there is not None:
        _check(here, there, "the catalog here", "its copy in the store", "m2msync catalog pull")


def check_pull(there: Edition, here: Edition | None) -> None:
    """Insist that the copy in the store is not behind the catalog that it shall replace.

    Args:
        there: the copy.
        here: the catalog, if there is one.

    Raises:
        Stale: it is behind, or the catalog is another one.
    """
    if here is not None:
        _check(there, here, "the copy in the store", "the catalog here", "m2msync catalog push")


def _check(new: Edition, old: Edition, what: str, other: str, instead: str) -> None:
    if new.lineage != old.lineage:
        raise Stale(
            f"{other} is another catalog, not an earlier state of this one; it was not replaced",
            hint=f"Keep it with `{instead}`, or replace it with --force.",
        )
    if new.serial < old.serial:
        raise Stale(
            f"{what} is older than {other} (serial {new.serial} against {old.serial}); nothing was replaced",
            hint=f"Take the newer one with `{instead}`, or replace it with --force.",
        )
