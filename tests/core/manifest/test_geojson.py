import json
import math

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from m2msync.core.antimeridian import area
from m2msync.core.manifest.geojson import foreign_crs, read_areas
from m2msync.core.wording import Unfit

SQUARE = [[0, 0], [1, 0], [1, 1], [0, 1], [0, 0]]
HOLE = [[0.2, 0.2], [0.8, 0.2], [0.8, 0.8], [0.2, 0.8], [0.2, 0.2]]
RING = tuple((float(lon), float(lat)) for lon, lat in SQUARE)
POLYGON = {"type": "Polygon", "coordinates": [SQUARE]}


def feature(geometry, **properties):
    return {"type": "Feature", "properties": properties, "geometry": geometry}


def collection(*features):
    return {"type": "FeatureCollection", "features": list(features)}


def areas(document, kilometres=None):
    return read_areas("a.geojson", document, kilometres)


def refused(document, kilometres=None):
    with pytest.raises(Unfit) as caught:
        areas(document, kilometres)
    return f"{caught.value.message}; {caught.value.hint}"


def attempted(document, kilometres=None):
    """Return the areas of a document, or none and why."""
    try:
        return areas(document, kilometres), None
    except Unfit as unfit:
        return (), unfit


def moved(by):
    return [[lon + by, lat] for lon, lat in SQUARE]


@pytest.mark.parametrize(
    "document",
    [
        POLYGON,
        {"type": "MultiPolygon", "coordinates": [[SQUARE]]},
        feature(POLYGON, name="x"),
        collection(feature(POLYGON)),
        collection(feature(POLYGON), feature(POLYGON), feature(None)),
        {"type": "GeometryCollection", "geometries": [POLYGON]},
        collection(feature({"type": "GeometryCollection", "geometries": [POLYGON]})),
        {"type": "Polygon", "coordinates": [[[lon, lat, 812.5] for lon, lat in SQUARE]]},
        {"type": "Polygon", "coordinates": [SQUARE[:-1]]},
        {"type": "MultiPolygon", "coordinates": [[], [SQUARE]]},
        POLYGON | {"bbox": [0, 0, 1, 1], "crs": None, "foreign": {"member": 1}},
    ],
)
def test_an_area_is_found_wherever_it_stands(document):
    assert areas(document) == ((RING,),)


def test_several_areas_are_one_region_with_their_holes():
    document = collection(
        feature({"type": "Polygon", "coordinates": [SQUARE, HOLE]}),
        feature({"type": "MultiPolygon", "coordinates": [[moved(10)], [moved(20)]]}),
    )
    assert [len(polygon) for polygon in areas(document)] == [2, 1, 1]
    assert sum(area(polygon[0]) for polygon in areas(document)) == pytest.approx(3)


def test_what_crosses_the_antimeridian_is_split():
    across = {"type": "Polygon", "coordinates": [[[179, 0], [-179, 0], [-179, 1], [179, 1], [179, 0]]]}
    beyond = {"type": "Polygon", "coordinates": [[[179, 0], [181, 0], [181, 1], [179, 1], [179, 0]]]}
    assert {*map(str, areas(across))} == {*map(str, areas(beyond))}
    assert len(areas(across)) == 2


def test_points_become_circles_when_it_is_said_how_far():
    (circle,) = areas({"type": "Point", "coordinates": [10, 0]}, 111.2)
    assert area(circle[0]) == pytest.approx(3.14, rel=0.01)
    mixed = collection(feature(POLYGON), feature({"type": "MultiPoint", "coordinates": [[50, 0], [180, 0]]}))
    assert len(areas(mixed, 5)) == 1 + 1 + 2
    assert "holds points, not areas" in refused(mixed)
    assert areas({"type": "Point", "coordinates": [190, 0]}, 5) == areas(
        {"type": "Point", "coordinates": [-170, 0]}, 5
    )


def test_a_mistake_is_told_with_its_feature():
    wrong = {"type": "Polygon", "coordinates": [[[0, 0], [1, 0], [1, 91], [0, 0]]]}
    several = {"type": "GeometryCollection", "geometries": [POLYGON, wrong]}
    assert refused(collection(feature(POLYGON), feature(several))).startswith(
        "geometry 2 of feature 2 of a.geojson: latitude 91 is outside -90..90"
    )


@pytest.mark.parametrize(
    "value", [10**400, -(10**400), float("inf"), float("nan")], ids=["huge", "least", "inf", "nan"]
)
def test_a_number_that_is_no_longitude_is_told_however_large(value):
    ring = [[value, 0], [1, 0], [1, 1], [value, 0]]
    assert "longitude " in refused({"type": "Polygon", "coordinates": [ring]})


def crs(name):
    return {"type": "name", "properties": {"name": name}}


@pytest.mark.parametrize(
    "name",
    [
        "urn:ogc:def:crs:OGC:1.3:CRS84",
        "urn:ogc:def:crs:OGC::CRS84",
        "urn:ogc:def:crs:EPSG::4326",
        "urn:ogc:def:crs:EPSG:6.9:4326",
        "EPSG:4326",
        "epsg:4326",
    ],
)
def test_wgs84_by_all_its_names(name):
    assert foreign_crs(POLYGON | {"crs": crs(name)}) == ""


@pytest.mark.parametrize("name", ["EPSG:3857", "urn:ogc:def:crs:EPSG::32633", "EPSG:14326"])
def test_any_other_is_foreign(name):
    assert foreign_crs(POLYGON | {"crs": crs(name)}) == name


@pytest.mark.parametrize(
    "told", [5, "EPSG:3857", {"type": "link", "properties": {"href": "x"}}, {"properties": 3}, {}]
)
def test_what_says_it_otherwise_is_foreign_too(told):
    assert foreign_crs({"crs": told})


def test_what_is_no_object_has_no_crs():
    assert foreign_crs(None) == foreign_crs([1]) == foreign_crs(POLYGON) == ""


ODD = st.recursive(
    st.none() | st.booleans() | st.integers(-400, 400) | st.floats() | st.text(max_size=3),
    lambda s: (
        st.lists(s, max_size=5)
        | st.dictionaries(
            st.sampled_from(["type", "coordinates", "geometry", "features", "geometries"]), s, max_size=3
        )
    ),
    max_leaves=12,
)
TYPES = st.sampled_from(
    [
        "Polygon",
        "MultiPolygon",
        "Point",
        "MultiPoint",
        "LineString",
        "Feature",
        "FeatureCollection",
        "GeometryCollection",
    ]
)


@given(
    ODD
    | st.fixed_dictionaries(
        {"type": TYPES, "coordinates": ODD, "features": ODD, "geometry": ODD, "geometries": ODD}
    )
)
@settings(max_examples=150)
def test_whatever_it_is_it_is_areas_or_refused_with_a_way_out(document):
    foreign_crs(document)
    for kilometres in (None, 5.0):
        found, unfit = attempted(document, kilometres)
        assert unfit is None or (unfit.message and unfit.hint and "\n" not in unfit.message)
        assert unfit or found
        assert all(ring[0] == ring[-1] for polygon in found for ring in polygon)


POSITIONS = st.tuples(st.floats(-180, 180), st.floats(-90, 90)).map(list)


@given(st.lists(st.lists(POSITIONS, min_size=3, max_size=8), min_size=1, max_size=3))
@example([[[math.nextafter(180, 0), 0], [-1, 0], [0, 0]]])
def test_any_outline_gives_areas_on_the_map(rings):
    document = json.loads(json.dumps({"type": "MultiPolygon", "coordinates": [[ring] for ring in rings]}))
    found, unfit = attempted(document)
    assert unfit is None or "no area" in unfit.message or "fewer than three corners" in unfit.message
    for polygon in found:
        for lon, lat in polygon[0]:
            assert -180 <= lon <= 180
            assert -90 <= lat <= 90
