"""What is said of each event, and to whom."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from m2msync.core.events import (
    Compared,
    Damaged,
    Draining,
    Event,
    Failed,
    Landed,
    Matched,
    Ordered,
    Planned,
    Removed,
    Searched,
    Stage,
    Staging,
    Verified,
    Verifying,
    Waiting,
    Warned,
)
from m2msync.report.text import count, duration, plain, size

if TYPE_CHECKING:
    from collections.abc import Callable

SENTENCES: dict[type[Event], Callable[[Any], str]] = {
    Stage: lambda e: e.name,
    Searched: lambda e: f"searched {e.dataset}, {e.region}: {count(e.images, 'image')}",
    Planned: lambda e: (
        f"planned: {e.get:,} to get ({size(e.bytes_to_get)}), {e.keep:,} kept, {e.unavailable:,} unavailable"
    ),
    Ordered: lambda e: (
        f"ordered {count(e.requested, 'file')}: {e.ready:,} ready, {e.staging:,} being prepared, "
        f"{e.rejected:,} refused"
    ),
    Waiting: lambda e: f"waiting{' ' + duration(e.seconds) if e.seconds else ''}: {e.reason}",
    Staging: lambda e: f"M2M prepares {count(e.products, 'product')}",
    Matched: lambda e: f"found {count(e.files, 'file')} to compare ({size(e.bytes)})",
    Compared: lambda e: f"{e.fate}: {e.path} ({e.reason})",
    Landed: lambda e: f"got {e.path} ({size(e.size)})",
    Failed: lambda e: f"failed: {e.key}: {e.reason}{'' if e.rerun_helps else ' (running again will not help)'}",
    Removed: lambda e: f"removed {e.path} ({size(e.size)})",
    Verifying: lambda e: f"verifying {count(e.files, 'file')} ({size(e.bytes)})",
    Verified: lambda e: f"verified {e.path} ({size(e.bytes)})",
    Damaged: lambda e: f"damaged: {e.path}: {e.reason}",
    Warned: lambda e: f"warning: {e.message}",
    Draining: lambda e: f"finishing {count(e.in_flight, 'transfer')} in flight, beginning nothing new",
}
URGENT: frozenset[type[Event]] = frozenset({Failed, Warned, Draining})
"""Told wherever anything is told."""
STEPS: frozenset[type[Event]] = URGENT | {Stage, Planned, Ordered, Waiting, Matched, Verifying}
"""Told where there is no live display."""
DETAILS: frozenset[type[Event]] = STEPS | {Searched, Landed, Removed, Compared, Verified, Damaged}
"""Told on request."""


def sentence(event: Event) -> str:
    """Return what is said of an event, safe to print; empty when nothing is said."""
    tell = SENTENCES.get(type(event))
    return plain(tell(event)) if tell else ""
