"""Where the places of a manifest are: asked of M2M when nobody remembers, and remembered for a month."""

from __future__ import annotations

import time
from dataclasses import replace
from typing import TYPE_CHECKING, Protocol

from m2msync.core.errors import ManifestError, Problem
from m2msync.core.manifest.regions import near
from m2msync.core.places import choose, name_of
from m2msync.core.wording import Unfit
from m2msync.m2m import wire

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from m2msync.core.model import Acquisition, Region
    from m2msync.core.places import Candidate
    from m2msync.m2m.session import Session

LASTING = 30 * 24 * 3600
"""Seconds for which an answer is remembered; places stay where they are, but the gazetteer may be put right."""
_GAZETTEERS = ("World", "US")
"""The two that M2M has; which places are in which is not documented, so both are asked."""


class Memory(Protocol):
    """Where answers outlast the run: the catalog."""

    def places(self, name: str) -> tuple[tuple[Candidate, ...], float] | None:
        """Return what was told of a name and when, in seconds since 1970."""

    def remember_places(self, name: str, candidates: Iterable[Candidate], at: float) -> None:
        """Keep what is told of a name."""


class Atlas:
    """Tells where the places of one manifest are; asks at most once a run for a name.

    Without a memory it asks in every run.
    """

    def __init__(self, session: Session, memory: Memory | None, file: str) -> None:
        """Ask nothing yet.

        Args:
            session: the way to M2M.
            memory: where answers outlast the run.
            file: the manifest's name, for messages.
        """
        self._session, self._memory, self._file = session, memory, file
        self._asked: dict[str, Sequence[Candidate]] = {}

    def locate(self, entries: Iterable[Acquisition]) -> tuple[Acquisition, ...]:
        """Return a manifest's entries with every place in its place.

        Raises:
            ManifestError: with every place that M2M does not know, or knows several of.
            ApiError: M2M does not tell.
        """
        entries = tuple(entries)
        regions = dict.fromkeys(region for entry in entries for region in entry.regions if region.place)
        located: dict[Region, Region] = {}
        problems: list[Problem] = []
        for region in regions:
            try:
                located[region] = self._located(region)
            except Unfit as unfit:
                problems.append(Problem(*region.spot, unfit.message, unfit.hint))
        if problems:
            raise ManifestError(self._file, problems)
        return tuple(replace(e, regions=tuple(located.get(r, r) for r in e.regions)) for e in entries)

    def _located(self, region: Region) -> Region:
        place = region.place
        if place is None:
            return region
        found = self._chosen(place.name)
        return near(replace(region, place=None), found.longitude, found.latitude, place.kilometres)

    def _chosen(self, text: str) -> Candidate:
        name = name_of(text)
        known, at = (self._memory and self._memory.places(name)) or ((), 0.0)
        if name not in self._asked and 0 <= time.time() - at < LASTING:
            try:
                return choose(text, known)
            except Unfit:
                pass  # M2M may know better by now
        return choose(text, self._candidates(name))

    def _candidates(self, name: str) -> Sequence[Candidate]:
        if name not in self._asked:
            answers = [self._session.call("placename", {"featureType": kind, "name": name}) for kind in _GAZETTEERS]
            self._asked[name] = [candidate for answer in answers for candidate in wire.places(answer)]
            if self._memory and self._asked[name]:
                self._memory.remember_places(name, self._asked[name], at=time.time())
        return self._asked[name]
