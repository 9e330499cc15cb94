"""Which of the images a search found are wanted."""

from __future__ import annotations

import dataclasses
from collections import defaultdict
from dataclasses import dataclass
from itertools import chain
from typing import TYPE_CHECKING

from m2msync.core import naming
from m2msync.core.periods import period_of
from m2msync.core.spread import spread
from m2msync.core.wording import few, listed

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Hashable, Iterable, Iterator, Mapping, Sequence

    from m2msync.core.model import Acquisition, Image, Preference
    from m2msync.core.periods import Period

    Found = Mapping[str, Sequence[Image]]
    """Per region name, the images its search returned."""
    Rank = tuple[object, ...]
    Visit = tuple[object, ...]

REAL_TIME = "RT"
_FEW = 5  # names in a sentence


@dataclass(frozen=True, slots=True)
class Selected:
    """A wanted image and the regions it is wanted for, in the manifest's order."""

    image: Image
    regions: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Contest:
    """The images that compete with each other: those of one scene, with `per` those of one period of it."""

    scene: Hashable
    """A region's name, a WRS-2 cell, or the entity id of an image without one."""
    period: Period | None
    ranked: tuple[Image, ...]
    """Best first."""
    places: int
    """How many of them are wanted."""


def select(found: Found, acquisition: Acquisition, skip: Collection[str] = frozenset()) -> tuple[Selected, ...]:
    """Choose the wanted images; the same images always give the same choice, in whatever order they come.

    Args:
        found: what was found.
        acquisition: says how many images a scene shall have, and which come first.
        skip: entity ids to pass over, so that the next in rank takes their place.

    Returns:
        The chosen images, best first. With `scene: region` an image belongs to the regions that chose it; with
        `scene: path_row` a WRS-2 cell is one scene whatever the region, and its images belong to every region
        that found them.
    """
    images: dict[str, Image] = {}
    wanted_for: defaultdict[str, set[str]] = defaultdict(set)
    for contest in contests(found, acquisition, skip):
        for image in contest.ranked[: contest.places]:
            images[image.entity_id] = image
            if acquisition.scene == "region":
                wanted_for[image.entity_id].add(str(contest.scene))
    if acquisition.scene == "path_row":
        for region, several in found.items():
            for image in several:
                if image.entity_id in images:
                    wanted_for[image.entity_id].add(region)
    place_in_manifest = {region: n for n, region in enumerate(found)}
    return tuple(
        Selected(image, tuple(sorted(wanted_for[image.entity_id], key=place_in_manifest.__getitem__)))
        for image in sorted(images.values(), key=ranking(acquisition))
    )


def contests(
    found: Found, acquisition: Acquisition, skip: Collection[str] = frozenset(), gone: Collection[str] | None = None
) -> Iterator[Contest]:
    """Yield what decides which images are wanted.

    Args:
        found: what was found.
        acquisition: says how many images a scene shall have, and which come first.
        skip: entity ids that do not take part.
        gone: what `outdated` returned, if it was asked before.
    """
    gone = outdated(found) if gone is None else gone
    tiers, per = acquisition.tiers, acquisition.per
    groups: defaultdict[tuple[Hashable, Period | None], dict[str, Image]] = defaultdict(dict)
    for region, several in found.items():
        for image in several:
            if image.entity_id in skip or image.display_id in gone or (tiers and image.tier not in tiers):
                continue
            place = scene_of(image, region, acquisition), period_of(image.acquired, per)
            groups[place][image.entity_id] = image
    for (scene, period), members in groups.items():
        ranked = _ranked(members.values(), acquisition)
        wanted = acquisition.images_per_scene
        yield Contest(scene, period, ranked, len(ranked) if wanted is None else min(wanted, len(ranked)))


def outdated(found: Found) -> dict[str, str]:
    """Return the display ids of images that are there in a later processing too, and the display id of that.

    A search may find an image twice for a while: as real-time (RT) and final (T1 or T2), or in two processings.
    Of one entity the final one stays, else the one processed last; a real-time image goes for a final one of the
    same satellite, path, row and day under whatever entity id.
    """
    best: dict[str, Image] = {}
    losers: dict[str, str] = {}
    real_time: dict[str, Image] = {}
    for several in found.values():
        for image in several:
            other = best.setdefault(image.entity_id, image)
            if other.display_id != image.display_id:
                loser, winner = sorted((other, image), key=_finality)
                best[image.entity_id] = winner
                losers[loser.display_id] = winner.entity_id
            if image.tier == REAL_TIME:
                real_time[image.display_id] = image
    gone = {display_id: best[entity].display_id for display_id, entity in losers.items()}
    if real_time:
        gone |= _replaced(real_time.values(), best.values())
    return gone


def fruitless(found: Found, acquisition: Acquisition) -> str:
    """Return what to tell a person when regions are empty, or nothing is of a tier that is wanted; else nothing."""
    tiers: dict[str, None] = {}
    for image in chain.from_iterable(found.values()):
        if not acquisition.tiers or image.tier in acquisition.tiers:
            break
        tiers |= {image.tier or "no tier": None}
    else:
        if tiers:
            asked, there = listed(acquisition.tiers), listed(sorted(tiers))
            told = f"no image found is of tier {asked}, but of {there}; widen tiers or leave it out"
            return f"{acquisition.dataset}: {told}"
    empty = [region for region, images in found.items() if not images]
    if not empty:
        return ""
    filters = [f.name for f in dataclasses.fields(acquisition.filters) if getattr(acquisition.filters, f.name)]
    lies = "they lie" if len(empty) > 1 else "it lies"
    wider = f"widen {listed(filters)}" if filters else "whether the dataset covers that"
    return f"{acquisition.dataset}: no image found in {few(empty, _FEW)}; check where {lies}, and {wider}"


def scene_of(image: Image, region: str, acquisition: Acquisition) -> Hashable:
    """Return the scene that an image shows, as `Contest.scene` names it."""
    # An image without path and row (not Landsat) is a scene of its own: nothing says what else shows its place.
    if acquisition.scene == "region":
        return region
    return image.entity_id if image.path is None else (image.path, image.row)


def ranking(acquisition: Acquisition) -> Callable[[Image], Rank]:
    """Return what images are sorted by, best first: tiers come before everything else."""
    order = RANKING[acquisition.prefer]
    places = {tier: n for n, tier in enumerate(acquisition.tiers)}
    if len(places) <= 1:
        return order
    return lambda image: (places[image.tier or ""], *order(image))


def _ranked(members: Collection[Image], acquisition: Acquisition) -> tuple[Image, ...]:
    wanted = acquisition.images_per_scene
    if acquisition.prefer != "spread" or wanted is None or len(members) <= wanted:
        return tuple(sorted(members, key=ranking(acquisition)))
    chosen: list[Image] = []
    for tier in acquisition.tiers or (None,):
        chosen += _spread([i for i in members if tier in (None, i.tier)], wanted - len(chosen))
    taken = {image.entity_id for image in chosen}
    left = sorted((i for i in members if i.entity_id not in taken), key=ranking(acquisition))
    return (*chosen, *left)


def _spread(images: Collection[Image], wanted: int) -> list[Image]:
    """Return so many images spread over their days, in the order of time; undated ones only for want of others."""
    chosen: list[Image] = []
    left = sorted((i for i in images if i.acquired), key=_least_cloudy)
    while left and len(chosen) < wanted:
        # Of one day the least cloudy; the others of that day have another chance when all days are taken.
        days: dict[int, Image] = {}
        for image in left:
            days.setdefault(-_age(image), image)
        ascending = sorted(days)
        chosen += [days[ascending[place]] for place in spread(ascending, wanted - len(chosen))]
        taken = {image.entity_id for image in chosen}
        left = [image for image in left if image.entity_id not in taken]
    chosen.sort(key=_oldest)
    undated = sorted((i for i in images if not i.acquired), key=_least_cloudy)
    return chosen + undated[: max(0, wanted - len(chosen))]


def _finality(image: Image) -> Rank:
    named = naming.parse_display_id(image.display_id)
    return (image.tier != REAL_TIME, str(named.processed) if named else "", image.display_id)


def _replaced(real_time: Iterable[Image], others: Iterable[Image]) -> dict[str, str]:
    """Return the real-time images that are final under another entity id, by display id, and those of the final."""
    waiting: defaultdict[Visit, list[str]] = defaultdict(list)
    cells: set[Visit] = set()
    for image in real_time:
        if (visit := _visit(image)) is not None:
            waiting[visit].append(image.display_id)
            cells.add((image.path, image.row, image.acquired))
    gone: dict[str, str] = {}
    for image in sorted(others, key=lambda i: i.display_id) if waiting else ():
        if image.tier == REAL_TIME or (image.path, image.row, image.acquired) not in cells:
            continue
        gone |= dict.fromkeys(waiting.get(_visit(image) or (), ()), image.display_id)
    return gone


def _visit(image: Image) -> Visit | None:
    named = naming.parse_display_id(image.display_id)
    return (named.satellite, named.path, named.row, named.acquired) if named else None


def _age(image: Image) -> int:
    return -image.acquired.toordinal() if image.acquired else 0


def _newest(image: Image) -> Rank:
    return (_age(image), image.entity_id)


def _oldest(image: Image) -> Rank:
    return (image.acquired is None, -_age(image), image.entity_id)


def _least_cloudy(image: Image) -> Rank:
    unknown = image.cloud_cover is None
    return (unknown, 0 if unknown else image.cloud_cover, _age(image), image.entity_id)


RANKING: Mapping[Preference, Callable[[Image], Rank]] = {
    "newest": _newest,
    "oldest": _oldest,
    "least_cloudy": _least_cloudy,
    "spread": _newest,
}
"""For `spread` the order in which chosen images are told; which are chosen does not depend on it."""
