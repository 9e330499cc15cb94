from __future__ import annotations

from dataclasses import replace
from datetime import date
from typing import TYPE_CHECKING

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from m2msync.catalog import Catalog
from m2msync.core.model import Image, Listing, Product, Route

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

B2 = Product("i_B2.TIF", "B2", 5, exact=True, digest="sha512:ab", routes=(Route("L1_I_B2", "5e82", "dds", True),))
MTL = Product("i_MTL.txt", "MTL")
LISTING = Listing("d", "I", "i", (B2, MTL))
IMAGE = Image("d", "I", "i", date(2023, 3, 28), 3.5, 11, 59, "T1", ((-91.7, -1.5), (-89.2, -1.5), (-89.2, 0.7)))


@pytest.fixture
def catalog(tmp_path: Path) -> Iterator[Catalog]:
    with Catalog.open(tmp_path / "catalog.db") as opened:
        yield opened


def test_listings_come_back_as_they_were(catalog):
    catalog.remember_listings([LISTING], at=1000.25)
    assert catalog.listings("d", ["i", "unknown"]) == {"i": LISTING}
    assert catalog.band_names("d", iter(["i", "unknown"])) == {"i": ("i_B2.TIF", "i_MTL.txt")}
    assert catalog.listed_at("d", {"i", "unknown"}) == {"i": 1000.25}


def test_datasets_do_not_mix(catalog):
    catalog.remember_listings([LISTING], at=0)
    assert catalog.band_names("another", ["i"]) == {}
    assert catalog.listings("d", []) == {}


def test_the_last_listing_counts(catalog):
    catalog.remember_listings([LISTING], at=0)
    catalog.remember_listings([Listing("d", "I2", "i", (MTL,))], at=60)
    assert catalog.listings("d", ["i"])["i"] == Listing("d", "I2", "i", (MTL,))
    assert catalog.listed_at("d", ["i"]) == {"i": 60}


def test_that_nothing_was_listed_is_remembered_too(catalog):
    catalog.remember_listings([Listing("d", "I", "i")], at=0)
    assert catalog.band_names("d", ["i"]) == {"i": ()}
    assert catalog.listings("d", ["i"])["i"].products == ()


def test_images_come_back_as_they_were(catalog):
    bare = Image("d", "J", "j")
    catalog.remember_images([IMAGE, bare, replace(IMAGE, dataset="another")])
    assert catalog.images("d", iter(["i", "j", "unknown"])) == {"i": IMAGE, "j": bare}
    assert catalog.images("d", []) == {}


def test_many_images_are_asked_for_at_once(catalog):
    ids = [f"i{number}" for number in range(40_000)]  # more than SQLite takes as separate parameters
    catalog.remember_listings([Listing("d", "I", ids[-1], (MTL,))], at=0)
    assert catalog.band_names("d", ids) == {ids[-1]: ("i_MTL.txt",)}


words = st.text(st.characters(codec="utf-8"), max_size=20)
ids = st.text(st.characters(codec="utf-8", exclude_characters="\0"), max_size=20)
routes = st.lists(st.builds(Route, words, words, words, st.booleans()), max_size=2).map(tuple)
sizes = st.none() | st.integers(0, 2**40)
products = st.builds(Product, words, words, sizes, st.booleans(), st.none() | words, routes)


@settings(max_examples=50)
@given(st.lists(st.builds(Listing, st.just("d"), words, ids, st.lists(products, max_size=4).map(tuple))))
def test_any_listings_come_back(tmp_path_factory, listings):
    last = {listing.display_id: listing for listing in listings}
    with Catalog.open(tmp_path_factory.mktemp("listings") / "catalog.db") as catalog:
        catalog.remember_listings(listings, at=0)
        assert catalog.listings("d", last) == last
        names = {display_id: tuple(p.filename for p in x.products) for display_id, x in last.items()}
        assert catalog.band_names("d", last) == names


def test_images_are_kept_for_reports(catalog):
    bare = Image("d", "J", "j")
    catalog.remember_images([IMAGE, bare])
    rows = catalog._connection.execute("SELECT * FROM images ORDER BY display_id").fetchall()
    footprint = "[[-91.7, -1.5], [-89.2, -1.5], [-89.2, 0.7]]"
    assert rows == [
        ("d", "i", "I", "2023-03-28", 3.5, 11, 59, "T1", footprint),
        ("d", "j", "J", None, None, None, None, None, "[]"),
    ]


def test_only_changed_images_are_written(catalog):
    bare = Image("d", "J", "j")
    catalog.remember_images([IMAGE, bare])
    changes = catalog._connection.total_changes
    catalog.remember_images([IMAGE, bare])
    assert catalog._connection.total_changes == changes
    catalog.remember_images([IMAGE, Image("d", "J", "j", cloud_cover=10)])
    assert catalog._connection.total_changes == changes + 1
    rows = catalog._connection.execute("SELECT display_id, cloud_cover FROM images ORDER BY display_id").fetchall()
    assert rows == [("i", 3.5), ("j", 10.0)]


def test_remembering_does_not_outdate_plans(catalog):
    catalog.remember_listings([LISTING], at=0)
    catalog.remember_images([IMAGE])
    assert catalog.serial == 0
