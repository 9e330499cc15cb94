"""Everything in which a document disagrees with its JSON Schema, said in words a person can act on."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

from jsonschema import Draft202012Validator, ValidationError, validators

from m2msync.core.manifest.sentences import SENTENCES

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from m2msync.core.manifest.findings import Findings


def complain(findings: Findings, schema: Mapping[str, Any]) -> None:
    """Note everything in which the document disagrees with `schema`."""
    homes: dict[str, dict[str, None]] = {}
    for key, title in _homes(schema):
        homes.setdefault(key, {})[title] = None
    errors = Validator(schema, format_checker=Validator.FORMAT_CHECKER).iter_errors(findings.document.value)
    for error in errors:
        for said in SENTENCES[error.validator](error, homes):
            if not findings.settled(said.place):
                findings.add(said.place, said.message, said.hint, at_key=said.at_key)


def _homes(node: Any) -> Iterator[tuple[str, str]]:
    """Yield every key of a schema with the title of what it belongs in."""
    if isinstance(node, dict):
        title = "the top level" if "$schema" in node else node.get("title")
        if title and isinstance(node.get("properties"), dict):
            yield from ((key, title) for key in node["properties"])
        for below in node.values():
            yield from _homes(below)


def _whole(_: Any, pattern: str, instance: Any, __: Any) -> Iterator[ValidationError]:
    """Match a pattern with the whole text: Python's `$` would let a line break at the end pass."""
    if isinstance(instance, str) and not re.fullmatch(pattern, instance):
        yield ValidationError(f"{instance!r} does not match {pattern!r}")


Validator: Any = validators.extend(Draft202012Validator, {"pattern": _whole})  # type: ignore[no-untyped-call]
