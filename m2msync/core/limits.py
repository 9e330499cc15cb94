"""Where a run stops by itself: bytes, seconds, room on the disk."""

from __future__ import annotations

import re
from dataclasses import dataclass

from m2msync.core.wording import Unfit, shown

_UNITS = {"": 1, **{f"{letter}{b}": 1000**n for n, letter in enumerate("KMGTP", 1) for b in ("", "B")}}
_UNITS |= {f"{letter}I{b}": 1024**n for n, letter in enumerate("KMGTP", 1) for b in ("", "B")} | {"B": 1}
_SIZE = re.compile(r"((?:\d{1,18}(?:\.\d+)?|\.\d+)(?:E\+?\d{1,2}(?=$| ))?) ?([A-Z]*)", re.ASCII)
_SPAN = re.compile(
    r"(\d{1,9}(?:\.\d+)?)(d(?:ays?)?|h(?:ours?|rs?)?|m(?:in(?:ute)?s?)?|s(?:ec(?:ond)?s?)?|$)", re.ASCII
)
_SECONDS = {"d": 86400, "h": 3600, "m": 60, "s": 1}


@dataclass(frozen=True, slots=True)
class Limits:
    """Where a run stops by itself; None sets no limit."""

    max_bytes: int | None = None
    """Bytes received from file hosts."""
    max_seconds: float | None = None
    """From the beginning of the run."""
    reserve_free: int = 0
    """Bytes of the disk that stay free."""


def read_size(text: str) -> int:
    """Return a number of bytes: `500`, `5e9`, `500MB`, `2T` (powers of 1000), `4GiB` (powers of 1024).

    Raises:
        Unfit: it is none.
    """
    told = _SIZE.fullmatch(text.strip().upper())
    unit = _UNITS.get(told[2]) if told else None
    if told is None or unit is None:
        raise Unfit(f"{shown(text)} is not a number of bytes", "write e.g. 500MB, 2TB or 4GiB")
    return int(float(told[1]) * unit)


def read_span(text: str) -> float:
    """Return a length of time in seconds: `90`, `45m`, `2.5h`, `1h30m`, `2h30`, `2 days`.

    Raises:
        Unfit: it is none.
    """
    plain, at, seconds, before = text.lower().replace(" ", ""), 0, 0.0, ""
    order = [*_SECONDS, "s"]
    while part := _SPAN.match(plain, at):
        # A number at the end without a unit counts in the unit below the one before it: 2h30 is 2 h 30 min.
        unit = part[2][:1] or (order[order.index(before) + 1] if before else "s")
        if before and order.index(unit) <= order.index(before):
            break
        seconds, before, at = seconds + float(part[1]) * _SECONDS[unit], unit, part.end()
    if not seconds or at < len(plain):
        raise Unfit(f"{shown(text)} is not a length of time", "write e.g. 90s, 45m, 8h or 1h30m")
    return seconds


NO_LIMITS = Limits()
