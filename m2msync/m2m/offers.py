"""What a dataset offers, whichever image is asked for (api.md §6.4)."""

from __future__ import annotations

from typing import TYPE_CHECKING

from m2msync.m2m.wire import records, text

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
