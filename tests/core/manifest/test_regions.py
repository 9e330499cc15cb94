import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from m2msync.core.manifest.boxes import EARTH_RADIUS_KM, around, bbox
from m2msync.core.manifest.layout import check_layout, check_name
from m2msync.core.manifest.tables import read_rows
from m2msync.core.model import Box
from m2msync.core.naming import LAYOUT_FIELDS
from m2msync.core.wording import Unfit

LONGITUDES = st.floats(-180, 180)
LATITUDES = st.floats(-90, 90)
HEADER = ["LL Lat", "LL Lon", "UR Lat", "UR Lon", "name"]


def rows(*lines, header=HEADER, columns=None):
    return [
        (line, (row.message, row.hint) if isinstance(row, Unfit) else (row.name, *row.boxes))
        for line, row in read_rows("coast", "coast.csv", [header, *lines], columns or {})
    ]


def holds(boxes, longitude, latitude):
    return any(
        box.west - 1e-6 <= longitude <= box.east + 1e-6 and box.south - 1e-6 <= latitude <= box.north + 1e-6
        for box in boxes
    )


def distance(a, b):
    (lon1, lat1), (lon2, lat2) = (map(math.radians, p) for p in (a, b))
    h = math.sin((lat2 - lat1) / 2) ** 2 + math.cos(lat1) * math.cos(lat2) * math.sin((lon2 - lon1) / 2) ** 2
    return 2 * EARTH_RADIUS_KM * math.asin(min(1, math.sqrt(h)))


def test_a_box_across_the_antimeridian_is_two():
    assert bbox(170, -20, -170, -10) == (Box(170, -20, 180, -10), Box(-180, -20, -170, -10))


def test_a_box_may_be_a_line_or_a_point():
    assert bbox(5, 1, 5, 2) == (Box(5, 1, 5, 2),)
    assert bbox(5, 1, 5, 1) == (Box(5, 1, 5, 1),)


def test_no_half_of_a_box_is_a_line_on_the_antimeridian():
    assert bbox(170, 0, -180, 1) == (Box(170, 0, 180, 1),)
    assert bbox(180, 0, -170, 1) == (Box(-180, 0, -170, 1),)
    assert bbox(180, 0, -180, 1) == (Box(180, 0, 180, 1),)


@given(LONGITUDES, LATITUDES, LONGITUDES, LATITUDES)
def test_boxes_are_always_the_right_way_round(west, south, east, north):
    south, north = sorted((south, north))

    boxes = bbox(west, south, east, north)

    assert 1 <= len(boxes) <= 2
    assert all(box.west <= box.east and box.south <= box.north for box in boxes)
    assert holds(boxes, west, south) or west == 180
    assert holds(boxes, east, north) or east == -180


@given(LONGITUDES, st.floats(90, 180, exclude_min=True) | st.floats(-180, -90, exclude_max=True))
def test_a_latitude_out_of_range_is_refused_and_a_swap_is_seen(longitude, latitude):
    with pytest.raises(Unfit) as caught:
        bbox(longitude, latitude, longitude, latitude)

    assert ("look swapped" in caught.value.hint) == (abs(longitude) <= 90)


@given(LONGITUDES, LATITUDES, st.floats(1e-6, 1000), st.floats(0, 2 * math.pi), st.floats(0, 1))
def test_a_circle_is_inside_its_box(longitude, latitude, radius, bearing, share):
    """Walk from the centre in any direction, no further than the radius: the box must hold where one arrives."""
    angle = radius * share / EARTH_RADIUS_KM
    lat, lon = math.radians(latitude), math.radians(longitude)
    there = math.asin(
        max(-1, min(1, math.sin(lat) * math.cos(angle) + math.cos(lat) * math.sin(angle) * math.cos(bearing)))
    )
    turn = math.atan2(
        math.sin(bearing) * math.sin(angle) * math.cos(lat), math.cos(angle) - math.sin(lat) * math.sin(there)
    )
    arrived = (math.degrees(lon + turn) + 540) % 360 - 180

    boxes = around(longitude, latitude, radius)

    assert holds(boxes, arrived, math.degrees(there)) or abs(arrived) > 180 - 1e-6


@given(LONGITUDES, st.floats(-60, 60), st.floats(1, 500))
def test_a_box_around_a_point_is_no_larger_than_needed(longitude, latitude, radius):
    boxes = around(longitude, latitude, radius)
    top = max(box.north for box in boxes)

    assert distance((longitude, latitude), (longitude, top)) == pytest.approx(radius, rel=1e-3)
    assert sum(box.east - box.west for box in boxes) <= 2.5 * math.degrees(radius / EARTH_RADIUS_KM) / math.cos(
        math.radians(abs(latitude) + 5)
    )


def test_a_point_without_radius_is_itself():
    assert around(-120.03, 39.09, 0) == (Box(-120.03, 39.09, -120.03, 39.09),)


def test_a_circle_around_a_pole_has_every_longitude():
    assert around(10, 89, 200) == (Box(-180, pytest.approx(87.2014, abs=1e-3), 180, 90),)
    assert around(10, -90, 1) == (Box(-180, -90, 180, pytest.approx(-89.991, abs=1e-3)),)


def test_a_circle_across_the_antimeridian_is_two_boxes():
    west, east = around(179.9, 0, 50)

    assert (west.east, east.west) == (180, -180)
    assert (west.west, east.east) == (pytest.approx(179.4503, abs=1e-3), pytest.approx(-179.6503, abs=1e-3))


def test_rows_are_named_by_their_cell_or_their_number():
    assert rows(["1", "2", "3", "4", "north"], ["1", "170", "3", "-170", " "]) == [
        (2, ("north", Box(2, 1, 4, 3))),
        (3, ("coast-2", Box(170, 1, 180, 3), Box(-180, 1, -170, 3))),
    ]


def test_columns_can_be_called_otherwise():
    columns = {"south": "YMIN", "west": "xmin", "north": "ymax", "east": "xmax", "name": "title"}
    header = ["title", "xmin", " ymin ", "xmax", "ymax"]

    assert rows(["a", "2", "1", "4", "3"], header=header, columns=columns) == [(2, ("a", Box(2, 1, 4, 3)))]


@pytest.mark.parametrize(
    ("text", "hint"),
    [
        ("12,5", "write 12.5"),
        ("12°30'", "write decimal degrees, e.g. -81.071"),
        ("nan", None),
        ("1_0", None),
        ("\u0661", None),
    ],
)
def test_only_decimal_degrees_are_numbers(text, hint):
    ((_, (message, said)),) = rows([text, "2", "3", "4", ""])

    assert message == f"south is {text!r}, not a number"
    assert said == (hint or "write decimal degrees, e.g. -81.071")


def test_blank_rows_count_only_at_the_end():
    blank = [""] * 5

    assert rows(["1", "2", "3", "4", ""], blank, blank) == [(2, ("coast-1", Box(2, 1, 4, 3)))]
    assert rows(blank, ["1", "2", "3", "4", ""])[0] == (2, ("the row is blank", "delete it"))


@pytest.mark.parametrize("name", ["a", "Bogotá", "011-059", "a b", "x" * 255, "NO", "key"])
def test_names_that_can_be_folders(name):
    check_name(name)


@pytest.mark.parametrize(
    "name", ["", ".", "..", "a/b", "a\\b", "a\0b", ".a", "a.", " a", "CON", "a:b", "x" * 256, "a\nb"]
)
def test_names_that_cannot(name):
    with pytest.raises(Unfit):
        check_name(name)


@pytest.mark.parametrize(
    "layout",
    [
        "{filename}",
        "{dataset}/{display_id}/{filename}",
        "{image}/{product}.tif",
        "{display_id}_{product}",
        "raw/{path}{row}/{year}-{month}-{day}/{tier}_{filename}",
        *(f"{{{field}}}/{{filename}}" for field in LAYOUT_FIELDS),
    ],
)
def test_layouts_that_give_every_product_its_path(layout):
    check_layout(layout)


@pytest.mark.parametrize(
    "layout",
    [
        "",
        "{display_id}",
        "{product}",
        "{dataset}/{product}",
        "/{filename}",
        "C:/{filename}",
        "~/{filename}",
        "\\{filename}",
        "../{filename}",
        "a/../{filename}",
        "./{filename}",
        "a//{filename}",
        "{filename}/",
        ".m2msync/{filename}",
        "{filename!r}",
        "{filename:>9}",
        "{filename.x}",
        "{}/{filename}",
        "{{filename}}",
        "{filename",
        "filename}",
        "a:b/{filename}",
        "a\n/{filename}",
    ],
)
def test_layouts_that_do_not(layout):
    with pytest.raises(Unfit):
        check_layout(layout)


def cells(*lines, header=("path", "row"), columns=None):
    return [
        (line, (row.message, row.hint) if isinstance(row, Unfit) else (row.name, row.boxes, *row.cells))
        for line, row in read_rows("guayas", "cells.csv", [header, *lines], columns or {})
    ]


def test_a_row_may_be_a_cell():
    lines = [["011", "59", "north"], ["10.0", "060", ""]]
    assert cells(*lines, header=["Path", " ROW ", "name"]) == [
        (2, ("north", (), (11, 59))),
        (3, ("guayas-2", (), (10, 60))),
    ]


def test_the_columns_of_a_cell_can_be_called_otherwise():
    assert cells(["59", "11"], header=["r", "p"], columns={"path": "P", "row": "R"}) == [
        (2, ("guayas-1", (), (11, 59)))
    ]
    assert cells(["59", "11"], header=["row", "p"], columns={"path": "p"}) == [(2, ("guayas-1", (), (11, 59)))]


def test_a_table_with_boxes_and_cells_has_boxes_unless_it_is_told_otherwise():
    header, line = ["path", "row", *HEADER[:4]], ["11", "59", "1", "2", "3", "4"]
    assert cells(line, header=header) == [(2, ("guayas-1", (Box(2, 1, 4, 3),)))]
    assert cells(line, header=header, columns={"row": "row"}) == [(2, ("guayas-1", (), (11, 59)))]
