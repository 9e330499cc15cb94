"""A plan as it is kept in a file, to be reviewed and then done exactly."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, TypeGuard

from m2msync.core.errors import Stale
from m2msync.core.plan import Action, Plan

_DETAILS = ("links", "source", "replaces", "attempts", "tolerated")
_AGAIN = "Make a new one with `m2msync plan --out`."


@dataclass(frozen=True, slots=True)
class Saved:
    """A plan, and what it was made from."""

    plan: Plan
    manifest_file: str
    """The manifest, relative to the folder of the plan where that is possible."""
    manifest_digest: str
    lineage: str
    """The identity of the catalog."""
    whole: bool
    """Whether it is about all that the manifest wants."""

    def to_json(self) -> dict[str, Any]:
        """Return it as a JSON object: that of the plan, with a key of its own and more of each action."""
        told = self.plan.to_json()
        told["saved"] = {
            "manifest_file": self.manifest_file,
            "manifest_digest": self.manifest_digest,
            "lineage": self.lineage,
            "whole": self.whole,
        }
        for shown, action in zip(told["actions"], self.plan.actions, strict=True):
            shown |= {name: getattr(action, name) for name in _DETAILS}
        return told

    def check(self, *, digest: str, lineage: str, serial: int) -> None:
        """Check that nothing has moved since it was made.

        Args:
            digest: of the manifest now.
            lineage: of its catalog now.
            serial: of that catalog now.

        Raises:
            Stale: something has.
        """
        if lineage != self.lineage:
            raise Stale("the plan was made with another catalog", hint=_AGAIN)
        if digest != self.manifest_digest:
            raise Stale("the manifest has been changed since the plan was made", hint=_AGAIN)
        if serial != self.plan.serial:
            raise Stale("the catalog has changed since the plan was made", hint=_AGAIN)


def is_plan(value: Any) -> TypeGuard[dict[str, Any]]:
    """Say whether a JSON value is a plan, rather than for example a manifest."""
    return isinstance(value, dict) and value.get("kind") == "plan"


def read_saved(value: dict[str, Any], file: str) -> Saved:
    """Return the plan of a JSON object.

    Raises:
        Stale: it was made for looking only, or by another version.
    """
    if "saved" not in value:
        raise Stale(f"{file} was made for looking only", hint=_AGAIN)
    try:
        plan = Plan(value["manifest"], value["serial"], tuple(map(_action, value["actions"])))
        return Saved(plan, **value["saved"])
    except (KeyError, TypeError):
        raise Stale(f"{file} was made by another version of m2msync", hint=_AGAIN) from None


def _action(told: dict[str, Any]) -> Action:
    return Action(**{**told, "links": tuple(told["links"])})
