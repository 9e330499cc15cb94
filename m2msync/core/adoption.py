"""What an adoption came to: the fate of every file that was found."""

from __future__ import annotations

from collections import Counter
from dataclasses import asdict, dataclass, field
from typing import TYPE_CHECKING, Any, Literal, get_args

from m2msync.core.result import EXIT_CODES

if TYPE_CHECKING:
    from m2msync.core.result import RunStatus

How = Literal["link", "move", "copy"]
Fate = Literal["adopted", "held", "duplicate", "refused", "unreadable", "unwanted"]
FATES: tuple[Fate, ...] = get_args(Fate)
LABEL = "adopt"
"""What the runs of adoptions are called, which count as no apply."""


@dataclass(frozen=True, slots=True)
class Fated:
    """A file that was found, and what became of it."""

    path: str
    """Relative to the folder that was looked through."""
    fate: Fate
    reason: str
    """Why; of an adopted file, how: linked, moved, copied, in place."""
    key: str = ""
    """The product it is, or may have been taken for."""
    size: int = 0


@dataclass(frozen=True, slots=True)
class Adoption:
    """The outcome of one adoption."""

    manifest: str
    folder: str
    how: How
    dry_run: bool
    wanted: int
    """Wanted products that the store lacked before."""
    files: tuple[Fated, ...] = ()
    """The files that were adopted, or might have been."""
    others: Counter[tuple[Fate, str]] = field(default_factory=Counter)
    """How many there are of all others, held and unwanted, for each reason; there may be millions."""
    interrupted: bool = False

    @property
    def status(self) -> RunStatus:
        """How it ended; partial when something could not be looked at."""
        if self.interrupted:
            return "interrupted"
        return "partial" if any(f.fate == "unreadable" for f in self.files) else "success"

    @property
    def exit_code(self) -> int:
        """The exit code the contract gives to the status."""
        return EXIT_CODES[self.status]

    @property
    def missing(self) -> int:
        """The number of wanted products that the store still lacks."""
        return self.wanted - len({f.key for f in self.files if f.fate == "adopted"})

    def groups(self) -> Counter[tuple[Fate, str]]:
        """Return how many files had each fate for each reason, every file counted once."""
        return Counter((f.fate, f.reason) for f in self.files) + self.others

    def summary(self) -> dict[str, int]:
        """Return the number of files by fate, the bytes adopted, and what is still missing."""
        count: Counter[str] = Counter()
        for (fate, _), number in self.groups().items():
            count[fate] += number
        return {
            **{fate: count[fate] for fate in FATES},
            "bytes": sum(f.size for f in self.files if f.fate == "adopted"),
            "missing": self.missing,
        }

    def to_json(self) -> dict[str, Any]:
        """Return the adoption as a JSON object (schemas/adopt.schema.json)."""
        groups = sorted(self.groups().items(), key=lambda group: (FATES.index(group[0][0]), group[0][1]))
        return {
            "schema_version": 1,
            "kind": "adopt",
            "manifest": self.manifest,
            "folder": self.folder,
            "how": self.how,
            "dry_run": self.dry_run,
            "status": self.status,
            "exit_code": self.exit_code,
            "summary": self.summary(),
            "groups": [{"fate": fate, "reason": reason, "files": number} for (fate, reason), number in groups],
            "files": [asdict(f) for f in self.files],
        }
