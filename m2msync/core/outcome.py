"""What names a run, and what its deliveries come to."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from m2msync.core.errors import M2MSyncError
    from m2msync.core.result import Failure


@dataclass(slots=True)
class Outcome:
    """What the deliveries came to."""

    got: int = 0
    bytes: int = 0
    """Bytes received, those of broken transfers included."""
    failed: list[Failure] = field(default_factory=list)
    error: M2MSyncError | None = None
    """What ended the run for all, if anything did."""
    capped: str = ""
    """Which limit of the user's own ended the run, as a sentence."""
    settled: tuple[str, ...] = ()
    """Labels under which nothing of interest is left at M2M."""


@dataclass(frozen=True, slots=True)
class Run:
    """What names a run: in the catalog, and at M2M."""

    number: int
    label: str
    earlier: tuple[str, ...] = ()
    """Labels of runs that were cut short, whose orders are picked up."""
    began: float = 0.0
    """When it began, in monotonic seconds."""
