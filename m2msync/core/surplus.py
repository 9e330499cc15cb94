"""What is held and wanted no longer, what becomes of it, and when it must not be deleted."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Literal

from m2msync.core.errors import Unsafe

if TYPE_CHECKING:
    from m2msync.core.holding import Known

Fate = Literal["delete", "move", "gone", "leave", "failed"]
FATES: tuple[Fate, ...] = ("failed", "delete", "move", "gone", "leave")
LEAVING: frozenset[Fate] = frozenset({"delete", "move"})

_ENDED_WELL = ("success", "partial")


@dataclass(frozen=True, slots=True)
class Found:
    """What lies at a path of the store."""

    size: int | None
    """Length in bytes; None when it is no file, or cannot be reached without following a symbolic link."""
    file: tuple[int, int] = (0, 0)
    """Device and inode: paths that share them share their bytes."""
    links: int = 1
    """How many paths share them, inside the store or out of it."""


@dataclass(frozen=True, slots=True)
class Leftover:
    """One recorded file that is wanted no longer, and what becomes of it."""

    product: Known
    path: str
    """Relative to the store."""
    size: int
    """Recorded length in bytes."""
    verb: Fate
    reason: str
    frees: int = 0
    """Bytes of the disk that are free once it is deleted; those of linked files go with the last of them."""

    def to_json(self) -> dict[str, Any]:
        """Return the contract's keys of an action (schemas/prune.schema.json)."""
        told = {"key": self.product.key, "verb": self.verb, "reason": self.reason}
        names = "dataset region image display_id product"
        told |= {name: getattr(self.product, name) for name in names.split()}
        return told | {"path": self.path, "size": self.size}


@dataclass(frozen=True, slots=True)
class Surplus:
    """Every file that is held and wanted no longer, ordered by path."""

    manifest: str
    leftovers: tuple[Leftover, ...]
    held: int
    """Files of this manifest, wanted or not, that are recorded and in the store."""
    done: bool = False
    """Whether the files were deleted or moved, rather than only listed."""
    trash: str = ""
    """The folder into which files are moved; empty when they are deleted."""

    @property
    def leaving(self) -> tuple[Leftover, ...]:
        """The files that are deleted or moved."""
        return tuple(x for x in self.leftovers if x.verb in LEAVING)

    def exceeds(self, most: int | None) -> bool:
        """Whether more files leave than a person said or, where nobody did, than half of those held."""
        return len(self.leaving) > (self.held // 2 if most is None else most)

    @property
    def exit_code(self) -> int:
        """3 when a file could not be deleted, else 0."""
        return 3 if any(x.verb == "failed" for x in self.leftovers) else 0

    def summary(self) -> dict[str, int]:
        """Return the counts of `prune --json`."""
        verbs = [x.verb for x in self.leftovers]
        counts: dict[str, int] = {verb: verbs.count(verb) for verb in FATES}
        return counts | {"bytes": sum(x.frees for x in self.leaving), "held": self.held}

    def to_json(self) -> dict[str, Any]:
        """Return it as one JSON object (schemas/prune.schema.json)."""
        return {
            "schema_version": 1,
            "kind": "prune",
            "manifest": self.manifest,
            "done": self.done,
            "trash": self.trash or None,
            "summary": self.summary(),
            "actions": [x.to_json() for x in self.leftovers],
        }


def check_applied(status: str | None, applied: str | None, digest: str) -> None:
    """Insist that the catalog knows what the manifest wants now.

    Args:
        status: how its last apply ended, "running" when it has not, None when there was none.
        applied: digest of the manifest as it was applied last, None when that is not known.
        digest: of the manifest as it is now.

    Raises:
        Unsafe: it does not.
    """
    if status is None:
        raise Unsafe("this manifest has never been applied here", hint="Run `m2msync apply` first.")
    if status not in _ENDED_WELL:
        told = "has not ended" if status == "running" else f"ended early ({status})"
        raise Unsafe(
            f"the last apply of this manifest {told}; nothing is deleted before one has ended well",
            hint="Run `m2msync apply` again.",
        )
    if applied is None:
        raise Unsafe(
            "it is not recorded what the manifest was like when it was applied last",
            hint="Run `m2msync apply` once; an older m2msync made this catalog.",
        )
    if applied != digest:
        raise Unsafe(
            "the manifest has been edited since it was applied last",
            hint="Run `m2msync apply` first, so that it is known what is wanted now.",
        )


def check_amount(surplus: Surplus, most: int | None) -> None:
    """Insist that no more files leave than a person expects.

    Args:
        surplus: what would leave.
        most: how many files may leave; None when nobody said, then it is half of all held.

    Raises:
        Unsafe: more would leave.
    """
    if surplus.exceeds(most):
        number = len(surplus.leaving)
        limit = f"half of the {surplus.held:,} held" if most is None else f"{most:,}"
        raise Unsafe(
            f"{number:,} files would be deleted, more than {limit}; nothing was deleted",
            hint=f"Look at the list without --yes. If it is right, add --max-delete {number}.",
        )
