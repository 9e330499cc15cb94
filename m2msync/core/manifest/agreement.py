"""Whether a document agrees with a JSON Schema, yes or no.

Nearly every manifest does, and to import jsonschema only to hear that would be a seventh of what an apply with
nothing to do costs. So jsonschema is asked what is wrong (complaints.py), when something is. Known here are the
keywords our schema uses, of draft 2020-12; a test holds both answers against each other.
"""

from __future__ import annotations

import re
from datetime import date
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

_DAY = re.compile(r"\d{4}-\d\d-\d\d", re.ASCII)


def _is_number(value: Any) -> bool:
    return isinstance(value, (int, float)) and not isinstance(value, bool)


_TYPES: Mapping[str, Callable[[Any], bool]] = {
    "object": lambda value: isinstance(value, dict),
    "array": lambda value: isinstance(value, list),
    "string": lambda value: isinstance(value, str),
    "boolean": lambda value: isinstance(value, bool),
    "number": _is_number,
    "integer": lambda value: _is_number(value) and value == value // 1,
}


def agrees(value: Any, schema: Mapping[str, Any], root: Mapping[str, Any]) -> bool:
    """Return whether a value agrees with a schema, part of the schema `root`."""
    return all(_KEYWORDS[keyword](value, told, schema, root) for keyword, told in schema.items())


def _is_day(text: str) -> bool:
    try:
        return bool(_DAY.fullmatch(text) and date.fromisoformat(text))
    except ValueError:
        return False


def _same(value: Any, other: Any) -> bool:
    return bool(value == other) and isinstance(value, bool) == isinstance(other, bool)


def _type(value: Any, told: Any, *_: Any) -> bool:
    return any(_TYPES[kind](value) for kind in ([told] if isinstance(told, str) else told))


def _ref(value: Any, told: str, _: Any, root: Mapping[str, Any]) -> bool:
    return agrees(value, root["$defs"][told.removeprefix("#/$defs/")], root)


def _properties(value: Any, told: Mapping[str, Any], _: Any, root: Mapping[str, Any]) -> bool:
    return not isinstance(value, dict) or all(agrees(value[key], told[key], root) for key in value.keys() & told)


def _others(value: Any, told: Any, schema: Mapping[str, Any], root: Mapping[str, Any]) -> bool:
    if not isinstance(value, dict):
        return True
    others = value.keys() - schema.get("properties", {})
    return not others if told is False else all(agrees(value[key], told, root) for key in others)


def _with(value: Any, told: Mapping[str, Any], _: Any, root: Mapping[str, Any]) -> bool:
    return not isinstance(value, dict) or all(agrees(value, told[key], root) for key in value.keys() & told)


def _needing(value: Any, told: Mapping[str, list[str]], *_: Any) -> bool:
    return not isinstance(value, dict) or all(set(told[key]) <= value.keys() for key in value.keys() & told)


def _of(kind: type | tuple[type, ...], holds: Callable[[Any, Any], bool]) -> Callable[..., bool]:
    """Return a check of values of one kind; any other value passes it."""
    return lambda value, told, *_: not isinstance(value, kind) or isinstance(value, bool) or holds(value, told)


def _nothing(*_: Any) -> bool:
    return True


_KEYWORDS: Mapping[str, Callable[[Any, Any, Mapping[str, Any], Mapping[str, Any]], bool]] = {
    **dict.fromkeys(["$schema", "$id", "$defs", "title", "description", "examples", "default"], _nothing),
    "$ref": _ref,
    "type": _type,
    "const": lambda value, told, *_: _same(value, told),
    "enum": lambda value, told, *_: any(_same(value, one) for one in told),
    "not": lambda value, told, _, root: not agrees(value, told, root),
    "properties": _properties,
    "additionalProperties": _others,
    "dependentSchemas": _with,
    "dependentRequired": _needing,
    "required": _of(dict, lambda value, told: set(told) <= value.keys()),
    "minProperties": _of(dict, lambda value, told: len(value) >= told),
    "items": lambda value, told, _, root: not isinstance(value, list) or all(agrees(v, told, root) for v in value),
    "minItems": _of(list, lambda value, told: len(value) >= told),
    "maxItems": _of(list, lambda value, told: len(value) <= told),
    "minLength": _of(str, lambda value, told: len(value) >= told),
    "pattern": _of(str, lambda value, told: bool(re.fullmatch(told, value))),
    "format": _of(str, lambda value, told: told == "date" and _is_day(value)),
    "minimum": _of((int, float), lambda value, told: value >= told),
    "maximum": _of((int, float), lambda value, told: value <= told),
}
