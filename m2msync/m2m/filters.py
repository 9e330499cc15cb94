"""What each dataset can be filtered by: asked of M2M when a manifest needs it, and remembered for a week."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING, Any, Protocol

from m2msync.core.errors import ManifestError
from m2msync.core.fields import Misfits
from m2msync.core.filters import metadata_filter
from m2msync.m2m import wire
from m2msync.m2m.datasets import explained

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

    from m2msync.core.errors import Problem
    from m2msync.core.fields import Field
    from m2msync.core.model import Acquisition, Filters, Region
    from m2msync.m2m.session import Session

LASTING = 7 * 24 * 3600
"""Seconds for which an answer is remembered; ids have been stable for years (api.md §12.2)."""


class Memory(Protocol):
    """Where answers outlast the run: the catalog."""

    def fields(self, dataset: str) -> tuple[tuple[Field, ...], float] | None:
        """Return a dataset's fields and when they were remembered, in seconds since 1970."""

    def remember_fields(self, dataset: str, fields: Iterable[Field], at: float) -> None:
        """Keep a dataset's fields."""


class Translator:
    """Turns the metadata filters of one manifest into M2M's; asks at most once a run what a dataset offers.

    Without a memory it asks in every run.
    """

    def __init__(
        self, session: Session, memory: Memory | None, file: str, *, clock: Callable[[], float] = time.time
    ) -> None:
        self._session, self._memory, self._file, self._clock = session, memory, file, clock
        self._known: dict[str, tuple[Field, ...]] = {}
        self._asked: set[str] = set()

    def check(self, entries: Iterable[Acquisition]) -> None:
        """Make sure, before anything is searched, that every filter of the manifest exists and can have its value.

        Raises:
            ManifestError: with everything that does not fit, at its place.
            ApiError: M2M does not tell what there is.
        """
        problems: dict[Problem, None] = {}
        for entry in entries:
            for region in entry.regions:
                try:
                    self.translate(entry.dataset, region, entry.filters)
                except ManifestError as error:
                    problems |= dict.fromkeys(error.problems)
        if problems:
            raise ManifestError(self._file, list(problems))

    def translate(self, dataset: str, region: Region, filters: Filters) -> dict[str, Any] | None:
        """Return the MetadataFilter for a region's cells and the manifest's conditions, None without either.

        Raises:
            ManifestError: the dataset has no such filter, or not with such a value.
            ApiError: M2M does not tell what there is.
        """
        if not region.cells and not filters.metadata:
            return None
        try:
            return metadata_filter(dataset, self._fields(dataset), region, filters.metadata)
        except Misfits as misfits:
            if self.renew(dataset):  # what was remembered may be older than the filter
                return self.translate(dataset, region, filters)
            raise ManifestError(self._file, list(misfits.problems)) from None

    def renew(self, dataset: str) -> bool:
        """Ask M2M anew what a dataset offers, and say whether that was done: once a run is enough."""
        if dataset in self._asked:
            return False
        with explained(self._session, dataset):
            answer = self._session.call("dataset-filters", {"datasetName": dataset})
        self._asked.add(dataset)
        self._known[dataset] = wire.fields(answer)
        if self._known[dataset] and self._memory:
            self._memory.remember_fields(dataset, self._known[dataset], at=self._clock())
        return True

    def _fields(self, dataset: str) -> tuple[Field, ...]:
        if dataset not in self._known:
            fields, at = (self._memory and self._memory.fields(dataset)) or ((), 0.0)
            if 0 <= self._clock() - at < LASTING:
                self._known[dataset] = fields
            else:
                self.renew(dataset)
        return self._known[dataset]
