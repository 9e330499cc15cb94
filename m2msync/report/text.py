"""How numbers, names and colours are written for people."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable

    Paint = Callable[[str, str], str]
    """Colours a text, given the name of a colour."""


def unpainted(text: str, _colour: str) -> str:
    """Return the text as it is, for output without colour."""
    return text


def plain(text: str) -> str:
    """Return the text with every character that could steer a terminal, or hide in it, replaced by `?`.

    File names, regions and messages come from the network and from manifests; an escape sequence among them must
    not reach the screen.
    """
    return text if text.isprintable() else "".join(c if c.isprintable() else "?" for c in text)


def size(length: float) -> str:
    """Return a number of bytes, e.g. `999 B` or `1.2 GB`, in powers of a thousand."""
    units = ["PB", "TB", "GB", "MB", "kB", "B"]
    # What would be rounded to 1000 belongs to the next unit.
    while length >= 999.5 and len(units) > 1:  # noqa: PLR2004
        length /= 1000
        units.pop()
    digits = 0 if units[-1] == "B" or length >= 99.95 else 1  # noqa: PLR2004
    return f"{length:.{digits}f} {units[-1]}"


def duration(seconds: float) -> str:
    """Return a span of time with its two largest units, e.g. `0.4 s`, `1 min 3 s` or `2 h 5 min`."""
    if seconds < 9.95:  # noqa: PLR2004 - two digits
        return f"{max(seconds, 0):.1f} s"
    left, parts = round(seconds), []
    for unit, length in (("d", 86400), ("h", 3600), ("min", 60), ("s", 1)):
        whole, left = divmod(left, length)
        parts.append((whole, unit))
    first = next(i for i, (whole, _) in enumerate(parts) if whole)
    return " ".join(f"{whole} {unit}" for whole, unit in parts[first : first + 2] if whole)


def count(number: int, noun: str) -> str:
    """Return a number with its noun, e.g. `1 file` or `1,204 files`."""
    return f"{number:,} {noun}" if number == 1 else f"{number:,} {noun}s"
