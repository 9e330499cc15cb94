"""Why images are wanted or not: in words, and never otherwise than `select` decides."""

from __future__ import annotations

from dataclasses import replace
from datetime import date
from typing import get_args

import pytest
from hypothesis import given
from hypothesis import strategies as st

from m2msync.core.model import Acquisition, Image, Per, Preference, Region
from m2msync.core.select import outdated, select
from m2msync.core.verdicts import explain


def image(day, tier="T1", *, satellite=9, cloud=5.0, cell=(11, 59), made="20231231"):
    path, row = cell
    taken = f"2023{(day - 1) // 28 + 1:02}{(day - 1) % 28 + 1:02}"
    name = f"LC{satellite:02}_L1TP_{path:03}{row:03}_{taken}_{made}_02_{tier}"
    entity = f"LC{satellite}{path:03}{row:03}{day:03}"
    return Image("ds", entity, name, date.fromisoformat(taken), cloud, path, row, tier)


def wish(**options):
    return Acquisition("ds", (Region("galapagos"),), ("B2",), **options)


def reasons(several, lacking=None, **options):
    verdicts = explain({"galapagos": several}, wish(**options), lacking or {})
    return {v.display_id[17:25] + v.display_id[-3:]: v.reason for v in verdicts}


def test_by_rank():
    assert reasons([image(n) for n in range(1, 8)], images_per_scene=5) == {
        "20230107_T1": "newest of 5 wanted for galapagos",
        "20230106_T1": "2nd newest of 5 wanted for galapagos",
        "20230105_T1": "3rd newest of 5 wanted for galapagos",
        "20230104_T1": "4th newest of 5 wanted for galapagos",
        "20230103_T1": "5th newest of 5 wanted for galapagos",
        "20230102_T1": "6th newest, 5 are wanted for galapagos",
        "20230101_T1": "7th newest, 5 are wanted for galapagos",
    }


@pytest.mark.parametrize(
    ("options", "told"),
    [
        ({}, "all are wanted for galapagos"),
        ({"images_per_scene": 5}, "newest of 2, 5 are wanted for galapagos"),
        ({"images_per_scene": 2, "prefer": "oldest"}, "2nd oldest of 2 wanted for galapagos"),
        (
            {"images_per_scene": 1, "prefer": "least_cloudy"},
            "least cloudy of 1 wanted for galapagos; 0 % clouds",
        ),
        ({"images_per_scene": 1, "per": "month"}, "newest of 1 wanted for galapagos in 2023-02"),
        ({"images_per_scene": 1, "per": "season"}, "newest of 1 wanted for galapagos in DJF 2023"),
        ({"images_per_scene": 1, "tiers": ("T1", "RT")}, "1st by tier, then newest of 1 wanted for galapagos"),
        ({"images_per_scene": 1, "scene": "path_row"}, "newest of 1 wanted for 011/059"),
    ],
)
def test_of_the_newer_of_two(options, told):
    assert reasons([image(29, cloud=0.0), image(1)], **options)["20230201_T1"] == told


def test_of_a_spread():
    assert reasons([image(n) for n in (1, 2, 14, 28)], images_per_scene=3, prefer="spread") == {
        "20230101_T1": "1st of 3 spread for galapagos",
        "20230114_T1": "2nd of 3 spread for galapagos",
        "20230128_T1": "3rd of 3 spread for galapagos",
        "20230102_T1": "less well spread, 3 are wanted for galapagos",
    }


def test_what_takes_no_part():
    several = [image(1, "RT", satellite=8), image(2, "T2"), image(3), image(4), image(5, "RT")]
    several.append(replace(image(1, "T1", satellite=8), entity_id="other"))
    lacking = {several[3].entity_id: ("B8", "B9"), several[2].entity_id: ("B8",)}
    assert reasons(several, lacking, tiers=("T1",)) == {
        "20230101_T1": "all are wanted for galapagos",
        "20230101_RT": "RT, its T1 exists",
        "20230102_T2": "tier T2 not in tiers",
        "20230105_RT": "tier RT not in tiers",
        "20230103_T1": "lacks band B8 (if_missing: skip_image)",
        "20230104_T1": "lacks bands B8, B9 (if_missing: skip_image)",
    }
    assert reasons([Image("naip", "x", "x")], tiers=("T1", "T2")) == {"x": "has no tier; tiers asks for T1 or T2"}
    earlier, later = image(1, made="20230401"), image(1)
    assert f"an earlier processing, {later.display_id} exists" in [
        v.reason for v in explain({"galapagos": [later, earlier]}, wish(), {})
    ]


pools = st.lists(
    st.builds(
        image,
        st.integers(1, 90),
        st.sampled_from(["T1", "T2", "RT"]),
        satellite=st.sampled_from([8, 9]),
        cell=st.sampled_from([(11, 59), (10, 60)]),
        made=st.sampled_from(["20230601", "20230701"]),
    ),
    max_size=14,
)
wishes = st.builds(
    wish,
    images_per_scene=st.none() | st.integers(1, 4),
    scene=st.sampled_from(["region", "path_row"]),
    prefer=st.sampled_from(get_args(Preference)),
    per=st.none() | st.sampled_from(get_args(Per)),
    tiers=st.just(()) | st.lists(st.sampled_from(["T1", "T2", "RT"]), min_size=1, unique=True).map(tuple),
)


@given(pools, pools, wishes, st.data())
def test_every_image_has_a_verdict_which_is_the_one_of_select(one, other, asked, data):
    found = {"galapagos": one, "coast": other}
    entities = sorted({i.entity_id for i in one + other})
    lacking = dict.fromkeys(data.draw(st.lists(st.sampled_from(entities), max_size=3)) if entities else (), ("B8",))
    verdicts = list(explain(found, asked, lacking))
    kept = {v.display_id for v in verdicts if v.ground == "kept"}
    assert kept == {s.image.display_id for s in select(found, asked, lacking)}
    assert {v.display_id for v in verdicts} == {i.display_id for i in one + other}
    assert {v.display_id for v in verdicts if v.ground == "outdated"} == set(outdated(found))
    assert len({(v.scene, v.display_id) for v in verdicts}) == len(verdicts)
    turned = {region: several[::-1] for region, several in reversed(found.items())}
    assert list(explain(turned, asked, lacking)) == verdicts
