"""Which datasets there are, and what to say about those that are not."""

from __future__ import annotations

import difflib
from contextlib import contextmanager
from typing import TYPE_CHECKING

from m2msync.core.errors import Refused
from m2msync.m2m import wire

if TYPE_CHECKING:
    from collections.abc import Iterator

    from m2msync.m2m.session import Session

_UNKNOWN = ("DATASET_INVALID", "DATASET_AUTH", "DATASET_UNAUTHORIZED")


def check_dataset(session: Session, dataset: str) -> None:
    """Make sure that a dataset exists; M2M answers null, without an error, when it does not (api.md §6.2).

    Raises:
        Refused: it does not; the hint names those whose alias is near.
    """
    with explained(session, dataset):
        found = session.call("dataset", {"datasetName": dataset})
    if not found:
        raise _unknown(session, dataset, None)


@contextmanager
def explained(session: Session, dataset: str) -> Iterator[None]:
    """Say of a refusal within the block that the dataset is unknown, where that is the reason.

    Raises:
        Refused: the dataset is unknown; the hint names those whose alias is near.
    """
    try:
        yield
    except Refused as refused:
        if refused.code in _UNKNOWN:
            raise _unknown(session, dataset, refused) from None
        raise


def _unknown(session: Session, dataset: str, refused: Refused | None) -> Refused:
    # All of them, more than a thousand: asking for a part of the name fails when the slip is in that part.
    listed = session.call("dataset-search", {})
    aliases = [wire.text(record.get("datasetAlias")) for record in wire.records(listed)]
    near = difflib.get_close_matches(dataset, aliases)
    hint = f"did you mean {' or '.join(near)}?" if near else "find the alias at https://earthexplorer.usgs.gov"
    if refused is not None and refused.code in ("DATASET_AUTH", "DATASET_UNAUTHORIZED"):
        hint = "the dataset was withdrawn, or is not open to this account"
    told = f" ({refused.message})" if refused is not None else ""
    return Refused(f"M2M has no dataset {dataset!r}{told}", hint=hint, endpoint="dataset")
