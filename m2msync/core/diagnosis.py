"""What `doctor` found: a list of checks, each with its state, and the exit code of the worst."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from typing import TYPE_CHECKING, Any, Literal

if TYPE_CHECKING:
    from m2msync.core.errors import M2MSyncError

State = Literal["ok", "warning", "problem"]
STATES: tuple[State, ...] = ("ok", "warning", "problem")
"""From good to bad."""
_URGENCY = {5: 0, 6: 2}
"""Exit codes that go before or after the others: refused credentials first, an outage last."""


@dataclass(frozen=True, slots=True)
class Check:
    """One thing that was looked at; `detail` may have several lines."""

    name: str
    state: State
    detail: str
    hint: str = ""
    exit_code: int = 0
    """What a run would end with because of this; 0 unless it is a problem."""


@dataclass(frozen=True, slots=True)
class Allowance:
    """What may still be ordered before M2M refuses (api.md §4.1)."""

    whose: str
    """`user` or `ip`, as M2M counts."""
    left: tuple[tuple[str, int, int | None], ...]
    """Of each quota its name at M2M, what is left of it, and all there was, None when unknown."""


@dataclass(frozen=True, slots=True)
class Notice:
    """A message of the service to its users."""

    day: str
    subject: str
    text: str
    grave: bool
    """Whether it is more than information."""


@dataclass(frozen=True, slots=True)
class Diagnosis:
    """Everything that was looked at, in the order in which it is shown."""

    endpoint: str
    checks: tuple[Check, ...]

    @property
    def state(self) -> State:
        """The worst state among the checks."""
        return max((check.state for check in self.checks), key=STATES.index, default="ok")

    @property
    def exit_code(self) -> int:
        """The code of the worst problem, 0 when there is none.

        What needs a person goes first: an outage, which passes by itself, is told only when it is alone.
        """
        return min((check.exit_code for check in self.checks if check.exit_code), key=_urgency, default=0)

    def to_json(self) -> dict[str, Any]:
        """Return the diagnosis as a JSON object (schemas/doctor.schema.json)."""
        return {
            "schema_version": 1,
            "kind": "doctor",
            "state": self.state,
            "exit_code": self.exit_code,
            "endpoint": self.endpoint,
            "checks": [asdict(check) for check in self.checks],
        }


def problem(name: str, error: M2MSyncError) -> Check:
    """Return the check that met an expected error."""
    return Check(name, "problem", error.message, error.hint, error.exit_code)


def unchecked(name: str, reason: str) -> Check:
    """Return the check that could not be made."""
    return Check(name, "warning", f"not checked: {reason}")


def _urgency(code: int) -> int:
    return _URGENCY.get(code, 1)
