"""What the catalog knows of one product."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

State = Literal[
    "wanted",
    "requested",
    "staging",
    "ready",
    "partial",
    "held",
    "failed",
    "unavailable",
    "superseded",
    "tombstoned",
]


@dataclass(frozen=True, slots=True)
class Known:
    """One product as the catalog records it, seen by one asking manifest."""

    key: str
    dataset: str
    region: str
    image: str
    display_id: str
    product: str
    state: State
    paths: tuple[str, ...] = ()
    """Recorded copies, relative to the store; the first is the primary one."""
    size: int | None = None
    """Length in bytes of the primary copy; None before the first has landed."""
    digest: str | None = None
    """Digest of the primary copy as `algorithm:hex`; None before the first has landed."""
    reason: str = ""
    """Why the product is in its state."""
    attempts: int = 0
    """Failed attempts since it last landed."""
    rerun_helps: bool = True
    """Whether trying again may help, when `state` is failed."""
    wanted: bool = False
    """Whether the asking manifest wanted it at its last apply."""
    claimed: bool = False
    """Whether the asking manifest ever wanted it."""
