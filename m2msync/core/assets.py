"""Which products of the chosen images are wanted, and where they shall lie in the store."""

from __future__ import annotations

from dataclasses import dataclass, replace
from functools import lru_cache
from typing import TYPE_CHECKING

from m2msync.core import naming, products, roles
from m2msync.core.errors import UsageError
from m2msync.core.model import Asset

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping, Sequence

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
    for selected in chosen:
        image = selected.image
        listed = filenames.get(image.display_id, ())
        folders = [_fields(layout, image, region) for region in selected.regions]
        for band in _wanted_of(acquisition, listed, image.display_id):
            yield _asset(selected, band, acquisition, layout, folders, listed=bool(listed))


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
    file = {"product": product, "filename": filename}
    layout = manifest.layout
    return frozenset(naming.render_layout(layout, _fields(layout, image, region) | file) for region in regions)


def merge(assets: Iterable[Asset]) -> tuple[Asset, ...]:
    """Return each product once, with every path it is wanted at; those that would share a path are barred."""
    merged: dict[str, Asset] = {}
    for asset in assets:
        before = merged.get(asset.key)
        if before is None:
            merged[asset.key] = asset
        else:
            paths = tuple(dict.fromkeys(before.paths + asset.paths))
            merged[asset.key] = replace(
                before,
                paths=paths,
                tolerated=before.tolerated and asset.tolerated,
                keeps_held=before.keeps_held and asset.keeps_held,
            )
    owners: dict[str, str] = {}
    disputed: dict[str, set[str]] = {}
    for asset in merged.values():
        # Nothing is written for a missing product; its name is a guess, at which two patterns may meet.
        for path in asset.paths if asset.missing is None else ():
            # Compared without case: macOS and Windows would let one file overwrite the other.
            owner = owners.setdefault(path.casefold(), asset.key)
            if owner != asset.key:
                disputed.setdefault(path.casefold(), {owner}).add(asset.key)
    return tuple(_barred(asset, disputed) if disputed else asset for asset in merged.values())


def _barred(asset: Asset, disputed: Mapping[str, set[str]]) -> Asset:
    """Return an asset, and why it may not be written if one of its paths is another product's too."""
    for path in asset.paths if asset.missing is None else ():
        if rivals := disputed.get(path.casefold(), set()) - {asset.key}:
            reason = f"its path, letter case aside, is that of {min(rivals)}; {_WAY_OUT}"
            return replace(asset, barred=reason)
    return asset


def tails(filenames: Iterable[str], display_id: str) -> tuple[str, ...]:
    """Return what follows the image's display id in each file name: `_B2.TIF` of a band, `.tar` of the bundle."""
    return tuple(name.removeprefix(display_id) for name in filenames if name.startswith(display_id))


@lru_cache(maxsize=1024)
def _found(bands: tuple[tuple[str, str], ...], words: tuple[str, ...], tails: tuple[str, ...]) -> tuple[_Band, ...]:
    # Images of one sensor share their tails, so a hundred thousand images cost a handful of matchings.
    found: dict[str, _Band] = {}
    for pattern, role in bands:
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
    return _found(_patterns(acquisition, display_id), acquisition.products, tails(names, display_id))


def _patterns(acquisition: Acquisition, display_id: str) -> tuple[tuple[str, str], ...]:
    """Return the names and globs of the wanted bands, each with the role it stands for, if it does."""
    role = roles.first_role(acquisition.bands)
    if not role:
        return tuple((band, "") for band in acquisition.bands)
    sensor = roles.sensor_of(display_id)
    if sensor is None:
        raise UsageError(
            f"{role} is a role of Landsat bands, and {display_id} of {acquisition.dataset} is no image of Landsat",
            hint="Name the files in `bands`, e.g. B4, or what M2M calls a product in `products`.",
        )
    return roles.resolve(acquisition.bands, sensor)


def _asset(
    selected: Selected,
    band: _Band,
    acquisition: Acquisition,
    layout: str,
    folders: Sequence[Mapping[str, str]],
    *,
    listed: bool,
) -> Asset:
    image = selected.image
    filename = f"{image.display_id}{band.tail}"
    file = {"product": band.name, "filename": filename}
    missing = band.missing if listed else "USGS lists no products of this image"
    return Asset(
        key=naming.key(image.dataset, filename),
        dataset=image.dataset,
        region=selected.regions[0],
        image=image.entity_id,
        display_id=image.display_id,
        product=band.name,
        filename=filename,
        paths=tuple(dict.fromkeys(naming.render_layout(layout, {**folder, **file}) for folder in folders)),
        missing=missing,
        # Only "the image has no such band" is for if_missing to judge; an image without any list may get one later.
        tolerated=listed and acquisition.if_missing == "warn",
        keeps_held=acquisition.on_reprocessed == "keep",
    )


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
    day = image.acquired.isoformat() if image.acquired else ""
    fields = {
        "dataset": image.dataset,
        "region": region,
        "image": image.entity_id,
        "display_id": image.display_id,
        "path": "" if image.path is None else f"{image.path:03}",
        "row": "" if image.row is None else f"{image.row:03}",
        "year": day[:4],
        "month": day[5:7],
        "day": day[8:],
        "tier": image.tier or "",
    }
    absent = [name for name, text in fields.items() if not text and f"{{{name}}}" in layout]
    if absent:
        raise UsageError(
            f"the layout uses {{{absent[0]}}}, but image {image.display_id} has none",
            hint="leave the field out of the manifest's layout",
        )
    return fields
