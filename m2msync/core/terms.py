"""On what terms a run is made: how much at a time, how long, and when it ends early."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from m2msync.core.crew import THREADS, Crew
from m2msync.core.limits import NO_LIMITS, Limits
from m2msync.core.model import CONNECTIONS

if TYPE_CHECKING:
    from m2msync.core.model import Manifest


@dataclass(frozen=True, slots=True)
class Terms:
    """What a person asks of one apply, beside the manifest."""

    jobs: int = CONNECTIONS
    """Connections to file hosts at a time."""
    wait: bool = False
    """Whether to wait for M2M's next quota window rather than end the run."""
    fail_fast: bool = False
    """Whether the first product that fails ends the run."""
    retry_failed: bool = True
    """Whether products that failed in earlier runs are tried again."""
    limits: Limits = NO_LIMITS
    crew: Crew = THREADS
    """Who fetches the files."""


def terms_of(manifest: Manifest) -> Terms:
    """Return the terms of a manifest's `transfer`."""
    return Terms(jobs=manifest.connections, limits=manifest.limits)
