"""Which image is meant, and which of its bands make a picture."""

from __future__ import annotations

import difflib
import re
from dataclasses import dataclass
from heapq import nlargest
from itertools import takewhile
from typing import TYPE_CHECKING

from m2msync.core import naming, roles
from m2msync.core.errors import UsageError
from m2msync.core.wording import listed

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

VIRIDIS = (
    (0x44, 0x01, 0x54),
    (0x47, 0x2D, 0x7B),
    (0x3B, 0x52, 0x8B),
    (0x2C, 0x72, 0x8E),
    (0x21, 0x90, 0x8C),
    (0x27, 0xAD, 0x81),
    (0x5D, 0xC8, 0x63),
    (0xAA, 0xDC, 0x32),
    (0xFD, 0xE7, 0x25),
)
"""Red, green and blue at equal steps of the colour map viridis, from low to high, all but straight between them."""

_FEW = 5
_LAST = re.compile(r"QA|SR_QA|ST_(?!B)|.*_(?:qb|tir)\b", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class HeldImage:
    """An image of which something is held."""

    dataset: str
    entity_id: str
    display_id: str


@dataclass(frozen=True, slots=True)
class Held:
    """One file of an image."""

    filename: str
    path: str | None
    """Relative to the store; None when it is not there."""
    wanted: bool


def find(name: str, images: Sequence[HeldImage]) -> HeldImage:
    """Return the image that has this display id or entity id, or alone begins with it; letter case aside.

    Raises:
        UsageError: there is none, or there are several; the hint names what may have been meant.
    """
    folded = name.casefold()
    exact = [image for image in images if folded in _names(image)]
    begun = exact or [image for image in images if any(called.startswith(folded) for called in _names(image))]
    if len(begun) == 1:
        return begun[0]
    if begun:
        raise UsageError(f"{name!r} could be each of {len(begun):,} images", hint=f"write e.g. {_few(begun)}")
    if near := _nearest(folded, images):
        raise UsageError(f"no image called {name!r} is held", hint=f"did you mean {_few(near)}?")
    raise UsageError(
        f"no image called {name!r} is held", hint="`m2msync apply` gets images, `m2msync search` names them"
    )


def natural_bands(display_id: str) -> tuple[str, str, str] | None:
    """Return the bands that are shown red, green and blue, None when the image is not known to have such."""
    sensor = roles.sensor_of(display_id)
    bands = roles.SENSORS[sensor] if sensor else {}
    # Multispectral scanners saw no blue: their vegetation is shown red, as custom has it.
    red, green, blue = ("red", "green", "blue") if "blue" in bands else ("nir", "red", "green")
    if red not in bands:
        return None
    return bands[red][-1], bands[green][-1], bands[blue][-1]


def first_choices(bands: Iterable[str]) -> list[str]:
    """Return bands in the order in which one stands for the whole image: browse pictures first, masks last."""
    return sorted(
        bands, key=lambda band: (_LAST.match(band) is not None, not _is_browse(band), naming.natural(band))
    )


def _is_browse(band: str) -> bool:
    return any(word in band.lower() for word in ("browse", "refl"))


def pictures(files: Iterable[Held], display_id: str) -> dict[str, Held]:
    """Return the pictures among an image's files by their band, the first copy of each."""
    found: dict[str, Held] = {}
    for file in files:
        if file.filename.lower().endswith((".tif", ".tiff", ".jpg", ".jpeg")):
            found.setdefault(naming.band_of(file.filename, display_id), file)
    return found


def _names(image: HeldImage) -> tuple[str, str]:
    return image.display_id.casefold(), image.entity_id.casefold()


def _nearest(folded: str, images: Sequence[HeldImage]) -> list[HeldImage]:
    # Comparing letter by letter is slow, so only with those that begin alike.
    named = {called: image for image in images for called in _names(image)}
    alike = nlargest(200, named, key=lambda called: _alike(called, folded))
    return list(
        dict.fromkeys(named[called] for called in difflib.get_close_matches(folded, alike, n=3, cutoff=0.7))
    )


def _alike(one: str, other: str) -> int:
    """Return how many characters two names have in common at their beginning."""
    return sum(1 for _ in takewhile(lambda pair: pair[0] == pair[1], zip(one, other, strict=False)))


def _few(images: Sequence[HeldImage]) -> str:
    names = list(dict.fromkeys(image.display_id for image in images))
    return listed(names[:_FEW])
