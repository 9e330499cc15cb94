"""The text of a lock: the same products always give the same lines, and come back from them."""

from __future__ import annotations

from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from m2msync.core.errors import Stale
from m2msync.core.holding import Known
from m2msync.core.lock import fill, successor_in, taken_over, updated
from m2msync.core.model import Acquisition, Asset, Manifest, Region
from m2msync.core.pins import digest_of, glance, read_head, read_pin, write_pins

DIGEST = "0f" * 32
T1 = "LC09_L1TP_011059_20230328_20230329_02_T1"


def asset(name: str = f"{T1}_B2.TIF", display_id: str = T1, **more: object) -> Asset:
    told = {"paths": (f"d/{display_id}/{name}",), "size": 7, "exact": True, "digest": "sha512:ab"} | more
    return Asset(f"d/{name}", "d", "coast", "IMAGE", display_id, "B2", name, **told)


def test_a_lock_reads_well():
    band, text = asset(), asset(f"{T1}_MTL.txt", size=None, digest=None, paths=("a/x", "b/x"), shared_by=("b",))
    assert "".join(write_pins(DIGEST, [text, band])) == (
        f"# m2msync lock 1, manifest digest {DIGEST}\n"
        "# Written by `m2msync lock`: keep it under version control, and change it with that command only.\n"
        "# product key\timage\tdisplay id\tband\tregions\tpaths\tsize\tdigest\n"
        f"d/{T1}_B2.TIF\tIMAGE\t{T1}\tB2\tcoast\td/{T1}/{T1}_B2.TIF\t7\tsha512:ab\n"
        f"d/{T1}_MTL.txt\tIMAGE\t{T1}\tB2\tcoast|b\ta/x|b/x\t-\t-\n"
    )


def test_a_nominal_size_is_not_locked():
    *_, line = write_pins(DIGEST, [asset(size=60_000_000, exact=False)])
    assert read_pin(line).size is None


NAMES = st.text(st.characters(exclude_categories=["Cc", "Cs", "Zl", "Zp"], exclude_characters="|\n\r/"), min_size=1)


@given(st.lists(st.tuples(NAMES, NAMES, st.none() | st.integers(0)), unique_by=lambda told: told[0]), st.randoms())
def test_products_come_back_in_order(told, random):
    assets = [
        asset(
            name, display_id, paths=(f"a/{name}", name), shared_by=(display_id,), size=size, exact=size is not None
        )
        for name, display_id, size in told
    ]
    random.shuffle(assets)
    head, _, _, *lines = write_pins(DIGEST, assets)
    assert read_head(head, "coast.lock").digest == DIGEST
    assert [read_pin(line) for line in lines] == sorted(assets, key=lambda a: a.key)
    assert [digest_of(line) for line in lines] == [a.digest for a in sorted(assets, key=lambda a: a.key)]
    assert [glance(line) for line in lines] == [
        (a.key, a.image, list(a.regions), list(a.paths)) for a in sorted(assets, key=lambda a: a.key)
    ]


@pytest.mark.parametrize(
    "line", ["", "\n", "<<<<<<< HEAD\n", "d/x\tI\n", "a\tb\tc\td\te\tf\tmany\th\n", "a\t" * 9 + "\n"]
)
def test_a_line_that_is_none_is_told(line):
    with pytest.raises(Stale, match="a line that is none of its own") as told:
        read_pin(line)
    assert "lock --update" in told.value.hint


@pytest.mark.parametrize(
    "line", ["", "version: 1\n", "# m2msync lock\n", f"# m2msync lock 1, manifest digest {DIGEST}"]
)
def test_what_is_no_lock_is_told(line):
    with pytest.raises(Stale, match=r"coast.lock is not a lock of m2msync"):
        read_head(line, "coast.lock")


def test_a_newer_lock_is_told():
    with pytest.raises(Stale, match="written by a newer m2msync"):
        read_head(f"# m2msync lock 2, manifest digest {DIGEST}\n", "coast.lock")


def test_what_is_held_says_more_than_what_was_announced():
    held = Known("k", "d", "r", "I", T1, "B2", "held", ("p",), 99, "sha512:cd")
    assert fill(asset(size=None, exact=False, digest=None), held) == asset(size=99, digest="sha512:cd")
    assert fill(asset(), replace(held, state="failed")) == asset()
    assert fill(asset(), None) == asset()


@pytest.mark.parametrize("pin", [{}, {"size": None, "exact": False}, {"digest": None}])
def test_what_is_locked_counts_more_than_what_is_held(pin):
    held = Known("k", "d", "r", "I", T1, "B2", "held", ("p",), 99, "sha512:cd")
    assert fill(asset(**pin), held) == asset(**pin)


def test_a_lock_tells_how_it_has_changed():
    later = "LC09_L1TP_011059_20230328_20230401_02_T1"
    before = [asset(), asset(f"{T1}_B3.TIF"), asset("gone.TIF")]
    now = [asset(f"{later}_B2.TIF", later), asset(f"{T1}_B3.TIF"), asset("new.TIF", digest=None)]
    locked = taken_over("coast.lock", before, now, changed=True)
    assert locked.to_json() == {
        "schema_version": 1,
        "kind": "lock",
        "path": "coast.lock",
        "changed": True,
        "summary": {"products": 3, "complete": 2, "added": 1, "removed": 1, "replaced": 1},
        "added": ["d/new.TIF"],
        "removed": ["d/gone.TIF"],
        "replaced": [{"before": f"d/{T1}_B2.TIF", "now": f"d/{later}_B2.TIF"}],
    }


def test_the_successor_of_a_file_is_the_latest_with_the_same_end():
    later = ["LC09_L1TP_011059_20230328_20230401_02_T1_B2.TIF", "LC09_L1TP_011059_20230328_20230402_02_T1_B2.TIF"]
    assert successor_in([*later, "x_B3.TIF"], f"d/{T1}_B2.TIF", T1) == later[1]
    assert successor_in(["x_B3.TIF"], f"d/{T1}_B2.TIF", T1) is None


REGIONS = ("north", "south", "west")
_WANTED = st.dictionaries(st.sampled_from("abc"), st.sets(st.sampled_from(REGIONS), min_size=1))


def wanted_by(regions: dict[str, set[str]], layout: str) -> list[Asset]:
    """Return products as a search for these regions finds them, at one path for each where the layout says so."""
    found = []
    for name, several in regions.items():
        first, *others = sorted(several, key=REGIONS.index)
        paths = dict.fromkeys(layout.format(region=r, name=name) for r in (first, *others))
        found.append(asset(name)._replace(region=first, shared_by=tuple(others), paths=tuple(paths)))
    return found


@pytest.mark.parametrize("layout", ["{region}/{name}", "{name}"])
@given(before=_WANTED, after=_WANTED, names=st.lists(st.sampled_from(REGIONS), min_size=1, unique=True))
def test_updating_some_regions_changes_just_what_these_want(layout, before, after, names):
    manifest = Manifest("m", "m.yaml", "s", "c", (Acquisition("d", tuple(map(Region, REGIONS)), ("B2",)),))
    found = wanted_by({n: its for n, rs in after.items() if (its := rs & {*names})}, layout)
    due = {n: (before.get(n, set()) - {*names}) | (after.get(n, set()) & {*names}) for n in "abc"}
    now = updated(wanted_by(before, layout), found, names, manifest)
    assert sorted(now) == sorted(wanted_by({n: rs for n, rs in due.items() if rs}, layout))


def test_updating_a_dataset_takes_only_what_it_wants_now():
    manifest = Manifest("m", "m.yaml", "s", "c", (Acquisition("d", (Region("coast"),), ("B2",)),))
    assert updated([asset("gone")], [asset("come")], ["d"], manifest) == [asset("come")]
