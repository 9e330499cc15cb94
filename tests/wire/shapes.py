"""Hold what M2M, or the sandbox in its place, answered against the wire shape of the endpoint."""

from __future__ import annotations

import json
from pathlib import Path
from typing import TYPE_CHECKING, Any

from jsonschema import Draft202012Validator, ValidationError
from jsonschema.exceptions import best_match
from jsonschema.validators import extend
from referencing import Registry
from referencing.jsonschema import DRAFT202012

if TYPE_CHECKING:
    from collections.abc import Iterator

SUFFIX = ".schema.json"
SCHEMAS: dict[str, dict[str, Any]] = {
    path.name.removesuffix(SUFFIX): json.loads(path.read_text(encoding="utf-8"))
    for path in sorted(Path(__file__).parent.glob(f"*{SUFFIX}"))
}
ENDPOINTS = frozenset(SCHEMAS) - {"defs", "envelope", "error"}


def check(endpoint: str, body_text: str) -> list[str]:
    """What is wrong with a body as an answer of `endpoint`, success or error; empty when nothing is."""
    try:
        body = parsed(body_text)
    except ValueError as trouble:
        return [f"not JSON as M2M writes it: {trouble}"]
    failed = isinstance(body, dict) and body.get("errorCode") is not None
    return _complaints("error" if failed else endpoint, body)


def check_part(place: str, part: object) -> list[str]:
    """What is wrong with a part of a body; `place` is like "scene-search#/$defs/data"."""
    return _complaints(place, part)


def parsed(body_text: str) -> Any:
    """The JSON value of a body, its keys in the order of the wire.

    Raises:
        ValueError: not JSON, or an object says a key twice, or a number is none (NaN).
    """
    return json.loads(body_text, object_pairs_hook=_once_each, parse_constant=_no_number)


def _once_each(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    keys = [key for key, _ in pairs]
    if len(set(keys)) < len(keys):
        raise ValueError(f"a key stands twice among {keys}")
    return dict(pairs)


def _no_number(name: str) -> Any:
    raise ValueError(f"{name} is no JSON")


def _in_order(
    _validator: object, wanted: bool, instance: object, schema: dict[str, Any]
) -> Iterator[ValidationError]:
    """The keyword `inOrder`: named properties come in the order named, and before all others."""
    if not wanted or not isinstance(instance, dict):
        return
    named = [key for key in schema["properties"] if key in instance]
    if list(instance)[: len(named)] != named:
        yield ValidationError(f"keys stand as {list(instance)}, expected {named} first and in this order")


_Validator = extend(Draft202012Validator, {"inOrder": _in_order})
# A schema reached by $ref that names its dialect would be taken up by the plain validator, which knows no inOrder.
_REGISTRY: Registry[Any] = Registry().with_resources(
    (name + SUFFIX, DRAFT202012.create_resource({key: schema[key] for key in schema if key != "$schema"}))
    for name, schema in SCHEMAS.items()
)


def _complaints(place: str, instance: object) -> list[str]:
    name, _, fragment = place.partition("#")
    validator = _Validator({"$ref": f"{name}{SUFFIX}#{fragment}"}, registry=_REGISTRY)
    deepest = (best_match([error]) for error in validator.iter_errors(instance))
    return [f"{error.json_path}: {error.message:.300}" for error in deepest if error is not None]
