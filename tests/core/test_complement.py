"""What M2M is asked for instead of a negation: evaluated here on every value there can be."""

from __future__ import annotations

from datetime import date, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from m2msync.core.complement import others
from m2msync.core.fields import Field, Misfits, bounded
from m2msync.core.model import Word

PATH = Field("p", "WRS Path", "WRS_PATH", "Range")
SUN = Field("s", "Sun Elevation L0RA", "SUN_ELEVATION_L0RA", "Range")
MADE = Field("d", "Date Product Generated L1 (YYYY/MM/DD)", "DATE_L1_GENERATED", "Range", dated=True)
TIER = Field(
    "t",
    "Collection Category",
    "COLLECTION_CATEGORY",
    "Select",
    values=(("T1", "Tier 1"), ("T2", "Tier 2"), ("RT", "Real-Time")),
)
SCENE = Field("e", "Landsat Scene Identifier", "ENTITY_ID", "Text", like=True)


def words(*texts):
    return [Word(str(text), (7, n)) for n, text in enumerate(texts, 1)]


def holds(asked, value):
    """Say whether a leaf of a MetadataFilter holds, as the service would see it."""
    if asked["filterType"] == "value":
        return value == asked["value"]
    return asked["firstValue"] <= value <= asked["secondValue"]


@given(st.lists(st.integers(1, 12), min_size=1, unique=True))
def test_paths_are_all_but_the_excluded(excluded):
    asked = others(PATH, words(*excluded))
    assert {n for n in range(1, 251) if any(holds(a, n) for a in asked)} == set(range(1, 251)) - set(excluded)
    assert all(a["firstValue"] <= a["secondValue"] for a in asked)


@given(st.lists(st.dates(date(2022, 1, 1), date(2022, 1, 12)), min_size=1, unique=True))
def test_days_are_all_but_the_excluded(excluded):
    asked = others(MADE, words(*excluded))
    days = [date(2021, 12, 1) + timedelta(days=n) for n in range(80)]
    left = [day for day in days if any(holds(a, f"{day:%Y/%m/%d}") for a in asked)]
    assert left == [day for day in days if day not in excluded]


@pytest.mark.parametrize(("excluded", "left"), [(["rt"], ["T1", "T2"]), (["Tier 1", "RT"], ["T2"])])
def test_of_a_list_the_rest_is_asked_for(excluded, left):
    assert [a["value"] for a in others(TIER, words(*excluded))] == left


@pytest.mark.parametrize(
    ("field", "excluded", "message", "hint"),
    [
        (TIER, ["T1", "T2", "RT"], "Collection Category has no other values", "leave out those that are wanted"),
        (
            TIER,
            ["T9"],
            "Collection Category cannot be 'T9'",
            "write T1 (Tier 1), T2 (Tier 2) or RT (Real-Time)",
        ),
        (PATH, ["eleven"], "WRS Path must be a number, not 'eleven'", "write e.g. 11"),
        (
            SUN,
            ["30"],
            "Sun Elevation L0RA cannot exclude a single number",
            "write any_of: [{Sun Elevation L0RA: {max: …}}, {Sun Elevation L0RA: {min: …}}]",
        ),
        (
            SCENE,
            ["LC9"],
            "M2M cannot exclude values of Landsat Scene Identifier",
            "`m2msync forget` excludes single images",
        ),
    ],
)
def test_what_cannot_be_excluded_is_told(field, excluded, message, hint):
    with pytest.raises(Misfits) as caught:
        others(field, words(*excluded))
    (problem,) = caught.value.problems
    assert (problem.line, problem.message, problem.hint) == (7, message, hint)


@pytest.mark.parametrize(
    ("field", "low", "high", "inside", "outside"),
    [
        (PATH, "6", None, [6, 233], [5, 1]),
        (PATH, None, "6", [1, 6], [7, 233]),
        (SUN, "-5.5", None, [-5.5, 89.0], [-5.6, -90.0]),
        (MADE, "2022-01-31", None, ["2022/01/31", "2026/11/26"], ["2022/01/30", "1999/12/31"]),
        (MADE, None, "2022/01/31", ["1972/07/26", "2022/01/31"], ["2022/02/01"]),
    ],
)
def test_a_range_that_is_open_at_one_end(field, low, high, inside, outside):
    asked = bounded(field, *(Word(end) if end else None for end in (low, high)))
    assert [holds(asked, value) for value in inside + outside] == [True] * len(inside) + [False] * len(outside)
