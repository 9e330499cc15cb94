"""What may be deleted: each reason to delete and to leave, and what holds for all decisions together."""

from __future__ import annotations

from typing import get_args

import pytest
from hypothesis import given
from hypothesis import strategies as st

from m2msync.core.holding import Known, State
from m2msync.core.leftovers import count_held, find_surplus
from m2msync.core.surplus import LEAVING, Found

OLD, NEW = "LC09_L1TP_011059_20230328_20230328_02_RT", "LC09_L1TP_011059_20230328_20230410_02_T1"
SIZE = 7


def known(state="held", image=NEW, *, band="B2", paths=None, wanted=False, claimed=True, **rest):
    name = f"{image}_{band}.TIF"
    paths = (f"ds/{name}",) if paths is None else paths
    facts = {"size": SIZE, "wanted": wanted, "claimed": claimed, **rest}
    return Known(f"ds/{name}", "ds", "coast", "LC9", image, band, state, paths, **facts)


PATH = known().paths[0]
WHOLE = {PATH: Found(SIZE, (1, 1))}


def decide(*products, on_disk=WHOLE, elsewhere=None, sizes=None, places=lambda _: None):
    recorded = {path: SIZE for product in products for path in product.paths}
    return find_surplus({p.key: p for p in products}, recorded | (sizes or {}), elsewhere or {}, on_disk, places)


def fates(*products, **rest):
    return {x.path: (x.verb, x.reason) for x in decide(*products, **rest)}


# Products that nobody wants.


@pytest.mark.parametrize("state", ["held", "superseded", "failed"])
def test_what_was_wanted_and_is_wanted_no_longer_goes(state):
    assert fates(known(state)) == {PATH: ("delete", "no longer in manifest")}


@pytest.mark.parametrize(
    "product", [known(wanted=True), known(claimed=False), known("wanted", paths=()), known("held", paths=())]
)
def test_what_is_wanted_or_was_never_ours_or_has_no_file_is_not_even_mentioned(product):
    assert decide(product) == ()


def test_what_another_manifest_wants_is_left():
    assert fates(known(), elsewhere={known().key: "north"}) == {PATH: ("leave", "the manifest north wants it")}


@pytest.mark.parametrize(
    ("found", "fate"),
    [
        ({}, ("gone", "no longer in manifest")),
        ({PATH: Found(SIZE + 1)}, ("leave", "size on disk differs: 8 bytes, recorded 7")),
        ({PATH: Found(0)}, ("leave", "size on disk differs: 0 bytes, recorded 7")),
        ({PATH: Found(None)}, ("leave", "no plain file can be reached there any more")),
    ],
)
def test_only_the_recorded_file_itself_is_deleted(found, fate):
    assert fates(known(), on_disk=found) == {PATH: fate}


def test_each_copy_has_a_size_and_a_fate_of_its_own():
    product = known(paths=("a", "b", "c"))
    on_disk = {"a": Found(SIZE), "b": Found(SIZE), "d": Found(SIZE)}
    assert fates(product, on_disk=on_disk, sizes={"b": 9}) == {
        "a": ("delete", "no longer in manifest"),
        "b": ("leave", "size on disk differs: 7 bytes, recorded 9"),
        "c": ("gone", "no longer in manifest"),
    }


# Reprocessed images.

OLD_PATH = known(image=OLD).paths[0]
BOTH = WHOLE | {OLD_PATH: Found(SIZE, (1, 2))}


def test_what_was_replaced_goes_once_its_successor_is_held():
    assert fates(known("superseded", OLD), known(wanted=True), on_disk=BOTH) == {
        OLD_PATH: ("delete", f"replaced by {NEW}")
    }


@pytest.mark.parametrize(
    ("successor", "found"),
    [
        (known("failed", paths=(), wanted=True), {}),
        (known("unavailable", paths=(), wanted=True), {}),
        (known(wanted=True), {}),
        (known(wanted=True), {PATH: Found(SIZE - 1)}),
        (known("tombstoned", wanted=True), WHOLE),
    ],
    ids=["failed", "unavailable", "file missing", "file damaged", "about to be deleted too"],
)
@pytest.mark.parametrize("state", ["held", "superseded"])
def test_what_was_replaced_stays_until_its_successor_is_held(successor, found, state):
    told = fates(known(state, OLD), successor, on_disk={OLD_PATH: Found(SIZE, (1, 2))} | found)
    assert told[OLD_PATH] == ("leave", f"its successor {NEW} is not held yet")


def test_a_successor_that_another_manifest_wants_counts_too():
    elsewhere = {known().key: "north"}
    assert fates(known("held", OLD), known(claimed=False), on_disk=BOTH, elsewhere=elsewhere) == {
        OLD_PATH: ("delete", f"replaced by {NEW}")
    }
    waiting = known("wanted", paths=(), claimed=False)
    assert fates(known("held", OLD), waiting, on_disk=BOTH, elsewhere=elsewhere)[OLD_PATH][0] == "leave"


def test_another_band_is_no_successor():
    assert fates(known("held", OLD), known("failed", band="B3", paths=(), wanted=True), on_disk=BOTH) == {
        OLD_PATH: ("delete", "no longer in manifest")
    }


# Products deleted on purpose.


@pytest.mark.parametrize("wanted", [True, False])
def test_what_a_person_forgot_goes_though_the_manifest_wants_it(wanted):
    product = known("tombstoned", wanted=wanted, reason="forgotten 2026-11-25: too cloudy")
    assert fates(product) == {PATH: ("delete", "forgotten 2026-11-25: too cloudy")}


def test_what_a_person_forgot_stays_while_another_manifest_wants_it():
    told = fates(known("tombstoned", wanted=True), elsewhere={known().key: "north"})
    assert told == {PATH: ("leave", "the manifest north wants it")}


# Copies of wanted products at places where they are wanted no longer.

TWICE = known(wanted=True, paths=("new/x", "old/x"))


@pytest.mark.parametrize(
    ("on_disk", "fate"),
    [
        ({"new/x": Found(SIZE), "old/x": Found(SIZE)}, ("delete", "the layout has it elsewhere now")),
        ({"new/x": Found(SIZE)}, ("gone", "the layout has it elsewhere now")),
        ({"new/x": Found(SIZE), "old/x": Found(1)}, ("leave", "size on disk differs: 1 bytes, recorded 7")),
        ({"old/x": Found(SIZE)}, ("leave", "not held yet where the layout has it now")),
        ({"new/x": Found(1), "old/x": Found(SIZE)}, ("leave", "not held yet where the layout has it now")),
    ],
)
def test_a_copy_goes_when_the_product_is_held_where_it_is_wanted(on_disk, fate):
    assert fates(TWICE, on_disk=on_disk, places=lambda _: {"new/x", "other/x"}) == {"old/x": fate}


def test_copies_that_may_all_be_wanted_are_not_mentioned():
    assert decide(TWICE, places=lambda _: {"new/x", "old/x"}) == ()


def test_a_copy_is_left_when_nobody_knows_where_it_is_wanted():
    on_disk = {"new/x": Found(SIZE), "old/x": Found(SIZE)}
    assert fates(TWICE, on_disk=on_disk) == {
        "old/x": ("leave", "a second copy; it is not known whether it is wanted")
    }


def test_copies_of_what_another_manifest_wants_too_may_be_its_own():
    on_disk = {"new/x": Found(SIZE), "old/x": Found(SIZE)}
    assert decide(TWICE, on_disk=on_disk, elsewhere={TWICE.key: "north"}, places=lambda _: {"new/x"}) == ()


# Names and links.


def test_a_path_that_only_letter_case_tells_from_one_that_stays_is_left():
    unwanted = known(band="B3", paths=("DS/x.TIF",))
    kept = known(wanted=True, paths=("ds/X.tif",))
    on_disk = {"DS/x.TIF": Found(SIZE)}
    told = fates(unwanted, kept, on_disk=on_disk)
    assert told == {"DS/x.TIF": ("leave", "only letter case tells its path from that of a file that stays")}
    assert fates(unwanted, on_disk=on_disk)["DS/x.TIF"][0] == "delete"


@pytest.mark.parametrize(("links", "frees"), [(2, [0, 7]), (3, [0, 0]), (1, [7, 7])])
def test_linked_files_free_their_bytes_once_and_with_the_last_link(links, frees):
    on_disk = {"a": Found(SIZE, (1, 5), links), "b": Found(SIZE, (1, 5), links)}
    assert [x.frees for x in decide(known(paths=("b", "a")), on_disk=on_disk)] == frees


def test_only_what_is_deleted_frees_bytes():
    assert [x.frees for x in decide(known(), elsewhere={known().key: "north"})] == [0]


# What holds for every store and catalog.

_NAMES = ["a", "b", "A", "c/a", "c/b", "C/b"]


@st.composite
def worlds(draw):
    """Return products with distinct paths, what other manifests want, what is on disk, and where things are wanted."""
    paths = iter(draw(st.permutations(_NAMES)))
    products = []
    for image in (OLD, NEW):
        for band in ("B2", "B3"):
            own = tuple(path for path, _ in zip(paths, range(draw(st.integers(0, 2))), strict=False))
            state = draw(st.sampled_from(get_args(State)))
            claimed = draw(st.booleans())
            wanted = claimed and draw(st.booleans())
            products.append(known(state, image, band=band, paths=own, claimed=claimed, wanted=wanted))
    elsewhere = {p.key: "north" for p in products if draw(st.booleans())}
    found = st.builds(Found, st.sampled_from([SIZE, 0, None]), st.tuples(st.just(1), st.integers(1, 3)))
    on_disk = draw(st.dictionaries(st.sampled_from([*_NAMES, "unknown"]), found))
    allowed = draw(st.none() | st.sets(st.sampled_from(_NAMES)))
    return products, elsewhere, on_disk, allowed


def all_of(world):
    products, elsewhere, on_disk, allowed = world
    return decide(*products, on_disk=on_disk, elsewhere=elsewhere, places=lambda _: allowed)


@given(worlds())
def test_never_a_wanted_product_loses_its_last_whole_file_at_a_wanted_place(world):
    products, elsewhere, on_disk, allowed = world
    going = {x.path for x in all_of(world) if x.verb in LEAVING}
    for product in products:
        whole = {path for path in product.paths if path in on_disk and on_disk[path].size == SIZE}
        if product.key in elsewhere:
            assert not whole & going
        elif product.wanted and product.state != "tombstoned":
            assert not going & set(product.paths) & (allowed or set(_NAMES))
            assert not whole or whole - going


@given(worlds())
def test_never_a_path_that_is_unknown_or_not_ours_or_changed(world):
    products, _, on_disk, _ = world
    recorded = {path: p for p in products for path in p.paths}
    for x in all_of(world):
        assert recorded[x.path].claimed
        assert x.product == recorded[x.path]
        if x.verb in LEAVING:
            assert on_disk[x.path].size == SIZE
        if x.verb == "gone":
            assert x.path not in on_disk


@given(worlds())
def test_never_a_path_that_a_careless_file_system_takes_for_one_that_stays(world):
    products, *_ = world
    going = {x.path for x in all_of(world) if x.verb in LEAVING}
    staying = {path.casefold() for p in products for path in p.paths if path not in going}
    assert not staying & {path.casefold() for path in going}


@given(worlds())
def test_every_file_once_and_the_order_of_products_makes_no_difference(world):
    products, *rest = world
    told = all_of(world)
    assert [x.path for x in told] == sorted({x.path for x in told})
    assert all_of((products[::-1], *rest)) == told


@given(worlds())
def test_what_nobody_wants_is_either_taken_away_or_left_for_a_reason(world):
    products, elsewhere, *_ = world
    told = {x.path: x for x in all_of(world)}
    for product in products:
        if product.claimed and not product.wanted and product.key not in elsewhere:
            assert all(told[path].reason or product.state == "tombstoned" for path in product.paths)


@given(worlds())
def test_what_is_held_is_counted(world):
    products, _, on_disk, _ = world
    sizes = {path: SIZE for p in products for path in p.paths}
    whole = [p for p in products if p.claimed for path in p.paths if path in on_disk and on_disk[path].size == SIZE]
    assert count_held(products, sizes, on_disk) == len(whole)
