"""The outcome of an adoption: every file counted once, and an object that keeps to its schema."""

from __future__ import annotations

from collections import Counter
from typing import get_args

import jsonschema
import pytest
from hypothesis import given
from hypothesis import strategies as st

from m2msync.core.adoption import FATES, Adoption, Fate, Fated
from m2msync.resources import schema

NAMED = ("adopted", "duplicate", "refused", "unreadable")
FATED = st.builds(
    Fated, st.text(), st.sampled_from(NAMED), st.sampled_from(["x", "y"]), st.sampled_from("abc"), st.integers(0, 9)
)
OTHERS = st.dictionaries(
    st.tuples(st.sampled_from(["held", "unwanted"]), st.sampled_from(["x", "y"])), st.integers(1, 9)
).map(Counter)


@given(st.lists(FATED), OTHERS, st.booleans(), st.booleans())
def test_every_file_is_counted_once_and_the_object_keeps_to_its_schema(files, others, dry, interrupted):
    adoption = Adoption(
        "m", "/f", "link", dry, wanted=3, files=tuple(files), others=others, interrupted=interrupted
    )
    told = adoption.to_json()
    jsonschema.validate(told, schema("adopt"))
    total = len(files) + others.total()
    assert sum(told["summary"][fate] for fate in FATES) == total
    assert sum(group["files"] for group in told["groups"]) == total
    assert len(told["files"]) == len(files)
    assert told["summary"]["bytes"] == sum(f.size for f in files if f.fate == "adopted")


def test_products_not_adopted_are_missing_however_many_files_there_were():
    files = [
        Fated("x", "adopted", "linked", "a"),
        Fated("y", "refused", "why", "b"),
        Fated("z", "refused", "why", "b"),
    ]
    assert Adoption("m", "/f", "link", dry_run=False, wanted=5, files=tuple(files)).missing == 4


@pytest.mark.parametrize("fate", get_args(Fate))
@pytest.mark.parametrize("interrupted", [True, False])
def test_only_what_could_not_be_read_makes_it_partial(fate, interrupted):
    adoption = Adoption("m", "/f", "link", False, 1, (Fated("x", fate, ""),), interrupted=interrupted)
    expected = ("interrupted", 130) if interrupted else ("partial", 3) if fate == "unreadable" else ("success", 0)
    assert (adoption.status, adoption.exit_code) == expected
