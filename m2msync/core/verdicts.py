"""Why each image that was found is wanted, or is not."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal

from m2msync.core import naming
from m2msync.core.periods import called
from m2msync.core.select import contests, outdated, scene_of
from m2msync.core.wording import listed

if TYPE_CHECKING:
    from collections.abc import Hashable, Iterator, Mapping, Sequence

    from m2msync.core.model import Acquisition, Image
    from m2msync.core.select import Contest, Found

Ground = Literal["kept", "outranked", "outdated", "tier", "lacking"]
GROUNDS: tuple[Ground, ...] = ("kept", "outranked", "outdated", "tier", "lacking")

_FIRST = {"newest": "newest", "oldest": "oldest", "least_cloudy": "least cloudy", "spread": "newest"}
_ENDINGS = {1: "st", 2: "nd", 3: "rd"}


@dataclass(frozen=True, slots=True)
class Verdict:
    """What became of one image in one scene, and why."""

    dataset: str
    scene: str
    """A region's name, a cell such as 011/059, or the entity id of an image without one."""
    display_id: str
    ground: Ground
    reason: str
    """What is said of this image alone."""


def explain(found: Found, acquisition: Acquisition, lacking: Mapping[str, Sequence[str]]) -> Iterator[Verdict]:
    """Yield, for every image and scene, whether it is wanted and why, as `select` decides it.

    Args:
        found: per region name, the images its search returned.
        acquisition: says how many images a scene shall have, and which come first.
        lacking: the bands missing in images that are passed over for that, by entity id.

    Yields:
        Scene by scene, in each ground by ground; those that compete come best first, others by name.
    """
    gone = outdated(found)
    told: defaultdict[str, dict[str, Verdict]] = defaultdict(dict)
    everywhere = ((image, region) for region, several in found.items() for image in several)
    for image, region in sorted(everywhere, key=lambda one: one[0].display_id):
        if barred := _barred(image, acquisition, gone, lacking):
            scene = _name(scene_of(image, region, acquisition))
            told[scene][image.display_id] = Verdict(acquisition.dataset, scene, image.display_id, *barred)
    for contest in sorted(contests(found, acquisition, lacking, gone), key=lambda c: c.period or (0, 0)):
        scene = _name(contest.scene)
        told[scene] |= {verdict.display_id: verdict for verdict in _judged(contest, scene, acquisition)}
    for scene in sorted(told):
        yield from sorted(told[scene].values(), key=lambda verdict: GROUNDS.index(verdict.ground))


def _barred(
    image: Image, acquisition: Acquisition, gone: Mapping[str, str], lacking: Mapping[str, Sequence[str]]
) -> tuple[Ground, str] | None:
    """Return why an image does not take part, None when it does."""
    if image.display_id in gone:
        return "outdated", _succeeded(image, gone[image.display_id])
    if acquisition.tiers and image.tier not in acquisition.tiers:
        asked = listed(acquisition.tiers)
        return "tier", f"tier {image.tier} not in tiers" if image.tier else f"has no tier; tiers asks for {asked}"
    if image.entity_id in lacking:
        bands = lacking[image.entity_id]
        return (
            "lacking",
            f"lacks {'bands' if len(bands) > 1 else 'band'} {', '.join(bands)} (if_missing: skip_image)",
        )
    return None


def _succeeded(image: Image, successor: str) -> str:
    named = naming.parse_display_id(successor)
    if named is None or named.tier == image.tier:
        return f"an earlier processing, {successor} exists"
    return f"{image.tier}, its {named.tier} exists"


def _judged(contest: Contest, scene: str, acquisition: Acquisition) -> Iterator[Verdict]:
    where = f"for {scene}"
    if acquisition.per:
        where += f" in {called(contest.period, acquisition.per)}"
    for place, image in enumerate(contest.ranked):
        kept = place < contest.places
        reason = _reason(contest, place, acquisition, where, kept=kept)
        if acquisition.prefer == "least_cloudy":
            clouds = "unknown clouds" if image.cloud_cover is None else f"{image.cloud_cover:g} % clouds"
            reason = f"{reason}; {clouds}"
        yield Verdict(acquisition.dataset, scene, image.display_id, "kept" if kept else "outranked", reason)


def _reason(contest: Contest, place: int, acquisition: Acquisition, where: str, *, kept: bool) -> str:
    wanted, entrants = acquisition.images_per_scene, len(contest.ranked)
    if wanted is None:
        return f"all are wanted {where}"
    are_wanted = f"{wanted} {'is' if wanted == 1 else 'are'} wanted {where}"
    if acquisition.prefer == "spread" and wanted < entrants:
        return f"{_ordinal(place)} of {wanted} spread {where}" if kept else f"less well spread, {are_wanted}"
    rank = _rank(place, acquisition)
    if kept:
        return f"{rank} of {wanted} wanted {where}" if wanted <= entrants else f"{rank} of {entrants}, {are_wanted}"
    return f"{rank}, {are_wanted}"


def _rank(place: int, acquisition: Acquisition) -> str:
    first = _FIRST[acquisition.prefer]
    if len(acquisition.tiers) > 1:
        return f"{_ordinal(place)} by tier, then {first}"
    return first if place == 0 else f"{_ordinal(place)} {first}"


def _ordinal(place: int) -> str:
    """Return a place, counted from 0, as `1st`, `2nd`, `11th`."""
    number = place + 1
    teen = number % 100 // 10 == 1
    return f"{number:,}{'th' if teen else _ENDINGS.get(number % 10, 'th')}"


def _name(scene: Hashable) -> str:
    """Return what people call a scene."""
    return f"{scene[0]:03}/{scene[1]:03}" if isinstance(scene, tuple) else str(scene)
