"""Which wanted products a file may be, as far as its name and its place tell."""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import lru_cache
from typing import TYPE_CHECKING

from m2msync.core.endings import gained, is_open

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping

    from m2msync.core.sought import Sought

    Tails = dict[str, Sought]
    """The wanted products of one image, by what follows its id in a file name."""

OTHER_PRODUCT = "another product of a wanted image"
OTHER_PROCESSING = "another processing of a wanted image"
OTHER_IMAGE = "of no wanted image"

# Programs that save under the URL's last segment may keep its query; some replace what a name must not have.
_QUERY = re.compile(r"(?:\?|%3f|@(?=requestsignature)).*", re.DOTALL)
_BUNDLE = re.compile(r"landsat_product_id(?:=|%3d)(\w+?)(?:&|%26|$)")
_UNFINISHED = re.compile(r"(?:\.(?:crdownload|part|partial|download|opdownload|filepart|incomplete|aria2|tmp))+$")
# What M2M puts in front of a product id in the ids of single files (api.md §11.1).
_PREFIX = re.compile(r"l[12](?:sr|st)?_")
_ID_END = re.compile(r"(?<=[a-z0-9])(?![a-z0-9])")
# The marks that browsers, file managers and wget put on a second copy, before the extension or behind it.
_MARK = r"(?: ?\(\d{1,3}\)| - copy| copy| \d{1,2}|-\d{1,2})*"
_TAIL = re.compile(
    rf"(?P<stem>.*?){_MARK}(?P<extension>[._](?:tiff?|txt|xml|jpe?g|tar(?:\.gz)?|tgz)|\.[a-z]+)?(?:\.\d{{1,3}})?{_MARK}",
    re.DOTALL,
)
# What all processings of a Landsat scene share at one level (api.md §11.1).
_SCENE = re.compile(r"(l[a-z]\d\d_l\d)[a-z]{2}_(\d{6}_\d{8})_\d{8}_")
_TEXTS = (".txt", ".xml")
_SAME = {"tiff": "tif", "jpeg": "jpg", "tgz": "tar", "tar.gz": "tar"}


@dataclass(frozen=True, slots=True)
class Guess:
    """What a file may be: wanted products, likeliest first, or none for a reason."""

    sought: tuple[Sought, ...]
    reason: str = ""
    unfinished: bool = False
    """Whether its name says that a download is still under way, or was given up."""


class Index:
    """Wanted products, to be recognised by the names and places of files."""

    def __init__(self, sought: Iterable[Sought]) -> None:
        self._places: dict[str, Sought] = {}
        self._tails: dict[str, tuple[Tails, ...]] = {}
        self._scenes: set[tuple[str, ...]] = set()
        self._digests: dict[str, Sought] = {}
        self._sizes: set[int | None] = set()
        images: dict[tuple[str, str], Tails] = {}
        for one in sought:
            image = (one.asset.dataset, one.asset.display_id)
            if image not in images:
                self._enter(one, images.setdefault(image, {}))
            self._add(one, images[image])

    @property
    def algorithms(self) -> frozenset[str]:
        """The names of the digests by which files of any name can be recognised."""
        return frozenset(digest.partition(":")[0] for digest in self._digests)

    def guess(self, name: str, places: Iterable[str] = ()) -> Guess:
        """Return what a file may be.

        Args:
            name: the file's name.
            places: its path, relative to whatever may be a store.
        """
        found = [one for place in places if (one := self._at(place))]
        plain = name.casefold()
        finished = _UNFINISHED.sub("", plain)
        reason, named = self._by_name(finished)
        return Guess(tuple(dict.fromkeys([*found, *named])), reason, unfinished=finished != plain)

    def by_digest(self, digest: str) -> Sought | None:
        """Return the product that has this digest (`algorithm:hex`)."""
        return self._digests.get(digest)

    def is_plausible(self, size: int) -> bool:
        """Say whether a file of this length may have the digest of a product."""
        return size in self._sizes or None in self._sizes

    def _at(self, place: str) -> Sought | None:
        """Return the product whose place this is, or whose place it is but for the ending of its delivery."""
        one = self._places.get(place)
        if one is None and (end := gained(place)):
            one = self._places.get(place.removesuffix(end))
            return one if one and is_open(one.asset.filename) else None
        return one

    def _enter(self, one: Sought, tails: Tails) -> None:
        asset = one.asset
        for name in dict.fromkeys((asset.display_id.casefold(), asset.image.casefold())):
            self._tails[name] = (*self._tails.get(name, ()), tails)
        if scene := _SCENE.match(asset.display_id.casefold()):
            self._scenes.add(scene.groups())

    def _add(self, one: Sought, tails: Tails) -> None:
        asset = one.asset
        self._places |= dict.fromkeys(asset.paths, one)
        tail = asset.filename.removeprefix(asset.display_id).casefold()
        tails[tail] = one
        tails.setdefault(_canonical(tail), one)
        if one.open and asset.digest:
            self._digests.setdefault(asset.digest, one)
            self._sizes.add(asset.size if asset.exact else None)

    def _by_name(self, name: str) -> tuple[str, list[Sought]]:
        for reading in _readings(name):
            for end in reversed([match.end() for match in _ID_END.finditer(reading)]):
                if several := self._tails.get(reading[:end]):
                    found = [one for tails in several for one in _by_tail(tails, reading[end:])]
                    return OTHER_PRODUCT, found
        scene = _SCENE.match(name)
        return (OTHER_PROCESSING if scene and scene.groups() in self._scenes else OTHER_IMAGE), []


def _readings(name: str) -> Iterator[str]:
    """Yield the names that a program may have made this one of."""
    plain = _QUERY.sub("", name)
    yield plain
    if _PREFIX.match(plain):
        yield _PREFIX.sub("", plain, count=1)
    if bundle := _BUNDLE.search(name):
        yield f"{bundle[1]}.tar"


def _by_tail(tails: Mapping[str, Sought], tail: str) -> tuple[Sought, ...]:
    one = tails.get(tail) or tails.get(_canonical(tail))
    if one is not None:
        return (one,)
    named = tails.get(_split(tail)[0])
    if named and is_open(named.asset.filename) and gained(tail):
        return (named,)
    # Notebooks have saved texts as `_MTL.TIF`, or as the file's id with `.TIF` behind it; others save no extension.
    stem, extension = _split(tail)
    if extension not in ("", ".tif"):
        return ()
    one = tails.get(_canonical(stem))
    alike = (one for known, one in tails.items() if _split(known)[0] == stem and _may_lack(known, extension))
    return (one,) if one else tuple(alike)


def _may_lack(tail: str, extension: str) -> bool:
    """Say whether a product may be saved with this extension instead of its own."""
    return not extension or _split(tail)[1] in _TEXTS


def _canonical(tail: str) -> str:
    return "".join(_split(tail))


@lru_cache(maxsize=4096)  # a million files share a few dozen tails
def _split(tail: str) -> tuple[str, str]:
    """Return a tail's stem and extension, without the mark of a copy: `_b4 (1).tiff` is (`_b4`, `.tif`)."""
    match = _TAIL.fullmatch(tail)
    if match is None:
        return tail, ""
    extension = (match["extension"] or "")[1:]
    return match["stem"], extension and f".{_SAME.get(extension, extension)}"
