"""What may be unpacked, and how it is known beside its bundle."""

from __future__ import annotations

import tarfile
from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from m2msync.core.holding import Known
from m2msync.core.model import Acquisition, Region
from m2msync.core.unpacking import (
    as_asset,
    bundle_of,
    folder_of,
    is_member,
    members_of,
    name_in,
    objection,
    plain_name,
)

ID = "LC09_L1TP_011059_20230328_20230329_02_T1"
BUNDLE = Known(f"ds/{ID}.tar", "ds", "coast", "E", ID, "bundle", "held", (f"ds/{ID}/{ID}.tar",), 100)
MEMBER = replace(BUNDLE, key=f"ds/{ID}.tar/{ID}_B2.TIF", product="B2")


def member(name: str, size: int = 1, kind: bytes = tarfile.REGTYPE) -> tarfile.TarInfo:
    made = tarfile.TarInfo(name)
    made.size, made.type = size, kind
    return made


def test_a_member_is_known_by_its_bundle_and_lies_beside_it():
    asset = as_asset(BUNDLE, f"{ID}_B2.TIF", BUNDLE.paths)
    assert (asset.key, asset.product) == (MEMBER.key, "B2")
    assert asset.paths == (f"ds/{ID}/{ID}/{ID}_B2.TIF",)
    assert as_asset(MEMBER, f"{ID}_B2.TIF", BUNDLE.paths) == asset
    assert (is_member(asset.key), bundle_of(asset.key), is_member(BUNDLE.key)) == (True, BUNDLE.key, False)
    assert BUNDLE.key < asset.key


def test_a_member_in_a_folder_stays_in_it():
    asset = as_asset(BUNDLE, f"maps/{ID}_B2.TIF", BUNDLE.paths)
    assert (asset.key, asset.product) == (f"{BUNDLE.key}/maps/{ID}_B2.TIF", "B2")
    assert asset.paths == (f"ds/{ID}/{ID}/maps/{ID}_B2.TIF",)
    assert (is_member(asset.key), bundle_of(asset.key), name_in(asset.key)) == (
        True,
        BUNDLE.key,
        f"maps/{ID}_B2.TIF",
    )
    assert as_asset(replace(MEMBER, key=asset.key), name_in(asset.key), BUNDLE.paths) == asset


def test_a_bundle_at_the_top_of_the_store_is_unpacked_there():
    assert folder_of(f"{ID}.tar", ID) == ID


@pytest.mark.parametrize(
    ("entry", "wanted"),
    [
        (Acquisition("ds", (Region("coast"),), (), unpack=True), True),
        (Acquisition("ds", (Region("coast"),), ()), False),
        (Acquisition("ds", (Region("bay"),), (), unpack=True), False),
        (Acquisition("other", (Region("coast"),), (), unpack=True), False),
    ],
)
def test_members_are_wanted_where_their_bundle_is_unpacked(entry, wanted):
    assert members_of([BUNDLE, MEMBER], [entry]) == ({BUNDLE.key: [MEMBER]} if wanted else {})


@pytest.mark.parametrize(
    ("members", "told"),
    [
        ([member("a"), member("b")], None),
        ([], "it has no members"),
        ([member("a"), member("A")], "'A' stands in it twice"),
        ([member("a/b"), member("a/c/b"), member("a", kind=tarfile.DIRTYPE), member("./d")], None),
        ([member(".", kind=tarfile.DIRTYPE), member("./a/b")], None),
        ([member("a/../b")], "'a/../b' in it is no plain name"),
        ([member("a//b")], "'a//b' in it is no plain name"),
        ([member("a/./b")], "'a/./b' in it is no plain name"),
        ([member("././a")], "'././a' in it is no plain name"),
        ([member("a/.m2msync/b")], "'a/.m2msync/b' in it is no plain name"),
        ([member("a/b\\c")], "'a/b\\\\c' in it is no plain name"),
        ([member("/".join("abcdefghi"))], "'a/b/c/d/e/f/g/h/i' in it is no plain name"),
        ([member("../a", kind=tarfile.DIRTYPE), member("b")], "'../a' in it is no plain name"),
        ([member("a/b"), member("A")], "'A' in it is a file and a folder"),
        ([member("a"), member("A", kind=tarfile.DIRTYPE)], "'a' in it is a file and a folder"),
        ([member("a/b"), member("./A/B")], "'./A/B' stands in it twice"),
        ([member("a", kind=tarfile.DIRTYPE)], "it has no members"),
        ([member("..")], "'..' in it is no plain name"),
        ([member("/etc/cron.d/x")], "'/etc/cron.d/x' in it is no plain name"),
        ([member("C:\\x")], "'C:\\\\x' in it is no plain name"),
        ([member(".m2msync")], "'.m2msync' in it is no plain name"),
        ([member("a", kind=tarfile.LNKTYPE)], "'a' in it is no plain file"),
        ([member("a", kind=tarfile.CHRTYPE)], "'a' in it is no plain file"),
        ([member("nul")], "'nul' in it is no plain name"),
        ([member("a", kind=tarfile.SYMTYPE)], "'a' in it is no plain file"),
        ([member("a", kind=tarfile.FIFOTYPE)], "'a' in it is no plain file"),
        ([member("a", 60), member("b", 60)], "its members claim more bytes than it has"),
        ([member(f"m{n}", 0) for n in range(65_537)], "it has 65,537 members"),
    ],
)
def test_what_must_not_be_unpacked(members, told):
    assert objection(members, 100) == told


@given(st.lists(st.text(max_size=20), min_size=1, max_size=4))
def test_whatever_is_unpacked_has_plain_names_of_its_own(names):
    if objection([member(name) for name in names], 100) is None:
        parts = [plain_name(name).split("/") for name in names]
        assert len({"/".join(several).casefold() for several in parts}) == len(names)
        assert not any(
            set(p) & set('\\:*?"<>|\0') or p.startswith(".") or not p for several in parts for p in several
        )
