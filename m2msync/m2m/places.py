"""Where the places of a manifest are: asked of M2M once a run."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from m2msync.core.errors import ManifestError, Problem
from m2msync.core.manifest.regions import near
from m2msync.core.places import choose, name_of
from m2msync.core.wording import Unfit
from m2msync.m2m import wire

if TYPE_CHECKING:
    from collections.abc import Iterable

    from m2msync.core.model import Acquisition, Place, Region
    from m2msync.core.places import Candidate
    from m2msync.m2m.session import Session

_GAZETTEERS = ("World", "US")
"""The two that M2M has; which places are in which is not documented, so both are asked."""


def locate(session: Session, entries: Iterable[Acquisition], file: str) -> tuple[Acquisition, ...]:
    """Return a manifest's entries with every place in its place.

    Args:
        session: the way to M2M.
        entries: what the manifest wants.
        file: the manifest's name, for messages.

    Raises:
        ManifestError: with every place that M2M does not know, or knows several of.
        ApiError: M2M does not tell.
    """
    entries = tuple(entries)
    regions = dict.fromkeys(region for entry in entries for region in entry.regions if region.place)
    located: dict[Region, Region] = {}
    asked: dict[str, list[Candidate]] = {}
    problems: list[Problem] = []
    for region in regions:
        try:
            located[region] = _located(session, region, asked)
        except Unfit as unfit:
            problems.append(Problem(*region.spot, unfit.message, unfit.hint))
    if problems:
        raise ManifestError(file, problems)
    return tuple(replace(e, regions=tuple(located.get(r, r) for r in e.regions)) for e in entries)


def _located(session: Session, region: Region, asked: dict[str, list[Candidate]]) -> Region:
    place = region.place
    if place is None:
        return region
    found = choose(place.name, _candidates(session, place, asked))
    return near(replace(region, place=None), found.longitude, found.latitude, place.kilometres)


def _candidates(session: Session, place: Place, asked: dict[str, list[Candidate]]) -> list[Candidate]:
    name = name_of(place.name)
    if name not in asked:
        answers = [session.call("placename", {"featureType": kind, "name": name}) for kind in _GAZETTEERS]
        asked[name] = [candidate for answer in answers for candidate in wire.places(answer)]
    return asked[name]
