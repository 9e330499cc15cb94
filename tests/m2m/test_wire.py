"""M2M's records as they come, with every trap seen on the wire."""

from __future__ import annotations

from datetime import date
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from m2msync.core.fields import Field
from m2msync.core.model import Image, Listing, Product, Route
from m2msync.m2m import wire

L1 = "LC09_L1TP_011059_20230328_20230329_02_T1"
L2 = "LC09_L2SP_011059_20230328_20230330_02_T1"
ENTITY = "LC90110592023087LGN00"
SHA512 = "ab" * 64


def scene(**told: Any) -> dict[str, Any]:
    ring = [[-78.7, -1.0], [-76.6, -1.4], [-77.0, -3.1], [-79.1, -2.7], [-78.7, -1.0]]
    return {
        "entityId": ENTITY,
        "displayId": L1,
        "cloudCover": 9,
        "temporalCoverage": {"startDate": "2023-03-28 00:00:00", "endDate": "2023-03-28 00:00:00"},
        "spatialCoverage": {"type": "Polygon", "coordinates": [ring]},
        "spatialBounds": None,
        "publishDate": "Unknown",
        "metadata": [],
    } | told


def secondary(suffix: str, display_id: str = L1, **told: Any) -> dict[str, Any]:
    name = f"{display_id}_{suffix}"
    return {
        "id": "5e8206bf6bc4a163",
        "displayId": name,
        "entityId": f"L1_{name.replace('.', '_').upper()}",
        "available": True,
        "filesize": 75_458_580,
        "productCode": "D688",
        "downloadSystem": "ls_s3",
        "secondaryDownloads": [],
        "checksum": [{"id": "sha512", "value": SHA512}],
    } | told


def option(**told: Any) -> dict[str, Any]:
    return {
        "id": "632211e26883b1f7",
        "displayId": L1,
        "entityId": ENTITY,
        "available": True,
        "filesize": 1_200_673_331,
        "productName": "Landsat Collection 2 Level-1 Product Bundle",
        "productCode": "D805",
        "downloadSystem": "dds_ms",
        "secondaryDownloads": [],
    } | told


FOLDER = option(
    id="73ceb05468b7e8c2",
    filesize=0,
    productName="Landsat Collection 2 Level-1 Band File",
    productCode="D687",
    downloadSystem="folder",
    checksum=[{"id": "sha512", "value": None}],
)


def listed(*options: Any, display_id: str = L1) -> tuple[Product, ...]:
    """Return the products of one image."""
    (listing,) = wire.listings("a_dataset", [Image("a_dataset", ENTITY, display_id)], list(options))
    return listing.products


def test_a_scene_is_read_as_an_image() -> None:
    image = wire.image("landsat_ot_c2_l1", scene())
    assert image == Image(
        dataset="landsat_ot_c2_l1",
        entity_id=ENTITY,
        display_id=L1,
        acquired=date(2023, 3, 28),
        cloud_cover=9.0,
        path=11,
        row=59,
        tier="T1",
        footprint=((-78.7, -1.0), (-76.6, -1.4), (-77.0, -3.1), (-79.1, -2.7), (-78.7, -1.0)),
    )


@pytest.mark.parametrize(
    ("value", "percent"),
    [
        *[(0, 0.0), (9, 9.0), (8.99, 8.99), ("41.90", 41.9), ("   8.99", 8.99), (100, 100.0), ("0", 0.0)],
        *[(None, None), (-1, None), ("-1", None), ("", None), ("none", None), ([], None), (101, None)],
        *[(float("nan"), None), ("inf", None), (10**400, None)],
    ],
)
def test_cloud_cover_is_a_percentage_or_unknown(value: object, percent: float | None) -> None:
    assert wire.image("d", scene(cloudCover=value)).cloud_cover == percent


@pytest.mark.parametrize("start", ["1972-07-25 00:00:00-05", "1972-07-25", "1972/07/25", "1972-07-25T00:00:00Z"])
def test_a_date_may_be_written_in_several_ways(start: str) -> None:
    image = wire.image("d", scene(displayId="M_2509703", temporalCoverage={"startDate": start}))
    assert image.acquired == date(1972, 7, 25)


@pytest.mark.parametrize("coverage", [None, [], {}, "[]", {"startDate": None}, {"startDate": "Unknown"}])
def test_without_a_date_the_product_id_tells_it(coverage: object) -> None:
    assert wire.image("d", scene(temporalCoverage=coverage)).acquired == date(2023, 3, 28)
    assert wire.image("d", scene(temporalCoverage=coverage, displayId="M_2509703")).acquired is None


@pytest.mark.parametrize(
    "coverage",
    [
        *[None, [], {}, {"coordinates": None}, {"coordinates": []}, {"coordinates": [[]]}],
        {"type": "MultiPolygon", "coordinates": [[[[0, 0], [0, 1], [1, 1], [0, 0]]]]},
        {"coordinates": [[{"longitude": 1, "latitude": 2}]]},
        {"coordinates": [[[1]]]},
        {"coordinates": [[[10**400, 1]]]},
        {"coordinates": [[[0, 0], [0, 1], [1, float("nan")], [0, 0]]]},
        {"coordinates": [[[0, 0], [0, 1], ["inf", 1], [0, 0]]]},
        {"north": 1, "south": 0, "east": 1, "west": 0},
    ],
)
def test_a_footprint_that_is_no_ring_is_left_out(coverage: object) -> None:
    image = wire.image("d", scene(spatialCoverage=coverage))
    assert image.footprint == ()
    assert image.entity_id == ENTITY


def test_an_image_of_another_dataset_has_no_path_and_row() -> None:
    image = wire.image("naip", scene(entityId="3011997", displayId="M_2509703_NE_14_060_20201210"))
    assert (image.path, image.row, image.tier) == (None, None, None)


@pytest.mark.parametrize("display_id", [None, "", 5])
def test_an_image_without_a_display_id_goes_by_its_entity_id(display_id: object) -> None:
    assert wire.image("d", scene(displayId=display_id)).display_id == ENTITY


@pytest.mark.parametrize("entity_id", [None, "", 5, []])
def test_a_record_without_an_entity_id_is_no_image(entity_id: object) -> None:
    assert wire.image("d", scene(entityId=entity_id)) is None


def test_the_files_of_an_image_are_its_products() -> None:
    band, text = listed(option(secondaryDownloads=[secondary("B2.TIF"), secondary("MTL.txt", filesize="12349")]))[
        1:
    ]
    assert band == Product(
        filename=f"{L1}_B2.TIF",
        band="B2",
        size=75_458_580,
        exact=True,
        digest=f"sha512:{SHA512}",
        routes=(Route(f"L1_{L1}_B2_TIF", "5e8206bf6bc4a163", "ls_s3", available=True, code="D688"),),
    )
    assert (text.band, text.size) == ("MTL", 12349)


def test_a_bundle_is_named_after_its_image_and_keeps_every_route() -> None:
    old = option(id="5e81f14f92acf9ef", productCode="D690", downloadSystem="ls_zip", available=False)
    (bundle,) = listed(option(), old)
    assert (bundle.filename, bundle.band, bundle.size, bundle.exact) == (f"{L1}.tar", "TAR", 1_200_673_331, False)
    assert bundle.digest is None
    assert bundle.routes == (
        Route(ENTITY, "632211e26883b1f7", "dds_ms", available=True, code="D805"),
        Route(ENTITY, "5e81f14f92acf9ef", "ls_zip", available=False, code="D690"),
    )


def test_files_repeated_under_every_row_are_one_product_each() -> None:
    files = [secondary("B1.TIF"), secondary("B10.TIF"), secondary("B2.TIF")]
    rows = [row | {"secondaryDownloads": files} for row in (option(), FOLDER, FOLDER, option(id="other"))]
    bundle, *bands = listed(*rows)
    assert [product.band for product in bands] == ["B1", "B10", "B2"]
    assert [len(product.routes) for product in bands] == [1, 1, 1]
    assert len(bundle.routes) == 2


def test_a_second_id_of_the_same_file_is_a_second_route() -> None:
    twice = [secondary("SR_B2.TIF", L2), secondary("SR_B2.TIF", L2, id="5f85f0419985f2aa", available=False)]
    (product,) = listed(FOLDER | {"secondaryDownloads": twice}, display_id=L2)
    assert [(route.product_id, route.available) for route in product.routes] == [
        ("5e8206bf6bc4a163", True),
        ("5f85f0419985f2aa", False),
    ]


def test_what_one_repetition_leaves_out_another_may_tell() -> None:
    poor = secondary("B2.TIF", filesize=0, checksum=None)
    (product,) = listed(
        FOLDER | {"secondaryDownloads": [poor]}, FOLDER | {"secondaryDownloads": [secondary("B2.TIF")]}
    )
    assert (product.size, product.digest) == (75_458_580, f"sha512:{SHA512}")


def test_a_level_2_size_is_nominal() -> None:
    (product,) = listed(
        FOLDER | {"secondaryDownloads": [secondary("SR_B4.TIF", L2, filesize=62_914_560)]}, display_id=L2
    )
    assert (product.band, product.size, product.exact) == ("SR_B4", 62_914_560, False)


@pytest.mark.parametrize(
    ("name", "code", "system", "tail"),
    [
        (
            "Full-Resolution Browse (Natural Color) GeoTIFF",
            "D734",
            "ls_frb",
            "-Full-Resolution_Browse_Natural_Color_GeoTIFF.TIF",
        ),
        ("Full-Resolution Browse (Quality) JPEG", "D733", "ls_frb", "-Full-Resolution_Browse_Quality_JPEG.jpg"),
        ("Full Resolution", "D441", "dds", "-Full_Resolution"),
        ("GeoTIFF 1.5 Arc-second", "D1", "dds", "-GeoTIFF_1_5_Arc-second"),
        ("../../etc/passwd", "D1", "dds", "-etc_passwd"),
        ("", "D441", "dds", "-D441"),
        ("日本", "D5", "dds", "-D5"),
    ],
)
def test_a_product_without_a_file_name_is_called_like_its_image_and_itself(name, code, system, tail) -> None:
    (product,) = listed(option(productName=name, productCode=code, downloadSystem=system))
    assert product.filename == f"{L1}{tail}"
    assert not product.exact


def test_folders_and_what_has_no_name_at_all_are_no_products() -> None:
    assert listed(FOLDER, option(productName=None, productCode="", downloadSystem="dds")) == ()


@pytest.mark.parametrize("rows", [None, []])
def test_a_row_without_files_has_none(rows: object) -> None:
    assert listed(FOLDER | {"secondaryDownloads": rows}) == ()


@pytest.mark.parametrize("name", ["../../etc/passwd", "/etc/passwd", "a\\..\\b.tif", "x\0y.tif", ".hidden.tif"])
def test_a_file_name_never_leaves_its_folder(name: str) -> None:
    (product,) = listed(FOLDER | {"secondaryDownloads": [secondary("B2.TIF", displayId=name)]})
    assert not {"/", "\\", "\0"} & set(product.filename)
    assert not product.filename.startswith(".")


@pytest.mark.parametrize(
    "told", [{"displayId": "..."}, {"displayId": ""}, {"displayId": None}, {"entityId": None}, {"id": 5}]
)
def test_a_file_that_cannot_be_named_or_ordered_is_left_out(told: dict[str, object]) -> None:
    files = [secondary("B2.TIF", **told), secondary("B3.TIF")]
    assert [p.band for p in listed(FOLDER | {"secondaryDownloads": files})] == ["B3"]


@pytest.mark.parametrize(
    ("checksum", "digest"),
    [
        ([{"id": "sha512", "value": SHA512.upper()}], f"sha512:{SHA512}"),
        ([{"id": "cksum", "value": 1234}, {"id": "sha256sum", "value": "c" * 64}], f"sha256:{'c' * 64}"),
        ([{"id": "SHA512", "value": SHA512}], f"sha512:{SHA512}"),
        ([{"id": "md5", "value": "d" * 32}], f"md5:{'d' * 32}"),
        ([{"id": "sha512", "value": None}], None),
        ([{"id": "sha512", "value": "ab" * 63}], None),
        ([{"id": "sha512", "value": "xy" * 64}], None),
        ([{"id": "crc", "value": "ab"}], None),
        ([{"value": "ab"}, "sha512", None], None),
        ({"id": "sha512", "value": SHA512}, None),
        (float("nan"), None),
        (None, None),
    ],
)
def test_a_digest_is_taken_when_it_can_be_checked(checksum: object, digest: str | None) -> None:
    (product,) = listed(FOLDER | {"secondaryDownloads": [secondary("B2.TIF", checksum=checksum)]})
    assert product.digest == digest


@pytest.mark.parametrize("size", [0, "0", None, "", "12 MB", -5, True, [], float("inf"), float("nan")])
def test_a_size_that_is_none_is_unknown(size: object) -> None:
    (product,) = listed(FOLDER | {"secondaryDownloads": [secondary("B2.TIF", filesize=size)]})
    assert product.size is None


@pytest.mark.parametrize("available", [False, None, "true", 1])
def test_available_is_only_what_says_so(available: object) -> None:
    (product,) = listed(FOLDER | {"secondaryDownloads": [secondary("B2.TIF", available=available)]})
    assert product.routes[0].available is False


@pytest.mark.parametrize("options", [None, [], {}, "", 0])
def test_every_image_gets_a_listing_in_its_order(options: object) -> None:
    images = [Image("d", f"E{n}", f"D{n}") for n in range(3)]
    assert wire.listings("d", images, options) == tuple(Listing("d", f"E{n}", f"D{n}") for n in range(3))


def test_options_of_several_images_are_told_apart() -> None:
    images = [Image("d", "E1", L1), Image("d", "E2", L2), Image("d", "E3", "D3")]
    options = [option(entityId="E2"), option(entityId="E1"), option(entityId="never asked for"), None]
    listings = wire.listings("d", images, options)
    assert [[p.filename for p in listing.products] for listing in listings] == [[f"{L1}.tar"], [f"{L2}.tar"], []]


@pytest.mark.parametrize(
    ("value", "number"),
    [
        *[(5, 5), ("5", 5), (" 062", 62), (5.0, 5), (-1, -1)],
        *[
            (None, None),
            ("", None),
            ("x", None),
            (True, None),
            ([], None),
            (float("inf"), None),
            ("9" * 5000, None),
        ],
    ],
)
def test_numbers_may_travel_as_text(value: object, number: int | None) -> None:
    assert wire.number(value) == number


def test_an_empty_php_array_is_an_empty_object() -> None:
    assert wire.mapping([]) == wire.mapping(None) == {}
    assert wire.mapping({"500513411": "label"}) == {"500513411": "label"}


def a_filter(sql: str, **told: Any) -> dict[str, Any]:
    config = {"type": "Select", "filters": [], "options": [], "validators": [], "displayListId": "2837"}
    record = {"id": "6266f9f8dc71ab1", "legacyFieldId": None, "fieldLabel": "F", "searchSql": sql}
    return {**record, "dictionaryLink": None, "fieldConfig": config} | told


@pytest.mark.parametrize(
    ("sql", "column", "like"),
    [
        ("WRS_PATH between ?", "WRS_PATH", False),
        ("satellite =?", "SATELLITE", False),
        ("ENTITY_ID like ?", "ENTITY_ID", True),
        ("RIGHT(DATA_TYPE_L1, 4) = ?", "DATA_TYPE_L1", False),
        ("coalesce(DATA_ANOMALY, 'null') = ?", "DATA_ANOMALY", False),
        ("to_char(DATE_L1_GENERATED,'YYYY/MM/DD') between ?", "DATE_L1_GENERATED", False),
        ("trunc (DATE_L1_GENERATED) between ?", "DATE_L1_GENERATED", False),
        ("image_quality", "IMAGE_QUALITY", False),
        ("LIKELY LIKE ?", "LIKELY", True),
        ("", "", False),
    ],
)
def test_the_column_is_found_in_the_sql(sql: str, column: str, like: bool) -> None:
    (field,) = wire.fields([a_filter(sql)])
    assert (field.column, field.like) == (column, like)


def test_a_filter_is_read_as_it_comes() -> None:
    values = {"": "All", "T1": "Tier 1", "-1": "Not assessed", "0": 0}
    text = {"type": "Text", "filters": [{"type": "StringToUpper", "options": []}], "options": {"size": "30"}}
    records = [
        a_filter("COLLECTION_CATEGORY = ?", valueList=values),
        a_filter("ENTITY_ID like ?", fieldConfig=text, valueList=[]),
    ]
    assert wire.fields(records) == (
        Field(
            "6266f9f8dc71ab1",
            "F",
            "COLLECTION_CATEGORY",
            "Select",
            values=(("T1", "Tier 1"), ("-1", "Not assessed"), ("0", "0")),
        ),
        Field("6266f9f8dc71ab1", "F", "ENTITY_ID", "Text", like=True),
    )


@pytest.mark.parametrize(
    ("told", "dated"),
    [
        ({"fieldConfig": {"type": "Range", "validators": [{"type": "Date", "options": {}}]}}, True),
        ({"fieldConfig": {"type": "Range", "validators": []}, "fieldLabel": "Made (Ex. YYYY/MM/DD)"}, True),
        ({"fieldConfig": {"type": "Range", "validators": []}}, False),
        ({"fieldConfig": []}, False),
    ],
)
def test_days_are_told_by_validator_or_label(told: dict[str, Any], dated: bool) -> None:
    assert [field.dated for field in wire.fields([a_filter("X between ?", **told)])] == [dated]


@pytest.mark.parametrize("answer", [None, {}, [], [None, {"id": None}, {"id": ""}, {"id": 7}], "text"])
def test_what_is_no_filter_is_left_out(answer: object) -> None:
    assert wire.fields(answer) == ()


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.just(10**400) | st.floats() | st.text(),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(), inner, max_size=4),
    max_leaves=10,
)
SCENES = st.fixed_dictionaries(
    {},
    optional={
        "entityId": st.just(ENTITY) | JSON,
        "displayId": st.just(L1) | JSON,
        "cloudCover": JSON,
        "temporalCoverage": JSON | st.dictionaries(st.just("startDate"), JSON),
        "spatialCoverage": JSON
        | st.dictionaries(st.just("coordinates"), JSON | st.lists(st.lists(st.lists(JSON)))),
    },
)
OPTION = {
    "id": st.just("5e8206bf6bc4a163") | JSON,
    "entityId": st.just(ENTITY) | JSON,
    "displayId": st.just(f"{L1}_B2.TIF") | JSON,
    "available": JSON,
    "filesize": JSON,
    "productName": st.just("Product Bundle") | JSON,
    "productCode": JSON,
    "downloadSystem": JSON,
    "checksum": JSON
    | st.lists(st.fixed_dictionaries({}, optional={"id": st.just("sha512") | JSON, "value": JSON})),
}
SECONDARIES = st.fixed_dictionaries({}, optional=OPTION)
OPTIONS = st.fixed_dictionaries(
    {}, optional=OPTION | {"secondaryDownloads": JSON | st.lists(SECONDARIES, max_size=3)}
)


def _can_be_a_name(told: Any) -> bool:
    return isinstance(told, str) and any(character.isalnum() for character in told)


@given(SCENES)
def test_any_scene_is_an_image_or_none(record: dict[str, Any]) -> None:
    image = wire.image("d", record)
    if image is None:
        assert not all(_can_be_a_name(record.get(field)) for field in ("entityId", "displayId"))
    else:
        assert record["entityId"]
        assert image.display_id
        assert image.cloud_cover is None or 0 <= image.cloud_cover <= 100


@given(JSON | st.lists(OPTIONS | JSON, max_size=3))
def test_any_options_give_each_image_products_that_can_be_ordered(options: object) -> None:
    images = [Image("d", ENTITY, L1), Image("d", "other", L2)]
    listings = wire.listings("d", images, options)
    assert [listing.entity_id for listing in listings] == [ENTITY, "other"]
    for product in (p for listing in listings for p in listing.products):
        assert product.filename
        assert product.band
        assert product.size is None or product.size > 0
        assert all(route.entity_id and route.product_id for route in product.routes)
        assert len(set(product.routes)) == len(product.routes) > 0


@given(JSON)
def test_any_value_can_be_read(value: object) -> None:
    assert isinstance(wire.records(value), list)
    assert isinstance(wire.mapping(value), dict)
    assert isinstance(wire.text(value), str)
    assert wire.number(value) is None or isinstance(wire.number(value), int)


@pytest.mark.parametrize("ids", [("..", "X"), ("X", ".."), ("\x00", ""), ("", "X"), ("X\x00Y", "X")])
def test_an_image_that_cannot_name_a_file_is_left_out(ids: tuple[str, str]) -> None:
    assert wire.image("ds", {"entityId": ids[0], "displayId": ids[1]}) is None
    assert wire.image("ds", {"entityId": "X", "displayId": "Y"}) is not None
