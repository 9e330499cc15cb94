"""Which products a person means, and what forgetting them or undoing that makes of each."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from m2msync.core.errors import UsageError
from m2msync.core.forgetting import Chosen, Forgotten, forgotten, pick, remembered
from m2msync.core.holding import Known

FIRST, SECOND = "LC09_L1TP_011059_20230328_20230329_02_T1", "LC08_L1TP_010060_20230401_20230402_02_T1"


def known(image=FIRST, band="B2", state="held", **rest):
    name = f"{image}_{band}.TIF"
    facts = {"paths": (f"coast/{name}",), "wanted": True, "claimed": True, **rest}
    return Known(f"ds/{name}", "ds", "coast", "E", image, band, state, **facts)


KNOWN = [known(i, b) for i in (FIRST, SECOND) for b in ("B2", "B3")]


def picked(*words):
    return [(k.display_id, k.product) for k in pick(words, KNOWN)]


@pytest.mark.parametrize(
    ("words", "expected"),
    [
        ([f"ds/{FIRST}_B2.TIF"], [(FIRST, "B2")]),
        ([f"coast/{FIRST}_B3.TIF"], [(FIRST, "B3")]),
        ([f"{FIRST}_B3.TIF"], [(FIRST, "B3")]),
        (["LC09_*_B?.TIF"], [(FIRST, "B2"), (FIRST, "B3")]),
        ([SECOND], [(SECOND, "B2"), (SECOND, "B3")]),
        (["ds/*_B2.TIF"], [(SECOND, "B2"), (FIRST, "B2")]),
        (["LC08_*"], [(SECOND, "B2"), (SECOND, "B3")]),
        (["coast/LC0[9]_*_B?.TIF"], [(FIRST, "B2"), (FIRST, "B3")]),
        ([FIRST, f"ds/{FIRST}_B2.TIF", "*_B2.TIF"], [(SECOND, "B2"), (FIRST, "B2"), (FIRST, "B3")]),
        (["*"], [(SECOND, "B2"), (SECOND, "B3"), (FIRST, "B2"), (FIRST, "B3")]),
    ],
)
def test_products_are_meant_by_key_path_image_or_pattern(words, expected):
    assert picked(*words) == expected


def test_a_name_with_the_signs_of_a_pattern_is_a_name_first():
    odd, other = known(paths=("bay [1]/x.TIF",)), known(band="B3", paths=("bay 1/x.TIF",))
    assert pick(["bay [1]/x.TIF"], [odd, other]) == (odd,)
    assert pick(["bay [12]/x.TIF"], [odd, other]) == (other,)


def test_everything_unknown_is_told_at_once_with_what_may_have_been_meant():
    words = [f"ds/{FIRST}_B22.TIF", FIRST, "nonsense", "*_B9.TIF", f"{SECOND}_b3.TIF"]
    with pytest.raises(UsageError) as told:
        pick(words, KNOWN)
    assert told.value.exit_code == 4
    assert told.value.message == "4 names mean no product of this manifest; nothing was changed"
    assert told.value.hint.split("\n") == [
        f"ds/{FIRST}_B22.TIF: did you mean ds/{FIRST}_B2.TIF?",
        "nonsense: nothing is called like that",
        "*_B9.TIF: nothing is called like that",
        f"{SECOND}_b3.TIF: did you mean {SECOND}_B3.TIF?",
    ]


def test_before_the_first_apply_there_is_nothing_to_name():
    with pytest.raises(UsageError, match="no product of this manifest is known yet"):
        pick(["*"], [])


def test_a_near_name_is_found_among_very_many():
    many = [known(f"LC09_{n:06}", band) for n in range(3000) for band in ("B2", "B3")]
    with pytest.raises(UsageError) as told:
        pick(["ds/LC09_001234_B4.TIF"], many)
    assert "did you mean ds/LC09_001234_B" in told.value.hint


@given(st.lists(st.text(max_size=8), max_size=3))
def test_words_mean_known_products_or_are_refused(words):
    try:
        chosen = pick(words, KNOWN)
    except UsageError:
        return
    assert set(chosen) <= set(KNOWN)
    assert bool(chosen) == bool(words)


def chosen(product, files=(), **rest):
    facts = {"changed": False, "files": files, "bytes": 5 * len(files), "elsewhere": "", **rest}
    return Chosen(product, product.state, product.reason, **facts)


@pytest.mark.parametrize("state", ["held", "wanted", "failed", "superseded", "staging"])
@pytest.mark.parametrize(
    ("text", "reason"), [("", "forgotten 2026-11-25"), ("too cloudy", "forgotten 2026-11-25: too cloudy")]
)
def test_forgetting_tombstones_with_the_reason_and_the_day(state, text, reason):
    after = forgotten(chosen(known(state=state)), text, "2026-11-25")
    assert (after.state, after.reason, after.changed) == ("tombstoned", reason, True)


@pytest.mark.parametrize(
    ("before", "text", "reason"),
    [
        ("forgotten 2026-11-20", "", None),
        ("forgotten 2026-11-20: too cloudy", "", None),
        ("forgotten 2026-11-20: too cloudy", "too cloudy", None),
        ("forgotten 2026-11-20: too cloudy", "a stripe", "forgotten 2026-11-25: a stripe"),
        ("forgotten 2026-11-20", "a stripe", "forgotten 2026-11-25: a stripe"),
    ],
)
def test_forgetting_again_changes_nothing_but_the_reason(before, text, reason):
    product = known(state="tombstoned", reason=before)
    after = forgotten(chosen(product), text, "2026-11-25")
    assert (after.reason, after.changed) == (reason or before, reason is not None)


def test_what_was_pruned_can_be_forgotten_for_good():
    product = known(state="tombstoned", reason="pruned 2026-11-20: no longer in manifest", pruned_under="d1")
    after = forgotten(chosen(product), "", "2026-11-25")
    assert (after.reason, after.changed) == ("forgotten 2026-11-25", True)


@pytest.mark.parametrize(("files", "state"), [(("coast/x",), "held"), ((), "wanted")])
@pytest.mark.parametrize("under", [None, "d1"])
def test_what_is_remembered_is_held_where_it_has_a_file(files, state, under):
    product = known(state="tombstoned", pruned_under=under)
    after = remembered(chosen(product, files))
    assert (after.state, after.reason, after.changed) == (state, "no longer forgotten", True)


@pytest.mark.parametrize("state", ["held", "wanted", "failed"])
def test_what_was_not_forgotten_cannot_be_remembered(state):
    before = chosen(known(state=state))
    assert remembered(before) == before


def test_the_whole_counts_what_changed_and_what_is_still_there():
    products = (
        forgotten(chosen(known(), ("coast/a", "coast/b"), elsewhere="north"), "", "2026-11-25"),
        chosen(known(band="B3")),
    )
    told = Forgotten("coast", undo=False, products=products).to_json()
    assert list(told) == ["schema_version", "kind", "manifest", "undo", "summary", "products"]
    assert told["summary"] == {"changed": 1, "unchanged": 1, "files": 2, "bytes": 10}
    assert told["products"][0] == {
        "key": known().key,
        "before": "held",
        "state": "tombstoned",
        "reason": "forgotten 2026-11-25",
        "changed": True,
        "files": ["coast/a", "coast/b"],
        "bytes": 10,
        "wanted_by": "north",
    }
    assert told["products"][1]["wanted_by"] is None
