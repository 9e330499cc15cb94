"""The quick answer, held against jsonschema's."""

import copy
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from m2msync.core.manifest import agreement
from m2msync.core.manifest.complaints import Validator
from m2msync.core.manifest.yaml12 import NotYaml, read
from m2msync.resources import schema

SCHEMA = schema("manifest")
TOP = Path(__file__).parents[3]
FILES = sorted([*TOP.glob("configs/*.yaml"), *TOP.glob("tests/data/bad/*.yaml")])
GOOD = {
    "version": 1,
    "name": "coast",
    "store": "data",
    "regions": {
        "a": {"csv": "a.csv", "columns": {"south": "S", "west": "W", "north": "N", "east": "E"}},
        "b": {"bbox": [-91.7, -1.5, -89.2, 0.7]},
        "c": {"path_row": ["011/059"]},
        "d": {"point": [-120.03, 39.09], "buffer_km": 5, "exact": True},
        "e": {"file": "a.geojson", "exact": False},
        "f": {"place": "Quito", "buffer_km": 20},
        "g": {"csv": "b.csv", "columns": {"path": "P", "row": "R"}},
    },
    "defaults": {"cloud_cover": {"max": 10, "include_unknown": False}},
    "datasets": [
        {
            "dataset": "landsat_ot_c2_l1",
            "regions": ["a", "b"],
            "filters": {
                "acquired": {"start": "2022-01-01", "end": "2023-11-06"},
                "months": [6, 7],
                "metadata": {
                    "Satellite": "9",
                    "WRS Path": {"between": [6, 11]},
                    "C": {"any": ["T1", "T2"]},
                    "any_of": [{"D": {"not": ["x"]}}],
                },
            },
            "images_per_scene": 5,
            "per": "season",
            "tiers": ["T1", "T2"],
            "scene": "region",
            "bands": ["B2", "SR_B*"],
            "if_missing": "warn",
        },
        {"dataset": "l", "products": ["bundle"], "prefer": "oldest"},
    ],
    "transfer": {"connections": 5, "max_bytes": "2TB"},
}
LEAVES = st.one_of(
    st.none(),
    st.booleans(),
    st.integers(-2, 200),
    st.floats(),
    st.sampled_from(
        ["", "x", "a/b", "2022-02-30", "2022-02-28", "20220228", "région", "a\n", "warn", "bundle", "1", "2TB"]
    ),
    st.text(max_size=3),
)
KEYS = st.sampled_from(
    [
        "version",
        "name",
        "store",
        "regions",
        "csv",
        "columns",
        "bbox",
        "path_row",
        "point",
        "buffer_km",
        "file",
        "place",
        "exact",
        "path",
        "max",
        "min",
        "any",
        "between",
        "not",
        "any_of",
        "per",
        "tiers",
        "start",
        "end",
        "dataset",
        "bands",
        "products",
        "on_reprocessed",
        "scene",
        "transfer",
        "south",
    ]
)
VALUES = st.recursive(
    LEAVES, lambda s: st.lists(s, max_size=3) | st.dictionaries(KEYS, s, max_size=3), max_leaves=4
)


def judged(value):
    return not list(Validator(SCHEMA, format_checker=Validator.FORMAT_CHECKER).iter_errors(value))


def test_the_good_one_is_good():
    assert agreement.agrees(GOOD, SCHEMA, SCHEMA) is judged(GOOD) is True


@pytest.mark.parametrize("file", FILES, ids=lambda file: file.stem)
def test_files_are_judged_alike(file):
    try:
        value = read(file.read_text(encoding="utf-8", errors="replace")).value
    except NotYaml:
        return
    assert agreement.agrees(value, SCHEMA, SCHEMA) is judged(value)


@st.composite
def spoilt(draw):
    """Return the good one with up to three places replaced, removed or added to."""
    value = copy.deepcopy(GOOD)
    for _ in range(draw(st.integers(1, 3))):
        here = value
        while True:
            keys = list(here) if isinstance(here, dict) else list(range(len(here)))
            key = draw(st.sampled_from(keys)) if keys else None
            if keys and isinstance(here[key], (dict, list)) and draw(st.integers(0, 3)):
                here = here[key]
                continue
            break
        if isinstance(here, dict) and (key is None or draw(st.booleans())):
            here[draw(KEYS)] = draw(VALUES)
        elif key is None or (isinstance(here, list) and draw(st.booleans())):
            here.append(draw(VALUES))
        elif draw(st.booleans()):
            here[key] = draw(VALUES)
        else:
            del here[key]
    return value


@given(spoilt() | VALUES)
@settings(max_examples=600)
def test_whatever_is_written_is_judged_alike(value):
    assert agreement.agrees(value, SCHEMA, SCHEMA) is judged(value)


def schemas(node):
    yield node
    for keyword, told in node.items():
        if keyword in {"properties", "$defs", "dependentSchemas"}:
            for below in told.values():
                yield from schemas(below)
        elif keyword in {"items", "not", "additionalProperties"} and told is not False:
            yield from schemas(told)


def test_every_keyword_of_the_schema_is_known():
    used = {keyword for node in schemas(SCHEMA) for keyword in node}
    assert used <= set(agreement._KEYWORDS)
    assert {node["format"] for node in schemas(SCHEMA) if "format" in node} == {"date"}
