from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from m2msync.sandbox.account.lists import Lists, seconds_of
from m2msync.sandbox.errors import Refusal
from m2msync.sandbox.serve import running

from ..talk import Clock, Talk

OT = "landsat_ot_c2_l1"
PAIRS = st.lists(st.tuples(st.sampled_from("ab"), st.text(max_size=2)), min_size=1)


@pytest.mark.parametrize(
    ("duration", "seconds"),
    [("P1M", 2_592_000), ("P1D", 86_400), ("PT90S", 90), ("P1Y2W", 32_745_600), ("P1DT1H1M", 90_060), (None, None)],
)
def test_durations_are_read(duration, seconds):
    assert seconds_of(duration) == seconds


@pytest.mark.parametrize("wrong", ["P", "PT", "1M", "P1", "P-1D", "", 5, "P1DT", "P²D"])
def test_other_durations_are_refused(wrong):
    with pytest.raises(Refusal):
        seconds_of(wrong)


@given(PAIRS, PAIRS)
def test_a_list_holds_each_image_once_in_the_order_of_its_coming(first, second):
    lists = Lists(Clock())
    lists.add("me", "x", first, None)
    assert lists.add("me", "x", second, None) == len(set(first + second))
    assert lists.members("me", "x") == list(dict.fromkeys(first + second))
    assert lists.members("me", "x", "a") == [pair for pair in dict.fromkeys(first + second) if pair[0] == "a"]
    assert lists.members("you", "x") == []


def test_a_list_is_gone_when_its_time_is_over(clock):
    with running(pixels=24, clock=clock) as box:
        talk = Talk(box)
        add = {"listId": "mine", "datasetName": OT, "entityIds": ["LC90110592023087LGN00"]}
        talk.data("scene-list-add", **add, timeToLive="PT1H")
        clock.now += 600
        assert talk.data("scene-list-types")[0]["listTimeout"] == 3000
        assert talk.data("scene-list-summary", listId="mine")["datasets"][0]["listTimeout"] == 3000
        clock.now += 3000
        assert talk.data("scene-list-get", listId="mine") == []
        assert talk.data("scene-list-types") == []
        summary = talk.data("scene-list-summary", listId="mine")
        assert (summary["datasets"], summary["summary"]["spatialBounds"]) == ([], None)
        assert talk.data("scene-list-add", **add) == 1
        assert talk.data("scene-list-types")[0]["listTimeout"] is None


def test_a_list_has_room_for_so_many(monkeypatch):
    monkeypatch.setattr("m2msync.sandbox.account.lists.LIMIT", 2)
    lists = Lists(Clock())
    lists.add("me", "x", [("a", "1"), ("a", "2")], None)
    with pytest.raises(Refusal, match="at most 2"):
        lists.add("me", "x", [("a", "3")], None)
    assert len(lists.members("me", "x")) == 2
