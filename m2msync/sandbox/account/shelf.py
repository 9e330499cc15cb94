"""What can be ordered: the rows of download-options, and the one thing behind an entityId and a productId."""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import lru_cache
from typing import TYPE_CHECKING, Any

from m2msync.sandbox.imagery import digests
from m2msync.sandbox.imagery.sheets import frame_bytes
from m2msync.sandbox.world.catalogue import BROWSE_JPEG, BROWSE_TIFF, BY_ID, DATASETS, Dataset, Product
from m2msync.sandbox.world.groups import file_groups
from m2msync.sandbox.world.scene import Scene, file_names, secondary_entity_id

if TYPE_CHECKING:
    from collections.abc import Iterator

    from m2msync.sandbox.world.archive import World
    from m2msync.sandbox.world.frames import Frame

RECENT_DAYS = 60  # younger scenes have their bundle in the dds cache, older ones at landsatlook (api.md §8.1)

FILE_SYSTEM = "ls_s3"  # what delivers single files: a landsatlook URL, available at once

_PRODUCTS: dict[str, tuple[Dataset, Product]] = {p.id: (d, p) for d in DATASETS.values() for p in d.products}
_BANDS = {d.bands.product_id for d in DATASETS.values() if d.bands}
_SECONDARY = re.compile(r"L[12](?:SR|ST)?_(L[CETM]\d\d_L[12]\w\w_\d{6}_\d{8}_\d{8}_02_\w\w)_\w+")


@dataclass(frozen=True, slots=True)
class Item:
    """One thing that can be ordered; `kind` is "file", "bundle", "frame" or a browse such as "frb refl"."""

    entity_id: str
    product_id: str
    display_id: str
    dataset_id: str
    code: str
    name: str
    system: str
    kind: str
    size: int
    image: Scene | Frame

    @property
    def collection(self) -> str:
        """The name of the collection the item belongs to."""
        return BY_ID[self.dataset_id].name


@dataclass(frozen=True, slots=True)
class Shelf:
    """The products of a world, made with pictures of `pixels` by `pixels`."""

    world: World
    pixels: int
    checksums: bool = True

    def rows(self, dataset: Dataset, image: Scene | Frame, *, groups: bool = False) -> Iterator[dict[str, Any]]:
        """Yield the rows of download-options for one image, in the order of the service (api.md §12.3)."""
        files = self._secondaries(dataset, image, groups=groups) if isinstance(image, Scene) else []
        for product in dataset.products:
            row = {
                **self._row(product, image, dataset.id),
                "available": self._available(product, image),
                "filesize": self._size(product, image),
                "productName": product.name,
                "productCode": product.code,
                "bulkAvailable": self._available(product, image),
                "downloadSystem": product.system,
                "secondaryDownloads": files if product.kind in {"bundle", "folder"} else [],
                "fileGroups": None,
            }
            if product.kind == "folder" and self.checksums:
                row["checksum"] = [{"id": "sha512", "value": None}]
            yield row

    def item(self, entity_id: str, product_id: str) -> Item | None:
        """Return what an order names, or None when it does not exist, is a folder, or is not available now."""
        if product_id in _BANDS:
            return self._file(entity_id, product_id)
        dataset, product = _PRODUCTS.get(product_id, (None, None))
        if dataset is None or product is None or product.kind == "folder":
            return None
        image = self.world.by_entity_id(dataset, entity_id)
        if image is None or not self._available(product, image):
            return None
        return Item(
            entity_id, product_id, image.display_id, dataset.id, product.code, product.name, product.system,
            product.kind, self._size(product, image), image,
        )  # fmt: skip

    def image(self, dataset: Dataset, entity_id: str) -> Scene | Frame | None:
        """Return the image with an entityId, which in a dataset of band files is that of a file."""
        if product_id := self.product_of_bands(dataset.id):
            item = self.item(entity_id, product_id)
            return item.image if item else None
        return self.world.by_entity_id(dataset, entity_id)

    def product_of_bands(self, dataset_id: str) -> str:
        """Return the product id all files of a band dataset share."""
        return next(
            (d.bands.product_id for d in DATASETS.values() if d.bands and d.bands.dataset_id == dataset_id), ""
        )

    def _file(self, entity_id: str, product_id: str) -> Item | None:
        if not (found := _SECONDARY.fullmatch(entity_id)):
            return None
        if (scene := self.world.scene(found[1])) is None:
            return None
        bands = DATASETS[scene.dataset].bands
        if bands is None or bands.product_id != product_id:
            return None
        if (name := _files(scene).get(entity_id)) is None:
            return None
        size = digests.announced(scene, name, self.pixels)
        return Item(
            entity_id, product_id, name, bands.dataset_id, bands.code, bands.name, FILE_SYSTEM, "file", size, scene
        )

    def _row(self, product: Product, image: Scene | Frame, dataset_id: str) -> dict[str, Any]:
        return {
            "id": product.id,
            "downloadName": product.download_name,
            "displayId": image.display_id,
            "entityId": image.entity_id,
            "datasetId": dataset_id,
        }

    def _available(self, product: Product, image: Scene | Frame) -> bool:
        if product.kind != "bundle":
            return True
        recent = (self.world.today - image.acquired).days < RECENT_DAYS
        return product.system == ("dds_ms" if recent else "ls_zip")

    def _size(self, product: Product, image: Scene | Frame) -> int:
        if product.kind == "bundle" and isinstance(image, Scene):
            return digests.bundle_size(image, self.pixels)
        if product.kind == "frame" and not isinstance(image, Scene):
            return len(frame_bytes(image, product.code, self.pixels))
        return {"frb": BROWSE_TIFF, "frbj": BROWSE_JPEG}.get(product.kind.partition(" ")[0], 0)

    def _secondaries(self, dataset: Dataset, scene: Scene, *, groups: bool) -> list[dict[str, Any]]:
        bands = dataset.bands
        if bands is None:
            return []
        return [
            {
                "id": bands.product_id,
                "downloadName": bands.download_name,
                "displayId": name,
                "entityId": entity_id,
                "datasetId": bands.dataset_id,
                "available": True,
                "filesize": digests.announced(scene, name, self.pixels),
                "productName": bands.name,
                "productCode": bands.code,
                "bulkAvailable": True,
                "downloadSystem": FILE_SYSTEM,
                "secondaryDownloads": [],
                "fileGroups": list(_groups_of(scene, name)) if groups else None,
                "displayOrder": order,
                **self._checksum(scene, name),
            }
            for order, (entity_id, name) in enumerate(_files(scene).items(), 1)
        ]

    def _checksum(self, scene: Scene, name: str) -> dict[str, Any]:
        if not self.checksums:
            return {}
        return {"checksum": [{"id": "sha512", "value": digests.exact(scene, name, self.pixels)[1]}]}


@lru_cache(maxsize=4096)
def _files(scene: Scene) -> dict[str, str]:
    """Return the names of a scene's files by their entityIds, in the order of the service."""
    return {secondary_entity_id(scene, name): name for name in file_names(scene)}


def groups_of_file(item: Item) -> tuple[str, ...]:
    """Return the ids of the groups a single file belongs to (api.md §6.6)."""
    return _groups_of(item.image, item.display_id) if isinstance(item.image, Scene) else ()


def _groups_of(scene: Scene, name: str) -> tuple[str, ...]:
    return file_groups(scene.sensor, int(scene.level[1]), name.removeprefix(f"{scene.display_id}_"))
