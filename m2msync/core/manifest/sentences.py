"""What to tell a person about each way in which a document can disagree with its schema."""

from __future__ import annotations

import re
from datetime import date
from typing import TYPE_CHECKING, Any, NamedTuple, TypeAlias

from m2msync.core.wording import flow, found, listed, meant, shown

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Mapping

    from m2msync.core.manifest.yaml12 import Place

_Error: TypeAlias = Any  # a jsonschema.ValidationError, whose type says of every field that it may be unset
_Homes: TypeAlias = "Mapping[str, Iterable[str]]"

_KINDS = {
    "string": "text",
    "integer": "a whole number",
    "number": "a number",
    "boolean": "true or false",
    "array": "a list",
    "object": "a mapping of keys",
    "date": "a day",
}
_NUMBER = re.compile(r"[-+]?[0-9]+(\.[0-9]*)?")
_DAY = re.compile(r"(\d{4})\D?(\d{1,2})\D?(\d{1,2})(?:[T ].*)?", re.ASCII)
_YES_NO = {"yes": "true", "on": "true", "y": "true", "no": "false", "off": "false", "n": "false"}


class Said(NamedTuple):
    """A problem in words: where, what is wrong, what to write, and whether the key is meant or its value."""

    place: Place
    message: str
    hint: str
    at_key: bool = False


def _unknown(error: _Error, homes: _Homes) -> Iterator[Said]:
    known = error.schema["properties"]
    for key in error.instance:
        if key not in known:
            hint = meant(key, known, otherwise=f"the keys here are {', '.join(known)}")
            # What has no title, such as the condition on a metadata filter, is far from where the others belong.
            hint = f"it belongs in {listed(homes[key])}" if key in homes and "title" in error.schema else hint
            yield Said((*error.absolute_path, key), f"unknown key {shown(key)}", hint, at_key=True)


def _required(error: _Error, _: _Homes) -> Iterator[Said]:
    for key in error.validator_value:
        if key not in error.instance:
            place = tuple(error.absolute_path)
            where = f" in {_name(place)}" if place else ""
            example = flow(error.schema["properties"][key]["examples"][0])
            yield Said((*place, key), f"{key} is missing{where}", f"write {key}: {example}")


def _companion(error: _Error, _: _Homes) -> Iterator[Said]:
    for key, (needed,) in error.validator_value.items():
        if key in error.instance and needed not in error.instance:
            yield Said((*error.absolute_path, key), f"{key!r} goes with {needed!r}", f"add {needed}", at_key=True)


def _excluded(error: _Error, _: _Homes) -> Iterator[Said]:
    other, key = error.absolute_schema_path[-4], error.absolute_path[-1]
    message = f"{key!r} cannot stand beside {other!r}"
    own = "make it a region of its own" if error.absolute_path[0] == "regions" else "keep one of them"
    hint = error.schema.get("description", own)
    yield Said(tuple(error.absolute_path), message, hint, at_key=True)


def _not_yet(error: _Error, _: _Homes) -> Iterator[Said]:
    place = tuple(error.absolute_path)
    yield Said(place, f"{_name(place)} is not yet supported in this version", error.validator_value)


def _type(error: _Error, _: _Homes) -> Iterator[Said]:
    place, value = tuple(error.absolute_path), error.instance
    if value is None:
        yield Said(place, f"{_name(place)} is empty", _example(error, otherwise="give it a value or leave it out"))
    else:
        kind = error.schema.get("format", error.validator_value)
        kinds = listed(_KINDS[k] for k in ([kind] if isinstance(kind, str) else kind))
        hint = _instead(value, kind, error.schema) or _example(error, otherwise=_quoted(value, kind))
        yield Said(place, f"{_name(place)} must be {kinds}, not {found(value)}", hint)


def _instead(value: Any, kind: str | list[str], schema: Mapping[str, Any]) -> str:
    """Return what a value of the wrong type was surely meant to be, else nothing."""
    if kind == "date":
        return _nearest_day(found(value))
    if isinstance(value, list) and "any" in schema.get("properties", ()):
        if any(isinstance(item, dict) for item in value):
            return "groups of conditions go under any_of"
        return f"write {flow({'any': value})}"
    if kind == "array" and not isinstance(value, dict):
        fits = isinstance(value, str) == (schema["items"].get("type") == "string")
        return f"write [{flow(value)}]" if fits else ""
    text = value.replace("_", "") if isinstance(value, str) else ""
    if kind == "boolean" and text.lower() in _YES_NO:
        return f"write {_YES_NO[text.lower()]}"
    return f"write {float(text):.15g}" if kind in ("integer", "number") and _NUMBER.fullmatch(text) else ""


def _quoted(value: Any, kind: str | list[str]) -> str:
    return f'write "{found(value)}" in quotes' if kind == "string" and not isinstance(value, list | dict) else ""


def _value(sentence: Callable[[_Error], str]) -> Callable[..., Iterator[Said]]:
    """Make a rule for keywords that judge one value."""

    def say(error: _Error, _: _Homes) -> Iterator[Said]:
        place = tuple(error.absolute_path)
        yield Said(place, f"{_name(place)} {sentence(error)}", _example(error))

    return say


def _one_of(error: _Error, _: _Homes) -> Iterator[Said]:
    place, options = tuple(error.absolute_path), error.validator_value
    message = f"{_name(place)} must be {listed(options)}, not {found(error.instance)}"
    yield Said(place, message, meant(str(error.instance), options))


def _day(error: _Error, _: _Homes) -> Iterator[Said]:
    place, text = tuple(error.absolute_path), error.instance
    yield Said(place, f"{_name(place)} must be a day, not {found(text)}", _nearest_day(text))


def _nearest_day(text: str) -> str:
    if not (match := _DAY.fullmatch(text)):
        return "write year-month-day, e.g. 2022-01-31"
    try:
        return f"write {date(*(int(part) for part in match.groups()))}"
    except ValueError:
        return "the calendar has no such day"


def _length(error: _Error) -> str:
    count, wanted = len(error.instance), error.validator_value
    if not count:
        return "is empty"
    exact = error.schema.get("minItems") == error.schema.get("maxItems")
    bound = "" if exact else "at least " if count < wanted else "at most "
    return f"must have {bound}{wanted} items, not {count}"


def _example(error: _Error, *, otherwise: str = "") -> str:
    examples = error.schema.get("examples")
    only = "" if "const" in error.schema else "e.g. "
    return f"write {only}{flow(examples[0])}" if examples else otherwise


def _name(place: Place) -> str:
    """Return what a person calls a place: its key, or its number in a list."""
    if not place:
        return "the manifest"
    if isinstance(place[-1], str):
        return place[-1] if place[-1].isprintable() else shown(place[-1])
    return f"item {place[-1] + 1} of {_name(place[:-1])}"


SENTENCES: dict[str, Callable[[_Error, _Homes], Iterator[Said]]] = {
    "additionalProperties": _unknown,
    "const": _value(lambda e: f"must be {e.validator_value}, not {found(e.instance)}"),
    "dependentRequired": _companion,
    "enum": _one_of,
    "format": _day,
    "maxItems": _value(_length),
    "maximum": _value(lambda e: f"must be at most {e.validator_value}, not {found(e.instance)}"),
    "minItems": _value(_length),
    "minLength": _value(_length),
    "minProperties": _value(_length),
    "minimum": _value(lambda e: f"must be at least {e.validator_value}, not {found(e.instance)}"),
    "not": _excluded,
    "pattern": _value(lambda e: f"cannot be {found(e.instance).removeprefix('the text ')}"),
    "required": _required,
    "type": _type,
    "x-not-yet": _not_yet,
}
"""By keyword of the schema; `not` is for keys that cannot stand beside another."""
