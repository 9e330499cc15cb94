"""The words of complaints: what was found, which name was meant, what to write instead."""

from __future__ import annotations

import difflib
import json
import re
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

_LONGEST = 60
_PLAIN = re.compile(r"[A-Za-z./{][\w./{}*-]*")


class Unfit(Exception):
    """A value that cannot be used: what is wrong with it, and what to write."""

    def __init__(self, message: str, hint: str = "") -> None:
        super().__init__(message)
        self.message = message
        self.hint = hint


def meant(word: str, known: Iterable[str], *, otherwise: str = "") -> str:
    """Return "did you mean 'x'?" for the known name nearest to `word`, else `otherwise`."""
    near = nearest(word, known)
    return f"did you mean {shown(near)}?" if near else otherwise


def nearest(word: str, known: Iterable[str]) -> str:
    """Return the known name nearest to `word`, letter case aside; empty when none is near."""
    folded, names = word.casefold(), {name.casefold(): name for name in known}
    near = difflib.get_close_matches(folded, names, n=1) or [name for name in names if folded and folded in name]
    return names[near[0]] if near else ""


def listed(names: Iterable[str]) -> str:
    """Return names as `a, b or c`."""
    *most, last = names
    return f"{', '.join(most)} or {last}" if most else last


def few(names: Sequence[str], most: int) -> str:
    """Return names as `a, b`, those beyond so many as a number."""
    return ", ".join(names[:most]) + (f" and {len(names) - most:,} more" if len(names) > most else "")


def shown(text: str) -> str:
    """Return a text in quotes on one line, shortened when it is long."""
    return repr(text if len(text) <= _LONGEST else text[: _LONGEST - 1] + "…")


def found(value: Any) -> str:
    """Name what stands in a manifest; the inside of lists and mappings is not repeated."""
    match value:
        case bool():
            return "true" if value else "false"
        case str():
            return f"the text {shown(value)}"
        case list():
            return "a list"
        case dict():
            return "a mapping of keys"
    return f"{value}"


def flow(value: Any) -> str:
    """Write a value as YAML on one line, with no more quotes than a person would use."""
    if isinstance(value, dict):
        return "{" + ", ".join(f"{key}: {flow(item)}" for key, item in value.items()) + "}"
    if isinstance(value, list):
        return "[" + ", ".join(flow(item) for item in value) + "]"
    if isinstance(value, str) and (re.fullmatch(r"\d{4}-\d\d-\d\d", value) or _PLAIN.fullmatch(value)):
        return f'"{value}"' if value[0] == "{" else value
    return json.dumps(value, ensure_ascii=False)
