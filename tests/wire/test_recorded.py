"""The schemas against what a real client once received, where those recordings are at hand."""

from __future__ import annotations

import ast
import json
import re
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from .shapes import ENDPOINTS, SCHEMAS, check, check_part, parsed

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

RECORDED = Path(__file__).parents[2].parent / "shared" / "m2m" / "recorded"
FILES = sorted(RECORDED.iterdir()) if RECORDED.is_dir() else []

# The record one row of a table printed by pandas shows.
ROWS = {
    "dataset-search": "defs#/$defs/dataset",
    "dataset-filters": "dataset-filters#/$defs/filter",
    "download-options": "defs#/$defs/option",
    "scene-search": "defs#/$defs/scene",
}


def index(text: str) -> list[str]:
    """The list of recordings: names each of them."""
    return [
        f"{path.name} is not listed" for path in FILES if path.suffix == ".json" and f"| {path.name} |" not in text
    ]


def error(text: str) -> list[str]:
    """An error: its whole body, from no endpoint in particular."""
    return [told for endpoint in sorted(ENDPOINTS) for told in check(endpoint, text)]


def answer(text: str, endpoint: str) -> list[str]:
    """An answer: a whole body, or its `data` alone."""
    told = parsed(text)
    whole = isinstance(told, dict) and "requestId" in told
    return check(endpoint, text) if whole else check_part(f"{endpoint}#/$defs/data", told)


def answers(text: str, endpoint: str) -> list[str]:
    """Several answers in one file, keyed by what was asked."""
    return [told for part in parsed(text).values() for told in answer(json.dumps(part), endpoint)]


def table(text: str, endpoint: str) -> list[str]:
    """Rows as pandas printed them: text, some columns elided, inner objects flattened and moved to the end."""
    rows = [{name: cell for name, cell in row.items() if name.strip(".")} for row in parsed(text)]
    return [told for row in rows for told in (*_columns(ROWS[endpoint], row), *_cells(ROWS[endpoint], row))]


def scenes(text: str) -> list[str]:
    """Some fields of full metadata: values keep their type, and their padding."""
    return [
        told
        for scene in parsed(text)
        for told in (
            *check_part("defs#/$defs/envelopePolygon", scene["spatialBounds"]),
            *_each("defs#/$defs/metadataField/properties/value", scene["metadata_fieldName_to_value"].values()),
        )
    ]


def secondaries(text: str) -> list[str]:
    """The files of one image: the keys of an entry in their order, and some of its values."""
    told = parsed(text)
    place = "defs#/$defs/secondary"
    strays = [] if told["keys_present_on_each_secondary_entry"] == list(_properties(place)) else ["other keys"]
    kept = [
        (key, file[key]) for file in told["files"] for key in ("entityId", "filesize", "checksum") if key in file
    ]
    return strays + [wrong for key, value in kept for wrong in check_part(f"{place}/properties/{key}", value)]


def requests(text: str, endpoint: str) -> list[str]:
    """What was asked, not answered: nothing to hold against a shape of answers."""
    asked = parsed(text)
    return [f"{one} is no request of {endpoint}" for one in asked if "datasetName" not in one or "requestId" in one]


RULES: dict[str, Callable[..., list[str]]] = {
    r"INDEX\.md": index,
    r"error__[A-Z_]+\.json": error,
    r"[a-z]+__(?P<endpoint>[a-z-]+)(?!.*(__4calls|__selected_records))(__.+)?\.json": answer,
    r"[a-z]+__(?P<endpoint>[a-z-]+)__(.+__4calls|selected_records)\.json": answers,
    r"[a-z]+__TABLE_(?P<endpoint>[a-z-]+)(__.+)?\.json": table,
    r"[a-z]+__PROJECTION__scene-metadata_full__.+\.json": scenes,
    r"[a-z]+__PROJECTION__secondaryDownloads__.+\.json": secondaries,
    r"[a-z]+__REQUESTS__(?P<endpoint>[a-z-]+)_.+\.json": requests,
}


@pytest.mark.skipif(not FILES, reason="the recordings are not beside this checkout")
@pytest.mark.parametrize("path", FILES, ids=lambda path: path.name)
def test_what_was_recorded_fits(path: Path) -> None:
    fitting = [(found, rule) for name, rule in RULES.items() if (found := re.fullmatch(name, path.name))]
    assert len(fitting) == 1, "a recording is covered by exactly one rule"
    (found, rule) = fitting[0]
    assert rule(path.read_text(encoding="utf-8"), **found.groupdict()) == []


def _properties(place: str) -> dict[str, Any]:
    name, _, pointer = place.partition("#/")
    found = SCHEMAS[name]
    for step in [*pointer.split("/"), "properties"]:
        found = found[step]
    return found


def _columns(place: str, row: dict[str, str]) -> list[str]:
    known = list(_properties(place))
    plain = [name for name in row if "." not in name]
    strays = [name for name in row if name.split(".")[0] not in known]
    swapped = [name for name in plain if name in known] != [name for name in known if name in plain]
    return [f"unknown columns {strays}"] * bool(strays) + [f"columns stand as {plain}"] * swapped


def _cells(place: str, row: dict[str, str]) -> list[str]:
    whole = ((name, cell) for name, cell in row.items() if "." not in name and cell != "NaN" and "..." not in cell)
    return [told for name, cell in whole for told in check_part(f"{place}/properties/{name}", _value(cell))]


def _value(cell: str) -> object:
    """What a printed cell stood for; ids stay text even where they would read as a number."""
    if cell.startswith("[") and "'" not in cell:
        return re.findall(r"\w+", cell)
    typed = re.fullmatch(r"None|True|False|\[.*\]|-?\d{1,10}(\.0)?", cell)
    return ast.literal_eval(cell) if typed else cell


def _each(place: str, values: Iterable[object]) -> list[str]:
    return [told for value in values for told in check_part(place, value)]
