"""Rows, digests and links as other programs read them."""

import csv
import io
from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from m2msync.core.exports import stac
from m2msync.core.exports.aria2 import Linked, input_lines
from m2msync.core.exports.assets import multihash
from m2msync.core.exports.bits import bitfields
from m2msync.core.exports.records import ImageRecord, ProductRecord, completed
from m2msync.core.exports.tables import IMAGE_COLUMNS, PRODUCT_COLUMNS, image_row, product_lines
from m2msync.core.model import Image
from m2msync.core.secrets import Link

NAME = "LC09_L1TP_011059_20230328_20230329_02_T1"
IMAGE = Image("landsat_ot_c2_l1", "LC90110592023087LGN00", NAME)


def record(*products, image=IMAGE):
    return ImageRecord(completed(image), products)


def held(product="B2", region="coast", **rest):
    name = f"{NAME}_{product}.TIF"
    rest = {"size": 5, "digest": "sha256:" + "0" * 64, "fetched_at": "2026-11-26T14:06:05.171Z"} | rest
    return ProductRecord(f"landsat_ot_c2_l1/{name}", product, region, "held", "verified", paths=(name,), **rest)


def rows(*records):
    return list(csv.DictReader(io.StringIO("".join(product_lines(records)))))


def test_an_image_that_is_not_in_the_catalog_is_known_by_its_name():
    (row,) = rows(record(held()))
    assert (row["acquired"], row["wrs_path"], row["wrs_row"], row["tier"]) == ("2023-03-28", "11", "59", "T1")
    assert row["cloud_cover"] == ""
    assert completed(Image("naip", "1", "M_2509703")) == Image("naip", "1", "M_2509703")


def test_no_records_are_a_table_with_a_head():
    assert "".join(product_lines([])) == ",".join(PRODUCT_COLUMNS) + "\n"


@given(st.text(), st.text())
def test_no_cell_is_a_formula_and_every_text_is_still_told(region, reason):
    product = ProductRecord("d/f", "B2", region, "failed", reason)
    (row,) = csv.DictReader(io.StringIO("".join(product_lines([record(product)])), newline=""))
    assert not any(cell.startswith(("=", "+", "-", "@", "\t", "\r")) for cell in row.values())
    assert row["region"].endswith(region.replace("\r", " "))
    assert row["reason"].endswith(reason.replace("\r", " "))


def test_an_image_counts_its_products_once():
    lost = ProductRecord("d/x", "B3", "coast", "failed", attempts=2)
    buried = ProductRecord("d/y", "B5", "inland", "tombstoned", paths=("y",), size=9)
    row = image_row(record(held("B10"), held("B2"), lost, buried))
    assert list(row) == list(IMAGE_COLUMNS)
    assert (row["wanted"], row["held"], row["failed"], row["bytes"]) == (3, 2, 1, 10)
    assert row["products"] == ["B2", "B10"]
    assert row["regions"] == ["coast", "inland"]


@pytest.mark.parametrize(
    ("digest", "told"),
    [
        ("sha512:" + "a" * 128, "1340" + "a" * 128),
        ("sha256:" + "b" * 64, "1220" + "b" * 64),
        ("sha512:" + "a" * 64, None),
        ("md5:" + "a" * 32, None),
        (None, None),
    ],
)
def test_digests_say_what_they_are(digest, told):
    assert multihash(digest) == told


def test_links_for_aria2():
    linked = [
        Linked("d/a", "d/a b.TIF", "sha512:" + "0" * 128, Link("https://host.example/a?sig=x&y=%2F")),
        Linked("d/b", "d/b.tar", "md5:" + "0" * 32, Link("https://host.example/b\n  dir=/\tc")),
        Linked("d/c", "d/c.tar", None, Link("https://host.example/c")),
    ]
    assert "".join(input_lines(linked, "Secret.")).splitlines() == [
        "# Secret.",
        "https://host.example/a?sig=x&y=%2F",
        "  out=d/a b.TIF",
        "  checksum=sha-512=" + "0" * 128,
        "https://host.example/b%0A%20%20dir=/%09c",
        "  out=d/b.tar",
        "  checksum=md5=" + "0" * 32,
        "https://host.example/c",
        "  out=d/c.tar",
    ]


def test_bits_do_not_overlap():
    for sensor, band in (
        ("Landsat 8-9 OLI/TIRS", "QA_PIXEL"),
        ("Landsat 7 ETM+", "QA_PIXEL"),
        ("Landsat 8-9 OLI", "SR_QA_AEROSOL"),
    ):
        fields = bitfields(sensor, band)
        taken = [bit for f in fields for bit in range(f["offset"], f["offset"] + f["length"])]
        assert len(taken) == len(set(taken))
        assert all(len(f["classes"]) == 2 ** f["length"] for f in fields)
    assert bitfields("Landsat 4-5 MSS", "QA_PIXEL") == []


def test_an_item_without_a_date_cannot_be():
    assert stac.item(record(held(), image=Image("naip", "1", "M_2509703")), str) is None


def test_two_products_of_one_name_are_told_by_their_files():
    several = (
        held("B2"),
        ProductRecord("landsat_ot_c2_l1/x.tar/B2.TIF", "B2", "coast", "held", paths=("x/B2.TIF",)),
    )
    assert sorted(stac.item(record(*several), str)["assets"]) == [f"{NAME}_B2.TIF", "x.tar/B2.TIF"]


def test_other_datasets_have_items_too():
    naip = Image("naip", "1", "M_2509703", acquired=date(2020, 12, 10), footprint=((0, 0), (1, 0), (1, 1)))
    product = ProductRecord("naip/M_2509703-x.zip", "x", "coast", "held", paths=("x.zip",), size=3)
    item = stac.item(record(product, image=naip), lambda path: f"../{path}")
    assert item["properties"] == {
        "datetime": None,
        "start_datetime": "2020-12-10T00:00:00Z",
        "end_datetime": "2020-12-10T23:59:59Z",
    }
    assert item["assets"]["x"] == {
        "href": "../x.zip", "type": "application/zip", "title": "x", "roles": ["data"], "file:size": 3
    }  # fmt: skip
