"""Writes groups of named values in the two forms of Landsat metadata: ODL text and XML."""

from __future__ import annotations

from typing import TYPE_CHECKING
from xml.sax.saxutils import escape

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence


class Bare(str):
    """A value that ODL writes without quotes: a number or a date."""

    __slots__ = ()


Entry = tuple[str, str]
Group = tuple[str, list[Entry]]

_INDENT = "  "


def text(groups: Sequence[Group], root: str | None = None) -> str:
    """Return groups as ODL, inside the group `root` if there is one."""
    lines: Iterable[str] = (line for name, entries in groups for line in _group(name, _entries(entries)))
    if root is not None:
        lines = _group(root, lines)
    return "\n".join([*lines, "END", ""])


def xml(groups: Sequence[Group], root: str) -> str:
    """Return groups as an XML document."""
    body = (line for name, entries in groups for line in _element(name, (_leaf(*entry) for entry in entries)))
    return "\n".join(['<?xml version="1.0" encoding="UTF-8"?>', *_element(root, body), ""])


def numbers(values: Iterable[str], after: str) -> Bare:
    """Return a list of formatted numbers as ODL writes it, five to a line, aligned behind the name `after`."""
    parts = list(values)
    rows = [", ".join(parts[start : start + 5]) for start in range(0, len(parts), 5)]
    margin = "\n" + " " * (len(_INDENT) + len(after) + len(" = ("))
    return Bare("(" + f", {margin}".join(rows) + ")")


def _group(name: str, lines: Iterable[str]) -> Iterator[str]:
    yield f"GROUP = {name}"
    yield from (_INDENT + line for line in lines)
    yield f"END_GROUP = {name}"


def _entries(entries: Iterable[Entry]) -> Iterator[str]:
    for name, value in entries:
        yield f"{name} = {value}" if isinstance(value, Bare) else f'{name} = "{value}"'


def _element(name: str, lines: Iterable[str]) -> Iterator[str]:
    yield f"<{name}>"
    yield from (_INDENT + line for line in lines)
    yield f"</{name}>"


def _leaf(name: str, value: str) -> str:
    return f"<{name}>{escape(value)}</{name}>"
