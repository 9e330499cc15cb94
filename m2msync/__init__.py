"""Declarative, incremental and verified downloads from the USGS M2M API.

>>> import m2msync
>>> sync = m2msync.load("manifest.yaml")  # doctest: +SKIP
>>> sync.plan().summary()  # doctest: +SKIP
>>> sync.apply().status  # doctest: +SKIP
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from m2msync.core.adoption import Adoption
    from m2msync.core.errors import M2MSyncError, ManifestError
    from m2msync.core.events import Event
    from m2msync.core.forgetting import Forgotten
    from m2msync.core.model import Manifest
    from m2msync.core.plan import Action, Plan
    from m2msync.core.result import Failure, Result, Status
    from m2msync.core.surplus import Surplus
    from m2msync.core.survey import Survey
    from m2msync.core.validation import Validation
    from m2msync.core.verification import Finding, Verification
    from m2msync.exploring import Explorer
    from m2msync.m2m.credentials import Credentials
    from m2msync.sync import Sync, load

__version__ = "0.1.0"

__all__ = [
    "Action",
    "Adoption",
    "Credentials",
    "Event",
    "Explorer",
    "Failure",
    "Finding",
    "Forgotten",
    "M2MSyncError",
    "Manifest",
    "ManifestError",
    "Plan",
    "Result",
    "Status",
    "Surplus",
    "Survey",
    "Sync",
    "Validation",
    "Verification",
    "__version__",
    "load",
]

_HOMES = {
    "Action": "core.plan",
    "Adoption": "core.adoption",
    "Credentials": "m2m.credentials",
    "Event": "core.events",
    "Explorer": "exploring",
    "Failure": "core.result",
    "Forgotten": "core.forgetting",
    "Finding": "core.verification",
    "M2MSyncError": "core.errors",
    "Manifest": "core.model",
    "ManifestError": "core.errors",
    "Plan": "core.plan",
    "Result": "core.result",
    "Status": "core.result",
    "Surplus": "core.surplus",
    "Survey": "core.survey",
    "Sync": "sync",
    "Validation": "core.validation",
    "Verification": "core.verification",
    "load": "sync",
}


def __getattr__(name: str) -> Any:
    """Import a public name when it is first asked for, so that `m2msync --help` stays quick."""
    if name not in _HOMES:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    return getattr(import_module(f"{__name__}.{_HOMES[name]}"), name)
