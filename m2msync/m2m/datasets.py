"""Which datasets there are, and what to say about those that are not."""

from __future__ import annotations

from contextlib import contextmanager
from typing import TYPE_CHECKING

from m2msync.core.datasets import near_aliases
from m2msync.core.errors import ManifestError, Problem, Refused, UnknownDataset
from m2msync.core.wording import listed
from m2msync.m2m import wire

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from m2msync.core.model import Acquisition
    from m2msync.m2m.session import Session

_UNKNOWN = ("DATASET_INVALID", "DATASET_AUTH", "DATASET_UNAUTHORIZED")


def check_dataset(session: Session, dataset: str) -> None:
    """Make sure that a dataset exists; M2M answers null, without an error, when it does not (api.md §6.2).

    Raises:
        UnknownDataset: it does not; the hint names those whose alias is near.
    """
    with explained(session, dataset):
        found = session.call("dataset", {"datasetName": dataset})
    if not found:
        raise _unknown(session, dataset, None)


@contextmanager
def explained(session: Session, dataset: str) -> Iterator[None]:
    """Say of a refusal within the block that the dataset is unknown, where that is the reason.

    Raises:
        UnknownDataset: that is so; the hint names those whose alias is near.
    """
    try:
        yield
    except Refused as refused:
        if refused.code in _UNKNOWN:
            raise _unknown(session, dataset, refused) from None
        raise


@contextmanager
def placed(entries: Iterable[Acquisition], file: str) -> Iterator[None]:
    """Say of a dataset that is unknown within the block where the manifest names it.

    Args:
        entries: the manifest's.
        file: its name.

    Raises:
        ManifestError: there is such a dataset.
    """
    try:
        yield
    except UnknownDataset as unknown:
        spots = [entry.spot for entry in entries if entry.dataset == unknown.dataset]
        problems = [Problem(*spot, unknown.message, unknown.hint) for spot in spots]
        raise ManifestError(file, problems) from None


def _unknown(session: Session, dataset: str, refused: Refused | None) -> UnknownDataset:
    # All of them, more than a thousand: asking for a part of the name fails when the slip is in that part.
    every = session.call("dataset-search", {})
    aliases = [wire.text(record.get("datasetAlias")) for record in wire.records(every)]
    near = near_aliases(dataset, aliases)
    hint = f"did you mean {listed(near)}?" if near else "`m2msync datasets` lists what there is"
    if refused is not None and refused.code in ("DATASET_AUTH", "DATASET_UNAUTHORIZED"):
        message = f"dataset {dataset!r} was withdrawn, or is not open to this account ({refused.code})"
        other = hint if near and dataset.endswith("_c1") else "`m2msync datasets` lists those that are"
        return UnknownDataset(message, dataset=dataset, hint=other)
    told = f" ({refused.code})" if refused is not None else ""
    return UnknownDataset(f"M2M has no dataset {dataset!r}{told}", dataset=dataset, hint=hint)
