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
        bytes: bytes given to connections whose client was there, by file name; of what was on the way when a client
            died, at most the piece being sent and what the sockets' buffers hold is counted too much.
        ordered: times a product was ordered, by entityId.
        removed: downloads taken off the queue with download-order-remove, by label.
        foreign_removed: downloads of another account that somebody tried to take off the queue, by label.
        removed_later: downloads taken off with another key than they were ordered with, by label.
        ordered_twice: times a product was ordered while an earlier link to it still worked, by entityId.
        whole: times a file was sent from its first byte to its last in one answer, by file name.
        log: (endpoint, HTTP status) of every API call, in order of their answers.
    """

    calls: Counter[str] = field(default_factory=Counter)
    concurrent: Counter[str] = field(default_factory=Counter)
    files: Counter[str] = field(default_factory=Counter)
    bytes: Counter[str] = field(default_factory=Counter)
    ordered: Counter[str] = field(default_factory=Counter)
    removed: Counter[str] = field(default_factory=Counter)
    foreign_removed: Counter[str] = field(default_factory=Counter)
    removed_later: Counter[str] = field(default_factory=Counter)
    ordered_twice: Counter[str] = field(default_factory=Counter)
    whole: Counter[str] = field(default_factory=Counter)
    log: list[tuple[str, int]] = field(default_factory=list)

    @property
    def refetched_in_full(self) -> Counter[str]:
        """How often each file was sent whole again after it had been sent whole, by file name."""
        return Counter({name: times - 1 for name, times in self.whole.items() if times > 1})
