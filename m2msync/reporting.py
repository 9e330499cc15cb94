"""Makes the report: what manifest, catalog and disk tell, and pictures of some of what is held, on one page."""

from __future__ import annotations

import time
from dataclasses import dataclass
from importlib import metadata
from pathlib import Path
from typing import TYPE_CHECKING, Any

from m2msync import rasters
from m2msync.core.errors import StorageError
from m2msync.core.events import Stage
from m2msync.core.moments import written
from m2msync.core.overview import overview, portrayed
from m2msync.core.quicklook import HeldImage
from m2msync.pictures import webp
from m2msync.quicklook import draw_small
from m2msync.report.page import Page, Portrait, Provenance, rendered
from m2msync.store import appearing

if TYPE_CHECKING:
    from collections.abc import Iterator

    from m2msync.catalog import Catalog
    from m2msync.core.events import Sink
    from m2msync.core.model import Manifest
    from m2msync.core.overview import Overview
    from m2msync.store import Store

LONGEST = 200
"""How many pixels the longer side of a picture on the page has at most."""
_MARK = b'<meta name="generator" content="m2msync'
_HEAD = 4096


@dataclass(frozen=True, slots=True)
class Report:
    """A report that has been made and not been written yet."""

    page: Page
    html: bytes

    def save(self, path: Path) -> None:
        """Write it; what is there and no report stays.

        Raises:
            StorageError: it cannot be written there.
        """
        with appearing(path) as draft:
            if path.exists() and not _is_report(path):
                raise StorageError(
                    f"{path} exists and is no report of m2msync", hint="move it away, or name another file with -o"
                )
            draft.write_bytes(self.html)

    def to_json(self, path: str) -> dict[str, Any]:
        """Return what it counts as a JSON object (schemas/report.schema.json)."""
        told = self.page.overview
        return {
            "schema_version": 1,
            "kind": "report",
            "manifest": self.page.provenance.name,
            "path": path,
            "bytes": len(self.html),
            "summary": {
                "images": len(told.images),
                "drawn": sum(1 for image in told.images if image.footprint),
                "regions": len(self.page.regions),
                "pictures": len(self.page.portraits),
                "runs": len(self.page.runs),
                "bytes_held": told.bytes_held,
                "products": dict(told.products),
            },
        }


def make(manifest: Manifest, store: Store, catalog: Catalog, on_event: Sink, thumbnails: int) -> Report:
    """Return the report of a manifest.

    Args:
        manifest: of which.
        store: where the files are.
        catalog: what is wanted and held.
        on_event: told when the pictures are begun.
        thumbnails: of how many images a small picture is shown at most.

    Raises:
        CatalogError: the catalog cannot be read.
        UsageError: jinja2 is not installed.
    """
    told = overview(catalog.products(manifest.name), store.sizing(), catalog.images)
    provenance = Provenance(
        name=manifest.name,
        file=Path(manifest.file).name,
        digest=manifest.digest,
        applied=catalog.last_apply(manifest.name).digest,
        lineage=catalog.lineage,
        serial=catalog.serial,
        origin=catalog.origin,
        made=written(time.time()),
        version=_version(),
    )
    regions = {region.name: region for entry in manifest.acquisitions for region in entry.regions}
    portraits = tuple(_portraits(manifest, store, catalog, on_event, told, thumbnails))
    page = Page(
        provenance,
        told,
        tuple(regions.values()),
        tuple(catalog.past_runs(manifest.name)),
        portraits,
        drawable=rasters.available(),
    )
    return Report(page, rendered(page))


def _portraits(
    manifest: Manifest, store: Store, catalog: Catalog, on_event: Sink, told: Overview, number: int
) -> Iterator[Portrait]:
    chosen = portrayed(told.images, number) if rasters.available() else []
    if chosen:
        on_event(Stage("drawing pictures", len(chosen)))
    for image in chosen:
        held = HeldImage(image.dataset, image.entity_id, image.display_id)
        look = draw_small(manifest, store, catalog, held, LONGEST)
        if look is not None:
            size = look.picture.width, look.picture.height
            yield Portrait(image.dataset, image.display_id, look.bands, webp(look.picture), *size)


def _version() -> str:
    try:
        return metadata.version("m2msync")
    except metadata.PackageNotFoundError:
        return ""


def _is_report(path: Path) -> bool:
    with path.open("rb") as file:
        return _MARK in file.read(_HEAD)
