"""A plan as it is kept in a file, to be reviewed and then done exactly."""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, TypeGuard

from m2msync.core.errors import Stale
from m2msync.core.plan import Action, Plan

if TYPE_CHECKING:
    from collections.abc import Iterator

_DETAILS = ("links", "source", "replaces", "attempts", "tolerated", "exact", "digest")
_VERSION = 1
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

    def lines(self) -> Iterator[str]:
        """Yield the plan's JSON object, with a key of its own and more of each action; one action is one line."""
        saved = {
            "manifest_file": self.manifest_file,
            "manifest_digest": self.manifest_digest,
            "lineage": self.lineage,
            "whole": self.plan.whole,
        }
        yield json.dumps(self.plan.head() | {"saved": saved}).removesuffix("}") + ', "actions": [\n'
        for number, action in enumerate(self.plan.actions):
            told = action.to_json() | {name: getattr(action, name) for name in _DETAILS}
            yield (",\n" if number else "") + json.dumps(told)
        yield "\n]}\n"

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
    foreign = Stale(f"{file} was made by another version of m2msync", hint=_AGAIN)
    if value.get("schema_version") != _VERSION:
        raise foreign
    try:
        told = {**value["saved"]}
        actions = tuple(map(_action, value["actions"]))
        plan = Plan(value["manifest"], value["serial"], actions, whole=told.pop("whole"))
        return Saved(plan, **told)
    except (KeyError, TypeError):
        raise foreign from None


def _action(told: dict[str, Any]) -> Action:
    return Action(**{**told, "links": tuple(told["links"])})
