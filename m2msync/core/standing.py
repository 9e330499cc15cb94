"""How things stand: catalog and disk compared, without asking M2M."""

from __future__ import annotations

from typing import TYPE_CHECKING

from m2msync.core.holding import LANDED
from m2msync.core.result import Standing

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from m2msync.core.holding import Known


def standings(known: Iterable[Known], on_disk: Mapping[str, int]) -> tuple[tuple[Standing, ...], int, int]:
    """Return what is not as the last apply wanted it, the number of whole products, and their bytes.

    Args:
        known: the catalog's products, as the asking manifest sees them.
        on_disk: per path (relative to the store), the length in bytes of the file that is there now.
    """
    problems, held, size = [], 0, 0
    for product in known:
        standing = _standing(product, on_disk)
        if standing is not None:
            problems.append(standing)
        elif product.wanted and product.state in LANDED:
            held += 1
            size += product.size or 0
    return tuple(sorted(problems, key=lambda s: (s.path, s.key))), held, size


def _standing(product: Known, on_disk: Mapping[str, int]) -> Standing | None:
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
    return _damage(product, on_disk)


def _absence(product: Known) -> str:
    if product.state in ("wanted", "unavailable"):
        return product.reason or "never fetched"
    return "ordered, not fetched yet"


def _damage(product: Known, on_disk: Mapping[str, int]) -> Standing | None:
    for path in product.paths:
        found = on_disk.get(path)
        if found is None:
            return Standing(product.key, path, "missing", "file missing on disk")
        if found != product.size:
            reason = f"size on disk differs: {found} bytes, recorded {product.size}"
            return Standing(product.key, path, "damaged", reason)
    return None
