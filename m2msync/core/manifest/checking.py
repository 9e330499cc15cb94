"""A document against its JSON Schema, with every disagreement said in words a person can act on.

`examples` and `title` of the schema serve the messages.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

from m2msync.core.manifest.agreement import agrees

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
    if not agrees(value, schema, schema):
        from m2msync.core.manifest.complaints import complain  # noqa: PLC0415 - brings jsonschema

        complain(findings, schema)


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
