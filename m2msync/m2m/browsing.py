"""What a person asks M2M before there is a manifest: its datasets, their filters, one image."""

from __future__ import annotations

import json
import re
from datetime import date
from typing import TYPE_CHECKING, Any

from m2msync.core import naming, outlines
from m2msync.core.datasets import Dataset, Datasets, nearest
from m2msync.core.errors import Refused, UsageError
from m2msync.core.filters import scene_filter
from m2msync.core.model import Filters
from m2msync.m2m import wire
from m2msync.m2m.datasets import check_dataset, explained

if TYPE_CHECKING:
    from collections.abc import Iterator

    from m2msync.core.fields import Field
    from m2msync.core.model import Image, Region
    from m2msync.m2m.filters import Translator
    from m2msync.m2m.session import Session

_DOI = re.compile(r"10\.\d{4,9}/\S+", re.ASCII)
_FIRST_YEAR = 1800  # some datasets are told to begin in the year 21; maps go back to 1880


def find_datasets(session: Session, text: str) -> Datasets:
    """Return the datasets with a text in their alias or name, all without one; or those that may have been meant.

    Raises:
        M2MSyncError: M2M is in trouble, or refuses the login.
    """
    found = _datasets(session, {"datasetName": text} if text else {})
    # All of them, more than a thousand: a part of the text finds nothing when the slip is in that part.
    near = () if found else nearest(text, _datasets(session, {}))
    return Datasets(text, found, near)


def list_fields(session: Session, dataset: str) -> tuple[Field, ...]:
    """Return what a dataset can be filtered by.

    Raises:
        Refused: there is no such dataset; the hint names those whose alias is near.
        M2MSyncError: M2M is in trouble, or refuses the login.
    """
    with explained(session, dataset):
        fields = wire.fields(session.call("dataset-filters", {"datasetName": dataset}))
    if not fields:
        check_dataset(session, dataset)
    return fields


def recent_images(session: Session, dataset: str, number: int) -> tuple[Image, ...]:
    """Return the newest images of a dataset, up to `number`, the newest first (api.md §7.1).

    Raises:
        Refused: there is no such dataset; the hint names those whose alias is near.
        M2MSyncError: M2M is in trouble, or refuses the login.
    """
    with explained(session, dataset):
        told = session.call("scene-search", {"datasetName": dataset, "maxResults": number})
    images = [wire.image(dataset, record) for record in wire.records(wire.mapping(told).get("results"))]
    found = tuple(image for image in images if image)
    if not found:
        check_dataset(session, dataset)
    return found


def image_named(session: Session, dataset: str, name: str) -> Image:
    """Return the image with a display id or entity id (api.md §7.2).

    Raises:
        Refused: there is no such dataset; the hint names those whose alias is near.
        UsageError: the dataset has no such image.
        M2MSyncError: M2M is in trouble, or refuses the login.
    """
    kinds = ("displayId", "entityId") if naming.parse_display_id(name) else ("entityId", "displayId")
    for kind in kinds:
        asked = {"datasetName": dataset, "entityId": name, "idType": kind, "metadataType": "summary"}
        try:
            record = wire.mapping(session.call("scene-metadata", asked))
        except Refused:  # with which code, nobody has recorded
            continue
        if image := wire.image(dataset, record):
            return image
    check_dataset(session, dataset)
    raise UsageError(
        f"{dataset} has no image {name!r}", hint="give its display id or entity id, or none for the newest image"
    )


def has_images(session: Session, dataset: str, region: Region, translator: Translator) -> bool:
    """Return whether a dataset has any image in a region, whatever else is asked of images.

    Raises:
        M2MSyncError: M2M is in trouble.
    """
    metadata = translator.translate(dataset, region, Filters())
    for where in outlines.asked(region):
        wanted = scene_filter(where, Filters(), metadata)
        told = session.call("scene-search", {"datasetName": dataset, "maxResults": 1, "sceneFilter": wanted})
        if wire.records(wire.mapping(told).get("results")):
            return True
    return False


def _datasets(session: Session, asked: dict[str, Any]) -> tuple[Dataset, ...]:
    listed = [_dataset(record) for record in wire.records(session.call("dataset-search", asked))]
    return tuple(sorted((each for each in listed if each.alias), key=lambda each: each.alias))


def _dataset(record: dict[str, Any]) -> Dataset:
    """Return a record of dataset-search (api.md §6.1); its temporal coverage is JSON inside a string."""
    covered = list(_days(record.get("temporalCoverage")))
    return Dataset(
        alias=wire.text(record.get("datasetAlias")),
        title=wire.text(record.get("collectionName")) or wire.text(record.get("collectionLongName")),
        category=wire.text(record.get("datasetCategoryName")),
        start=min(covered, default=None) or _day(record.get("acquisitionStart")),
        end=max(covered, default=None) or _day(record.get("acquisitionEnd")),
        images=wire.number(record.get("sceneCount")),
        cloud_cover=record.get("supportCloudCover") is True,
        doi=_doi(record.get("doiNumber")),
    )


def _doi(told: Any) -> str:
    """Return the bare DOI; M2M tells it behind a resolver's address and one slash or two (api.md §6.1)."""
    found = _DOI.search(wire.text(told))
    return found[0] if found else ""


def _days(told: Any) -> Iterator[date]:
    try:
        listed = json.loads(wire.text(told) or "[]")
    except ValueError:
        return
    for item in listed if isinstance(listed, list) else ():
        if day := _day(item):
            yield day


def _day(told: Any) -> date | None:
    try:
        day = date.fromisoformat(wire.text(told)[:10])
    except ValueError:
        return None
    return day if day.year >= _FIRST_YEAR else None
