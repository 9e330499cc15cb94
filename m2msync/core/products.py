"""Products other than bands: what a manifest calls them, and how their files are called here.

M2M tells no file name for them before they are delivered (api.md §8.1), but a key has to be known when a run is
planned. So a file is called like its image and its product: `M_2509703_NE_14_060_20201210-Full_Resolution`. A
hyphen, where bands have an underscore: no pattern for bands means it. How the name ends, its delivery tells
(core/endings.py).
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from m2msync.core.wording import Unfit, few, nearest, shown

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

BUNDLE, BROWSE = "bundle", "browse"
_BAND = re.compile(r"(?:S[RT]_)?B\d{1,2}|QA_[A-Z]+|(?:MTL|ANG)(?:\.[A-Z]+)?", re.IGNORECASE)
_TAR = ".tar"
_MARK = "-"
# Browse pictures that landsatlook makes on demand; their names tell the format (api.md §12.3).
_GENERATED = "ls_frb"
_FORMATS = {"geotiff": ".TIF", "jpeg": ".jpg"}
_MOST = 12  # names in a hint


def file_name(display_id: str, name: str, code: str, system: str) -> str:
    """Return what the file of a product is called here, as far as M2M tells; empty when the product has no name.

    Args:
        display_id: of the image.
        name: M2M's productName.
        code: its productCode.
        system: its downloadSystem.
    """
    if BUNDLE in name.lower():
        return f"{display_id}{_TAR}"
    stem = _slug(name) or _slug(code)
    form = name.lower().rpartition(" ")[2] if system == _GENERATED else ""
    return f"{display_id}{_MARK}{stem}{_FORMATS.get(form, '')}" if stem else ""


def is_free(word: str) -> bool:
    """Return whether a manifest's word for a product is M2M's own rather than one of ours."""
    return word.lower() not in (BUNDLE, BROWSE)


def tails_of(word: str, tails: Iterable[str]) -> tuple[str, ...]:
    """Return which of an image's files a manifest's word means, whatever its case.

    Args:
        word: `bundle`, `browse`, or what M2M calls a product.
        tails: what follows the display id in the names of the image's files.
    """
    wanted = word.lower()
    if BUNDLE in wanted:
        return tuple(tail for tail in tails if tail == _TAR)
    named = [tail for tail in tails if tail.startswith(_MARK)]
    if wanted == BROWSE:
        return tuple(tail for tail in named if BROWSE in tail.lower())
    slug = _slug(wanted).lower()
    return tuple(tail for tail in named if label(tail).lower() == slug)


def label(tail: str) -> str:
    """Return what a product is called in plans and layouts, by what follows the display id in its file's name."""
    return BUNDLE if tail == _TAR else tail.removeprefix(_MARK).partition(".")[0]


def is_named(tail: str) -> bool:
    """Return whether a file is called after M2M's name of its product, by what follows the display id."""
    return tail.startswith(_MARK)


def is_browse(key: str, display_id: str) -> bool:
    """Return whether a product is a picture of its image, by its key."""
    tail = key.partition("/")[2].removeprefix(display_id)
    return is_named(tail) and BROWSE in tail.lower()


def guessed_tail(word: str) -> str:
    """Return how the file of a product that an image lacks would be called after its display id."""
    return _TAR if BUNDLE in word.lower() else f"{_MARK}{_slug(word)}"


def translated(word: str, dataset: str, offered: Sequence[tuple[str, str]]) -> str:
    """Return what M2M calls the product that a manifest's word means.

    Args:
        word: a name or a code.
        dataset: the dataset's alias.
        offered: name and code of everything the dataset offers; when that is nothing, the word is taken as it is.

    Raises:
        Unfit: the dataset offers no such product.
    """
    if not offered or not is_free(word) or BUNDLE in word.lower():
        return word
    slug = _slug(word).lower()
    for name, code in offered:
        if slug and slug in (_slug(name).lower(), code.lower()):
            return name or code
    if _BAND.fullmatch(word):
        raise Unfit(f"{shown(word)} is a band, not a product", f"write bands: [{word}]")
    known = dict(offered)
    near = nearest(word, [BUNDLE, BROWSE, *known, *filter(None, known.values())])
    every = [f"{name} ({code})" if code else name for name, code in known.items()]
    hint = f"did you mean {shown(near)}? It" if near else "it"
    raise Unfit(f"{dataset} has no product {shown(word)}", f"{hint} offers {few(every, _MOST)}")


def _slug(name: str) -> str:
    return re.sub(r"[^A-Za-z0-9-]+", "_", name).strip("_-")
