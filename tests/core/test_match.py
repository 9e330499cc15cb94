"""Which ordered product a download entry belongs to, with all, some or none of the names M2M may leave out."""

from __future__ import annotations

from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from m2msync.core.match import Entry, Wish, match, named_by
from m2msync.core.model import Route
from m2msync.core.secrets import Link

HOST = "https://landsatlook.example/data"


def wish(filename, entity, code=""):
    return Wish(f"ds/{filename}", filename, "X", Route(entity, "p1", "ls_zip", available=True, code=code))


def entry(number, url="", *, ready=True, entity="", code=""):
    return Entry(str(number), Link(url), ready, entity, code=code)


B2, B3 = wish("X_B2.TIF", "B2-OF-X"), wish("X_B3.TIF", "B3-OF-X")
BUNDLE, BROWSE = wish("X.tar", "X", "D805"), wish("X_refl.jpg", "X", "D731")


@pytest.mark.parametrize(
    ("found", "owner"),
    [
        (entry(1, entity="B2-OF-X"), B2),
        (entry(1, entity="B2-OF-X", code="D999"), B2),  # our route has no code to contradict it
        (entry(1, f"{HOST}/X_B3.TIF?requestSignature=s"), B3),
        (entry(1, f"{HOST}/X%5FB3.TIF"), B3),
        (entry(1, "https://dds.example/download/abc", entity="B3-OF-X"), B3),
        (entry(1, entity="X", code="D805"), BUNDLE),
        (entry(1, entity="X", code="D731"), BROWSE),
        (entry(1, "https://h.example/gen-bundle?landsat_product_id=X&requestSignature=s", entity="X"), BUNDLE),
        (entry(1, "https://h.example/gen-bundle?landsat_product_id=X", entity="X", code="D690"), BUNDLE),
        (entry(1, f"{HOST}/X_B2.TIF", entity="L2-ENTITY"), B2),
        (entry(1, "https://dds.example/download/abc", entity="X"), None),  # bundle or browse?
        (entry(1, "https://dds.example/download/abc", entity="X", code="D734"), None),  # neither
        (entry(1, "https://dds.example/download/abc"), None),
        (entry(1, f"{HOST}/Y_B2.TIF", entity="B2-OF-Y"), None),
    ],
)
def test_the_entity_decides_then_the_code_then_the_name_in_the_link(found, owner):
    matched, strays = match([found], [B2, B3, BUNDLE, BROWSE])
    assert matched == ({owner.key: found} if owner else {})
    assert strays == (() if owner else (found,))


def test_an_earlier_order_of_another_product_of_the_scene_is_not_taken_for_ours():
    foreign = entry(1, "https://dds.example/download/abc", entity="X", code="D734")
    assert match([foreign], [BUNDLE]) == ({}, (foreign,))


def test_codes_that_are_not_told_do_not_make_two_products_one():
    bundle, browse = replace(BUNDLE, route=replace(BUNDLE.route, code="")), wish("X_refl.jpg", "X")
    unclear = entry(1, "https://dds.example/download/abc", entity="X")
    assert match([unclear], [bundle, browse]) == ({}, (unclear,))


def test_one_file_name_in_two_datasets_is_left_open():
    other = replace(B2, key="other/X_B2.TIF", route=replace(B2.route, entity_id="elsewhere"))
    unclear = entry(1, f"{HOST}/X_B2.TIF")
    assert match([unclear], [B2, other]) == ({}, (unclear,))


@pytest.mark.parametrize(
    ("readiness", "kept"), [((False, True), 1), ((True, False), 0), ((False, False), 0), ((True, True), 1)]
)
def test_of_two_entries_for_one_product_the_ready_one_counts(readiness, kept):
    several = [entry(n, entity="B2-OF-X", ready=ready) for n, ready in enumerate(readiness)]
    assert match(several, [B2]) == ({B2.key: several[kept]}, ())


def test_nothing_matches_nothing():
    assert match([], [B2]) == ({}, ())
    assert match([entry(1)], []) == ({}, (entry(1),))


@pytest.mark.parametrize(
    ("url", "name"),
    [
        (f"{HOST}/2023/011/059/X/X_B2.TIF?requestSignature=a%2Fb", "X_B2.TIF"),
        ("https://h.example/gen-bundle?landsat_product_id=X&requestSignature=s", "X.tar"),
        ("https://h.example/gen-bundle?landsat_product_id=", "gen-bundle"),
        ("https://dds.example/download-staging/eyJpZCI6MX0=/", ""),
        ("", ""),
    ],
)
def test_a_link_tells_a_file_name(url, name):
    assert named_by(Link(url)) == name


_ENTITIES, _CODES = st.sampled_from(["", "E1", "E2", "E3"]), st.sampled_from(["", "D1", "D2"])
_FILES = st.sampled_from(["f1", "f2", "f3", "f4"])
_WISHES = st.lists(
    st.builds(wish, _FILES, st.sampled_from(["E1", "E2"]), _CODES), max_size=4, unique_by=lambda w: w.key
)
_ENTRIES = st.lists(st.tuples(_FILES, _ENTITIES, _CODES, st.booleans()), max_size=8).map(
    lambda facts: [
        entry(n, f"{HOST}/{name}", entity=entity, code=code, ready=ready)
        for n, (name, entity, code, ready) in enumerate(facts)
    ]
)


@given(_ENTRIES, _WISHES)
def test_no_entry_is_given_to_two_wishes_or_to_a_wish_it_contradicts(entries, wishes):
    matched, strays = match(entries, wishes)
    by_key = {w.key: w for w in wishes}
    given_away = [e.download_id for e in matched.values()]
    assert len(given_away) == len(set(given_away))
    assert not set(given_away) & {e.download_id for e in strays}
    assert set(matched) <= set(by_key)
    for key, found in matched.items():
        named = named_by(found.link) == by_key[key].filename
        assert named or found.entity_id == by_key[key].route.entity_id


@given(_ENTRIES, _WISHES, st.randoms(use_true_random=False))
def test_the_order_of_wishes_makes_no_difference(entries, wishes, dice):
    assert match(entries, dice.sample(wishes, len(wishes))) == match(entries, wishes)


@given(_ENTRIES, _WISHES)
def test_an_entry_is_a_stray_only_when_nothing_tells_it_apart(entries, wishes):
    _, strays = match(entries, wishes)
    for stray in strays:
        named = [w for w in wishes if w.filename == named_by(stray.link)]
        assert not named
