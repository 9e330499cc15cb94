"""Which images are wanted: the rank of each in its scene, whatever the order they come in."""

from __future__ import annotations

from dataclasses import replace
from datetime import date
from typing import get_args

import pytest
from hypothesis import given
from hypothesis import strategies as st

from m2msync.core.model import Acquisition, Image, Preference, Region
from m2msync.core.select import RANKING, Selected, select

PREFERENCES = get_args(Preference)
SCENES = ("region", "path_row")


def image(entity, day=None, cloud=None, cell=None):
    acquired = date(2023, 1, day) if day else None
    path, row = cell or (None, None)
    return Image("ds", entity, f"d-{entity}", acquired, cloud, path, row)


def acquisition(**options):
    return Acquisition("ds", (Region("a", ()),), ("B2",), **options)


def names(chosen):
    return [s.image.entity_id for s in chosen]


@pytest.mark.parametrize(
    ("prefer", "expected"),
    [
        ("newest", ["new", "mid", "old", "undated"]),
        ("oldest", ["old", "mid", "new", "undated"]),
        ("least_cloudy", ["mid", "new", "old", "undated"]),
    ],
)
def test_prefer_ranks_and_puts_the_unknown_last(prefer, expected):
    several = [image("undated"), image("old", 1, 5.0), image("new", 9, 5.0), image("mid", 5, 0.0)]
    assert names(select({"a": several}, acquisition(prefer=prefer))) == expected


@pytest.mark.parametrize("prefer", PREFERENCES)
def test_ties_are_broken_by_entity_id(prefer):
    several = [image(entity, 3, 7.0) for entity in ("b", "c", "a")]
    assert names(select({"a": several}, acquisition(prefer=prefer, images_per_scene=2))) == ["a", "b"]


def test_among_equally_cloudy_images_the_newer_comes_first():
    several = [image("a", 1, 3.0), image("b", 2, 3.0)]
    assert names(select({"a": several}, acquisition(prefer="least_cloudy"))) == ["b", "a"]


def test_no_clouds_at_all_is_better_than_unknown_clouds():
    several = [image("unknown", 9), image("clear", 1, 0.0)]
    assert names(select({"a": several}, acquisition(prefer="least_cloudy"))) == ["clear", "unknown"]


def test_every_region_is_a_scene_and_an_image_belongs_to_those_that_chose_it():
    shared, first, second = image("shared", 5), image("first", 9), image("second", 1)
    found = {"west": [shared, first], "east": [shared, second]}
    chosen = select(found, acquisition(images_per_scene=1))
    assert chosen == (Selected(first, ("west",)), Selected(shared, ("east",)))


def test_a_cell_is_one_scene_whatever_the_region_and_belongs_to_all_that_found_it():
    newer, older = image("newer", 9, cell=(6, 60)), image("older", 1, cell=(6, 60))
    other = image("other", 5, cell=(60, 6))
    found = {"west": [older, other], "east": [newer, older]}
    chosen = select(found, acquisition(images_per_scene=1, scene="path_row"))
    assert chosen == (Selected(newer, ("east",)), Selected(other, ("west",)))


def test_an_image_of_a_cell_belongs_to_every_region_that_found_it_in_the_manifests_order():
    only = image("only", 9, cell=(6, 60))
    chosen = select({"z": [only], "a": [only]}, acquisition(images_per_scene=1, scene="path_row"))
    assert chosen == (Selected(only, ("z", "a")),)


def test_images_without_path_and_row_are_scenes_of_their_own():
    several = [image("a", 1), image("b", 2), image("c", 3, cell=(6, 60)), image("d", 4, cell=(6, 60))]
    chosen = select({"a": several}, acquisition(images_per_scene=1, scene="path_row"))
    assert names(chosen) == ["d", "b", "a"]


def test_skipped_images_make_room_for_the_next_in_rank():
    several = [image("a", 3), image("b", 2), image("c", 1)]
    assert names(select({"a": several}, acquisition(images_per_scene=2), skip={"a"})) == ["b", "c"]


def test_without_a_number_of_images_per_scene_all_are_wanted():
    several = [image(str(n), 1 + n % 28) for n in range(50)]
    assert len(select({"a": several}, acquisition())) == 50


def test_nothing_found_is_nothing_wanted():
    assert select({}, acquisition()) == ()
    assert select({"a": []}, acquisition(images_per_scene=5)) == ()


_CELLS = st.none() | st.tuples(st.integers(1, 2), st.integers(1, 2))
_DAYS = st.none() | st.integers(1, 4)
_CLOUDS = st.none() | st.sampled_from([0.0, 1.0, 50.0])
_POOL = st.lists(st.tuples(_DAYS, _CLOUDS, _CELLS), max_size=12).map(
    lambda facts: [image(f"e{n:02d}", *fact) for n, fact in enumerate(facts)]
)


@st.composite
def searches(draw):
    pool = draw(_POOL)
    some = st.lists(st.sampled_from(pool), max_size=15) if pool else st.just([])
    return {region: draw(some) for region in draw(st.permutations(["a", "b", "c"]))}


wishes = st.builds(
    acquisition,
    images_per_scene=st.none() | st.integers(1, 3),
    scene=st.sampled_from(SCENES),
    prefer=st.sampled_from(PREFERENCES),
)


@given(searches(), wishes, st.randoms(use_true_random=False))
def test_the_order_of_search_results_makes_no_difference(found, wish, dice):
    shuffled = {region: dice.sample(several, len(several)) for region, several in found.items()}
    assert select(shuffled, wish) == select(found, wish)


@given(searches(), wishes)
def test_the_order_of_regions_changes_only_the_order_of_their_names(found, wish):
    backwards = dict(reversed(found.items()))
    turned = [replace(s, regions=tuple(reversed(s.regions))) for s in select(backwards, wish)]
    assert tuple(turned) == select(found, wish)


@given(searches(), wishes)
def test_a_scene_has_exactly_its_best_images(found, wish):
    """Counted from outside: as many as there are up to the limit, and none left out is better than one taken."""
    chosen = select(found, wish)
    everything = {i.entity_id: i for several in found.values() for i in several}
    assert len(names(chosen)) == len(set(names(chosen)))
    for scene in _scenes(found, everything, wish):
        taken = [s.image for s in chosen if s.image in scene and _counts(s, scene, found, wish)]
        limit = wish.images_per_scene or len(scene)
        assert len(taken) == min(limit, len(scene))
        rank = RANKING[wish.prefer]
        left = [i for i in scene if i not in taken]
        assert all(rank(t) < rank(i) for t in taken for i in left)


def _scenes(found, everything, wish):
    if wish.scene == "region":
        return [list({i.entity_id: i for i in several}.values()) for several in found.values()]
    cells = {(i.path, i.row) for i in everything.values() if i.path}
    lonely = [[i] for i in everything.values() if i.path is None]
    return lonely + [[i for i in everything.values() if (i.path, i.row) == cell] for cell in cells]


def _counts(selected, scene, found, wish):
    regions = [r for r, several in found.items() if {i.entity_id for i in several} == {i.entity_id for i in scene}]
    return wish.scene == "path_row" or bool(set(regions) & set(selected.regions))


@given(searches(), wishes)
def test_every_chosen_image_belongs_to_regions_that_found_it_and_comes_best_first(found, wish):
    chosen = select(found, wish)
    assert [s.image for s in chosen] == sorted((s.image for s in chosen), key=RANKING[wish.prefer])
    for selected in chosen:
        finders = [region for region, several in found.items() if selected.image in several]
        assert selected.regions
        assert set(selected.regions) <= set(finders)
        assert list(selected.regions) == [r for r in found if r in selected.regions]
        if wish.scene == "path_row":
            assert list(selected.regions) == finders


@given(searches(), wishes, st.sets(st.integers(0, 11).map("e{:02d}".format)))
def test_skipping_some_never_costs_another_image_its_place(found, wish, skip):
    before, after = select(found, wish), select(found, wish, skip)
    assert not skip & set(names(after))
    kept = {(s.image.entity_id, r) for s in after for r in s.regions}
    assert {(s.image.entity_id, r) for s in before for r in s.regions if s.image.entity_id not in skip} <= kept


@given(searches(), wishes)
def test_asking_for_more_images_never_loses_one(found, wish):
    fewer = select(found, replace(wish, images_per_scene=1))
    assert set(names(fewer)) <= set(names(select(found, replace(wish, images_per_scene=2))))
