"""What checking a manifest with M2M has found, when nothing is wrong with it."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from m2msync.core import naming, roles
from m2msync.core.errors import Problem
from m2msync.core.wording import nearest, shown

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable, Sequence

    from m2msync.core.manifest.yaml12 import Document, Spot
    from m2msync.core.model import Acquisition
    from m2msync.core.plan import Plan


@dataclass(frozen=True, slots=True)
class Doubt:
    """Something a manifest may mean, but probably does not."""

    message: str
    hint: str


@dataclass(frozen=True, slots=True)
class Validation:
    """A manifest that can be applied, and what that would do now."""

    images: int
    """Images that are wanted now."""
    files: int
    """Files an apply would fetch now."""
    bytes: int
    """Their announced length."""
    kept: int
    """Files that are held and whole."""
    unavailable: int = 0
    """Wanted files that M2M cannot deliver now."""
    warnings: tuple[Doubt, ...] = ()

    def summary(self) -> dict[str, int]:
        """Return the counts (schemas/validation.schema.json)."""
        return {
            "images": self.images,
            "files": self.files,
            "bytes_to_get": self.bytes,
            "kept": self.kept,
            "unavailable": self.unavailable,
        }


def to_json(manifest: str, validation: Validation | None) -> dict[str, Any]:
    """Return the outcome as one JSON object (schemas/validation.schema.json).

    Args:
        manifest: the manifest's file.
        validation: what M2M was asked; None when it was asked nothing.
    """
    told = {"schema_version": 1, "kind": "validation", "manifest": manifest, "offline": validation is None}
    warnings = validation.warnings if validation else ()
    return told | {
        "summary": validation.summary() if validation else None,
        "warnings": [{"message": w.message, "hint": w.hint} for w in warnings],
    }


def strangers(
    entry: Acquisition, index: int, filenames: Collection[tuple[str, str]], document: Document
) -> list[Problem]:
    """Return the bands of a manifest's entry that a dataset does not have, each with its place.

    Args:
        entry: the entry.
        index: which of the manifest's `datasets` it is, from 0.
        filenames: the file names of some images of the dataset, each with its image's display id.
        document: the manifest as it is written.
    """
    known = sorted({naming.band_of(name, display_id) for name, display_id in filenames})
    look = f"`m2msync products {entry.dataset}` lists what it has"
    return [
        Problem(
            *spot_of_band(document, index, band),
            f"{entry.dataset} has no band {shown(band)}",
            f"did you mean {shown(near)}?" if (near := _near(band, known)) else look,
        )
        for band in entry.bands
        if not any(_is_of(band, name, display_id) for name, display_id in filenames)
    ]


def _is_of(band: str, filename: str, display_id: str) -> bool:
    """Say whether a file is one of those that a band's name, glob or role stands for."""
    sensor = roles.sensor_of(display_id) if roles.is_role(band) else None
    patterns = [pattern for pattern, _ in roles.resolve((band,), sensor)] if sensor else [band]
    return any(naming.matches_band(pattern, filename, display_id) for pattern in patterns)


def spot_of_band(document: Document, index: int, band: str) -> Spot:
    """Return where a band is written: in its entry, in the defaults, or else where the entry begins."""
    for place in ("datasets", index, "bands"), ("defaults", "bands"):
        listed = document.at(place)
        if isinstance(listed, list) and band in listed:
            return document.values.get((*place, listed.index(band)), (1, 1))
    return document.values.get(("datasets", index), (1, 1))


def outlook(plan: Plan, images: int, warnings: Iterable[Doubt]) -> Validation:
    """Return what a plan comes to."""
    total = plan.summary()
    return Validation(
        images=images,
        files=len(plan.to_fetch),
        bytes=total["bytes_to_get"],
        kept=total["keep"],
        unavailable=total["unavailable"],
        warnings=(*warnings, *_lacking(plan)),
    )


def deserted(dataset: str, region: str, *, anything: bool) -> Doubt:
    """Return what is said of a region in which a search found no image.

    Args:
        dataset: what was searched.
        region: where.
        anything: whether the dataset has images there that do not satisfy the filters.
    """
    if anything:
        return Doubt(
            f"{dataset} has images in {region}, but none satisfies the filters",
            "widen the filters, or wait for new images",
        )
    return Doubt(
        f"{dataset} has no image in {region} at all",
        f"look at the region's coordinates, or at the dataset's area: m2msync datasets {dataset}",
    )


def _near(band: str, known: Sequence[str]) -> str:
    """Return the band that may have been meant; those of level 2 have a prefix that those of level 1 lack."""
    ends = [name for name in known if band.casefold().endswith(f"_{name.casefold()}")]
    return nearest(band, known) or max(ends, key=len, default="")


def _lacking(plan: Plan) -> Sequence[Doubt]:
    """Return what is said of products that M2M cannot deliver, once for each dataset and reason."""
    count = Counter((a.dataset, a.reason) for a in plan.actions if a.verb == "unavailable")
    hint = "if_missing says what becomes of such images; `m2msync plan` names them"
    return [Doubt(f"{number:,} of {dataset}: {reason}", hint) for (dataset, reason), number in count.items()]
