"""What a dataset offers, whichever image is asked for (api.md §6.4)."""

from __future__ import annotations

from typing import TYPE_CHECKING

from m2msync.m2m.wire import mapping, records, text

if TYPE_CHECKING:
    from m2msync.m2m.session import Session


def offered(session: Session, dataset: str) -> tuple[tuple[str, str], ...]:
    """Return name and code of every product of a dataset, folders of single files left out.

    Raises:
        ApiError: M2M refuses, or stays in trouble.
    """
    rows = records(session.call("dataset-download-options", {"datasetName": dataset}))
    named = (
        (text(r.get("productName")), text(r.get("productCode")))
        for r in rows
        if r.get("downloadSystem") != "folder"
    )
    return tuple(dict.fromkeys(pair for pair in named if any(pair)))


def file_groups(session: Session, dataset: str) -> dict[str, tuple[str, ...]]:
    """Return what the names of the files in each of a dataset's groups end with, by its id in lower case (§6.6).

    Raises:
        ApiError: M2M refuses, or stays in trouble.
    """
    told = mapping(mapping(session.call("dataset-file-groups", {"datasetName": dataset})).get("secondary"))
    groups = [mapping(group) for several in told.values() for group in mapping(several).values()]
    files = {text(group.get("id")).lower(): records(group.get("files")) for group in groups}
    named = {name: tuple(text(file.get("name")) for file in several) for name, several in files.items()}
    return {name: tuple(filter(None, several)) for name, several in named.items() if name}
