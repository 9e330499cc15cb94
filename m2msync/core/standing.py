"""How things stand: catalog and disk compared, without asking M2M."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from m2msync.core.holding import LANDED
from m2msync.core.result import Standing

if TYPE_CHECKING:
    from collections.abc import Iterable

    from m2msync.core.holding import Known, SizeOf


class Standings(NamedTuple):
    """What a look at everything comes to."""

    problems: tuple[Standing, ...]
    """What is not as the last apply wanted it, by path."""
    wanted: int
    """How many products are wanted, and not forgotten on purpose."""
    held: int
    """How many of them are whole."""
    bytes_held: int


def standings(known: Iterable[Known], size_of: SizeOf) -> Standings:
    """Compare catalog and disk.

    Args:
        known: the catalog's products, as the asking manifest sees them.
        size_of: returns the length in bytes of the file that is at a path now, None if there is none.
    """
    problems, wanted, held, size = [], 0, 0, 0
    for product in known:
        found = standing(product, size_of)
        wanted += product.wanted and product.state != "tombstoned"
        if found is not None:
            problems.append(found)
        elif product.wanted and product.state in LANDED:
            held += 1
            size += product.size or 0
    return Standings(tuple(sorted(problems, key=lambda s: (s.path, s.key))), wanted, held, size)


def standing(product: Known, size_of: SizeOf) -> Standing | None:
    """Return how a product stands that is not as the last apply wanted it; None when it is, or no matter.

    Args:
        product: as the asking manifest sees it.
        size_of: returns the length in bytes of the file that is at a path now, None if there is none.
    """
    path = product.paths[0] if product.paths else ""
    if product.state == "tombstoned" or not product.claimed:
        return None
    if not product.wanted:
        if product.state in LANDED:
            return Standing(product.key, path, "orphan", "no longer in manifest")
        return None
    if product.state == "failed":
        return Standing(product.key, path, "failed", product.reason, product.attempts, product.rerun_helps)
    if product.state not in LANDED:
        return Standing(product.key, path, "missing", _absence(product))
    return _damage(product, size_of)


def _absence(product: Known) -> str:
    if product.state in ("wanted", "unavailable"):
        return product.reason or "never fetched"
    return "ordered, not fetched yet"


def _damage(product: Known, size_of: SizeOf) -> Standing | None:
    for path in product.paths:
        found = size_of(path)
        if found is None:
            return Standing(product.key, path, "missing", "file missing on disk")
        if found != product.size:
            reason = f"size on disk differs: {found} bytes, recorded {product.size}"
            return Standing(product.key, path, "damaged", reason)
    return None
