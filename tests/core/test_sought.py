"""What becomes of a file of each wanted product: follows from what an apply would do about the product."""

from __future__ import annotations

import pytest

from m2msync.core.model import Asset, Product, Route
from m2msync.core.plan import Action
from m2msync.core.sought import sought

ASSET = Asset("ds/X_B2.TIF", "ds", "r", "E", "X", "B2", "X_B2.TIF", ("a/X_B2.TIF", "b/X_B2.TIF"))
ANNOUNCED = {"size": 7, "exact": True, "digest": "sha512:aa"}
PRODUCT = Product("X_B2.TIF", "B2", **ANNOUNCED, routes=(Route("e", "p", "ls_s3", available=False),))


def action(verb, reason="because", **rest):
    facts = {"path": "a/X_B2.TIF", "links": ("b/X_B2.TIF",), **ANNOUNCED}
    return Action(ASSET.key, verb, reason, "ds", "r", "E", "X", "B2", **facts | rest)


def one(done, *, products=None, on_disk=()):
    (found,) = sought([ASSET], {ASSET.key: done}, products or {}, on_disk)
    assert found.asset.paths == ASSET.paths
    return found


@pytest.mark.parametrize("verb", ["get", "refetch", "supersede"])
def test_what_would_be_fetched_is_to_be_adopted_as_it_is_announced(verb):
    found = one(action(verb, replaces="ds/W_B2.TIF" if verb == "supersede" else None))
    assert found.open
    assert (found.asset.size, found.asset.exact, found.asset.digest) == (7, True, "sha512:aa")
    assert found.replaces == ("ds/W_B2.TIF" if verb == "supersede" else None)


def test_sizes_that_are_not_exact_stay_so():
    assert one(action("get", exact=False)).asset.exact is False


@pytest.mark.parametrize(
    "done", [action("keep"), action("get", source="c/X_B2.TIF"), action("refetch", source="c")]
)
def test_what_is_held_is_left_alone_and_known_by_what_is_recorded(done):
    found = one(done)
    assert (found.fate, found.open) == ("held", False)
    assert (found.asset.size, found.asset.exact, found.asset.digest) == (7, True, "sha512:aa")


def test_what_was_deleted_on_purpose_stays_away():
    assert (one(action("tombstoned")).fate, one(action("tombstoned")).open) == ("unwanted", False)


@pytest.mark.parametrize("path", ASSET.paths)
def test_a_damaged_file_of_the_store_is_left_alone(path):
    found = one(action("refetch"), on_disk={path: 6})
    assert found.fate == "refused"
    assert "damaged" in found.reason
    assert one(action("refetch"), on_disk={"c/X_B2.TIF": 6}).open
    assert one(action("get"), on_disk={path: 6}).open


def test_what_usgs_cannot_deliver_now_is_to_be_adopted_if_it_is_announced():
    found = one(action("unavailable", size=None, exact=False, digest=None), products={ASSET.key: PRODUCT})
    assert found.open
    assert (found.asset.size, found.asset.exact, found.asset.digest) == (7, True, "sha512:aa")


def test_what_may_not_be_written_where_it_is_wanted_is_refused():
    barred = ASSET._replace(barred="its place is taken")
    done = {ASSET.key: action("unavailable", "its place is taken")}
    (found,) = sought([barred], done, {ASSET.key: PRODUCT}, ())
    assert (found.fate, found.reason) == ("refused", "its place is taken")


def test_what_is_not_announced_at_all_cannot_be_compared():
    found = one(action("unavailable", "USGS lists no products of this image"), products={"ds/Y_B2.TIF": PRODUCT})
    assert (found.fate, found.reason) == ("refused", "USGS lists no products of this image")
