"""What an export tells about: the products a manifest wants, by image."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from m2msync.core import naming
from m2msync.core.holding import LANDED, State

if TYPE_CHECKING:
    from m2msync.core.model import Image


@dataclass(frozen=True, slots=True)
class ProductRecord:
    """One product that a manifest wants."""

    key: str
    product: str
    """What a manifest calls it, e.g. `B2`."""
    region: str
    state: State
    reason: str = ""
    attempts: int = 0
    paths: tuple[str, ...] = ()
    """Its copies, relative to the store; the first is the primary one."""
    size: int | None = None
    digest: str | None = None
    """Of the primary copy, as `algorithm:hex`."""
    fetched_at: str | None = None
    """ISO 8601, UTC."""

    @property
    def filename(self) -> str:
        """Its name without the dataset."""
        return self.key.partition("/")[2]

    @property
    def path(self) -> str | None:
        """The primary copy; None when the product is not held."""
        return self.paths[0] if self.paths and self.state in LANDED else None


@dataclass(frozen=True, slots=True)
class ImageRecord:
    """An image with all of its products that a manifest wants."""

    image: Image
    products: tuple[ProductRecord, ...]

    @property
    def held(self) -> tuple[ProductRecord, ...]:
        """The products that are in the store."""
        return tuple(p for p in self.products if p.path is not None)

    @property
    def wanted(self) -> int:
        """How many products are wanted, and not forgotten on purpose."""
        return sum(p.state != "tombstoned" for p in self.products)

    @property
    def failed(self) -> int:
        """How many of them failed."""
        return sum(p.state == "failed" for p in self.products)

    @property
    def bytes(self) -> int:
        """The length of what is held, each product once."""
        return sum(p.size or 0 for p in self.held)

    @property
    def regions(self) -> tuple[str, ...]:
        """The regions for which its products are wanted, sorted."""
        return tuple(sorted({p.region for p in self.products}))


def completed(image: Image) -> Image:
    """Return an image with what its display id tells, where M2M's answer is not in the catalog."""
    told = naming.parse_display_id(image.display_id)
    if told is None:
        return image
    return replace(
        image,
        acquired=image.acquired or told.acquired,
        path=told.path if image.path is None else image.path,
        row=told.row if image.row is None else image.row,
        tier=image.tier or told.tier,
    )
