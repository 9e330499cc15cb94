"""What to tell a person about each way in which a document can disagree with its schema."""

from __future__ import annotations

import re
from contextlib import suppress
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
_MEASURED = re.compile(r"([-+]?[0-9]+(?:\.[0-9]*)?) ?(?:%|km|°? ?([NSEW]))?", re.IGNORECASE)
_MINUS = str.maketrans({"\u2212": "-", "\u2013": "-", "_": None})
_DAY = re.compile(r"(\d{4})(?:(\d\d)(\d\d)|\D(\d{1,2})\D(\d{1,2}))(?:[T ].*)?", re.ASCII)
_DAY_AT_END = re.compile(r"(\d{1,2})\D(\d{1,2})\D(\d{4})", re.ASCII)
_BAND = re.compile(r"(?:band)?[ _-]?0*(\d{1,2})", re.ASCII | re.IGNORECASE)
_MONTHS = ["jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec"]
_LEFT_OUT = {"images_per_scene": ("all",), "regions": ("all", "*"), "end": ("today", "now", "present")}
"""Words that say what is meant by leaving the key out."""
_ELSEWHERE = {
    "from": "start", "since": "start", "begin": "start", "to": "end", "until": "end", "clouds": "cloud_cover",
    "max_cloud_cover": "cloud_cover", "dates": "acquired", "date": "acquired", "limit": "images_per_scene",
    "max_results": "images_per_scene", "max_images": "images_per_scene", "count": "images_per_scene",
    "shapefile": "file", "geojson": "file", "geometry": "file", "path": "path_row", "row": "path_row",
    "wrs": "path_row", "output": "store", "folder": "store", "directory": "store", "lon": "point", "lat": "point",
}  # fmt: skip
"""What other programs call our keys."""
_YES_NO = {"yes": "true", "on": "true", "y": "true", "no": "false", "off": "false", "n": "false"}


_FIRST = "`m2msync init` writes one to begin with"
_LAST = "`m2msync help manifest` lists every key with an example"


class Said(NamedTuple):
    """A problem in words: where, what is wrong, what to write, and whether the key is meant or its value."""

    place: Place
    message: str
    hint: str
    at_key: bool = False


def _unknown(error: _Error, homes: _Homes) -> Iterator[Said]:
    for key in error.instance:
        if key not in error.schema["properties"]:
            hint = _for_unknown(key, error.instance[key], error.schema, homes)
            yield Said((*error.absolute_path, key), f"unknown key {shown(key)}", hint, at_key=True)


def _for_unknown(key: str, value: Any, schema: Mapping[str, Any], homes: _Homes) -> str:
    """Return what to do about a key that is not one of a schema's."""
    known = schema["properties"]
    if (other := _ELSEWHERE.get(key.casefold())) in known:
        examples = known[other].get("examples")
        return f"here it is {other}" + (f", e.g. {other}: {flow(examples[0])}" if examples else "")
    if isinstance(value, dict) and value and value.keys() <= known.keys():
        return f"write what is in it here, without {shown(key)}"
    # What has no title, such as the condition on a metadata filter, is far from where the others belong.
    if key in homes and "title" in schema:
        return f"it belongs in {listed(homes[key])}"
    return meant(key, known, otherwise=f"the keys here are {', '.join(known)}")


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


def _type(error: _Error, _: _Homes) -> Iterator[Said]:
    place, value = tuple(error.absolute_path), error.instance
    if value is None:
        yield Said(place, f"{_name(place)} is empty", _example(error, otherwise="give it a value or leave it out"))
    else:
        kind = error.schema.get("format", error.validator_value)
        kinds = listed(_KINDS[k] for k in ([kind] if isinstance(kind, str) else kind))
        fitting = _in_place(place, value) or _instead(value, kind, error.schema)
        if kind == "array" and re.fullmatch(r"write \w+", fitting):
            fitting = f"write [{fitting.removeprefix('write ')}]"
        hint = fitting or _example(error, otherwise=_quoted(value, kind) or (_LAST if place else _FIRST))
        yield Said(place, f"{_name(place)} must be {kinds}, not {found(value)}", hint)


def _instead(value: Any, kind: str | list[str], schema: Mapping[str, Any]) -> str:
    """Return what a value of the wrong type was surely meant to be, else nothing."""
    if kind == "date":
        return _nearest_day(str(value))
    if isinstance(value, list) and "any" in schema.get("properties", ()):
        if any(isinstance(item, dict) for item in value):
            return "groups of conditions go under any_of"
        return f"write {flow({'any': value})}"
    if kind == "array" and not isinstance(value, dict):
        return _as_list(value, schema["items"])
    text = value.translate(_MINUS) if isinstance(value, str) else ""
    if kind == "boolean" and text.lower() in _YES_NO:
        return f"write {_YES_NO[text.lower()]}"
    told = _MEASURED.fullmatch(text) if kind in ("integer", "number") else None
    number = float(told[1]) * (-1 if told[2] and told[2] in "SWsw" else 1) if told else 0.5
    return f"write {number:.15g}" if told and (kind == "number" or number.is_integer()) else ""


def _as_list(value: Any, item: Mapping[str, Any]) -> str:
    """Return what to write for one value, or several in one text, where a list belongs."""
    if not isinstance(value, str):
        return f"write [{flow(value)}]" if item.get("type") != "string" else ""
    if item.get("type") != "string":
        parts = re.split(r"[,;\s]+", value.strip(" []()"))
        fits = item.get("type") in ("integer", "number") and all(map(_NUMBER.fullmatch, parts))
        return f"write [{', '.join(parts)}]" if fits else ""
    whole = re.fullmatch(item.get("pattern", ".*"), value)
    parts = [part for part in re.split(r"\s*[,;]\s*" if whole else r"[,;\s]+", value) if part]
    return f"write {flow(parts)}"


def _in_place(place: Place, value: Any) -> str:
    """Return what to write for a value that is wrong only here, else nothing."""
    text, key = str(value).strip(), next((step for step in reversed(place) if isinstance(step, str)), "")
    if text.casefold() in _LEFT_OUT.get(key, ()):
        return "leave it out" + (": new images keep coming in" if key == "end" else " for all of them")
    if place[:-1] == ("regions",):
        return _region(value)
    if key == "bands" and text.casefold() in ("all", "*"):
        return 'write ["*"]'
    if key == "bands" and (band := _BAND.fullmatch(text)):
        return f"write B{band[1]}"
    if key == "months" and text[:3].casefold() in _MONTHS:
        return f"write {_MONTHS.index(text[:3].casefold()) + 1}"
    return ""


def _region(value: Any) -> str:
    """Return what to write for a region that is only a file or a box."""
    if isinstance(value, str) and re.search(r"\.\w+$", value):
        return f"write {flow({'csv' if value.lower().endswith('.csv') else 'file': value})}"
    return f"write {flow({'bbox': value})}" if isinstance(value, list) and len(value) == len("WSEN") else ""


def _quoted(value: Any, kind: str | list[str]) -> str:
    return f'write "{found(value)}" in quotes' if kind == "string" and not isinstance(value, list | dict) else ""


def _value(sentence: Callable[[_Error], str]) -> Callable[..., Iterator[Said]]:
    """Make a rule for keywords that judge one value."""

    def say(error: _Error, _: _Homes) -> Iterator[Said]:
        place = tuple(error.absolute_path)
        yield Said(place, f"{_name(place)} {sentence(error)}", _in_place(place, error.instance) or _example(error))

    return say


def _one_of(error: _Error, _: _Homes) -> Iterator[Said]:
    place, options = tuple(error.absolute_path), error.validator_value
    message = f"{_name(place)} must be {listed(options)}, not {found(error.instance)}"
    yield Said(place, message, meant(str(error.instance), options))


def _day(error: _Error, _: _Homes) -> Iterator[Said]:
    place, text = tuple(error.absolute_path), error.instance
    hint = _in_place(place, text) or _nearest_day(text)
    yield Said(place, f"{_name(place)} must be a day, not {found(text)}", hint)


def _nearest_day(text: str) -> str:
    if match := _DAY.fullmatch(text):
        days = _days(tuple(int(part) for part in match.groups() if part))
    elif match := _DAY_AT_END.fullmatch(text):
        first, second, year = (int(part) for part in match.groups())
        days = _days((year, second, first), (year, first, second))
    else:
        return "write year-month-day, e.g. 2022-01-31"
    return f"write {listed(days)}" if days else "the calendar has no such day"


def _days(*read: tuple[int, ...]) -> list[str]:
    """Return the days that the calendar has, of several ways to read one, each once."""
    days: dict[str, None] = {}
    for year, month, day in read:
        with suppress(ValueError):
            days[str(date(year, month, day))] = None
    return list(days)


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
}
"""By keyword of the schema; `not` is for keys that cannot stand beside another."""
