"""YAML 1.2 on PyYAML's parser: what is written is what is read, and every value keeps its line and column.

PyYAML alone reads YAML 1.1, where `NO` is false, `12:30:00` is 45000 and `012` is 10. Here only `true`, `false`,
`null` and plain decimal numbers are anything but text; days stay text, and so does a number with leading zeros.
Values are built from the parser's events, not by PyYAML's composer: libyaml's overflows the stack on deep nesting.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, TypeAlias

import yaml
from yaml.reader import Reader

from m2msync.core.errors import Problem
from m2msync.core.manifest.slips import find_slip
from m2msync.core.wording import shown

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

Place: TypeAlias = tuple[str | int, ...]
"""The way to a value: keys, and indices that count from 0."""
Spot: TypeAlias = tuple[int, int]
"""Line and column, counting from 1."""

DEEPEST = 50
_TOO_DEEP = (f"this is nested more than {DEEPEST} deep", "a manifest needs no more than 8")
MOST_VALUES = 100_000

_Loader = getattr(yaml, "CSafeLoader", yaml.SafeLoader)
_WORDS = {"": None, "~": None} | {
    spelling: value
    for word, value in (("null", None), ("true", True), ("false", False))
    for spelling in (word, word.capitalize(), word.upper())
}
_INTEGER = re.compile(r"[-+]?(0|[1-9][0-9]{0,17})")
_FLOAT = re.compile(r"[-+]?((\.[0-9]+|[0-9]+\.[0-9]*)([eE][-+]?[0-9]+)?|[0-9]+[eE][-+]?[0-9]+|[1-9][0-9]{18,})")
_BREAK = re.compile(r"\r\n|[\n\r\x85\u2028\u2029]")
# Not the joiners and direction marks, which names in many scripts, and emoji, are written with.
_INVISIBLE = re.compile("[\u00a0\u00ad\u200b\u2060\ufeff]")
"""What web pages and word processors leave in a text, and nobody sees."""
_QUOTED = re.compile("[\u00ab\u2018\u201a\u201c\u201e](.*)[\u00bb\u2018\u2019\u201c\u201d]")
"""A value in quotes that a word processor has made, which are letters to YAML."""
_REFUSALS = (
    ("nesting depth", *_TOO_DEEP),  # libyaml's own limit, since PyYAML 6.0.4
    (
        "mapping values are not allowed",
        "a ':' stands where no key can be",
        "align the key with its neighbours, or put text that contains ': ' in quotes",
    ),
    ("parsing a flow", "a comma or a closing bracket is missing", ""),
    ("parsing a block", "this line is not indented like those it belongs to", ""),
    ("scanning an (alias|anchor)", "a value cannot begin with * or & like this", 'put it in quotes, e.g. "*"'),
    (
        "escape|hexdecimal",
        "a backslash in double quotes begins an escape",
        "write / for it, or put the value in single quotes",
    ),
)
"""A sign of what the parser means, what to say, and what to do; by default to look at what it was reading."""
_COLLECTIONS = {None, "!", "tag:yaml.org,2002:map", "tag:yaml.org,2002:seq"}
_TEXT = "tag:yaml.org,2002:str"


class NotYaml(Exception):
    """The text cannot be read at all; `problem` says where and why."""

    def __init__(self, spot: Spot, message: str, hint: str = "") -> None:
        super().__init__(message)
        self.problem = Problem(*spot, message, hint)


@dataclass(frozen=True, slots=True)
class Document:
    """A YAML document: its value, where its values and keys stand, and what YAML 1.2 has to say against it."""

    value: Any
    values: Mapping[Place, Spot]
    keys: Mapping[Place, Spot]
    problems: Mapping[Place, Problem]

    def at(self, place: Place) -> Any:
        """Return the value at `place`, whatever is wrong with it; None when it is not there."""
        value = self.value
        for step in place:
            if isinstance(value, dict):
                value = value.get(step)
            else:
                there = isinstance(value, list) and isinstance(step, int) and step < len(value)
                value = value[step] if there else None
        return value


def read(text: str) -> Document:
    """Read the one document of `text`.

    Raises:
        NotYaml: it is empty, holds several documents, unfolds beyond reason, or is no YAML.
    """
    if bad := Reader.NON_PRINTABLE.search(text):
        message = f"the invisible character U+{ord(bad.group()):04X} cannot stand in a manifest"
        raise NotYaml(spot_of(text, bad.start()), message, "delete it")
    builder = _Builder(yaml.parse(text, Loader=_Loader))
    try:
        value = builder.document()
    except yaml.MarkedYAMLError as error:
        raise _refused(error, text) from None
    return Document(value, builder.values, builder.keys, builder.problems)


def spot_of(text: str, offset: int) -> Spot:
    """Return line and column of the character at `offset`."""
    before = text[:offset]
    return before.count("\n") + 1, offset - before.rfind("\n")


class _Builder:
    """Turns the parser's events into values, noting where each one stands."""

    def __init__(self, events: Iterator[yaml.Event]) -> None:
        self.events = events
        self.values: dict[Place, Spot] = {}
        self.keys: dict[Place, Spot] = {}
        self.problems: dict[Place, Problem] = {}
        self.anchors: dict[str, tuple[Any, int]] = {}
        self.count = 0

    def document(self) -> Any:
        next(self.events)
        if isinstance(next(self.events), yaml.StreamEndEvent):
            raise NotYaml((1, 1), "the manifest is empty", "`m2msync init` writes one to begin with")
        value = self._value((), next(self.events))
        next(self.events)
        if not isinstance(after := next(self.events), yaml.StreamEndEvent):
            raise NotYaml(_spot(after), "a second document begins here", "keep one document in a file")
        return value

    def _value(self, place: Place, event: Any) -> Any:
        self.values[place] = _spot(event)
        if isinstance(event, yaml.AliasEvent):
            return self._alias(event)
        before = self.count
        self._grow(1, event)
        if len(place) > DEEPEST:
            raise NotYaml(_spot(event), *_TOO_DEEP)
        if isinstance(event, yaml.ScalarEvent):
            value = self._scalar(place, event)
        else:
            self._check_tag(place, event, _COLLECTIONS)
            value = self._sequence(place) if isinstance(event, yaml.SequenceStartEvent) else self._mapping(place)
        if event.anchor:
            self.anchors[event.anchor] = value, self.count - before
        return value

    def _grow(self, values: int, event: Any) -> None:
        """Count what aliases unfold to, so that a few lines cannot become gigabytes."""
        self.count += values
        if self.count > MOST_VALUES:
            raise NotYaml(
                _spot(event), f"the manifest unfolds to more than {MOST_VALUES} values", "use fewer aliases"
            )

    def _alias(self, event: yaml.AliasEvent) -> Any:
        if event.anchor not in self.anchors:
            raise NotYaml(_spot(event), f"there is no anchor &{event.anchor} above", "define it before its use")
        value, size = self.anchors[event.anchor]
        self._grow(size, event)
        return value

    def _scalar(self, place: Place, event: yaml.ScalarEvent) -> Any:
        self._check_tag(place, event, {None, "!", _TEXT})
        if not event.implicit[0] or event.tag is not None:
            return event.value
        if told := _pasted(event.value):
            self.problems[place] = Problem(*_spot(event), *told)
        return resolve(event.value)

    def _check_tag(self, place: Place, event: Any, accepted: set[str | None]) -> None:
        if event.tag not in accepted:
            tag = event.tag.replace("tag:yaml.org,2002:", "!!")
            self.problems[place] = Problem(*_spot(event), f"the tag {tag} means nothing here", "delete it")

    def _sequence(self, place: Place) -> list[Any]:
        items: list[Any] = []
        while not isinstance(event := next(self.events), yaml.SequenceEndEvent):
            items.append(self._value((*place, len(items)), event))
        return items

    def _mapping(self, place: Place) -> dict[str, Any]:
        items: dict[str, Any] = {}
        while not isinstance(event := next(self.events), yaml.MappingEndEvent):
            key = self._key(place, event)
            if key is None:
                self._value(self._aside(place), next(self.events))
            else:
                items[key] = self._value((*place, key), next(self.events))
        return items

    def _key(self, place: Place, event: Any) -> str | None:
        """Return a key, always as text; None, and a problem, when it cannot count."""
        if not isinstance(event, yaml.ScalarEvent):
            self._value(self._aside(place), event)
            message, hint = "a key must be text", "write `key: value`, one a line"
        elif event.implicit[0] and (told := _pasted(event.value)):
            message, hint = told
        elif event.value == "<<" and event.implicit[0]:
            message = "merging with << is not part of YAML 1.2"
            hint = "write the keys out, or put what entries share under defaults"
        elif first := self.keys.get((*place, event.value)):
            message, hint = f"duplicate key {shown(event.value)}, first on line {first[0]}", "keep one of them"
        else:
            self.keys[*place, event.value] = _spot(event)
            return str(event.value)
        self.problems[self._aside(place)] = Problem(*_spot(event), message, hint)
        return None

    def _aside(self, place: Place) -> Place:
        """Return a place for what is read but not kept, unlike any other."""
        return (*place, "?", len(self.problems))


def resolve(text: str) -> Any:
    """Return what a scalar without quotes means."""
    if text in _WORDS:
        return _WORDS[text]
    if _INTEGER.fullmatch(text):
        return int(text)
    return float(text) if _FLOAT.fullmatch(text) else text


def _spot(event: Any) -> Spot:
    return event.start_mark.line + 1, event.start_mark.column + 1


def _pasted(text: str) -> tuple[str, str] | None:
    """Return what is wrong with a scalar without quotes that came from a word processor, None when nothing is."""
    if quoted := _QUOTED.fullmatch(text):
        return f"{shown(text)} stands in typographic quotes, which are letters to YAML", f'write "{quoted[1]}"'
    if hidden := _INVISIBLE.search(text):
        return f"{shown(text)} has the invisible character U+{ord(hidden[0]):04X} in it", "type it anew"
    return None


def _refused(error: yaml.MarkedYAMLError, text: str) -> NotYaml:
    """Say what the parser holds against a text, in words that help."""
    mark = error.problem_mark or error.context_mark
    line, column = (mark.line, mark.column) if mark else (0, 0)
    if slip := find_slip(_BREAK.split(text)[: line + 1]):
        return NotYaml(*slip)
    begun = f"look at what begins on line {error.context_mark.line + 1}" if error.context_mark else ""
    if "cannot start any token" in str(error.problem):
        message, hint = _cannot_start(_line(text, line)[column : column + 1])
    elif "flow" not in str(error.context) and _line(text, line)[:column].rstrip().endswith(("}", "]")):
        message, hint = "nothing can follow a closing bracket", "put text that begins with { or [ in quotes"
    else:
        message, hint = _in_words(str(error.problem), str(error.context or ""), begun)
    return NotYaml((line + 1, column + 1), message, hint)


def _in_words(problem: str, context: str, begun: str) -> tuple[str, str]:
    for sign, message, hint in _REFUSALS:
        if re.search(sign, f"{problem}; {context}"):
            return message, hint or begun
    return f"this is not valid YAML: {problem}", f"{begun} ({context})" if begun else ""


def _cannot_start(character: str) -> tuple[str, str]:
    if character == "\t":
        return "a tab cannot indent YAML", "indent with spaces"
    return f"a value cannot begin with {character!r}", "put it in quotes"


def _line(text: str, line: int) -> str:
    """Return a line as YAML counts them, from 0; the end of the text may be told as one line more."""
    lines = _BREAK.split(text)
    return lines[line] if line < len(lines) else ""
