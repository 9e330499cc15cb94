"""What a report tells of products: the state of each for a person, sums by image and region, what is in the way."""

from datetime import date
from typing import get_args

import pytest
from hypothesis import given
from hypothesis import strategies as st

from m2msync.core.advice import advice
from m2msync.core.holding import Known, State
from m2msync.core.model import Image
from m2msync.core.overview import STATES, Share, Trouble, overview, place, portrayed
from m2msync.core.standing import standings

NAME = "LC09_L1TP_011059_20230328_20230329_02_T1"


def known(state="held", band="B2", *, name=NAME, region="r", wanted=True, claimed=True, **rest):
    paths = (f"{name}_{band}",) if state in ("held", "superseded") else ()
    facts = {"paths": paths, "size": 7, "reason": "because"}
    key = f"ds/{name}_{band}"
    return Known(key, "ds", region, "E", name, band, state, wanted=wanted, claimed=claimed, **facts | rest)


def there(_path):
    return 7


def summed(*products, images=None, size_of=there):
    return overview(products, size_of, lambda _dataset, _names: images or {})


@pytest.mark.parametrize(
    ("product", "size_of", "state"),
    [
        (known(), there, "held"),
        (known(), lambda _: None, "missing"),
        (known(), lambda _: 6, "damaged"),
        (known("staging"), there, "ordered"),
        (known("partial"), there, "ordered"),
        (known("wanted"), there, "missing"),
        (known("unavailable"), there, "unavailable"),
        (known("failed"), there, "failed"),
        (known("superseded", wanted=False), there, "superseded"),
        (known(wanted=False), there, "orphan"),
        (known("tombstoned"), there, "forgotten"),
    ],
)
def test_how_a_product_is_shown(product, size_of, state):
    assert place(product, size_of).state == state


@pytest.mark.parametrize(
    "product",
    [known(claimed=False, wanted=False), known("failed", wanted=False), known("tombstoned", claimed=False)],
)
def test_what_is_nobodys_business_is_not_shown(product):
    assert place(product, there) is None
    assert summed(product).images == ()


def test_an_image_has_the_state_of_its_worst_product():
    (image,) = summed(known(), known("failed", "B3"), known("staging", "B4"), known(band="B5", wanted=False)).images
    assert (image.state, image.held, image.wanted, image.bytes) == ("failed", 1, 3, 14)


def test_what_m2m_told_of_an_image_is_shown_and_its_day_is_in_its_name_too():
    told = Image("ds", "E", NAME, date(2023, 3, 27), 12.5, footprint=((0, 0), (1, 0), (1, 1)))
    (image,) = summed(known(), images={NAME: told}).images
    assert (image.acquired, image.cloud_cover, image.footprint) == (told.acquired, 12.5, told.footprint)
    (image,) = summed(known()).images
    assert (image.acquired, image.cloud_cover, image.footprint) == (date(2023, 3, 28), None, ())
    (image,) = summed(known(name="frame")).images
    assert image.acquired is None


def test_images_come_newest_first_and_those_without_a_day_last():
    names = ["LC09_L1TP_011059_20220101_20230329_02_T1", "frame", NAME]
    assert [i.display_id for i in summed(*(known(name=n) for n in names)).images] == [NAME, names[0], "frame"]


def test_completeness_counts_wanted_products_by_region_and_band():
    told = summed(
        known(band="B10"), known("failed", "B2"), known(band="B2", name="other"), known(band="B2", region="s"),
        known(band="B3", wanted=False),
    )  # fmt: skip
    r, s = told.completeness
    assert (r.region, list(r.bands.items()), r.bytes) == ("r", [("B2", Share(1, 2)), ("B10", Share(1, 1))], 14)
    assert (r.whole, s.whole) == (Share(2, 3), Share(1, 1))
    assert told.bytes_held == 21


def test_what_is_in_the_way_is_told_once_for_a_reason_the_worst_first():
    told = summed(known("failed"), known("failed", "B3"), known("wanted", "B4"), known(wanted=False, band="B5"))
    assert [(t.state, t.reason, len(t.keys)) for t in told.troubles] == [
        ("failed", "because", 2),
        ("missing", "because", 1),
        ("orphan", "no longer in manifest", 1),
    ]


@given(st.lists(st.tuples(st.sampled_from(get_args(State)), st.booleans(), st.sampled_from([None, 6, 7]))))
def test_it_counts_as_status_does(drawn):
    sizes, products = {}, []
    for n, (state, wanted, size) in enumerate(drawn):
        product = known(state, f"B{n}", wanted=wanted)
        products.append(product)
        sizes |= dict.fromkeys(product.paths, size)
    told, status = summed(*products, size_of=sizes.get), standings(products, sizes.get)
    assert told.products.get("held", 0) == status.held
    assert told.bytes_held == status.bytes_held
    waiting = ("missing", "ordered", "unavailable")
    for state, shown in (("missing", waiting), ("failed", ["failed"]), ("damaged", ["damaged"])):
        assert sum(told.products.get(s, 0) for s in shown) == [p.state for p in status.problems].count(state)
    assert sum(c.whole.wanted for c in told.completeness) == status.wanted


def test_pictures_are_of_the_newest_and_regions_take_turns():
    days = ["20230101", "20230102", "20230103", "20230104"]
    names = [f"LC09_L1TP_011059_{day}_20230329_02_T1" for day in days]
    images = summed(
        *(known(name=n) for n in names), known(name="frame", region="s"), known("failed", name="x")
    ).images
    assert [i.display_id for i in portrayed(images, 3)] == [names[3], "frame", names[2]]
    assert portrayed(images, 0) == []
    assert len(portrayed(images, 99)) == 5


@pytest.mark.parametrize("state", STATES)
def test_advice_ends_with_a_command_to_copy(state):
    sentence, command = advice(Trouble(state, "why", True, ("ds/a b",)), "my coast.yaml")
    assert bool(sentence) == (state not in ("held", "forgotten"))
    assert "{" not in sentence + command
    if command:
        assert command.startswith("m2msync ")
        assert "'my coast.yaml'" in command


def test_what_running_again_does_not_help_can_be_forgotten():
    assert advice(Trouble("failed", "gone", False, ("ds/it's",)), "c.yaml") == (
        "Running again will not help. To have one never tried again:",
        """m2msync forget c.yaml 'ds/it'"'"'s'""",
    )
