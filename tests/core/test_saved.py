"""A plan that was saved comes back as it was, and knows when it is out of date."""

from __future__ import annotations

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from m2msync.core.errors import Stale
from m2msync.core.plan import VERBS, Action, Plan
from m2msync.core.saved import Saved, is_plan, read_saved

TEXT = st.text(max_size=8)
ACTIONS = st.builds(
    Action,
    key=TEXT,
    verb=st.sampled_from(VERBS),
    reason=TEXT,
    dataset=TEXT,
    region=TEXT,
    image=TEXT,
    display_id=TEXT,
    product=TEXT,
    path=TEXT,
    size=st.none() | st.integers(0),
    links=st.lists(TEXT, max_size=2).map(tuple),
    source=st.none() | TEXT,
    replaces=st.none() | TEXT,
    attempts=st.integers(0, 9),
    tolerated=st.booleans(),
    exact=st.booleans(),
    digest=st.none() | TEXT,
)
SAVED = st.builds(
    Saved,
    plan=st.builds(
        Plan,
        manifest=TEXT,
        serial=st.integers(0),
        actions=st.lists(ACTIONS, max_size=4).map(tuple),
        whole=st.booleans(),
    ),
    manifest_file=TEXT,
    manifest_digest=TEXT,
    lineage=TEXT,
)


@given(SAVED)
def test_it_comes_back_as_it_was(saved):
    told = json.loads("".join(saved.lines()))
    assert is_plan(told)
    assert read_saved(told, "plan.json") == saved


NOW = {"digest": "d", "lineage": "l", "serial": 7}


@pytest.mark.parametrize(
    ("moved", "told"),
    [
        ({"digest": "e"}, "the manifest has been changed"),
        ({"lineage": "m"}, "made with another catalog"),
        ({"serial": 8}, "the catalog has changed"),
    ],
)
def test_it_knows_when_something_has_moved(moved, told):
    saved = Saved(Plan("m", 7, ()), "m.yaml", "d", "l")
    saved.check(**NOW)
    with pytest.raises(Stale, match=told) as stale:
        saved.check(**NOW | moved)
    assert "m2msync plan --out" in stale.value.hint


@pytest.mark.parametrize("change", [{"serial": None}, {"actions": [{"key": "k"}]}, {"saved": {"whole": True}}])
def test_what_another_version_wrote_is_refused(change):
    told = json.loads("".join(Saved(Plan("m", 7, ()), "m.yaml", "d", "l").lines())) | change
    if change.get("serial", 0) is None:
        del told["serial"]
    with pytest.raises(Stale, match="another version"):
        read_saved(told, "plan.json")


@pytest.mark.parametrize("value", [None, [], "plan", {"version": 1}, {"kind": "result"}])
def test_other_files_are_no_plans(value):
    assert not is_plan(value)
