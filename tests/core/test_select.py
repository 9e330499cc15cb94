"""Which images are wanted: the rank of each in its scene, whatever the order they come in."""

from __future__ import annotations

from dataclasses import replace
from datetime import date
from itertools import pairwise
from typing import get_args

import pytest
from hypothesis import given
from hypothesis import strategies as st

from m2msync.core.model import Acquisition, CloudRange, Filters, Image, Per, Preference, Region
from m2msync.core.periods import period_of
from m2msync.core.select import Selected, fruitless, outdated, ranking, select

PREFERENCES = get_args(Preference)
RANKED = [preference for preference in PREFERENCES if preference != "spread"]
TIERS = ("T1", "T2", "RT")
SCENES = ("region", "path_row")


def image(entity, day=None, cloud=None, cell=None, tier=None):
    acquired = day if isinstance(day, date) else date(2023, 1, day) if day else None
    path, row = cell or (None, None)
    return Image("ds", entity, f"d-{entity}", acquired, cloud, path, row, tier)


def landsat(entity, tier, *, satellite=8, cell=(11, 59), taken="20230328", made="20230410"):
    path, row = cell
    name = f"LC{satellite:02}_L1TP_{path:03}{row:03}_{taken}_{made}_02_{tier}"
    return Image("ds", entity, name, date.fromisoformat(taken), 5.0, path, row, tier)


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


@pytest.mark.parametrize("prefer", RANKED)
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
_DAYS = st.none() | st.integers(1, 4) | st.dates(date(2021, 11, 1), date(2023, 3, 1))
_CLOUDS = st.none() | st.sampled_from([0.0, 1.0, 50.0])
_TIERS = st.none() | st.sampled_from(TIERS)
_POOL = st.lists(st.tuples(_DAYS, _CLOUDS, _CELLS, _TIERS), max_size=12).map(
    lambda facts: [image(f"e{n:02d}", *fact) for n, fact in enumerate(facts)]
)


@st.composite
def searches(draw):
    pool = draw(_POOL)
    some = st.lists(st.sampled_from(pool), max_size=15) if pool else st.just([])
    return {region: draw(some) for region in draw(st.permutations(["a", "b", "c"]))}


options = {
    "images_per_scene": st.none() | st.integers(1, 3),
    "scene": st.sampled_from(SCENES),
    "per": st.none() | st.sampled_from(get_args(Per)),
    "tiers": st.just(()) | st.lists(st.sampled_from(TIERS), min_size=1, unique=True).map(tuple),
}
ranked_wishes = st.builds(acquisition, prefer=st.sampled_from(RANKED), **options)
wishes = st.builds(acquisition, prefer=st.sampled_from(PREFERENCES), **options)


@given(searches(), wishes, st.randoms(use_true_random=False))
def test_the_order_of_search_results_makes_no_difference(found, wish, dice):
    shuffled = {region: dice.sample(several, len(several)) for region, several in found.items()}
    assert select(shuffled, wish) == select(found, wish)


@given(searches(), wishes)
def test_the_order_of_regions_changes_only_the_order_of_their_names(found, wish):
    backwards = dict(reversed(found.items()))
    turned = [replace(s, regions=tuple(reversed(s.regions))) for s in select(backwards, wish)]
    assert tuple(turned) == select(found, wish)


@given(searches(), ranked_wishes)
def test_a_scene_has_exactly_its_best_images(found, wish):
    """Counted from outside: as many as there are up to the limit, and none left out is better than one taken."""
    chosen = select(found, wish)
    found = {
        region: [i for i in several if not wish.tiers or i.tier in wish.tiers] for region, several in found.items()
    }
    everything = {i.entity_id: i for several in found.values() for i in several}
    assert len(names(chosen)) == len(set(names(chosen)))
    for scene in _periods(_scenes(found, everything, wish), wish):
        taken = [s.image for s in chosen if s.image in scene and _counts(s, scene, found, wish)]
        limit = wish.images_per_scene or len(scene)
        assert len(taken) == min(limit, len(scene))
        rank = ranking(wish)
        left = [i for i in scene if i not in taken]
        assert all(rank(t) < rank(i) for t in taken for i in left)


def _scenes(found, everything, wish):
    if wish.scene == "region":
        return [list({i.entity_id: i for i in several}.values()) for several in found.values()]
    cells = {(i.path, i.row) for i in everything.values() if i.path}
    lonely = [[i] for i in everything.values() if i.path is None]
    return lonely + [[i for i in everything.values() if (i.path, i.row) == cell] for cell in cells]


def _periods(scenes, wish):
    for scene in scenes:
        periods = {period_of(i.acquired, wish.per) for i in scene}
        yield from ([i for i in scene if period_of(i.acquired, wish.per) == period] for period in periods)


def _counts(selected, scene, found, wish):
    if wish.scene == "path_row":
        return True
    mine = {i.entity_id for i in scene}
    period = period_of(scene[0].acquired, wish.per)
    same = [
        r
        for r, several in found.items()
        if {i.entity_id for i in several if period_of(i.acquired, wish.per) == period} == mine
    ]
    return bool(set(same) & set(selected.regions))


@given(searches(), wishes)
def test_every_chosen_image_belongs_to_regions_that_found_it_and_comes_best_first(found, wish):
    chosen = select(found, wish)
    assert [s.image for s in chosen] == sorted((s.image for s in chosen), key=ranking(wish))
    for selected in chosen:
        finders = [region for region, several in found.items() if selected.image in several]
        assert selected.regions
        assert set(selected.regions) <= set(finders)
        assert list(selected.regions) == [r for r in found if r in selected.regions]
        if wish.scene == "path_row":
            assert list(selected.regions) == finders


@given(searches(), ranked_wishes, st.sets(st.integers(0, 11).map("e{:02d}".format)))
def test_skipping_some_never_costs_another_image_its_place(found, wish, skip):
    before, after = select(found, wish), select(found, wish, skip)
    assert not skip & set(names(after))
    kept = {(s.image.entity_id, r) for s in after for r in s.regions}
    assert {(s.image.entity_id, r) for s in before for r in s.regions if s.image.entity_id not in skip} <= kept


@given(searches(), ranked_wishes)
def test_asking_for_more_images_never_loses_one(found, wish):
    fewer = select(found, replace(wish, images_per_scene=1))
    assert set(names(fewer)) <= set(names(select(found, replace(wish, images_per_scene=2))))


@given(searches(), wishes)
def test_what_was_chosen_is_chosen_again(found, wish):
    chosen = select(found, wish)
    kept = {region: [s.image for s in chosen if region in s.regions] for region in found}
    assert select(kept, wish) == chosen


@given(searches(), wishes)
def test_a_scene_never_has_more_images_in_a_period_than_asked_for(found, wish):
    if wish.images_per_scene is None:
        return
    counted = {}
    for chosen in select(found, wish):
        i = chosen.image
        cell = (i.path, i.row) if i.path else i.entity_id
        for scene in chosen.regions if wish.scene == "region" else [cell]:
            counted.setdefault((scene, period_of(i.acquired, wish.per)), set()).add(i.entity_id)
    assert all(len(images) <= wish.images_per_scene for images in counted.values())


@given(searches(), wishes)
def test_a_later_tier_has_a_place_only_where_the_earlier_ones_leave_one(found, wish):
    """In whatever way images are preferred, and in every period."""
    if not wish.tiers or wish.scene == "path_row":
        return
    chosen = select(found, wish)
    assert {s.image.tier for s in chosen} <= set(wish.tiers)
    for region, several in found.items():
        taken = {s.image.entity_id for s in chosen if region in s.regions}
        for a in several:
            for b in several:
                same = period_of(a.acquired, wish.per) == period_of(b.acquired, wish.per)
                if same and {a.tier, b.tier} <= set(wish.tiers):
                    earlier = wish.tiers.index(a.tier) < wish.tiers.index(b.tier)
                    assert not (earlier and b.entity_id in taken and a.entity_id not in taken)


def test_a_spread_has_the_first_the_last_and_what_lies_between_evenly():
    several = [image(f"e{n:02}", n) for n in range(1, 26)]
    chosen = select({"a": several}, acquisition(prefer="spread", images_per_scene=5))
    assert [s.image.acquired.day for s in chosen] == [25, 19, 13, 7, 1]


def test_of_one_day_a_spread_takes_the_clearest_and_others_only_for_want_of_days():
    several = [image("hazy", 1, 40.0), image("clear", 1, 3.0), image("unknown", 9), image("b", 9, 1.0)]
    assert set(names(select({"a": several}, acquisition(prefer="spread", images_per_scene=2)))) == {"clear", "b"}
    assert len(select({"a": several}, acquisition(prefer="spread", images_per_scene=3))) == 3


def test_undated_images_are_the_last_resort_of_a_spread():
    several = [image("undated"), image("a", 1), image("b", 2)]
    assert names(select({"a": several}, acquisition(prefer="spread", images_per_scene=2))) == ["b", "a"]


@given(st.lists(st.integers(1, 31), min_size=2, max_size=20), st.integers(2, 6))
def test_no_image_between_two_spread_ones_would_close_a_gap_that_a_crowd_leaves_open(days, number):
    """A guarantee one can see: moving one image never makes the largest of its two gaps smaller without need."""
    several = [image(f"e{n:02}", day) for n, day in enumerate(days)]
    asked = acquisition(prefer="spread", images_per_scene=number)
    chosen = sorted(s.image.acquired.day for s in select({"a": several}, asked))
    if len(set(days)) < number:
        return
    assert (chosen[0], chosen[-1]) == (min(days), max(days))
    for before, here, after in zip(chosen, chosen[1:], chosen[2:], strict=False):
        best = min(max(day - before, after - day) for day in days if before < day < after)
        assert max(here - before, after - here) == best
    assert all(b > a for a, b in pairwise(chosen))


def test_each_month_has_its_own_images():
    several = [image(f"{month:02}{day:02}", date(2022, month, day)) for month in (1, 2, 4) for day in (3, 9, 20)]
    chosen = select({"a": several}, acquisition(per="month", images_per_scene=1))
    assert names(chosen) == ["0420", "0220", "0120"]
    chosen = select({"a": several}, acquisition(per="month", images_per_scene=1, prefer="spread"))
    assert names(chosen) == ["0409", "0209", "0109"]


def test_december_belongs_to_the_winter_that_follows():
    several = [image("nov", date(2021, 11, 30)), image("dec", date(2021, 12, 1)), image("feb", date(2022, 2, 28))]
    assert names(select({"a": several}, acquisition(per="season", images_per_scene=1))) == ["feb", "nov"]


def test_tiers_come_before_everything_else():
    several = [image("new", 9, 0.0, tier="T2"), image("old", 1, 9.0, tier="T1"), image("rt", 20, tier="RT")]
    for prefer in PREFERENCES:
        chosen = select({"a": several}, acquisition(tiers=("T1", "T2"), prefer=prefer, images_per_scene=1))
        assert names(chosen) == ["old"]


@pytest.mark.parametrize("tier", ["T1", "T2"])
def test_a_real_time_image_goes_once_the_final_one_is_there(tier):
    real_time, final = landsat("LGN00", "RT"), landsat("LGN01", tier, made="20230412")
    others = [
        landsat("other-day", "RT", taken="20230413"),
        landsat("other-satellite", "RT", satellite=9),
        landsat("other-cell", "RT", cell=(11, 60)),
    ]
    assert set(names(select({"a": [real_time, final, *others]}, acquisition()))) == {
        "LGN01",
        "other-day",
        "other-satellite",
        "other-cell",
    }
    # Also when only a neighbour's search found it, or it is wanted no more than that.
    assert names(select({"a": [real_time], "b": [final]}, acquisition())) == ["LGN01"]
    assert select({"a": [real_time, final]}, acquisition(tiers=("RT",))) == ()


@pytest.mark.parametrize("turn", [1, -1])
def test_of_two_processings_of_one_image_the_final_one_counts_then_the_latest(turn):
    several = [landsat("e", "RT", made="20230501"), landsat("e", "T1"), landsat("e", "T1", made="20230601")][::turn]
    (chosen,) = select({"a": several}, acquisition())
    assert chosen.image.display_id.endswith("20230601_02_T1")
    assert set(outdated({"a": several}).values()) == {chosen.image.display_id}


def test_a_warning_when_no_image_is_of_a_wanted_tier():
    several = {"a": [image("x", 1), image("y", 2, tier="T2")]}
    assert fruitless(several, acquisition(tiers=("T1",))) == (
        "ds: no image found is of tier T1, but of T2 or no tier; widen tiers or leave it out"
    )
    assert fruitless(several, acquisition(tiers=("T2",))) == fruitless(several, acquisition()) == ""


def test_a_warning_when_nothing_was_found():
    filters = Filters(months=(6,), cloud_cover=CloudRange(0, 0))
    asked = acquisition(filters=filters, tiers=("T1",))
    assert (
        fruitless({"a": []}, asked)
        == "ds: no image found in a; check where it lies, and widen cloud_cover or months"
    )
    assert fruitless({"a": [], "b": []}, acquisition()) == (
        "ds: no image found in a, b; check where they lie, and whether the dataset covers that"
    )
    assert fruitless({"a": [], "b": [image("x", 1)]}, acquisition()) == (
        "ds: no image found in a; check where it lies, and whether the dataset covers that"
    )
    assert fruitless({"b": [image("x", 1)]}, acquisition()) == fruitless({}, acquisition()) == ""
