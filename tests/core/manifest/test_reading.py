import copy
import json
import os
from datetime import date

import pytest
import yaml
from hypothesis import given, settings
from hypothesis import strategies as st
from jsonschema import Draft202012Validator

from m2msync.core.errors import ManifestError
from m2msync.core.manifest.boxes import around as bbox_around
from m2msync.core.manifest.boxes import circle
from m2msync.core.manifest.geojson import read_areas as areas_in
from m2msync.core.manifest.reading import parse_manifest
from m2msync.core.manifest.regions import Readers
from m2msync.core.manifest.sentences import SENTENCES
from m2msync.core.model import (
    CONNECTIONS,
    Acquisition,
    AnyOf,
    Box,
    CloudRange,
    Condition,
    DateRange,
    Filters,
    Manifest,
    Place,
    Region,
    Word,
)
from m2msync.core.plan import VERBS, Action, Plan
from m2msync.core.result import Failure, Result, Standing, Status
from m2msync.core.wording import Unfit
from m2msync.resources import schema

SCHEMA = schema("manifest")
TABLES = {"boxes.csv": [["LL Lat", "LL Lon", "UR Lat", "UR Lon"], ["1", "2", "3", "4"], ["5", "6", "7", "8"]]}
SQUARE = [[0, 0], [1, 0], [1, 1], [0, 1], [0, 0]]
AREAS = {"square.geojson": {"type": "Polygon", "coordinates": [SQUARE]}}
FULL = {
    "version": 1,
    "name": "full",
    "store": "data",
    "catalog": "elsewhere/catalog.db",
    "layout": "{dataset}/{region}/{filename}",
    "regions": {
        "coast": {"csv": "boxes.csv"},
        "galapagos": {"bbox": [-91.7, -1.5, -89.2, 0.7]},
        "fiji": {"bbox": [177, -19, -178, -16]},
        "tahoe": {"point": [-120.03, 39.09]},
        "cells": {"path_row": ["011/059", "10/60"]},
        "square": {"file": "square.geojson"},
        "quito": {"place": " Quito,  Ecuador", "buffer_km": 20, "exact": True},
        "round": {"point": [0, 0], "buffer_km": 10, "exact": True},
    },
    "defaults": {
        "cloud_cover": {"max": 10},
        "months": [7, 6],
        "prefer": "oldest",
        "bands": ["B4"],
        "images_per_scene": 2,
        "metadata": {"Satellite": 9},
    },
    "datasets": [
        {
            "dataset": "landsat_ot_c2_l1",
            "regions": ["galapagos", "coast", "coast-2", "fiji"],
            "filters": {
                "acquired": {"start": "2022-01-01", "end": "2023-11-06"},
                "cloud_cover": {"min": 0, "include_unknown": True},
                "ingested": {"start": "2022-01-01"},
                "metadata": {
                    "WRS Path": {"between": [6.5, 11.0]},
                    "Collection Category": {"any": ["T2", "T1"]},
                    "Satellite": "8",
                },
            },
            "images_per_scene": 5,
            "scene": "path_row",
            "prefer": "least_cloudy",
            "bands": ["B2", "SR_B*", "MTL.xml"],
            "if_missing": "fail",
        },
        {"dataset": "landsat_tm_c2_l1"},
    ],
    "transfer": {"connections": 3},
}
COAST = (Region("coast-1", (Box(2, 1, 4, 3),)), Region("coast-2", (Box(6, 5, 8, 7),)))


def read_table(name):
    if name not in TABLES:
        raise Unfit(f"there is no file {name}", "check the path")
    return TABLES[name]


def read_areas(name, kilometres):
    if name not in AREAS:
        raise Unfit(f"there is no file {name}", "check the path")
    return areas_in(name, AREAS[name], kilometres)


def parse(text):
    return parse_manifest(
        text,
        file="m.yaml",
        schema=SCHEMA,
        readers=Readers(read_table, read_areas, lambda *_: ()),
        locate=lambda p: os.path.normpath(f"/home/{p}"),
    )


def dumped(document):
    return yaml.safe_dump(document, sort_keys=False)


def problems(text):
    with pytest.raises(ManifestError) as caught:
        parse(text)
    return [f"{p.line}:{p.column}: {p.message}" for p in caught.value.problems]


def changed(**keys):
    return dumped(FULL | keys)


def test_everything_a_manifest_can_say():
    manifest = parse(dumped(FULL))

    galapagos = Region("galapagos", (Box(-91.7, -1.5, -89.2, 0.7),))
    fiji = Region("fiji", (Box(177, -19, 180, -16), Box(-180, -19, -178, -16)))
    tahoe = Region("tahoe", (Box(-120.03, 39.09, -120.03, 39.09),))
    cells = Region("cells", cells=((11, 59), (10, 60)))
    square = Region("square", polygons=((tuple((lon, lat) for lon, lat in SQUARE),),))
    quito = Region("quito", place=Place("Quito, Ecuador", 20), exact=True)
    around = Region("round", bbox_around(0, 0, 10), polygons=circle(0, 0, 10), exact=True)
    assert manifest == Manifest(
        name="full",
        file="m.yaml",
        store="/home/data",
        catalog="/home/elsewhere/catalog.db",
        layout="{dataset}/{region}/{filename}",
        connections=3,
        digest=manifest.digest,
        acquisitions=(
            Acquisition(
                dataset="landsat_ot_c2_l1",
                regions=(galapagos, *COAST, fiji),
                bands=("B2", "SR_B*", "MTL.xml"),
                filters=Filters(
                    acquired=DateRange(date(2022, 1, 1), date(2023, 11, 6)),
                    cloud_cover=CloudRange(0, 100, include_unknown=True),
                    months=(6, 7),
                    ingested=DateRange(date(2022, 1, 1)),
                    metadata=(
                        Condition(Word("Collection Category"), (Word("T1"), Word("T2"))),
                        Condition(Word("Satellite"), (Word("8"),)),
                        Condition(Word("WRS Path"), (Word("6.5"), Word("11")), "between"),
                    ),
                ),
                images_per_scene=5,
                scene="path_row",
                prefer="least_cloudy",
                if_missing="fail",
            ),
            Acquisition(
                dataset="landsat_tm_c2_l1",
                regions=(*COAST, galapagos, fiji, tahoe, cells, square, quito, around),
                bands=("B4",),
                filters=Filters(
                    cloud_cover=CloudRange(0, 10),
                    months=(6, 7),
                    metadata=(Condition(Word("Satellite"), (Word("9"),)),),
                ),
                images_per_scene=2,
                prefer="oldest",
            ),
        ),
    )


def test_the_least_a_manifest_can_say():
    text = "{version: 1, name: a, store: s, regions: {r: {bbox: [1, 2, 3, 4]}}, datasets: [{dataset: d, bands: ['*']}]}"

    manifest = parse(text)

    entry = Acquisition("d", (Region("r", (Box(1, 2, 3, 4),)),), ("*",))
    assert manifest == Manifest(
        "a", "m.yaml", "/home/s", "/home/s/.m2msync/catalog.db", (entry,), digest=manifest.digest
    )
    assert manifest.connections == CONNECTIONS


def test_all_rows_of_an_exact_table_are_exact():
    regions = parse(changed(regions={"coast": {"csv": "boxes.csv", "exact": True}}, datasets=FULL["datasets"][1:]))
    assert [(region.name, region.exact) for region in regions.acquisitions[0].regions] == [
        ("coast-1", True),
        ("coast-2", True),
    ]


def test_zero_means_zero():
    entry = {"dataset": "d", "bands": ["B2"], "filters": {"cloud_cover": {"max": 0}}}

    assert parse(changed(datasets=[entry])).acquisitions[0].filters.cloud_cover == CloudRange(0, 0)


def test_whole_numbers_may_be_written_as_others():
    entry = {"dataset": "d", "bands": ["B2"], "images_per_scene": 5.0}

    (acquisition,) = parse(changed(datasets=[entry])).acquisitions

    assert type(acquisition.images_per_scene) is int


def test_the_digest_is_that_of_the_content_not_of_its_writing():
    digest = parse(dumped(FULL)).digest
    entry = FULL["datasets"][1] | {"if_missing": "warn", "scene": "region"}

    assert len(digest) == 64
    assert parse("# a comment\n" + json.dumps(FULL)).digest == digest
    assert parse(yaml.safe_dump(FULL, sort_keys=False, default_flow_style=None)).digest == digest
    assert parse(changed(datasets=[FULL["datasets"][0], entry])).digest == digest
    assert parse(changed(transfer={"connections": 9})).digest == digest


@pytest.mark.parametrize(
    "keys",
    [
        {"name": "other"},
        {"store": "other"},
        {"layout": "{filename}"},
        {"regions": FULL["regions"] | {"galapagos": {"bbox": [-91.7, -1.5, -89.2, 0.8]}}},
        {"regions": FULL["regions"] | {"galapagos": {"bbox": [-91.7, -1.5, -89.2, 0.7], "exact": True}}},
        {"regions": FULL["regions"] | {"quito": {"place": "Quito", "buffer_km": 20, "exact": True}}},
        {"regions": FULL["regions"] | {"quito": {"place": "Quito, Ecuador", "buffer_km": 2, "exact": True}}},
        {"defaults": FULL["defaults"] | {"months": [6]}},
        {"datasets": FULL["datasets"][:1]},
    ],
)
def test_the_digest_tells_contents_apart(keys):
    assert parse(changed(**keys)).digest != parse(dumped(FULL)).digest


def test_the_digest_covers_what_a_file_draws(monkeypatch):
    before = parse(dumped(FULL)).digest
    monkeypatch.setitem(
        AREAS, "square.geojson", {"type": "Polygon", "coordinates": [[*SQUARE[:2], [1, 1.1], [0, 0]]]}
    )
    assert parse(dumped(FULL)).digest != before


def test_the_digest_of_a_manifest_that_says_nothing_new_is_what_it_always_was():
    """Locks and catalogs made before there were files, places and `exact` stay valid."""
    text = "{version: 1, name: a, store: s, regions: {r: {bbox: [1, 2, 3, 4]}}, datasets: [{dataset: d, bands: ['*']}]}"
    assert parse(text).digest.startswith("65225b0ae049e043")


PLACES = """\
version: 1
name: a
store: s
regions:
  cells: {path_row: [011/059]}
defaults:
  metadata: &shared {Satellite: 9}
datasets:
  - dataset: d
    bands: [B2]
  - dataset: e
    bands: [B2]
    filters:
      metadata:
        WRS Path: {between: [6, 11]}
        Sensor Identifier: OLI
        Collection Category: {any: [T2, T1]}
  - {dataset: f, bands: [B2], filters: {metadata: *shared}}
"""


def test_an_entry_s_other_filters_leave_the_default_conditions_alone():
    text = PLACES.replace("  - dataset: d\n", "  - dataset: d\n    filters: {months: [1]}\n")

    filters = parse(text).acquisitions[0].filters

    assert filters == Filters(months=(1,), metadata=(Condition(Word("Satellite"), (Word("9"),)),))


def test_conditions_know_where_they_stand():
    one, two, three = parse(PLACES).acquisitions

    def spots(entry):
        return [(c.name.text, c.name.spot, [(w.text, w.spot) for w in c.values]) for c in entry.filters.metadata]

    assert spots(one) == [("Satellite", (7, 22), [("9", (7, 33))])]
    assert spots(two) == [
        ("Collection Category", (17, 9), [("T1", (17, 41)), ("T2", (17, 37))]),
        ("Sensor Identifier", (16, 9), [("OLI", (16, 28))]),
        ("WRS Path", (15, 9), [("6", (15, 30)), ("11", (15, 33))]),
    ]
    # What an alias brings stands where it is used.
    assert spots(three) == [("Satellite", (18, 51), [("9", (18, 51))])]
    assert one.regions[0].spot == (5, 11)
    assert one.filters == three.filters


def read_metadata(**metadata):
    entry = {"dataset": "d", "bands": ["B2"], "filters": {"metadata": metadata}}
    return parse(yaml.safe_dump({**FULL, "datasets": [entry]}, sort_keys=False)).acquisitions[0].filters.metadata


@pytest.mark.parametrize(
    ("written", "kind", "values"),
    [
        ({"not": "RT"}, "not", ["RT"]),
        ({"not": ["T2", "RT"]}, "not", ["RT", "T2"]),
        ({"min": 6}, "min", ["6"]),
        ({"max": "2022-01-31"}, "max", ["2022-01-31"]),
        ({"max": 11.0, "min": 6.5}, "between", ["6.5", "11"]),
        ({"between": [2, 11]}, "between", ["2", "11"]),
    ],
)
def test_kinds_of_conditions(written, kind, values):
    (condition,) = read_metadata(Field=written)
    assert (condition.kind, [word.text for word in condition.values]) == (kind, values)


def test_groups_of_conditions_are_the_same_in_any_order():
    groups = [{"WRS Path": 11, "any_of": [{"A": 1}, {"B": {"not": 2}}]}, {"WRS Path": 10}]
    metadata = read_metadata(any_of=groups, Satellite="9")
    assert metadata == (
        Condition(Word("Satellite"), (Word("9"),)),
        AnyOf(
            (
                (Condition(Word("WRS Path"), (Word("10"),)),),
                (
                    Condition(Word("WRS Path"), (Word("11"),)),
                    AnyOf(((Condition(Word("A"), (Word("1"),)),), (Condition(Word("B"), (Word("2"),), "not"),))),
                ),
            )
        ),
    )
    assert hash(metadata)
    turned = [dict(reversed(group.items())) for group in reversed(groups)]
    turned[1]["any_of"] = turned[1]["any_of"][::-1]
    assert read_metadata(Satellite="9", any_of=turned) == metadata


def test_what_chooses_images():
    entry = {"dataset": "d", "bands": ["B2"], "per": "season", "tiers": ["T2", "T1"], "prefer": "spread"}
    text = yaml.safe_dump({**FULL, "datasets": [entry]})
    (acquisition,) = parse(text).acquisitions
    assert (acquisition.per, acquisition.tiers, acquisition.prefer) == ("season", ("T2", "T1"), "spread")
    assert parse(text).digest != parse(text.replace("season", "month")).digest
    assert parse(text).digest != parse(text.replace("- T2\n  - T1", "- T1\n  - T2")).digest


@pytest.mark.parametrize(
    ("before", "after", "same"),
    [
        ("\nname", "\n# moved by a comment\nname", True),
        ("[T2, T1]", "[T1, T2]", True),
        ("Satellite: 9", 'Satellite: "9"', True),
        ("[6, 11]", "[6, 12]", False),
        ("between", "any", False),
        ("Sensor Identifier: OLI", "Sensor Identifier: TIRS", False),
        ("[011/059]", "[011/060]", False),
    ],
)
def test_the_digest_knows_conditions_but_not_their_places(before, after, same):
    assert PLACES.count(before) == 1
    assert (parse(PLACES.replace(before, after)).digest == parse(PLACES).digest) == same


def test_the_digest_knows_the_rows_of_tables(monkeypatch):
    digest = parse(dumped(FULL)).digest
    monkeypatch.setitem(TABLES, "boxes.csv", [*TABLES["boxes.csv"], ["1", "1", "2", "2"]])

    assert parse(dumped(FULL)).digest != digest


def test_what_is_wrong_within_an_alias_is_told_where_it_is_used():
    text = dumped(FULL | {"datasets": None}).replace("datasets: null\n", "")
    text += "x: &f {months: [13]}\ndatasets:\n- {dataset: d, filters: *f}\n"
    line = text.count("\n")

    assert problems(text)[-1] == f"{line}:25: item 1 of months must be at most 12, not 13"


def test_regions_may_be_called_like_credentials_but_nothing_else_may():
    regions = FULL["regions"] | {"key": {"bbox": [1, 2, 3, 4]}, "user": {"bbox": [1, 2, 3, 4]}}

    assert parse(changed(regions=regions))
    (problem,) = problems(changed(regions=regions | {"token": "abc"}))
    assert problem.endswith("'token' looks like a credential, and nothing secret may stand in a manifest")


def test_what_cannot_be_read_does_not_make_its_name_unknown():
    regions = FULL["regions"] | {"coast": {"csv": "gone.csv"}}
    entry = {"dataset": "d", "bands": ["B2"], "regions": ["coast"]}

    assert [p.split(": ", 1)[1] for p in problems(changed(regions=regions, datasets=[entry]))] == [
        "there is no file gone.csv"
    ]


def test_a_row_may_share_the_name_of_its_own_table_only(monkeypatch):
    header = ["LL Lat", "LL Lon", "UR Lat", "UR Lon", "name"]
    monkeypatch.setitem(TABLES, "a.csv", [header, ["1", "2", "3", "4", "a"]])
    monkeypatch.setitem(TABLES, "b.csv", [header, ["1", "2", "3", "4", "A"]])
    bands = {"datasets": [{"dataset": "d", "bands": ["B2"]}]}

    (entry,) = parse(changed(regions={"a": {"csv": "a.csv"}}, **bands)).acquisitions
    assert [region.name for region in entry.regions] == ["a"]
    for order in ("ab", "ba"):
        (problem,) = problems(changed(regions={key: {"csv": f"{key}.csv"} for key in order}, **bands))
        assert "line 2 of b.csv: the name 'A' is taken by" in problem
    monkeypatch.setitem(TABLES, "c.csv", [header, ["1", "2", "3", "4", "north"]])
    (problem,) = problems(changed(regions={"A": {"csv": "c.csv"}, "b": {"csv": "a.csv"}}, **bands))
    assert "line 2 of a.csv: the name 'a' is taken by the region A" in problem
    (problem,) = problems(changed(regions={key: {"csv": "a.csv"} for key in "xy"}, **bands))
    assert "line 2 of a.csv: the name 'a' is taken by line 2 of a.csv" in problem


def test_aliases_of_aliases_do_not_exhaust_the_stack():
    chain = "".join(f"a{n}: &a{n} [*a{n - 1}]\n" for n in range(1, 400))

    assert len(problems("a0: &a0 [x]\n" + chain)) == 400 + 5


SCALARS = (
    st.none()
    | st.booleans()
    | st.integers()
    | st.floats()
    | st.text(max_size=8)
    | st.sampled_from(["012", "NO", "2022-01-01", "boxes.csv", "coast", "{filename}", "s3://b", "a/b", "..", "B2"])
)
KEYS = st.text(max_size=5) | st.sampled_from(
    [key for part in (SCHEMA, *SCHEMA["$defs"].values()) for key in part.get("properties", {})]
)
SOUP = st.recursive(
    SCALARS, lambda below: st.lists(below, max_size=4) | st.dictionaries(KEYS, below, max_size=4), max_leaves=12
)


def places(value, above=()):
    yield above
    items = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
    for key, item in items:
        yield from places(item, (*above, key))


def replaced(place, by):
    document = copy.deepcopy(FULL)
    if not place:
        return by
    target = document
    for step in place[:-1]:
        target = target[step]
    target[place[-1]] = by
    return document


def outcome(text):
    try:
        return parse(text)
    except ManifestError as error:
        return error.problems


def check_soup(text):
    told = outcome(text)
    if isinstance(told, Manifest):
        assert told.acquisitions
    else:
        assert told
        assert all(1 <= p.line <= text.count("\n") + 2 and p.column >= 1 and p.message for p in told)
        assert "\n" not in "".join(p.message + p.hint for p in told)


@given(SOUP)
def test_soup_is_refused_like_anything_else(soup):
    check_soup(yaml.safe_dump(soup, allow_unicode=True))


@settings(max_examples=300)
@given(st.sampled_from(list(places(FULL))), SOUP)
def test_a_manifest_with_soup_in_it_is_refused_or_loaded(place, soup):
    check_soup(yaml.safe_dump(replaced(place, soup), allow_unicode=True))


@settings(max_examples=200)
@given(st.lists(st.sampled_from(list(places(FULL))[1:]), max_size=3), st.sampled_from("?#:{}[]\"'&*\n -x0\t"))
def test_a_manifest_with_typos_is_refused_or_loaded(where, typo):
    text = dumped(FULL)
    for place in where:
        at = text.find(str(place[-1]))
        text = text[:at] + typo + text[at:]
    check_soup(text)


NAMES = st.from_regex(r"[a-z][a-z0-9-]{0,8}[a-z0-9]", fullmatch=True).filter(
    lambda name: not {"con", "prn", "aux", "nul"} & {name} and name[:3] not in ("com", "lpt")
)
DAYS = st.dates(date(1972, 1, 1), date(2100, 1, 1))
LONGITUDES, LATITUDES = st.floats(-180, 180), st.floats(-90, 90)


@st.composite
def boxes(draw):
    south, north = sorted((draw(LATITUDES), draw(LATITUDES)))
    return [draw(LONGITUDES), south, draw(LONGITUDES), north]


@st.composite
def documents(draw):
    regions = draw(st.dictionaries(NAMES, boxes(), min_size=1, max_size=3))
    start, end = sorted((draw(DAYS), draw(DAYS)))
    low, high = sorted((draw(st.integers(0, 100)), draw(st.integers(0, 100))))
    entry = {
        "dataset": draw(st.sampled_from(["landsat_ot_c2_l1", "gls_all"])),
        "regions": draw(st.permutations(list(regions))),
        "bands": draw(st.lists(st.sampled_from(["B2", "B3", "MTL", "QA_*"]), min_size=1, unique=True)),
        "filters": {
            "acquired": {"start": str(start), "end": str(end)},
            "cloud_cover": {"min": low, "max": high},
            "months": list({start.month, *draw(st.lists(st.integers(1, 12), unique=True))}),
        },
        "images_per_scene": draw(st.integers(1, 10**6)),
    }
    regions = {name: {"bbox": box} for name, box in regions.items()}
    return {"version": 1, "name": draw(NAMES), "store": draw(NAMES), "regions": regions, "datasets": [entry]}


@given(documents())
def test_valid_manifests_come_back_as_they_were(document):
    manifest = parse(yaml.safe_dump(document))

    (entry,) = document["datasets"]
    (acquisition,) = manifest.acquisitions
    assert manifest == parse(json.dumps(document))
    assert (manifest.name, manifest.store) == (document["name"], f"/home/{document['store']}")
    assert [region.name for region in acquisition.regions] == entry["regions"]
    assert (list(acquisition.bands), acquisition.dataset) == (entry["bands"], entry["dataset"])
    assert acquisition.images_per_scene == entry["images_per_scene"]
    assert str(acquisition.filters.acquired.start) == entry["filters"]["acquired"]["start"]
    assert str(acquisition.filters.acquired.end) == entry["filters"]["acquired"]["end"]
    clouds = acquisition.filters.cloud_cover
    assert {"min": clouds.minimum, "max": clouds.maximum} == entry["filters"]["cloud_cover"]
    assert list(acquisition.filters.months) == sorted(entry["filters"]["months"])


def subschemas(node, name=""):
    """Yield every schema below a node with the key it describes."""
    if isinstance(node, dict):
        for keyword, below in node.items():
            if keyword in ("properties", "$defs"):
                yield from ((key, item) for key, item in below.items())
                for item in below.values():
                    yield from subschemas(item)
            elif keyword not in ("examples", "default", "dependentSchemas"):
                yield from subschemas(below)


@pytest.mark.parametrize(
    "name",
    [
        "manifest",
        "plan",
        "result",
        "status",
        "verify",
        "datasets",
        "filters",
        "products",
        "search",
        "validation",
        "init",
        "show",
    ],
)
def test_schemas_are_sound_and_describe_every_key(name):
    read = schema(name)

    Draft202012Validator.check_schema(read)
    assert read["description"]
    assert [key for key, sub in subschemas(read) if not sub.get("description")] == []
    assert not any(word in json.dumps(read) for word in ("oneOf", "anyOf"))


def test_examples_and_defaults_in_the_manifest_schema_are_what_they_exemplify():
    for key, sub in subschemas(SCHEMA):
        for example in sub.get("examples", []):
            bare = Draft202012Validator(
                {**sub, "$defs": SCHEMA["$defs"]}, format_checker=Draft202012Validator.FORMAT_CHECKER
            )
            assert (key, [error.message for error in bare.iter_errors(example)]) == (key, [])


def test_there_is_a_sentence_for_every_keyword_of_the_manifest_schema():
    silent = {"$schema", "title", "description", "properties", "items", "$ref", "$defs", "examples", "default"}
    used = {keyword for _, sub in [("", SCHEMA), *subschemas(SCHEMA)] for keyword in sub}

    assert used - silent - {"dependentSchemas"} <= set(SENTENCES)


def valid(name, value):
    errors = Draft202012Validator(schema(name)).iter_errors(json.loads(json.dumps(value)))
    return [f"{error.json_path}: {error.message}" for error in errors]


ACTIONS = tuple(
    Action(
        key=f"d/f{n}",
        verb=verb,
        reason="r",
        dataset="d",
        region="r",
        image="i",
        display_id="x",
        product="B2",
        path=f"d/x/f{n}",
        size=None if n % 2 else n,
    )
    for n, verb in enumerate(VERBS)
)


def test_a_plan_is_what_its_schema_says():
    plan = Plan("m", 7, ACTIONS, api_calls=3).to_json()

    assert valid("plan", plan) == []
    assert valid("plan", plan | {"more": 1}) == ["$: Additional properties are not allowed ('more' was unexpected)"]
    assert all(valid("plan", {k: v for k, v in plan.items() if k != key}) for key in plan)


@pytest.mark.parametrize(
    "result",
    [
        Result("success", 0, got=1, kept=2, bytes=3, seconds=1.5, api_calls=4),
        Result("partial", 3, failed=(Failure("d/f", "d/x/f", "gone", rerun_helps=False),)),
        Result("error", 1, error="the disk is full", hint="make room"),
        Result("interrupted", 130),
        Result("capped", 7, error="enough"),
    ],
)
def test_a_result_is_what_its_schema_says(result):
    shown = result.to_json()

    assert valid("result", shown) == []
    assert valid("result", shown | {"more": 1})
    assert all(
        valid("result", {k: v for k, v in shown.items() if k != key})
        for key in shown
        if key not in ("error", "hint")
    )


@pytest.mark.parametrize(
    "status",
    [
        Status("m", wanted=0, held=0, bytes_held=0),
        Status(
            "m",
            wanted=4,
            held=1,
            bytes_held=9,
            problems=tuple(
                Standing("d/f", "d/x/f", state, "r") for state in ("missing", "failed", "damaged", "orphan")
            ),
            last_run="2026-11-22T10:00:00Z",
        ),
    ],
)
def test_a_status_is_what_its_schema_says(status):
    shown = status.to_json()

    assert valid("status", shown) == []
    assert valid("status", shown | {"more": 1})
    assert all(valid("status", {k: v for k, v in shown.items() if k != key}) for key in shown)
