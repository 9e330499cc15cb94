from __future__ import annotations

from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from m2msync.core.fields import Field, Misfits, between, equal, find, magnitude, need
from m2msync.core.model import Word

PATH = Field("a1", "WRS Path", "WRS_PATH", "Range")
ROW = Field("a2", "WRS Row", "WRS_ROW", "Range")
TIER = Field(
    "a3",
    "Collection Category",
    "COLLECTION_CATEGORY",
    "Select",
    values=(("T1", "Tier 1"), ("T2", "Tier 2"), ("RT", "Real-Time")),
)
MADE = Field("a4", "Date Product Generated L1 (YYYY/MM/DD)", "DATE_L1_GENERATED", "Range", dated=True)
RMSE = Field("a5", "Geometric RMSE Model (meters)", "GEOMETRIC_RMSE_MODEL", "Range")
SCENE = Field("a6", "Landsat Scene Identifier", "ENTITY_ID", "Text", like=True)
QUALITY = Field("a7", "Image Quality", "IMAGE_QUALITY", "Text")
REGION = Field(
    "a8", "Tile Grid Region", "TILE_GRID_REGION", "Select", like=True, values=(("AK", "AK"), ("HI", "HI"))
)
FIELDS = (PATH, ROW, TIER, MADE, RMSE, SCENE, QUALITY, REGION)


def problem(make, *arguments):
    with pytest.raises(Misfits) as caught:
        make(*arguments)
    (told,) = caught.value.problems
    return told


@pytest.mark.parametrize(
    ("name", "field"),
    [
        ("WRS Path", PATH),
        ("wrs path", PATH),
        ("  WRS   PATH ", PATH),
        ("WRS_PATH", PATH),
        ("wrs_path", PATH),
        ("Date Product Generated L1 (YYYY/MM/DD)", MADE),
        ("Date Product Generated L1", MADE),
        ("date_l1_generated", MADE),
        ("Geometric RMSE Model", RMSE),
        ("Collection", None),
        ("", None),
    ],
)
def test_names_people_use(name, field):
    assert find(FIELDS, name) is field


def test_a_label_goes_before_another_field_s_column():
    column = Field("b1", "Name of the state", "STATE", "Text")
    label = Field("b2", "State", "STATE_CODE", "Text")
    assert find([column, label], "state") is label


@pytest.mark.parametrize(
    ("name", "hint"),
    [
        ("WRS Pathh", "did you mean 'WRS Path'?"),
        ("Path", "did you mean 'WRS Path'?"),
        ("wrs_rwo", "did you mean 'WRS Row'?"),
        ("WRS", "did you mean 'WRS Row' or 'WRS Path'?"),
        ("collection categroy", "did you mean 'Collection Category'?"),
        ("date", "did you mean 'Date Product Generated L1 (YYYY/MM/DD)'?"),
    ],
)
def test_an_unknown_name_brings_the_near_ones(name, hint):
    told = problem(need, "landsat_ot_c2_l1", FIELDS, Word(name, (7, 9)))
    assert (told.line, told.column) == (7, 9)
    assert told.message == f"landsat_ot_c2_l1 has no filter {name!r}"
    assert told.hint == hint


def test_without_a_near_name_the_first_dozen_are_told():
    told = problem(need, "d", FIELDS, Word("zzz"))
    assert told.hint.startswith("it has WRS Path, WRS Row, Collection Category, ")
    assert told.hint.endswith("or Tile Grid Region")
    many = [Field(str(n), f"F{n:02}", f"F{n}", "Text") for n in range(20)]
    assert problem(need, "d", many, Word("zzz")).hint.endswith("F10, F11 … (8 more)")
    assert problem(need, "d", [], Word("zzz")).hint == "delete it"


@pytest.mark.parametrize("value", ["T1", "t1", "Tier 1", "tier 1", " TIER  1"])
def test_keys_and_labels_are_one(value):
    assert equal(TIER, Word(value)) == {"filterType": "value", "filterId": "a3", "value": "T1"}


def test_a_key_goes_before_another_key_s_label():
    odd = Field("c", "Odd", "ODD", "Select", values=(("1", "2"), ("2", "1")))
    assert equal(odd, Word("1"))["value"] == "1"


def test_an_unknown_value_brings_the_legal_ones():
    told = problem(equal, TIER, Word("T9", (3, 4)))
    assert (told.line, told.column, told.message) == (3, 4, "Collection Category cannot be 'T9'")
    assert told.hint == "write T1 (Tier 1), T2 (Tier 2) or RT (Real-Time)"
    assert problem(equal, REGION, Word("")).hint == "write AK or HI"
    many = Field("c", "Many", "MANY", "Select", values=tuple((f"{n}", f"{n}") for n in range(13)))
    assert problem(equal, many, Word("x")).hint == "write 0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11 … (1 more)"


def test_text_is_sent_as_it_is():
    like = {"filterType": "value", "filterId": "a6", "value": "LC8%2023260", "operand": "like"}
    assert equal(SCENE, Word("LC8%2023260")) == like
    assert equal(QUALITY, Word("9")) == {"filterType": "value", "filterId": "a7", "value": "9"}
    assert equal(REGION, Word("ak")) == {"filterType": "value", "filterId": "a8", "value": "AK"}


@pytest.mark.parametrize(
    ("field", "low", "high", "first", "second"),
    [
        (PATH, "6", "011", 6, 11),
        (RMSE, "-0.5", "1e1", -0.5, 10),
        (MADE, "2023-07-01", "2023/7/31", "2023/07/01", "2023/07/31"),
    ],
)
def test_ranges_are_sent_as_numbers_or_days(field, low, high, first, second):
    wanted = {"filterType": "between", "filterId": field.id, "firstValue": first, "secondValue": second}
    sent = between(field, Word(low), Word(high))
    assert sent == wanted
    assert [type(v) for v in sent.values()] == [type(v) for v in wanted.values()]


def test_one_value_of_a_range_is_a_range_of_one():
    assert equal(PATH, Word("011")) == between(PATH, Word("11"), Word("11"))


@pytest.mark.parametrize(
    ("field", "value", "message"),
    [
        (PATH, "eleven", "WRS Path must be a number, not 'eleven'"),
        (PATH, "2023-07-01", "WRS Path must be a number, not '2023-07-01'"),
        (PATH, "1e999", "WRS Path must be a number, not '1e999'"),
        (PATH, "\u0661", "WRS Path must be a number, not '\u0661'"),
        (MADE, "2023", "Date Product Generated L1 (YYYY/MM/DD) must be a day, not '2023'"),
        (MADE, "2023-02-30", "Date Product Generated L1 (YYYY/MM/DD) must be a day, not '2023-02-30'"),
    ],
)
def test_what_a_range_cannot_be(field, value, message):
    told = problem(between, field, Word("1" if field is PATH else "2023-01-01"), Word(value, (5, 6)))
    assert (told.line, told.column, told.message) == (5, 6, message)
    assert told.hint.startswith("write e.g. ")
    assert magnitude(told.hint.removeprefix("write e.g. ")) is not None


@given(st.integers(-(10**9), 10**9) | st.floats(-1e9, 1e9))
def test_numbers_come_back(number):
    assert magnitude(str(number)) == number


@given(st.dates())
def test_days_come_back(day):
    assert magnitude(day.isoformat()) == magnitude(day.isoformat().replace("-", "/")) == day


@given(st.text(max_size=10))
def test_any_text_is_a_number_or_a_day_or_neither(text):
    assert isinstance(magnitude(text), float | date | None)
