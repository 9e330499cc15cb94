"""A document against its JSON Schema, with every disagreement said in words a person can act on.

Beside the keywords of draft 2020-12 a schema may say `x-not-yet`: the key belongs to the contract, but this version
does not support it; its value says what to write instead. `examples` and `title` serve the messages.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

from jsonschema import Draft202012Validator, ValidationError, validators

from m2msync.core.manifest.sentences import SENTENCES

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from m2msync.core.manifest.findings import Findings
    from m2msync.core.manifest.yaml12 import Place

_WORD = re.compile(r"[A-Z]?[a-z]+|[A-Z]+")
_SECRET = re.compile(r"pass(word|wd|phrase)|pwd|secret|token|user(name)?|login|(api)?key|credentials?|auth")


def check_schema(findings: Findings, schema: Mapping[str, Any]) -> None:
    """Note everything in which the document disagrees with `schema`, and every key that looks like a credential."""
    value = findings.document.value
    for place in _credentials(value, ()):
        hint = "set M2M_USERNAME and M2M_TOKEN in the environment"
        findings.close(
            place, f"{place[-1]!r} looks like a credential, and nothing secret may stand in a manifest", hint
        )
    homes: dict[str, dict[str, None]] = {}
    for key, title in _homes(schema):
        homes.setdefault(key, {})[title] = None
    errors = _Validator(schema, format_checker=_Validator.FORMAT_CHECKER).iter_errors(value)
    for error in sorted(errors, key=lambda e: e.validator != "x-not-yet"):
        for said in SENTENCES[error.validator](error, homes):
            if findings.settled(said.place):
                continue
            if error.validator == "x-not-yet":
                findings.close(said.place, said.message, said.hint)
            else:
                findings.add(said.place, said.message, said.hint, at_key=said.at_key)


def _credentials(value: Any, place: Place) -> Iterator[Place]:
    """Find the keys that look like credentials; regions may be called as their owner likes."""
    items = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
    for key, item in items:
        below = (*place, key)
        region = place == ("regions",) and isinstance(item, dict)
        if (
            isinstance(key, str)
            and not region
            and any(_SECRET.fullmatch(word.lower()) for word in _WORD.findall(key))
        ):
            yield below
        else:
            yield from _credentials(item, below)


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


def _postponed(_: Any, hint: str, __: Any, ___: Any) -> Iterator[ValidationError]:
    yield ValidationError(hint)


_Validator: Any = validators.extend(  # type: ignore[no-untyped-call]
    Draft202012Validator, {"pattern": _whole, "x-not-yet": _postponed}
)
