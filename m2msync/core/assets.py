"""Which products of the chosen images are wanted, and where they shall lie in the store."""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache
from typing import TYPE_CHECKING

from m2msync.core import naming, products, roles
from m2msync.core.errors import UsageError
from m2msync.core.model import Asset

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence

    from m2msync.core.model import Acquisition, Image, Manifest
    from m2msync.core.select import Selected


_WAY_OUT = "{image} in the layout keeps images apart"


@dataclass(frozen=True, slots=True)
class _Band:
    """A wanted band or product of one image."""

    name: str
    tail: str
    """What follows the display id in its file's name, or would if the image had it."""
    missing: str | None = None
    """Why it cannot be had."""


def wanted(
    chosen: Iterable[Selected], filenames: Mapping[str, Sequence[str]], acquisition: Acquisition, layout: str
) -> Iterator[Asset]:
    """Yield the wanted products of the chosen images.

    Args:
        chosen: images with the regions they are wanted for.
        filenames: per display id, the names of every file M2M can deliver; absent when M2M listed nothing.
        acquisition: says which bands, and what a missing one means.
        layout: the manifest's path template.

    Raises:
        UsageError: the layout uses a field that an image does not have.
    """
    keeps_held = acquisition.on_reprocessed == "keep"
    for selected in chosen:
        image, (region, *others) = selected.image, selected.regions
        dataset, entity_id, display_id = image.dataset, image.entity_id, image.display_id
        listed = filenames.get(display_id, ())
        # Only "the image has no such band" is for if_missing to judge; an image without any list may get one later.
        tolerated = bool(listed) and acquisition.if_missing == "warn"
        missing = None if listed else "USGS lists no products of this image"
        paths = [naming.begin_path(layout, _fields(layout, image, region)) for region in selected.regions]
        for band in _wanted_of(acquisition, listed, display_id):
            filename = display_id + band.tail
            yield Asset(
                naming.key(dataset, filename),
                dataset,
                region,
                entity_id,
                display_id,
                band.name,
                filename,
                _each_once([path(band.name, filename) for path in paths]),
                missing=missing or band.missing,
                tolerated=tolerated,
                keeps_held=keeps_held,
                shared_by=tuple(others),
            )


def lacking(
    chosen: Iterable[Selected], filenames: Mapping[str, Sequence[str]], acquisition: Acquisition
) -> dict[str, tuple[str, ...]]:
    """Return the bands that chosen images do not have though they are wanted, by the images' entity ids.

    An image M2M lists nothing for is not among them: it may get its products later.
    """
    short: dict[str, tuple[str, ...]] = {}
    for selected in chosen:
        image = selected.image
        if names := filenames.get(image.display_id, ()):
            absent = tuple(b.name for b in _wanted_of(acquisition, names, image.display_id) if b.missing)
            short |= {image.entity_id: absent} if absent else {}
    return short


def places(image: Image, product: str, filename: str, manifest: Manifest) -> frozenset[str]:
    """Return every path at which a manifest can want a product of an image, whichever of its regions do so.

    Raises:
        UsageError: the layout uses a field that the image does not have.
    """
    regions = {r.name for entry in manifest.acquisitions if entry.dataset == image.dataset for r in entry.regions}
    layout = manifest.layout
    paths = [naming.begin_path(layout, _fields(layout, image, region)) for region in regions]
    return frozenset(path(product, filename) for path in paths)


def merge(assets: Iterable[Asset]) -> tuple[Asset, ...]:
    """Return each product once, with every path it is wanted at; those that would share a path are barred."""
    merged: dict[str, Asset] = {}
    for asset in assets:
        before = merged.get(asset.key)
        if before is None:
            merged[asset.key] = asset
        else:
            merged[asset.key] = before._replace(
                paths=tuple(dict.fromkeys(before.paths + asset.paths)),
                shared_by=tuple(dict.fromkeys(before.regions + asset.regions))[1:],
                tolerated=before.tolerated and asset.tolerated,
                keeps_held=before.keeps_held and asset.keeps_held,
            )
    # Nothing is written for a missing product; its name is a guess, at which two patterns may meet.
    # Compared without case: macOS and Windows would let one file overwrite the other.
    folded = [path.casefold() for asset in merged.values() if asset.missing is None for path in asset.paths]
    if len(set(folded)) == len(folded):
        return tuple(merged.values())
    owners: dict[str, set[str]] = {}
    for asset in merged.values():
        for path in asset.paths if asset.missing is None else ():
            owners.setdefault(path.casefold(), set()).add(asset.key)
    return tuple(_barred(asset, owners) for asset in merged.values())


def _barred(asset: Asset, owners: Mapping[str, set[str]]) -> Asset:
    """Return an asset, and why it may not be written if one of its paths is another product's too."""
    for path in asset.paths if asset.missing is None else ():
        if rivals := owners[path.casefold()] - {asset.key}:
            reason = f"its path, letter case aside, is that of {min(rivals)}; {_WAY_OUT}"
            return asset._replace(barred=reason)
    return asset


def tails(filenames: Iterable[str], display_id: str) -> tuple[str, ...]:
    """Return what follows the image's display id in each file name: `_B2.TIF` of a band, `.tar` of the bundle."""
    begin = len(display_id)
    return tuple([name[begin:] for name in filenames if name.startswith(display_id)])


def _each_once(paths: list[str]) -> tuple[str, ...]:
    return (paths[0],) if len(paths) == 1 else tuple(dict.fromkeys(paths))


@lru_cache(maxsize=1024)
def _found(
    bands: tuple[str, ...], sensor: roles.Sensor | None, words: tuple[str, ...], tails: tuple[str, ...]
) -> tuple[_Band, ...]:
    # Images of one sensor share their tails, so a hundred thousand images cost a handful of matchings.
    found: dict[str, _Band] = {}
    for pattern, role in roles.resolve(bands, sensor) if sensor else [(band, "") for band in bands]:
        hits = tuple(t for t in tails if t.startswith("_") and naming.matches_band(pattern, t[1:], ""))
        for tail in hits:
            found.setdefault(tail, _Band(naming.band_of(tail[1:], ""), tail))
        if not hits:
            found.setdefault(pattern, _lacking_band(pattern, role))
    for word in words:
        hits = products.tails_of(word, tails)
        for tail in hits:
            found.setdefault(tail, _Band(products.label(tail), tail))
        if not hits:
            found.setdefault(products.guessed_tail(word), _lacking_product(word))
    return tuple(found.values())


def _wanted_of(acquisition: Acquisition, names: Iterable[str], display_id: str) -> tuple[_Band, ...]:
    role = roles.first_role(acquisition.bands)
    sensor = roles.sensor_of(display_id) if role else None
    if role and sensor is None:
        raise UsageError(
            f"{role} is a role of Landsat bands, and {display_id} of {acquisition.dataset} is no image of Landsat",
            hint="Name the files in `bands`, e.g. B4, or what M2M calls a product in `products`.",
        )
    return _found(acquisition.bands, sensor, acquisition.products, tails(names, display_id))


def _lacking_band(pattern: str, role: str) -> _Band:
    asked = f" ({role})" if role not in ("", pattern) else ""
    return _Band(pattern, f"_{naming.expected_suffix(pattern)}", f"the image has no band {pattern}{asked}")


def _lacking_product(word: str) -> _Band:
    kind = "product " if products.is_free(word) else ""
    tail = products.guessed_tail(word)
    return _Band(products.label(tail), tail, f"the image has no {kind}{word}")


def _fields(layout: str, image: Image, region: str) -> dict[str, str]:
    """Return what a layout may name, but for what differs between the files of an image.

    Raises:
        UsageError: the layout names what the image does not have.
    """
    fields = {name: tell(image, region) for name, tell in _asked(layout)}
    if absent := [name for name, text in fields.items() if not text]:
        raise UsageError(
            f"the layout uses {{{absent[0]}}}, but image {image.display_id} has none",
            hint="leave the field out of the manifest's layout",
        )
    return fields


@lru_cache(maxsize=64)
def _asked(layout: str) -> tuple[tuple[str, Callable[[Image, str], str]], ...]:
    return tuple((name, tell) for name, tell in _TELL.items() if f"{{{name}}}" in layout)


_TELL: dict[str, Callable[[Image, str], str]] = {
    "dataset": lambda image, _: image.dataset,
    "region": lambda _, region: region,
    "image": lambda image, _: image.entity_id,
    "display_id": lambda image, _: image.display_id,
    "path": lambda image, _: "" if image.path is None else f"{image.path:03}",
    "row": lambda image, _: "" if image.row is None else f"{image.row:03}",
    "year": lambda image, _: str(image.acquired or "")[:4],
    "month": lambda image, _: str(image.acquired or "")[5:7],
    "day": lambda image, _: str(image.acquired or "")[8:],
    "tier": lambda image, _: image.tier or "",
}
