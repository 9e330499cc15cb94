"""What the searches of a manifest find, and which of it is chosen."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

from m2msync.core.exports.geometry import geometry

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    from m2msync.core.model import Image
    from m2msync.core.select import Selected


@dataclass(frozen=True, slots=True)
class Sighting:
    """An image that the search of a region has found."""

    image: Image
    region: str
    chosen: bool
    """Whether the manifest wants it for this region."""

    def to_json(self) -> dict[str, Any]:
        """Return it as a JSON object (schemas/search.schema.json)."""
        return {**_facts(self.image), "region": self.region, "chosen": self.chosen}


@dataclass(frozen=True, slots=True)
class Survey:
    """All that the searches of a manifest find."""

    manifest: str
    sightings: tuple[Sighting, ...]
    """Dataset by dataset and region by region in the manifest's order; the chosen first, then the newest."""

    def summary(self) -> dict[str, int]:
        """Return how many images there are; one that is found in two regions counts once."""
        chosen = {_identity(s.image) for s in self.sightings if s.chosen}
        return {"images": len({_identity(s.image) for s in self.sightings}), "chosen": len(chosen)}

    def to_json(self) -> dict[str, Any]:
        """Return it as one JSON object (schemas/search.schema.json)."""
        return {
            "schema_version": 1,
            "kind": "search",
            "manifest": self.manifest,
            "summary": self.summary(),
            "images": [sighting.to_json() for sighting in self.sightings],
        }

    def to_geojson(self) -> dict[str, Any]:
        """Return the footprints as a GeoJSON FeatureCollection, each image once with all its regions."""
        images: defaultdict[tuple[str, str], list[Sighting]] = defaultdict(list)
        for sighting in self.sightings:
            images[_identity(sighting.image)].append(sighting)
        return {"type": "FeatureCollection", "features": [_feature(several) for several in images.values()]}


def survey(manifest: str, entries: Iterable[tuple[Mapping[str, Sequence[Image]], Sequence[Selected]]]) -> Survey:
    """Return what the entries of a manifest find and choose; entries of one dataset are taken together.

    Args:
        manifest: its name.
        entries: for each, the images by region, and which of them are wanted for which region.
    """
    sightings: dict[tuple[str, str, str], Sighting] = {}
    for found, chosen in entries:
        wanted = {(region, _identity(s.image)) for s in chosen for region in s.regions}
        for region, images in found.items():
            for image in images:
                key = (*_identity(image), region)
                before = sightings.get(key, Sighting(image, region, chosen=False))
                this = (region, _identity(image)) in wanted
                sightings[key] = replace(before, chosen=before.chosen or this)
    places = {place: n for n, place in enumerate(dict.fromkeys(map(_place, sightings.values())))}
    ordered = sorted(sightings.values(), key=lambda s: (places[_place(s)], not s.chosen, _age(s.image)))
    return Survey(manifest, tuple(ordered))


def _feature(several: Sequence[Sighting]) -> dict[str, Any]:
    image = several[0].image
    regions = [sighting.region for sighting in several]
    return {
        "type": "Feature",
        "id": image.display_id,
        "geometry": geometry(image.footprint),
        "properties": _facts(image) | {"regions": regions, "chosen": any(s.chosen for s in several)},
    }


def _facts(image: Image) -> dict[str, Any]:
    return {
        "dataset": image.dataset,
        "image": image.entity_id,
        "display_id": image.display_id,
        "acquired": str(image.acquired) if image.acquired else None,
        "cloud_cover": image.cloud_cover,
        "path": image.path,
        "row": image.row,
        "tier": image.tier,
    }


def _identity(image: Image) -> tuple[str, str]:
    return image.dataset, image.display_id


def _place(sighting: Sighting) -> tuple[str, str]:
    return sighting.image.dataset, sighting.region


def _age(image: Image) -> tuple[int, str]:
    return -image.acquired.toordinal() if image.acquired else 0, image.entity_id
