"""What a report tells: every image with its state, how complete regions are, what is in the way, the runs."""

from __future__ import annotations

from collections import Counter, defaultdict
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Literal, NamedTuple, get_args

from m2msync.core.naming import natural, parse_display_id
from m2msync.core.standing import standing

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping
    from datetime import date

    from m2msync.core.holding import Known, SizeOf, State
    from m2msync.core.model import Image, Ring

Shown = Literal[
    "damaged", "failed", "missing", "ordered", "unavailable", "held", "superseded", "orphan", "forgotten"
]
STATES: tuple[Shown, ...] = get_args(Shown)
"""How a product is shown to stand. The state of an image is the first of these that one of its products has."""
UNWANTED: frozenset[Shown] = frozenset({"superseded", "orphan", "forgotten"})
ON_DISK: frozenset[Shown] = frozenset({"held", "superseded", "orphan"})
_ORDERED: frozenset[State] = frozenset({"requested", "staging", "ready", "partial"})


class Place(NamedTuple):
    """How one product stands: its state for a person, and why."""

    state: Shown
    reason: str
    rerun_helps: bool = True


@dataclass(frozen=True, slots=True)
class ShownImage:
    """An image of which something is wanted, or held."""

    dataset: str
    entity_id: str
    display_id: str
    regions: tuple[str, ...]
    state: Shown
    held: int
    """How many of its wanted products are held."""
    wanted: int
    bytes: int
    """Bytes of what is held of it, wanted or not."""
    acquired: date | None = None
    cloud_cover: float | None = None
    """Percent; None when M2M told none."""
    footprint: Ring = ()


@dataclass(frozen=True, slots=True)
class Share:
    """How much of something is held."""

    held: int
    wanted: int


@dataclass(frozen=True, slots=True)
class Completeness:
    """How much of a dataset's wanted files is held for one region, band by band."""

    dataset: str
    region: str
    bands: Mapping[str, Share]
    bytes: int

    @property
    def whole(self) -> Share:
        """All bands together."""
        several = self.bands.values()
        return Share(sum(s.held for s in several), sum(s.wanted for s in several))


@dataclass(frozen=True, slots=True)
class Trouble:
    """Products that stand alike for the same reason."""

    state: Shown
    reason: str
    rerun_helps: bool
    keys: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class PastRun:
    """One run as the catalog records it; times are ISO 8601, UTC."""

    number: int
    started: str
    ended: str | None
    status: str
    got: int
    failed: int
    bytes: int
    api_calls: int


@dataclass(frozen=True, slots=True)
class Overview:
    """Everything a report tells of one manifest's products."""

    images: tuple[ShownImage, ...]
    """Newest first."""
    completeness: tuple[Completeness, ...]
    """By dataset and region."""
    troubles: tuple[Trouble, ...]
    """What is not as it should be, the worst first."""
    products: Mapping[Shown, int]
    """How many products stand how."""
    bytes_held: int


def place(product: Known, size_of: SizeOf) -> Place | None:
    """Return how a product is shown to stand; None when it concerns neither the manifest nor its store."""
    if product.state == "tombstoned":
        return Place("forgotten", product.reason, rerun_helps=False) if product.claimed else None
    found = standing(product, size_of)
    if found is None:
        return Place("held", "") if product.wanted else None
    if found.state == "orphan":
        replaced = product.state == "superseded"
        return Place("superseded", product.reason) if replaced else Place("orphan", found.reason)
    if found.state == "missing" and product.state in _ORDERED:
        return Place("ordered", found.reason)
    if found.state == "missing" and product.state == "unavailable":
        return Place("unavailable", found.reason)
    # Sizes are told by status; with them each file would have a reason of its own.
    reason = "size on disk differs from what is recorded" if found.state == "damaged" else found.reason
    return Place(found.state, reason, found.rerun_helps)


def overview(
    known: Iterable[Known], size_of: SizeOf, images_of: Callable[[str, Iterable[str]], Mapping[str, Image]]
) -> Overview:
    """Sum up how things stand.

    Args:
        known: the catalog's products, as the asking manifest sees them; there may be a million.
        size_of: returns the length in bytes of the file that is at a path now, None if there is none.
        images_of: returns what M2M told of a dataset's images by their display ids; it need not be known of all.
    """
    total = _Sum()
    for product in known:
        found = place(product, size_of)
        if found is not None:
            total.add(product, found)
    names: dict[str, list[str]] = {}
    for dataset, display_id in total.piles:
        names.setdefault(dataset, []).append(display_id)
    told = {dataset: images_of(dataset, several) for dataset, several in names.items()}
    shown = [_shown(*name, pile, told[name[0]].get(name[1])) for name, pile in total.piles.items()]
    shown.sort(key=lambda image: (image.dataset, image.display_id))
    shown.sort(key=lambda image: image.acquired.toordinal() if image.acquired else 0, reverse=True)
    return Overview(
        tuple(shown), total.completeness(), total.troubles(), dict(total.products), sum(total.bytes.values())
    )


def portrayed(images: Iterable[ShownImage], number: int) -> list[ShownImage]:
    """Return of which images a report shows a picture: newest first, regions and datasets taking turns.

    Args:
        images: newest first.
        number: how many at most.
    """
    turns: Counter[tuple[str, tuple[str, ...]]] = Counter()
    ranked: list[tuple[int, ShownImage]] = []
    for image in images:
        if image.bytes:
            turns[image.dataset, image.regions] += 1
            ranked.append((turns[image.dataset, image.regions], image))
    return [image for _, image in sorted(ranked, key=lambda one: one[0])[:number]]


@dataclass(slots=True)
class _Pile:
    """What is known of one image while its products come by."""

    entity_id: str
    regions: set[str] = field(default_factory=set)
    states: Counter[Shown] = field(default_factory=Counter)
    bytes: int = 0


class _Sum:
    """What the products so far come to."""

    def __init__(self) -> None:
        self.piles: dict[tuple[str, str], _Pile] = {}
        self.products: Counter[Shown] = Counter()
        self.bytes: Counter[tuple[str, str]] = Counter()
        self._bands: dict[tuple[str, str], dict[str, list[int]]] = {}
        self._troubles: defaultdict[Place, list[str]] = defaultdict(list)

    def add(self, product: Known, found: Place) -> None:
        """Take one product into account, and how it stands."""
        state, there = found.state, found.state in ON_DISK
        size = product.size or 0 if there else 0
        self.products[state] += 1
        pile = self.piles.setdefault((product.dataset, product.display_id), _Pile(product.image))
        pile.regions.add(product.region)
        pile.states[state] += 1
        pile.bytes += size
        if state not in UNWANTED:
            region = product.dataset, product.region
            share = self._bands.setdefault(region, {}).setdefault(product.product, [0, 0])
            share[0] += there
            share[1] += 1
            self.bytes[region] += size
        if state not in ("held", "forgotten"):
            self._troubles[found].append(product.key)

    def completeness(self) -> tuple[Completeness, ...]:
        """Return how complete each region is."""
        return tuple(
            Completeness(
                *region, {name: Share(*bands[name]) for name in sorted(bands, key=natural)}, self.bytes[region]
            )
            for region, bands in sorted(self._bands.items())
        )

    def troubles(self) -> tuple[Trouble, ...]:
        """Return what is not as it should be, the worst first."""
        troubles = [Trouble(*found, tuple(sorted(keys))) for found, keys in self._troubles.items()]
        return tuple(sorted(troubles, key=lambda t: (STATES.index(t.state), t.rerun_helps, t.reason)))


def _shown(dataset: str, display_id: str, pile: _Pile, image: Image | None) -> ShownImage:
    named = parse_display_id(display_id)
    return ShownImage(
        dataset,
        pile.entity_id,
        display_id,
        tuple(sorted(pile.regions)),
        next(state for state in STATES if pile.states[state]),
        pile.states["held"],
        sum(number for state, number in pile.states.items() if state not in UNWANTED),
        pile.bytes,
        (image.acquired if image else None) or (named.acquired if named else None),
        image.cloud_cover if image else None,
        image.footprint if image else (),
    )
