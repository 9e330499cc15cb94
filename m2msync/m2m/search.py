"""Which images of a dataset lie in a region and satisfy the filters."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING, Any

from m2msync.core.errors import Refused, ServiceTrouble
from m2msync.core.filters import scene_filter, taken
from m2msync.core.model import DateRange
from m2msync.core.outlines import asked, sieve
from m2msync.m2m import wire
from m2msync.m2m.datasets import explained
from m2msync.m2m.pages import Hits, Limits, Page, read_all

if TYPE_CHECKING:
    from datetime import date

    from m2msync.core.model import Filters, Image, Region
    from m2msync.m2m.filters import Translator
    from m2msync.m2m.session import Session

_LIMITS = Limits()
_NO_SUCH_FILTER = ("INPUT_", "SEARCH_", "NOT_FOUND")
"""How the codes begin with which M2M may refuse a filter id it does not know; which it is, nobody has recorded."""


def search(
    session: Session, dataset: str, region: Region, filters: Filters, translator: Translator, today: date
) -> Hits:
    """Return the images that count for a region, each once.

    Args:
        session: the way to M2M.
        dataset: the dataset's alias.
        region: where.
        filters: what the images must satisfy.
        translator: knows what the dataset can be filtered by.
        today: where days without an end are taken to end when a large search is split.

    Raises:
        ManifestError: the dataset has no such metadata filter, or not with such a value.
        ApiError: M2M refused the search, has too many images of one day, or stayed in trouble.
    """
    with explained(session, dataset):
        metadata = translator.translate(dataset, region, filters)
        try:
            return _search(session, dataset, region, filters, metadata, today)
        except Refused as refused:
            if metadata is None or not refused.code.startswith(_NO_SUCH_FILTER) or not translator.renew(dataset):
                raise
        metadata = translator.translate(dataset, region, filters)
        return _search(session, dataset, region, filters, metadata, today)


def _search(
    session: Session,
    dataset: str,
    region: Region,
    filters: Filters,
    metadata: dict[str, Any] | None,
    today: date,
) -> Hits:
    found: dict[tuple[str, str], Image] = {}
    lack = ""
    for where in asked(region):
        ask = partial(_page, session, dataset, scene_filter(where, filters, metadata))
        days = filters.acquired or DateRange()
        several, lacking = read_all(f"{dataset} in {region.name}", ask, days, today, _LIMITS)
        found |= {(image.entity_id, image.display_id): image for image in several}
        lack = lack or lacking
    return Hits(tuple(filter(sieve(region), found.values())), lack)


def _page(session: Session, dataset: str, wanted: dict[str, Any], days: DateRange, start: int) -> Page:
    query = {
        "datasetName": dataset,
        "maxResults": _LIMITS.page,
        "startingNumber": start,
        "sceneFilter": taken(wanted, days),
    }
    data = wire.mapping(session.call("scene-search", query))
    results = data.get("results")
    if not isinstance(results, list):
        raise ServiceTrouble(f"M2M answered the search of {dataset} without results", endpoint="scene-search")
    images = [wire.image(dataset, record) for record in wire.records(results)]
    return Page(
        images=tuple(image for image in images if image),
        length=len(results),
        total=wire.number(data.get("totalHits")),
        approximate=data.get("totalHitsAccuracy") == "approximate",
    )
