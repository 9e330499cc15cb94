"""What the catalog knows of one product."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal

if TYPE_CHECKING:
    from collections.abc import Callable

    SizeOf = Callable[[str], int | None]
    """Returns the length in bytes of the file that is at a path of the store now, None if there is none."""

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
    pruned_under: str | None = None
    """Digests, separated by spaces, of the manifests that had wanted it before it was pruned; else None."""


LANDED: frozenset[State] = frozenset({"held", "superseded"})
"""The states of a product that is in the store, unless somebody took it away."""


def differ(one: str | None, other: str | None) -> bool:
    """Return whether two digests are certainly of different files: both known, and made the same way.

    Args:
        one: as `algorithm:hex`, or None.
        other: another.
    """
    if one is None or other is None or one == other:
        return False
    return one.partition(":")[0] == other.partition(":")[0]


def lifts(pruned_under: str | None, digest: str) -> bool:
    """Return whether a manifest that wants a tombstoned product gets it again.

    What a person forgot stays forgotten. What was pruned may come back for a manifest that is another, or has been
    edited; otherwise it would be fetched and pruned in turns.

    Args:
        pruned_under: digests of the manifests that had wanted it, None when a person forgot it.
        digest: of the manifest that wants it now.
    """
    return pruned_under is not None and bool(digest) and digest not in pruned_under.split()
