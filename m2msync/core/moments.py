"""Points in time as a person writes them on a command line, and as they are written for the next one."""

from __future__ import annotations

import re
from datetime import UTC, datetime

from m2msync.core.errors import UsageError

_SPAN = re.compile(r"(\d{1,6}) ?(min|h|d|w)", re.ASCII)
_UNITS = {"min": 60, "h": 3600, "d": 86_400, "w": 604_800}


def parse_moment(text: str, now: float) -> float:
    """Return in seconds since 1970 what `7d` (so long ago), a day, or a time means, local unless it says so.

    Raises:
        UsageError: it is none of these, or has not come yet.
    """
    if span := _SPAN.fullmatch(text.strip()):
        return max(0.0, now - int(span[1]) * _UNITS[span[2]])
    try:
        moment = datetime.fromisoformat(text.strip()).timestamp()
    except (ValueError, OverflowError, OSError):
        raise UsageError(
            f"{text!r} is no time", hint="write e.g. 12h, 7d, 4w, 2026-11-22 or 2026-11-22T12:00:03Z"
        ) from None
    if moment > now:
        raise UsageError(f"{text!r} has not come yet", hint="name a time in the past")
    return max(0.0, moment)


def written(moment: float) -> str:
    """Return seconds since 1970 as `parse_moment` reads them, e.g. `2026-11-22T12:00:03Z`; parts of a second go."""
    return f"{datetime.fromtimestamp(int(moment), UTC):%Y-%m-%dT%H:%M:%SZ}"
