"""What a run did, and how things stand: the values a caller gets and `--json` prints."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from typing import Any, Literal

RunStatus = Literal["success", "partial", "error", "interrupted", "capped"]
EXIT_CODES: dict[RunStatus, int] = {"success": 0, "error": 1, "partial": 3, "interrupted": 130, "capped": 7}


@dataclass(frozen=True, slots=True)
class Failure:
    """One product that is wanted and could not be had."""

    key: str
    path: str
    reason: str
    rerun_helps: bool


@dataclass(frozen=True, slots=True)
class Result:
    """The outcome of one apply."""

    status: RunStatus
    exit_code: int
    got: int = 0
    kept: int = 0
    bytes: int = 0
    """Bytes received from file hosts."""
    seconds: float = 0.0
    api_calls: int = 0
    failed: tuple[Failure, ...] = ()
    error: str = ""
    """The sentence that ended the run, when `status` is error or capped."""
    hint: str = ""

    def to_json(self) -> dict[str, Any]:
        """Return the run as the contract's JSON object (schemas/result.schema.json)."""
        shown = {
            "schema_version": 1,
            "kind": "result",
            "status": self.status,
            "exit_code": self.exit_code,
            "summary": {
                "got": self.got,
                "kept": self.kept,
                "failed": len(self.failed),
                "bytes": self.bytes,
                "seconds": round(self.seconds, 3),
                "api_calls": self.api_calls,
            },
            "failed": [asdict(f) for f in self.failed],
        }
        return shown | ({"error": self.error, "hint": self.hint} if self.error else {})


@dataclass(frozen=True, slots=True)
class Standing:
    """How one product stands that is not simply held and whole."""

    key: str
    path: str
    state: Literal["missing", "failed", "damaged", "orphan"]
    reason: str
    attempts: int = 0
    rerun_helps: bool = True


@dataclass(frozen=True, slots=True)
class Status:
    """Manifest, catalog and disk compared without network: what the last search wanted, and what is there."""

    manifest: str
    wanted: int
    held: int
    bytes_held: int
    problems: tuple[Standing, ...] = ()
    last_run: str | None = None
    """When the last apply of this manifest ended (ISO 8601, UTC), None before the first."""
    edited: bool = False
    """Whether the manifest has been changed since then, so that it may want something else now."""

    def summary(self) -> dict[str, int]:
        """Return the contract's counts (design.md §5)."""
        states = [p.state for p in self.problems]
        return {
            "wanted": self.wanted,
            "held": self.held,
            "missing": states.count("missing"),
            "failed": states.count("failed"),
            "damaged": states.count("damaged"),
            "orphan": states.count("orphan"),
            "bytes_held": self.bytes_held,
        }

    def to_json(self) -> dict[str, Any]:
        """Return the status as the contract's JSON object (schemas/status.schema.json)."""
        return {
            "schema_version": 1,
            "kind": "status",
            "manifest": self.manifest,
            "last_run": self.last_run,
            "edited": self.edited,
            "summary": self.summary(),
            "problems": [asdict(p) for p in self.problems],
        }
