"""What came of an export."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from typing import TYPE_CHECKING, Any, Literal

from m2msync.core.events import Counted

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from m2msync.core.errors import M2MSyncError
    from m2msync.core.events import Sink
    from m2msync.core.exports.aria2 import Linked
    from m2msync.core.exports.records import ImageRecord
    from m2msync.core.result import Failure

TableFormat = Literal["stac", "geoparquet", "geojson", "csv"]
"""What is made of the catalog alone; `urls` asks M2M."""


@dataclass(slots=True)
class Tally:
    """What an export tells about, counted while it is written."""

    images: int = 0
    products: int = 0
    bytes: int = 0
    """The size of what is held."""

    def count(self, records: Iterable[ImageRecord], on_event: Sink) -> Iterator[ImageRecord]:
        """Yield the same records, counted, and told one by one."""
        for record in records:
            self.images += 1
            self.products += len(record.products)
            self.bytes += record.bytes
            on_event(Counted(1))
            yield record


@dataclass(frozen=True, slots=True)
class Exported:
    """An export that is written."""

    manifest: str
    format: str
    path: str | None
    """Where it is; None for stdout."""
    images: int
    products: int
    bytes: int
    failed: tuple[Failure, ...] = ()
    """With `urls`: what M2M gave no link for."""

    @property
    def exit_code(self) -> int:
        """What the contract says of it (design.md §5)."""
        return 3 if self.failed else 0

    def to_json(self) -> dict[str, Any]:
        """Return it as one JSON object (schemas/export.schema.json)."""
        return {
            "schema_version": 1,
            "kind": "export",
            "manifest": self.manifest,
            "format": self.format,
            "path": self.path,
            "summary": {
                "images": self.images,
                "products": self.products,
                "bytes": self.bytes,
                "failed": len(self.failed),
            },
            "failed": [asdict(failure) for failure in self.failed],
        }


@dataclass(frozen=True, slots=True)
class Links:
    """What M2M gave links for."""

    linked: tuple[Linked, ...]
    failed: tuple[Failure, ...] = ()
    images: int = 0
    """How many images they belong to."""
    bytes: int = 0
    """Announced."""
    error: M2MSyncError | None = None
    """What ended the ordering early, if anything did."""
