"""What to do about every product: each verb and each reason, and what holds for all of them together."""

from __future__ import annotations

from dataclasses import replace
from typing import get_args

import pytest
from hypothesis import given
from hypothesis import strategies as st

from m2msync.core.diff import detail, diff
from m2msync.core.holding import Known, State
from m2msync.core.model import Asset, Listing, Product, Route
from m2msync.core.plan import FETCHING, VERBS

OLD, NEW = "LC09_L1TP_011059_20230328_20230328_02_RT", "LC09_L1TP_011059_20230328_20230410_02_T1"
SCENE = "LC90110592023087LGN00"
LANDED = ("held", "superseded")
PATH, COPY, AWAY = f"ds/{NEW}/B2.TIF", f"copy/{NEW}/B2.TIF", f"away/{NEW}/B2.TIF"
SIZE, DIGEST = 7, "sha512:ab"


def asset(suffix="B2.TIF", image=NEW, *, paths=(PATH,), entity=SCENE, **rest):
    filename = f"{image}_{suffix}"
    product = suffix.partition(".")[0]
    return Asset(f"ds/{filename}", "ds", "coast", entity, image, product, filename, paths, **rest)


def known(state="held", suffix="B2.TIF", image=NEW, *, paths=(PATH,), entity=SCENE, **rest):
    landed = {"size": SIZE, "digest": DIGEST} if state in LANDED else {}
    facts = {"wanted": True, "claimed": True, **landed, **rest}
    product = suffix.partition(".")[0]
    return Known(f"ds/{image}_{suffix}", "ds", "coast", entity, image, product, state, paths, **facts)


def decide(assets=(), knowns=(), on_disk=None):
    return diff(assets, {k.key: k for k in knowns}, on_disk or {})


def only(*args):
    (action,) = decide(*args)
    return action


def short(action):
    return action.verb, action.reason


# What is wanted, and was never held.


@pytest.mark.parametrize(
    ("before", "reason", "attempts"),
    [
        ([], "never fetched", 0),
        ([known("wanted", paths=())], "never fetched", 0),
        ([known("requested", paths=(), attempts=1)], "ordered before, not fetched yet", 1),
        ([known("staging", paths=())], "ordered before, not fetched yet", 0),
        ([known("ready", paths=())], "ordered before, not fetched yet", 0),
        ([known("partial", paths=())], "not fetched completely", 0),
        ([known("failed", paths=(), attempts=1, reason="timeout")], "failed once: timeout", 1),
        ([known("failed", paths=(), attempts=2, reason="timeout")], "failed 2 times: timeout", 2),
        ([known("failed", paths=(), attempts=3, reason="404", rerun_helps=False)], "failed 3 times: 404", 3),
        ([known("unavailable", paths=(), reason="no route")], "was unavailable: no route", 0),
    ],
)
def test_what_is_not_held_is_fetched_and_the_past_told(before, reason, attempts):
    action = only([asset()], before)
    assert short(action) == ("get", reason)
    assert action.attempts == attempts
    assert (action.path, action.source, action.replaces) == (PATH, None, None)


def test_a_file_the_catalog_does_not_know_is_no_reason_to_trust_it():
    assert short(only([asset()], [], {PATH: SIZE})) == (
        "get",
        "a file is there that the catalog does not know; `m2msync adopt` can take it in",
    )


def test_an_action_carries_what_the_asset_says():
    routes = (Route("E", "p", "ls_s3", available=True),)
    wanted = asset(paths=(PATH, COPY), size=9, exact=True, digest="sha512:cd", routes=routes)
    action = only([wanted])
    for name in ("key", "dataset", "region", "image", "display_id", "product", "size", "exact", "digest", "routes"):
        assert getattr(action, name) == getattr(wanted, name)
    assert (action.path, action.links) == (PATH, (COPY,))


# What cannot be had.


@pytest.mark.parametrize("tolerated", [True, False])
@pytest.mark.parametrize("before", [[], [known("unavailable", paths=())], [known("failed", paths=())], [known()]])
def test_what_the_image_lacks_is_unavailable_tolerated_or_not(before, tolerated):
    action = only([asset(missing="the image has no band B12", tolerated=tolerated)], before)
    assert short(action) == ("unavailable", "the image has no band B12")
    assert action.tolerated is tolerated


@pytest.mark.parametrize(
    ("before", "on_disk", "told"),
    [
        ([], {}, ("unavailable", "x too")),
        ([known()], {PATH: SIZE}, ("keep", "held")),
        ([known()], {}, ("unavailable", "x too")),
        ([known(paths=(AWAY,))], {AWAY: SIZE}, ("unavailable", "x too")),  # nor copied from where it lies
        ([known("failed", paths=(), reason="timeout")], {}, ("unavailable", "x too")),
    ],
)
def test_what_another_product_has_the_place_of_is_kept_but_never_written(before, on_disk, told):
    action = only([asset(barred="x too", tolerated=True)], before, on_disk)
    assert short(action) == told
    assert not action.tolerated


def test_tolerance_is_for_what_is_unavailable_only():
    assert not only([asset(tolerated=True)]).tolerated


@pytest.mark.parametrize(
    ("on_disk", "verb"), [({PATH: SIZE}, "keep"), ({COPY: SIZE}, "refetch"), ({PATH: 1}, "unavailable")]
)
def test_what_is_held_stays_though_usgs_no_longer_has_it(on_disk, verb):
    held = known(paths=(PATH, COPY))
    assert only([asset(missing="USGS lists no products of this image")], [held], on_disk).verb == verb


# What was deleted on purpose.


@pytest.mark.parametrize("on_disk", [{}, {PATH: SIZE}])
@pytest.mark.parametrize("missing", [None, "the image has no band B2"])
@pytest.mark.parametrize(("reason", "told"), [("too cloudy", "too cloudy"), ("", "deleted on purpose")])
def test_a_tombstone_is_final(reason, told, missing, on_disk):
    action = only([asset(missing=missing)], [known("tombstoned", reason=reason)], on_disk)
    assert short(action) == ("tombstoned", told)


@pytest.mark.parametrize(
    ("under", "digest", "verb"),
    [
        ("d1", "d2", "get"),
        ("d1 d3", "d2", "get"),
        ("", "d2", "get"),
        ("d1", "d1", "tombstoned"),
        ("d1 d2", "d2", "tombstoned"),
        ("d1", "", "tombstoned"),
        (None, "d2", "tombstoned"),
        ("d22", "d2", "get"),
    ],
)
def test_what_was_pruned_comes_back_for_another_manifest_and_what_was_forgotten_does_not(under, digest, verb):
    pruned = known("tombstoned", paths=(), reason="pruned 2026-11-25: no longer in manifest", pruned_under=under)
    (action,) = diff([asset()], {pruned.key: pruned}, {}, digest)
    assert action.verb == verb
    assert action.reason == pruned.reason if verb == "tombstoned" else f"wanted again; {pruned.reason}"


def test_a_tombstone_that_is_not_wanted_is_no_orphan():
    assert decide([], [known("tombstoned")], {PATH: SIZE}) == ()


# What is held.


@pytest.mark.parametrize("state", LANDED)
def test_what_is_held_and_whole_is_kept(state):
    action = only([asset(size=9)], [known(state)], {PATH: SIZE})
    assert short(action) == ("keep", "held")
    assert (action.size, action.digest) == (SIZE, DIGEST)


@pytest.mark.parametrize("state", LANDED)
def test_what_is_held_and_is_not_what_is_locked_is_fetched_again(state):
    pinned = asset(size=9, exact=True, digest="sha512:cd")
    action = only([pinned], [known(state)], {PATH: SIZE})
    assert short(action) == ("refetch", "held, but not the file that is locked")
    assert (action.size, action.exact, action.digest, action.source) == (9, True, "sha512:cd", None)
    assert only([asset(digest=DIGEST)], [known(state)], {PATH: SIZE}).verb == "keep"
    assert only([asset(digest="sha256:cd")], [known(state)], {PATH: SIZE}).verb == "keep"  # nobody can tell


@pytest.mark.parametrize("state", LANDED)
@pytest.mark.parametrize(
    ("paths", "on_disk", "reason"),
    [
        ((PATH,), {}, "file missing on disk"),
        ((PATH,), {PATH: 3}, "size on disk differs: 3 bytes, recorded 7"),
        ((PATH,), {PATH: 0}, "size on disk differs: 0 bytes, recorded 7"),
        ((PATH, COPY), {COPY: 3}, "size on disk differs: 3 bytes, recorded 7"),
        ((AWAY,), {PATH: SIZE}, "file missing on disk"),  # moved by hand: not recorded there, so not trusted
        ((), {}, "file missing on disk"),
    ],
)
def test_what_is_damaged_everywhere_is_fetched_again(state, paths, on_disk, reason):
    action = only([asset()], [known(state, paths=paths)], on_disk)
    assert short(action) == ("refetch", reason)
    assert (action.path, action.source, action.size) == (PATH, None, SIZE)


@pytest.mark.parametrize(
    ("wanted", "recorded", "on_disk", "verb", "reason", "places"),
    [
        ((PATH, COPY), (PATH,), {PATH: SIZE}, "get", "held, and wanted at another path too", (COPY,)),
        ((AWAY,), (PATH,), {PATH: SIZE}, "get", "held, and wanted at another path too", (AWAY,)),
        ((AWAY, PATH, COPY), (PATH,), {PATH: SIZE}, "get", "held, and wanted at another path too", (AWAY, COPY)),
        ((PATH, COPY), (PATH, COPY), {PATH: SIZE}, "refetch", f"copy missing on disk: {COPY}", (COPY,)),
        ((PATH, COPY), (PATH, COPY), {COPY: SIZE}, "refetch", f"copy missing on disk: {PATH}", (PATH,)),
        ((PATH, COPY), (PATH, COPY), {PATH: 1, COPY: SIZE}, "refetch", f"copy damaged on disk: {PATH}", (PATH,)),
        ((PATH, COPY), (AWAY, PATH), {AWAY: SIZE}, "refetch", f"copy missing on disk: {PATH}", (PATH, COPY)),
    ],
)
def test_a_missing_copy_is_linked_from_an_intact_one(wanted, recorded, on_disk, verb, reason, places):
    action = only([asset(paths=wanted)], [known(paths=recorded)], on_disk)
    assert short(action) == (verb, reason)
    assert (action.path, *action.links) == places
    assert on_disk[action.source] == SIZE
    assert (action.size, action.digest) == (SIZE, DIGEST)


def test_copies_at_further_paths_need_not_be_wanted_to_be_left_alone():
    assert only([asset()], [known(paths=(AWAY, PATH))], {PATH: SIZE}).verb == "keep"


# What is held and no longer wanted.


@pytest.mark.parametrize("state", LANDED)
def test_what_is_held_for_this_manifest_and_not_wanted_is_an_orphan(state):
    left = known(state, wanted=False)
    action = only([], [left], {PATH: SIZE})
    assert short(action) == ("orphan", "no longer in manifest")
    for name in ("key", "dataset", "region", "image", "display_id", "product", "size"):
        assert getattr(action, name) == getattr(left, name)
    assert action.path == PATH


def test_an_orphan_without_a_recorded_place_has_none():
    assert only([], [known(paths=())]).path == ""


def test_what_another_manifest_holds_is_not_ours_to_mention():
    assert decide([], [known(claimed=False, wanted=False)], {PATH: SIZE}) == ()


@pytest.mark.parametrize("state", sorted(set(get_args(State)) - set(LANDED)))
def test_what_never_landed_and_is_not_wanted_is_forgotten(state):
    assert decide([], [known(state)]) == ()


def test_what_another_manifest_holds_is_kept_when_we_want_it_too():
    assert only([asset()], [known(claimed=False, wanted=False)], {PATH: SIZE}).verb == "keep"


# Reprocessing: the same image under a new display id.

OLD_PATH = f"ds/{OLD}/B2.TIF"


def old(suffix="B2.TIF", state="held", image=OLD, **rest):
    return known(state, suffix, image, paths=(f"ds/{image}/{suffix}",), **rest)


def by_key(actions):
    return {a.key: a for a in actions}


def test_a_reprocessed_image_supersedes_what_is_held():
    new, before = by_key(decide([asset()], [old()], {OLD_PATH: SIZE})).values()
    if new.verb == "orphan":
        new, before = before, new
    assert short(new) == ("supersede", f"replaces {OLD}")
    assert new.replaces == before.key
    assert (new.source, new.path) == (None, PATH)
    assert short(before) == ("orphan", f"replaced by {NEW}")
    assert before.path == OLD_PATH


@pytest.mark.parametrize(
    ("state", "reason"),
    [
        ("wanted", f"replaces {OLD}"),
        ("failed", "failed once: timeout"),
        ("requested", "ordered before, not fetched yet"),
        ("partial", "not fetched completely"),
        ("unavailable", "was unavailable: timeout"),
    ],
)
def test_what_supersedes_still_does_so_at_the_next_attempt(state, reason):
    before = known(state, paths=(), attempts=1, reason="timeout")
    action = by_key(decide([asset()], [before, old()], {}))[asset().key]
    assert short(action) == ("supersede", reason)
    assert action.replaces == old().key


def test_once_the_successor_is_held_it_is_kept_and_the_predecessor_stays_an_orphan():
    actions = by_key(decide([asset()], [known(), old(state="superseded")], {PATH: SIZE, OLD_PATH: SIZE}))
    assert short(actions[asset().key]) == ("keep", "held")
    assert short(actions[old().key]) == ("orphan", f"replaced by {NEW}")


@pytest.mark.parametrize(
    ("wanted", "before"),
    [
        (asset(missing="the image has no band B2"), []),
        (asset(), [known("tombstoned")]),
    ],
)
def test_what_cannot_be_fetched_supersedes_nothing(wanted, before):
    action = by_key(decide([wanted], [*before, old()], {}))[wanted.key]
    assert action.verb in {"unavailable", "tombstoned"}
    assert action.replaces is None


@pytest.mark.parametrize(
    "other",
    [
        old("B3.TIF"),
        old(entity="ANOTHER"),
        replace(old(), dataset="other", key=f"other/{OLD}_B2.TIF"),
        old(claimed=False),
        old(state="failed"),
        old(state="tombstoned"),
    ],
)
def test_only_the_same_file_of_the_same_image_of_this_manifest_is_superseded(other):
    assert short(by_key(decide([asset()], [other]))[asset().key]) == ("get", "never fetched")


def test_files_that_share_a_band_name_supersede_each_its_own():
    suffixes = ("MTL.txt", "MTL.xml")
    actions = by_key(decide([asset(s) for s in suffixes], [old(s) for s in suffixes]))
    for suffix in suffixes:
        assert actions[asset(suffix).key].replaces == old(suffix).key
        assert short(actions[old(suffix).key]) == ("orphan", f"replaced by {NEW}")


def test_another_file_of_the_same_processing_supersedes_nothing():
    held = known(suffix="MTL.txt", paths=("m.txt",))
    actions = by_key(decide([asset("MTL.xml")], [held], {"m.txt": SIZE}))
    assert short(actions[asset("MTL.xml").key]) == ("get", "never fetched")
    assert short(actions[held.key]) == ("orphan", "no longer in manifest")


@pytest.mark.parametrize(("first", "second"), [("superseded", "held"), ("held", "superseded")])
def test_of_several_predecessors_the_one_that_is_still_held_is_replaced(first, second):
    between = "LC09_L1TP_011059_20230328_20230401_02_T2"
    before = [old(state=first), old(state=second, image=between)]
    actions = by_key(decide([asset()], before))
    (held,) = [k for k in before if k.state == "held"]
    assert actions[asset().key].replaces == held.key
    assert [short(actions[k.key]) for k in before] == [("orphan", f"replaced by {NEW}")] * 2


# All products together.


def test_actions_are_ordered_by_path_then_key():
    several = [asset(s, paths=(p,)) for s, p in (("MTL.txt", "b"), ("B2.TIF", "b"), ("QA.TIF", "a"))]
    assert [(a.path, a.product) for a in decide(several)] == [("a", "QA"), ("b", "B2"), ("b", "MTL")]


def test_nothing_wanted_and_nothing_held_is_nothing_to_do():
    assert decide() == ()


_PATHS = ("a", "b", "c")


@st.composite
def situations(draw):
    """Wanted and known products over few images, versions and bands, and some files of the store."""
    names = st.tuples(
        st.sampled_from(["B2.TIF", "MTL.txt", "MTL.xml"]), st.sampled_from([OLD, NEW]), st.sampled_from(["E", "F"])
    )
    wanted = {
        f"{e}{i}{s}": asset(s, f"{e}{i}", paths=_places(draw, e, i, s, least=1), entity=e, missing=draw(_MISSING))
        for s, i, e in draw(st.lists(names, unique=True, max_size=6))
    }
    knowns = {
        f"{e}{i}{s}": known(
            draw(st.sampled_from(get_args(State))),
            s,
            f"{e}{i}",
            paths=_places(draw, e, i, s, least=0),
            entity=e,
            claimed=draw(st.booleans()),
        )
        for s, i, e in draw(st.lists(names, unique=True, max_size=8))
    }
    every = [path for holder in (*wanted.values(), *knowns.values()) for path in holder.paths]
    some = st.dictionaries(st.sampled_from(every), st.sampled_from([0, SIZE])) if every else st.just({})
    return tuple(wanted.values()), {k.key: k for k in knowns.values()}, draw(some)


_MISSING = st.sampled_from([None, None, None, "the image has no such band"])


def _places(draw, entity, image, suffix, *, least):
    tops = draw(st.lists(st.sampled_from(_PATHS), unique=True, min_size=least, max_size=3))
    return tuple(f"{top}/{entity}{image}_{suffix}" for top in tops)


@given(situations())
def test_every_wanted_and_every_held_product_has_exactly_one_action(situation):
    wanted, knowns, on_disk = situation
    keys = [a.key for a in diff(wanted, knowns, on_disk)]
    held = {k.key for k in knowns.values() if k.claimed and k.state in LANDED}
    assert len(keys) == len(set(keys))
    assert set(keys) == {a.key for a in wanted} | held


@given(situations(), st.randoms(use_true_random=False))
def test_the_order_of_the_arguments_makes_no_difference(situation, dice):
    wanted, knowns, on_disk = situation
    shuffled = [dict(dice.sample(sorted(m.items()), len(m))) for m in (knowns, on_disk)]
    assert diff(dice.sample(wanted, len(wanted)), *shuffled) == diff(wanted, knowns, on_disk)


@given(situations())
def test_every_action_is_of_a_known_verb_and_says_why(situation):
    wanted, knowns, on_disk = situation
    missing = {a.key for a in wanted if a.missing}
    for action in diff(wanted, knowns, on_disk):
        assert action.verb in VERBS
        assert action.reason
        assert (action.replaces is not None) == (action.verb == "supersede")
        assert action.verb not in FETCHING or action.source or action.key not in missing
        if action.source is not None:
            assert on_disk[action.source] == knowns[action.key].size
            assert action.source not in (action.path, *action.links)


@given(situations())
def test_once_a_plan_is_done_the_next_has_nothing_to_do(situation):
    """What landed is recorded as the catalog records it: new places first, and earlier ones stay recorded."""
    wanted, knowns, on_disk = situation
    knowns, on_disk = dict(knowns), dict(on_disk)
    before = diff(wanted, knowns, on_disk)
    for action in (a for a in before if a.verb in FETCHING):
        places = (action.path, *action.links)
        on_disk |= dict.fromkeys(places, SIZE)
        earlier = knowns[action.key].paths if action.key in knowns else ()
        knowns[action.key] = Known(
            action.key,
            action.dataset,
            action.region,
            action.image,
            action.display_id,
            action.product,
            "held",
            places + tuple(p for p in earlier if p not in places),
            SIZE,
            DIGEST,
            wanted=True,
            claimed=True,
        )
        if action.replaces:
            knowns[action.replaces] = replace(knowns[action.replaces], state="superseded")
    after = by_key(diff(wanted, knowns, on_disk))
    for action in before:
        expected = "keep" if action.verb in FETCHING else action.verb
        assert after[action.key].verb == expected
    assert not [a for a in after.values() if a.verb in FETCHING]


# What M2M can deliver, filled in.

ROUTES = (Route("E", "p1", "ls_zip", available=False), Route("E", "p2", "dds_ms", available=True))
PRODUCT = Product(f"{NEW}_B2.TIF", "B2", 99, exact=True, digest="sha512:cd", routes=ROUTES)


def listings(*products, image=NEW):
    return {image: Listing("ds", SCENE, image, products)}


def test_detail_fills_in_size_digest_and_the_routes_that_are_open():
    (action,) = detail(decide([asset()]), listings(PRODUCT))
    assert (action.verb, action.reason) == ("get", "never fetched")
    assert (action.size, action.exact, action.digest) == (99, True, "sha512:cd")
    assert action.routes == ROUTES[1:]


@pytest.mark.parametrize("announced", [PRODUCT, replace(PRODUCT, size=60, exact=False, digest=None)])
def test_what_a_lock_pins_counts_more_than_what_m2m_announces(announced):
    (action,) = detail(decide([asset(size=99, exact=True, digest="sha512:cd")]), listings(announced))
    assert (action.verb, action.size, action.exact, action.digest) == ("get", 99, True, "sha512:cd")


@pytest.mark.parametrize("pin", [{"digest": "sha512:ef"}, {"size": 98, "exact": True}])
def test_what_cannot_be_what_is_locked_is_unavailable(pin):
    (action,) = detail(decide([asset(**pin)]), listings(PRODUCT))
    assert short(action) == ("unavailable", "USGS has another file of this name than the one that is locked")


@pytest.mark.parametrize("before", [[], [known(paths=())], [old()]])
def test_detail_is_for_everything_that_is_fetched(before):
    actions = detail(decide([asset()], before), listings(PRODUCT))
    assert by_key(actions)[asset().key].size == 99


@pytest.mark.parametrize(
    ("listed", "reason", "size"),
    [
        ({}, "USGS no longer lists this file", None),
        (listings(), "USGS no longer lists this file", None),
        (listings(PRODUCT, image=OLD), "USGS no longer lists this file", None),
        (listings(replace(PRODUCT, routes=ROUTES[:1])), "USGS lists it but cannot deliver it now", 99),
        (listings(replace(PRODUCT, routes=())), "USGS lists it but cannot deliver it now", 99),
    ],
)
def test_what_m2m_cannot_deliver_becomes_unavailable(listed, reason, size):
    (action,) = detail(decide([asset()]), listed)
    assert short(action) == ("unavailable", reason)
    assert (action.size, action.routes, action.tolerated) == (size, (), False)


@pytest.mark.parametrize(
    "actions",
    [
        decide([asset()], [known()], {PATH: SIZE}),
        decide([asset(paths=(PATH, COPY))], [known()], {PATH: SIZE}),
        decide([], [known()], {PATH: SIZE}),
        decide([asset()], [known("tombstoned")]),
        decide([asset(missing="the image has no band B2")]),
    ],
    ids=["keep", "link", "orphan", "tombstoned", "unavailable"],
)
def test_what_needs_no_fetching_needs_no_listing(actions):
    assert detail(actions, {}) == actions
