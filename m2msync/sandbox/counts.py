"""What the sandbox has seen, for tests and for the curious."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field


@dataclass(slots=True)
class Counts:
    """Tallies since the sandbox started.

    Args:
        calls: API calls by endpoint.
        concurrent: the most API calls of one account that were in flight together, by user name.
        files: answered GETs by file name.
        bytes: bytes sent by file name.
        ordered: times a product was ordered, by entityId.
        removed: downloads taken off the queue with download-order-remove, by label.
        log: (endpoint, HTTP status) of every API call, in order of their answers.
    """

    calls: Counter[str] = field(default_factory=Counter)
    concurrent: Counter[str] = field(default_factory=Counter)
    files: Counter[str] = field(default_factory=Counter)
    bytes: Counter[str] = field(default_factory=Counter)
    ordered: Counter[str] = field(default_factory=Counter)
    removed: Counter[str] = field(default_factory=Counter)
    log: list[tuple[str, int]] = field(default_factory=list)
