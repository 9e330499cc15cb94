"""Draws an image that is held."""

from __future__ import annotations

import shlex
import tarfile
from contextlib import ExitStack, contextmanager, suppress
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from m2msync import rasters
from m2msync.core.errors import StorageError, StoreDown, StoreRefused, UsageError
from m2msync.core.naming import natural
from m2msync.core.quicklook import Held, find, first_choices, natural_bands, pictures
from m2msync.core.wording import nearest, shown
from m2msync.pictures import Picture, in_natural_colours, png, single
from m2msync.store import appearing

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence
    from pathlib import Path

    from m2msync.catalog import Catalog
    from m2msync.core.model import Manifest
    from m2msync.core.quicklook import HeldImage
    from m2msync.store import Store


@dataclass(frozen=True, slots=True)
class Quicklook:
    """A picture of an image."""

    image: HeldImage
    bands: tuple[str, ...]
    """One, or those that are shown red, green and blue."""
    picture: Picture

    @property
    def name(self) -> str:
        """What a file with it may be called: `<display_id>.png`, with the band if it is one."""
        band = f"_{self.bands[0]}" if len(self.bands) == 1 else ""
        return f"{self.image.display_id}{band}.png"

    def save(self, path: Path) -> None:
        """Write it as a PNG file.

        Raises:
            StorageError: it cannot be written there.
        """
        data = png(self.picture)
        with appearing(path) as draft:
            draft.write_bytes(data)

    def to_json(self) -> dict[str, Any]:
        """Return what it shows as a JSON object (schemas/show.schema.json)."""
        return {
            "schema_version": 1,
            "kind": "quicklook",
            "dataset": self.image.dataset,
            "image": self.image.entity_id,
            "display_id": self.image.display_id,
            "bands": list(self.bands),
            "width": self.picture.width,
            "height": self.picture.height,
        }


def draw(manifest: Manifest, store: Store, catalog: Catalog, name: str, band: str | None) -> Quicklook:
    """Return a quicklook of a held image.

    Args:
        manifest: which wants or wanted it.
        store: where it is.
        catalog: what is held.
        name: a display id or entity id, or the beginning of one.
        band: one band; None for natural colours.

    Raises:
        UsageError: there is no such image, it lacks a band that is needed, or rasterio is not installed.
        StorageError: a file cannot be read.
    """
    if not rasters.available():
        raise UsageError("a quicklook needs rasterio, which is not installed", hint='pip install "m2msync[raster]"')
    image = find(name, catalog.held_images(manifest.name))
    with ExitStack() as stack:
        desk = _Desk(manifest, store, image, list(catalog.files_of(manifest.name, image)), stack)
        if band is not None:
            (found,) = bands = (desk.called(band),)
            return Quicklook(image, bands, single(desk.place(found)))
        wanted = natural_bands(image.display_id)
        if wanted is None:
            raise UsageError(
                f"which bands of {image.display_id} are red, green and blue is not known",
                hint=f"name one with --band: it has {desk.listed}",
            )
        return Quicklook(image, wanted, in_natural_colours([desk.place(one) for one in wanted]))


def draw_small(
    manifest: Manifest, store: Store, catalog: Catalog, image: HeldImage, longest: int
) -> Quicklook | None:
    """Return a small picture of a held image: natural colours, else one band, else a browse picture; else None.

    Args:
        manifest: which wants or wanted it.
        store: where it is.
        catalog: what is held.
        image: which one.
        longest: how many pixels the longer side may have.
    """
    with ExitStack() as stack:
        desk = _Desk(manifest, store, image, list(catalog.files_of(manifest.name, image)), stack)
        wanted = natural_bands(image.display_id)
        if wanted and set(wanted) <= desk.held:
            with _passed_over():
                return Quicklook(image, wanted, in_natural_colours([desk.place(b) for b in wanted], longest))
        for band in first_choices(desk.held):
            with _passed_over():
                return Quicklook(image, (band,), single(desk.place(band), longest))
    return None


@contextmanager
def _passed_over() -> Iterator[None]:
    """Let a picture that cannot be read be; if no other can be read either, that is told."""
    try:
        yield
    except (StoreDown, StoreRefused):
        raise
    except StorageError:
        return


class _Desk:
    """The pictures of one image, as files or within its bundle."""

    def __init__(
        self, manifest: Manifest, store: Store, image: HeldImage, files: Sequence[Held], stack: ExitStack
    ) -> None:
        """Look at what there is.

        Args:
            manifest: which wants or wanted it.
            store: where it is.
            image: the image.
            files: of the image.
            stack: keeps at hand what has been placed, until it is closed.
        """
        self._manifest, self._store, self._image, self._stack = manifest, store, image, stack
        self._there = {file.path for file in files if file.path and store.size(file.path) is not None}
        # Of several copies rather one that is there.
        self._files = pictures(sorted(files, key=lambda file: not self._is_there(file)), image.display_id)
        self._bundled = self._members(f.path for f in files if f.path and f.filename.endswith(".tar"))

    @property
    def held(self) -> set[str]:
        """The bands that can be shown."""
        return {name for name, file in self._files.items() if self._is_there(file)} | self._bundled.keys()

    @property
    def listed(self) -> str:
        """The names of the bands that can be shown."""
        return ", ".join(sorted(self.held, key=natural)) or "none"

    def called(self, band: str) -> str:
        """Return a band's name as it is written."""
        known = {name.casefold(): name for name in (*self._files, *self._bundled)}
        return known.get(band.casefold(), band)

    def place(self, band: str) -> str:
        """Return what GDAL opens for a band.

        Raises:
            UsageError: it is not held.
        """
        file = self._files.get(band)
        if file is not None and file.path is not None and self._is_there(file):
            return str(self._stack.enter_context(self._store.at_hand(file.path)))
        if band in self._bundled:
            bundle, member = self._bundled[band]
            return f"/vsitar/{self._stack.enter_context(self._store.at_hand(bundle))}/{member}"
        manifest = shlex.quote(self._manifest.file)
        if file is not None and file.wanted:
            hint = f"to get it: m2msync apply {manifest}"
        else:
            near = nearest(band, [*self._files, *self._bundled])
            guess = f"did you mean {shown(near)}? Else " if near else ""
            hint = f"{guess}add {band} to bands in {manifest}, then: m2msync apply {manifest}"
        raise UsageError(f"{band} of {self._image.display_id} is not held; held are {self.listed}", hint=hint)

    def _is_there(self, file: Held) -> bool:
        return file.path in self._there

    def _members(self, bundles: Iterable[str]) -> dict[str, tuple[str, str]]:
        """Return the pictures within bundles by their band: the bundle and the name in it."""
        places: dict[str, tuple[str, str]] = {}
        for path in bundles:
            with (
                suppress(OSError, tarfile.TarError),
                self._store.open(path) as file,
                tarfile.open(fileobj=file) as archive,
            ):
                members = [Held(name.rpartition("/")[2], name, wanted=False) for name in archive.getnames()]
                found = pictures(members, self._image.display_id)
                places |= {band: (path, member.path) for band, member in found.items() if member.path}
        return places
