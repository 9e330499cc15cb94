"""Which of the images a search found are wanted."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Hashable, Mapping, Sequence

    from m2msync.core.model import Acquisition, Image, Preference


@dataclass(frozen=True, slots=True)
class Selected:
    """A wanted image and the regions it is wanted for, in the manifest's order."""

    image: Image
    regions: tuple[str, ...]


def select(
    found: Mapping[str, Sequence[Image]], acquisition: Acquisition, skip: Collection[str] = frozenset()
) -> tuple[Selected, ...]:
    """Choose the wanted images; the same images always give the same choice, in whatever order they come.

    Args:
        found: per region name, the images its search returned.
        acquisition: says how many images a scene shall have, and which come first.
        skip: entity ids to pass over, so that the next in rank takes their place.

    Returns:
        The chosen images, best first. With `scene: region` an image belongs to the regions that chose it; with
        `scene: path_row` a WRS-2 cell is one scene whatever the region, and its images belong to every region
        that found them.
    """
    images: dict[str, Image] = {}
    finders: defaultdict[str, set[str]] = defaultdict(set)
    scenes: defaultdict[Hashable, dict[str, Image]] = defaultdict(dict)
    for region, several in found.items():
        for image in several:
            images[image.entity_id] = image
            finders[image.entity_id].add(region)
            if image.entity_id not in skip:
                scenes[_scene_of(image, region, acquisition)][image.entity_id] = image
    order = RANKING[acquisition.prefer]
    wanted_for: defaultdict[str, set[str]] = defaultdict(set)
    for place, members in scenes.items():
        for image in sorted(members.values(), key=order)[: acquisition.images_per_scene]:
            entity = image.entity_id
            wanted_for[entity] |= {str(place)} if acquisition.scene == "region" else finders[entity]
    place_in_manifest = {region: n for n, region in enumerate(found)}
    best_first = sorted((images[entity] for entity in wanted_for), key=order)
    return tuple(
        Selected(image, tuple(sorted(wanted_for[image.entity_id], key=place_in_manifest.__getitem__)))
        for image in best_first
    )


def _scene_of(image: Image, region: str, acquisition: Acquisition) -> Hashable:
    # An image without path and row (not Landsat) is a scene of its own: nothing says what else shows its place.
    if acquisition.scene == "region":
        return region
    return image.entity_id if image.path is None else (image.path, image.row)


def _age(image: Image) -> int:
    return -image.acquired.toordinal() if image.acquired else 0


def _newest(image: Image) -> tuple[object, ...]:
    return (_age(image), image.entity_id)


def _oldest(image: Image) -> tuple[object, ...]:
    return (image.acquired is None, -_age(image), image.entity_id)


def _least_cloudy(image: Image) -> tuple[object, ...]:
    unknown = image.cloud_cover is None
    return (unknown, 0 if unknown else image.cloud_cover, _age(image), image.entity_id)


RANKING: Mapping[Preference, Callable[[Image], tuple[object, ...]]] = {
    "newest": _newest,
    "oldest": _oldest,
    "least_cloudy": _least_cloudy,
}
