"""The single lane to M2M: one request in flight per account in this process (api.md §4.2)."""

from __future__ import annotations

import threading
from collections import defaultdict

_lanes: defaultdict[tuple[str, str], threading.Lock] = defaultdict(threading.Lock)
_guard = threading.Lock()


def lane(endpoint: str, username: str) -> threading.Lock:
    """Return the lock that every API call of an account goes through, the same for all sessions of this process."""
    with _guard:
        return _lanes[endpoint, username]
