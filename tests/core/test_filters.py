from __future__ import annotations

import json
from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from m2msync.core.fields import Field, Misfits
from m2msync.core.filters import metadata_filter, scene_filter, taken
from m2msync.core.model import AnyOf, Box, CloudRange, Condition, DateRange, Filters, Region, Word

BOX = Box(-91.7, -1.5, -89.2, 0.7)
MBR = {
    "filterType": "mbr",
    "lowerLeft": {"latitude": -1.5, "longitude": -91.7},
    "upperRight": {"latitude": 0.7, "longitude": -89.2},
}
PATH = Field("p", "WRS Path", "WRS_PATH", "Range")
ROW = Field("r", "WRS Row", "WRS_ROW", "Range")
TIER = Field(
    "t", "Collection Category", "COLLECTION_CATEGORY", "Select", values=(("T1", "Tier 1"), ("T2", "Tier 2"))
)
FIELDS = (PATH, ROW, TIER)
ANYWHERE = Region("box", (BOX,))


def condition(name, *values, kind="any"):
    return Condition(Word(name, (7, 1)), tuple(Word(v, (7, 5 + n)) for n, v in enumerate(values)), kind)


def exactly(field, number):
    return {"filterType": "between", "filterId": field, "firstValue": number, "secondValue": number}


def cell(path, row):
    return {"filterType": "and", "childFilters": [exactly("p", path), exactly("r", row)]}


def value(key):
    return {"filterType": "value", "filterId": "t", "value": key}


def test_filters_are_sent_as_m2m_names_them():
    filters = Filters(
        acquired=DateRange(date(2022, 1, 1), date(2023, 11, 6)),
        cloud_cover=CloudRange(0, 10, include_unknown=True),
        months=(6, 7, 8),
        ingested=DateRange(start=date(2022, 1, 1)),
    )
    assert scene_filter(BOX, filters, value("T1")) == {
        "spatialFilter": MBR,
        "acquisitionFilter": {"start": "2022-01-01", "end": "2023-11-06"},
        "cloudCoverFilter": {"min": 0, "max": 10, "includeUnknown": True},
        "seasonalFilter": [6, 7, 8],
        "ingestFilter": {"start": "2022-01-01"},
        "metadataFilter": value("T1"),
    }


def test_an_absent_filter_is_not_sent():
    assert scene_filter(BOX, Filters()) == {"spatialFilter": MBR}
    assert scene_filter(None, Filters(), cell(1, 2)) == {"metadataFilter": cell(1, 2)}


def test_no_clouds_means_none():
    wanted = scene_filter(BOX, Filters(cloud_cover=CloudRange(0, 0)))
    assert wanted["cloudCoverFilter"] == {"min": 0, "max": 0, "includeUnknown": False}


def test_dates_may_be_open_at_either_end():
    wanted = scene_filter(BOX, Filters(acquired=DateRange(end=date(2023, 11, 6))))
    assert wanted["acquisitionFilter"] == {"end": "2023-11-06"}


def test_days_replace_those_of_the_filters():
    wanted = scene_filter(BOX, Filters(acquired=DateRange(end=date(2023, 11, 6))))
    narrow = taken(wanted, DateRange(date(2023, 1, 1), date(2023, 1, 2)))
    assert narrow == wanted | {"acquisitionFilter": {"start": "2023-01-01", "end": "2023-01-02"}}
    assert taken(wanted, DateRange()) == wanted


def test_one_cell_is_path_and_row():
    assert metadata_filter("d", FIELDS, Region("r", cells=((11, 59),)), ()) == cell(11, 59)


def test_several_cells_are_alternatives():
    region = Region("r", cells=((11, 59), (10, 60)))
    cells = {"filterType": "or", "childFilters": [cell(11, 59), cell(10, 60)]}
    assert metadata_filter("d", FIELDS, region, ()) == cells
    both = {"filterType": "and", "childFilters": [cells, value("T1")]}
    assert metadata_filter("d", FIELDS, region, [condition("collection category", "Tier 1")]) == both


def test_conditions_hold_all_their_values_any():
    wanted = metadata_filter(
        "d",
        FIELDS,
        ANYWHERE,
        [
            condition("WRS Path", "6", "11", kind="between"),
            condition("WRS Row", "59"),
            condition("Collection Category", "T1", "T2"),
        ],
    )
    assert wanted == {
        "filterType": "and",
        "childFilters": [
            {"filterType": "between", "filterId": "p", "firstValue": 6, "secondValue": 11},
            exactly("r", 59),
            {"filterType": "or", "childFilters": [value("T1"), value("T2")]},
        ],
    }


def test_groups_are_alternatives_and_may_hold_groups():
    inner = AnyOf(((condition("WRS Row", "59"),), (condition("WRS Row", "60", kind="min"),)))
    groups = AnyOf(((condition("WRS Path", "11"), inner), (condition("Collection Category", "T2", kind="not"),)))
    rows = [
        exactly("r", 59),
        {"filterType": "between", "filterId": "r", "firstValue": 60, "secondValue": 1_000_000},
    ]
    assert metadata_filter("d", FIELDS, ANYWHERE, [groups]) == {
        "filterType": "or",
        "childFilters": [
            {
                "filterType": "and",
                "childFilters": [exactly("p", 11), {"filterType": "or", "childFilters": rows}],
            },
            value("T1"),
        ],
    }


def test_what_is_wrong_in_groups_is_told_too():
    groups = AnyOf(((condition("Colour", "red"),), (condition("Collection Category", "T9"),)))
    with pytest.raises(Misfits) as caught:
        metadata_filter("d", FIELDS, ANYWHERE, [groups, condition("WRS Path", "x", kind="max")])
    assert len(caught.value.problems) == 3


def test_one_condition_stands_alone():
    assert metadata_filter("d", FIELDS, ANYWHERE, [condition("Collection Category", "T2")]) == value("T2")


def test_everything_that_is_wrong_is_told_at_once():
    region = Region("cells", cells=((1, 2), (3, 4)), spot=(3, 3))
    conditions = [
        condition("Colour", "red"),
        condition("Collection Category", "T1", "T8", "T9"),
        condition("Collection Category", "T1", "T2", kind="between"),
        condition("WRS Path", "x"),
    ]
    with pytest.raises(Misfits) as caught:
        metadata_filter("d", (PATH, TIER), region, conditions)
    assert [(p.line, p.column, p.message) for p in caught.value.problems] == [
        (3, 3, "d knows no path and row, by which the region cells is defined"),
        (7, 1, "d has no filter 'Colour'"),
        (7, 6, "Collection Category cannot be 'T8'"),
        (7, 7, "Collection Category cannot be 'T9'"),
        (7, 1, "Collection Category has no between"),
        (7, 5, "WRS Path must be a number, not 'x'"),
    ]
    assert all(p.hint for p in caught.value.problems)


WORDS = st.sampled_from(["T1", "tier 2", "T9", "6", "011", "x", "2023-07-01", ""])
CONDITIONS = st.builds(
    lambda name, kind, values: condition(name, *(values[:2] if kind == "between" else values), kind=kind),
    st.sampled_from(["WRS Path", "wrs_row", "Collection Category", "Colour"]),
    st.sampled_from(["any", "between"]),
    st.lists(WORDS, min_size=2, max_size=4),
)


def leaves(wanted):
    if "childFilters" not in wanted:
        return [wanted]
    assert len(wanted["childFilters"]) > 1
    return [leaf for child in wanted["childFilters"] for leaf in leaves(child)]


REGIONS = st.lists(st.tuples(st.integers(1, 233), st.integers(1, 248)), max_size=3).map(
    lambda cells: Region("r", cells=tuple(cells), spot=(3, 3))
)


@given(REGIONS, st.lists(CONDITIONS, min_size=1, max_size=4))
def test_a_filter_holds_every_value_or_says_which_it_cannot(region, conditions):
    counts = sum(1 if c.kind == "between" else len(c.values) for c in conditions)
    try:
        wanted = metadata_filter("d", FIELDS, region, conditions)
    except Misfits as misfits:
        wrong = {p.message for p in misfits.problems}
    else:
        wrong = set()
        assert len(leaves(wanted)) == 2 * len(region.cells) + counts
        assert {leaf["filterId"] for leaf in leaves(wanted)} <= {"p", "r", "t"}
        assert json.loads(json.dumps(wanted)) == wanted
    assert ("d has no filter 'Colour'" in wrong) == any(c.name.text == "Colour" for c in conditions)
    tiers = [c for c in conditions if c.name.text == "Collection Category"]
    illegal = {w.text for c in tiers if c.kind == "any" for w in c.values} - {"T1", "tier 2"}
    assert {m for m in wrong if "Category cannot be" in m} == {
        f"Collection Category cannot be {t!r}" for t in illegal
    }
    assert ("Collection Category has no between" in wrong) == any(c.kind == "between" for c in tiers)
