"""How things stand, without asking M2M: each state of a product, with and without its file."""

from __future__ import annotations

from typing import get_args

import pytest
from hypothesis import given
from hypothesis import strategies as st

from m2msync.core.holding import Known, State
from m2msync.core.result import Standing, Status
from m2msync.core.standing import standings

LANDED = ("held", "superseded")


def known(state="held", *, name="B2.TIF", wanted=True, claimed=True, **rest):
    facts = {"paths": (f"x/{name}",), "size": 7, "reason": "because", "attempts": 2, "rerun_helps": False}
    return Known(f"ds/{name}", "ds", "r", "E", "X", "B2", state, wanted=wanted, claimed=claimed, **facts | rest)


WHOLE = {"x/B2.TIF": 7}


@pytest.mark.parametrize("state", LANDED)
def test_what_is_wanted_and_whole_is_counted_and_not_named(state):
    assert standings([known(state)], WHOLE.get) == ((), 1, 1, 7)


@pytest.mark.parametrize(
    ("product", "expected"),
    [
        (known("failed"), Standing("ds/B2.TIF", "x/B2.TIF", "failed", "because", 2, rerun_helps=False)),
        (known("staging"), Standing("ds/B2.TIF", "x/B2.TIF", "missing", "ordered, not fetched yet")),
        (known("unavailable"), Standing("ds/B2.TIF", "x/B2.TIF", "missing", "because")),
        (known("wanted", paths=(), reason=""), Standing("ds/B2.TIF", "", "missing", "never fetched")),
        (known(wanted=False), Standing("ds/B2.TIF", "x/B2.TIF", "orphan", "no longer in manifest")),
        (known("superseded", wanted=False), Standing("ds/B2.TIF", "x/B2.TIF", "orphan", "no longer in manifest")),
        (known("failed", wanted=False), None),
        (known("wanted", wanted=False), None),
        (known("tombstoned"), None),
        (known("tombstoned", wanted=False), None),
        (known(claimed=False, wanted=False), None),
    ],
)
def test_each_state_stands_as_the_manifest_sees_it(product, expected):
    problems, _, held, size = standings([product], WHOLE.get)
    assert problems == ((expected,) if expected else ())
    assert (held, size) == (0, 0)


@pytest.mark.parametrize(
    ("on_disk", "state", "path", "reason"),
    [
        ({}, "missing", "x/B2.TIF", "file missing on disk"),
        ({"x/B2.TIF": 6, "y/B2.TIF": 7}, "damaged", "x/B2.TIF", "size on disk differs: 6 bytes, recorded 7"),
        ({"x/B2.TIF": 0, "y/B2.TIF": 7}, "damaged", "x/B2.TIF", "size on disk differs: 0 bytes, recorded 7"),
        ({"x/B2.TIF": 7}, "missing", "y/B2.TIF", "file missing on disk"),
        ({"x/B2.TIF": 7, "y/B2.TIF": 8}, "damaged", "y/B2.TIF", "size on disk differs: 8 bytes, recorded 7"),
    ],
)
def test_every_copy_has_to_be_whole(on_disk, state, path, reason):
    product = known(paths=("x/B2.TIF", "y/B2.TIF"))
    problems, _, held, size = standings([product], on_disk.get)
    assert problems == (Standing("ds/B2.TIF", path, state, reason),)
    assert (held, size) == (0, 0)


def test_what_was_pruned_is_neither_missing_nor_an_orphan():
    for wanted in (True, False):
        assert standings([known("tombstoned", wanted=wanted, paths=(), pruned_under="d1")], {}.get) == ((), 0, 0, 0)


def test_an_orphan_is_an_orphan_also_when_its_file_is_gone():
    (problem,), *_ = standings([known(wanted=False)], {}.get)
    assert problem.state == "orphan"


def test_problems_are_ordered_by_path():
    several = [known("failed", name="b"), known("failed", name="a"), known("failed", name="c", paths=())]
    problems, *_ = standings(several, {}.get)
    assert [p.path for p in problems] == ["", "x/a", "x/b"]


_PRODUCTS = st.lists(
    st.builds(
        known,
        st.sampled_from(get_args(State)),
        name=st.sampled_from("abcdef"),
        wanted=st.booleans(),
        size=st.integers(1, 3),
    ),
    unique_by=lambda k: k.key,
)
_DISKS = st.dictionaries(st.sampled_from([f"x/{name}" for name in "abcdef"]), st.integers(0, 3))


@given(_PRODUCTS, _DISKS)
def test_every_wanted_product_is_held_or_named_unless_it_was_deleted_on_purpose(products, on_disk):
    problems, _, held, size = standings(products, on_disk.get)
    named = {p.key for p in problems if p.state != "orphan"}
    wanted = [k for k in products if k.wanted and k.state != "tombstoned"]
    assert held + len(named) == len(wanted)
    assert size == sum(k.size for k in wanted if k.key not in named)
    assert {p.key for p in problems if p.state == "orphan"} == {
        k.key for k in products if not k.wanted and k.state in LANDED
    }


@given(_PRODUCTS, _DISKS)
def test_the_order_of_products_makes_no_difference(products, on_disk):
    assert standings(reversed(products), on_disk.get) == standings(products, on_disk.get)


def test_a_status_counts_its_problems_by_state():
    states = ["missing", "failed", "failed", "damaged", "orphan", "orphan", "orphan"]
    problems = tuple(Standing(f"ds/{n}", f"x/{n}", state, "because") for n, state in enumerate(states))
    status = Status("coast", 10, 4, 99, problems, "2026-01-02T03:04:05Z")
    counts = {"wanted": 10, "held": 4, "missing": 1, "failed": 2, "damaged": 1, "orphan": 3, "bytes_held": 99}
    assert status.summary() == counts
    shown = status.to_json()
    assert list(shown) == ["schema_version", "kind", "manifest", "last_run", "edited", "summary", "problems"]
    assert (shown["schema_version"], shown["kind"], shown["manifest"]) == (1, "status", "coast")
    assert shown["summary"] == counts
    assert shown["last_run"] == "2026-01-02T03:04:05Z"
    assert shown["problems"][1] == {
        "key": "ds/1",
        "path": "x/1",
        "state": "failed",
        "reason": "because",
        "attempts": 0,
        "rerun_helps": True,
    }
