import pytest
from hypothesis import given
from hypothesis import strategies as st

from m2msync.core.manifest.cells import PATHS, ROWS, wrs2_cell
from m2msync.core.wording import Unfit

NUMBERS = st.integers(0, 999)


@given(st.sampled_from(PATHS), st.sampled_from(ROWS), st.integers(1, 3), st.integers(1, 3))
def test_leading_zeros_do_not_count(path, row, wide, high):
    assert wrs2_cell(f"{path:0{wide}}/{row:0{high}}") == (path, row)


@given(NUMBERS, NUMBERS)
def test_a_cell_is_on_the_grid_or_refused(path, row):
    on_the_grid = 1 <= path <= 233 and 1 <= row <= 248
    try:
        assert wrs2_cell(f"{path}/{row}") == (path, row)
        assert on_the_grid
    except Unfit:
        assert not on_the_grid


@given(st.text(alphabet="0123456789/-, x\u0661", max_size=9))
def test_anything_else_is_refused_with_what_to_write(text):
    parts = text.split("/")
    if len(parts) == 2 and all(part.isascii() and part.isdigit() and len(part) <= 3 for part in parts):
        return
    with pytest.raises(Unfit) as caught:
        wrs2_cell(text)
    assert caught.value.hint.startswith("write ")


@pytest.mark.parametrize("text", ["011-059", "011059", "11 / 59", "11, 59"])
def test_other_ways_of_writing_are_understood_well_enough_to_help(text):
    with pytest.raises(Unfit) as caught:
        wrs2_cell(text)
    assert wrs2_cell(caught.value.hint.removeprefix("write ")) == (11, 59)


def test_a_cell_stands_once():
    with pytest.raises(Unfit, match="stands twice"):
        wrs2_cell("011/059", [(10, 60), (11, 59)])
