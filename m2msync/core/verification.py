"""The outcome of a verify: what is damaged, what became of it, and which exit code says so."""

from __future__ import annotations

from collections import Counter
from dataclasses import asdict, dataclass
from typing import TYPE_CHECKING, Any, Literal

from m2msync.core.moments import written
from m2msync.core.result import EXIT_CODES, Result, RunStatus

if TYPE_CHECKING:
    from collections.abc import Iterator

Depth = Literal["quick", "digest", "deep"]
"""How closely is looked: at presence and size; at every byte; also into TIFFs and tar archives."""
Symbol = Literal["-", "*", "!"]
"""rclone's for what is missing, differs, or could not be read; beside them `=` is the same and `+` unknown."""
Ending = Literal["clean", "damaged", "repaired"] | RunStatus
DAMAGE = 8
"""The exit code that says so."""
LABEL = "m2msync.repair"
"""How the labels of repairs begin, which count as no apply."""
STATES: dict[Symbol, str] = {"-": "missing", "*": "differing", "!": "unreadable"}


@dataclass(frozen=True, slots=True)
class Finding:
    """One copy that is not as the catalog records it."""

    key: str
    path: str
    symbol: Symbol
    reason: str


@dataclass(frozen=True, slots=True)
class Verification:
    """The outcome of one verify."""

    manifest: str
    depth: Depth
    same: tuple[str, ...] = ()
    """Paths of the copies that are as recorded."""
    damaged: tuple[Finding, ...] = ()
    extra: tuple[str, ...] = ()
    """Files in the store for which there is no record."""
    unopened: tuple[str, ...] = ()
    """Paths of files with blocks that only the raster extra can decode."""
    unreached: int = 0
    """Copies that were not looked at, because the verify was interrupted."""
    fresh: int = 0
    """Copies of the same size that were not read, because they had been lately."""
    bytes: int = 0
    """Bytes read."""
    seconds: float = 0.0
    resume: float | None = None
    """What is verified since then (seconds since 1970) need not be read again to go on; None without a record."""
    repair: Result | None = None
    """What became of the damage, None when nothing was repaired."""

    @property
    def status(self) -> Ending:
        """How it ended, in a word."""
        if self.repair is not None:
            return "repaired" if self.repair.status == "success" else self.repair.status
        if self.unreached:
            return "interrupted"
        return "damaged" if self.damaged else "clean"

    @property
    def exit_code(self) -> int:
        """How it ended, for a script."""
        if self.repair is not None:
            return self.repair.exit_code
        if self.unreached:
            return EXIT_CODES["interrupted"]
        return DAMAGE if self.damaged else 0

    def summary(self) -> dict[str, int | float]:
        """Return the counts; the first is the sum of the five that follow it."""
        count = Counter(STATES[finding.symbol] for finding in self.damaged)
        mended = self.repair or Result("success", 0)
        return {
            "copies": len(self.same) + len(self.damaged) + self.unreached,
            "same": len(self.same),
            **{state: count[state] for state in STATES.values()},
            "unreached": self.unreached,
            "fresh": self.fresh,
            "extra": len(self.extra),
            "bytes": self.bytes,
            "seconds": round(self.seconds, 3),
            "repaired": mended.got,
            "failed": len(mended.failed),
            "bytes_fetched": mended.bytes,
            "api_calls": mended.api_calls,
        }

    def to_json(self) -> dict[str, Any]:
        """Return the outcome as a JSON object (schemas/verify.schema.json)."""
        repair = self.repair or Result("success", 0)
        shown = {
            "schema_version": 1,
            "kind": "verify",
            "manifest": self.manifest,
            "depth": self.depth,
            "status": self.status,
            "exit_code": self.exit_code,
            "summary": self.summary(),
            "damaged": [asdict(finding) for finding in self.damaged],
            "failed": [asdict(failure) for failure in repair.failed],
            "extra": list(self.extra),
            "unopened": list(self.unopened),
            "resume": None if self.resume is None else written(self.resume),
        }
        return shown | ({"error": repair.error, "hint": repair.hint} if repair.error else {})

    def combined(self) -> Iterator[tuple[str, str]]:
        """Yield a symbol with every path that was looked at, as `rclone check --combined` has them, by path."""
        symbols = dict.fromkeys(self.same, "=") | dict.fromkeys(self.extra, "+")
        symbols |= {finding.path: finding.symbol for finding in self.damaged}
        yield from ((symbols[path], path) for path in sorted(symbols))
