"""Vector files of all kinds: without the extra told what to install, with it read in any coordinate system."""

import json
import sys
from datetime import UTC, datetime

import pytest

from m2msync.core.antimeridian import area, inside
from m2msync.core.errors import ManifestError
from m2msync.manifests import load

TEXT = """version: 1
name: basin
store: data
regions:
  basin: {file: FILE}
datasets:
  - {dataset: landsat_ot_c2_l1, bands: [B2]}
"""
WEB = {"type": "name", "properties": {"name": "urn:ogc:def:crs:EPSG::3857"}}
SQUARE = [[0, 0], [1, 0], [1, 1], [0, 1], [0, 0]]
METRES = [[lon * 111319.49, lat * 111325.14] for lon, lat in SQUARE]


def written(folder, file):
    (folder / "basin.yaml").write_text(TEXT.replace("FILE", file))
    return folder / "basin.yaml"


def polygons(folder, file):
    ((region,),) = (entry.regions for entry in load(written(folder, file)).acquisitions)
    return region.polygons


def said(folder, file):
    with pytest.raises(ManifestError) as caught:
        load(written(folder, file))
    return str(caught.value).partition("basin.yaml:5:17: ")[2]


def mercator(folder):
    (folder / "web.geojson").write_text(json.dumps({"type": "Polygon", "crs": WEB, "coordinates": [METRES]}))
    return "web.geojson"


@pytest.fixture
def without(monkeypatch):
    monkeypatch.setitem(sys.modules, "geopandas", None)


@pytest.mark.parametrize("file", ["basin.gpkg", "basin.shp", "basin"])
def test_without_the_extra_it_is_told_what_to_install(tmp_path, without, file):
    (tmp_path / file).write_bytes(b"SQLite format 3\x00")
    expected = f"{file} is not GeoJSON, and to read it an extra is needed; pip install 'm2msync[geo]'"
    assert said(tmp_path, file) == expected


def test_without_the_extra_a_foreign_coordinate_system_is_refused_with_both_ways_out(tmp_path, without):
    assert said(tmp_path, mercator(tmp_path)) == (
        "web.geojson is in urn:ogc:def:crs:EPSG::3857, not in longitude and latitude (WGS 84); "
        "save it in WGS 84 (ogr2ogr -t_srs EPSG:4326), or: pip install 'm2msync[geo]'"
    )


def test_a_file_that_is_not_there_is_told_before_anything_is_installed(tmp_path, without):
    (tmp_path / "basin.gpkg").write_bytes(b"")
    assert said(tmp_path, "basin.gpk") == f"there is no file {tmp_path}/basin.gpk; did you mean 'basin.gpkg'?"


@pytest.fixture
def geopandas():
    return pytest.importorskip("geopandas")


@pytest.fixture
def frame(geopandas):
    shapely = pytest.importorskip("shapely")

    def made(*shapes, crs="EPSG:4326"):
        return geopandas.GeoDataFrame(geometry=[shapely.geometry.shape(s) for s in shapes], crs=crs)

    return made


def polygon(*rings):
    return {"type": "Polygon", "coordinates": rings}


@pytest.mark.parametrize("file", ["a.gpkg", "a.shp", "a.fgb"])
def test_vector_files_are_read(tmp_path, frame, file):
    frame(polygon(SQUARE)).to_file(tmp_path / file)
    ((ring,),) = polygons(tmp_path, file)
    assert {*ring} == {(0, 0), (1, 0), (1, 1), (0, 1)}


def test_geojson_in_a_foreign_system_is_reprojected(tmp_path, geopandas):
    ((ring,),) = polygons(tmp_path, mercator(tmp_path))
    assert area(ring) == pytest.approx(1, rel=1e-3)


def test_a_coordinate_system_around_the_pole_keeps_the_pole(tmp_path, frame):
    reach = 1_000_000
    around = polygon([[-reach, -reach], [reach, -reach], [reach, reach], [-reach, reach], [-reach, -reach]])
    frame(around, crs="EPSG:3413").to_file(tmp_path / "pole.gpkg")
    polar = polygons(tmp_path, "pole.gpkg")
    assert any(inside((17, 89.5), part) for part in polar)
    assert not any(inside((0, 70), part) for part in polar)


def test_straight_in_the_projection_is_bent_on_the_map(tmp_path, frame):
    """A long edge along a northing of UTM bulges northwards in degrees; with its ends alone it would not."""
    strip = polygon(
        [
            [200_000, 6_600_000],
            [800_000, 6_600_000],
            [800_000, 6_610_000],
            [200_000, 6_610_000],
            [200_000, 6_600_000],
        ]
    )
    frame(strip, crs="EPSG:32633").to_file(tmp_path / "utm.gpkg")
    ((ring,),) = polygons(tmp_path, "utm.gpkg")
    assert len(ring) > 100
    middle = [lat for lon, lat in ring if abs(lon - 15) < 0.1]
    ends = [lat for lon, lat in ring if abs(lon - 15) > 5]
    assert min(middle) > min(ends)


def test_a_system_that_is_not_told_is_asked_for(tmp_path, frame):
    frame(polygon(SQUARE)).to_file(tmp_path / "a.shp")
    (tmp_path / "a.prj").unlink()
    assert said(tmp_path, "a.shp").startswith("a.shp does not say which coordinate reference system it is in")


def test_several_layers_are_told(tmp_path, frame):
    for layer in ("north", "south"):
        frame(polygon(SQUARE)).to_file(tmp_path / "a.gpkg", layer=layer)
    assert (
        said(tmp_path, "a.gpkg") == "a.gpkg has 2 layers: north, south; save the one you mean as a file of its own"
    )


def test_what_is_no_vector_file_is_told(tmp_path, geopandas):
    (tmp_path / "a.gpkg").write_bytes(b"no such thing")
    assert said(tmp_path, "a.gpkg").startswith("a.gpkg cannot be read: ")
    assert said(tmp_path, "a.gpkg").endswith("; save it as GeoJSON")


def test_every_feature_is_a_region_called_by_its_column(tmp_path, geopandas):
    import shapely

    shapes = [shapely.Polygon([(x, y) for x, y in METRES]).buffer(size) for size in (0, 1000, 2000)]
    columns = {"name": ["north", "south", "west"], "number": [3, 4, 5], "when": datetime(2024, 1, 1, tzinfo=UTC)}
    geopandas.GeoDataFrame(columns, geometry=shapes, crs=3857).to_file(tmp_path / "parks.gpkg")
    path = tmp_path / "basin.yaml"
    for column, names in (("name", ["north", "south", "west"]), ("number", ["3", "4", "5"])):
        path.write_text(TEXT.replace("FILE", f"parks.gpkg, each: {column}, exact: true"))
        (entry,) = load(path).acquisitions
        assert [region.name for region in entry.regions] == names
        assert all(region.exact for region in entry.regions)
        sizes = [sum(area(p[0]) for p in region.polygons) for region in entry.regions]
        assert sizes == sorted(sizes)
        assert len(set(sizes)) == 3
    # One of them alone, by its name.
    path.write_text(
        TEXT.replace("FILE", "parks.gpkg, each: name").replace("ot_c2_l1,", "ot_c2_l1, regions: [south],")
    )
    (entry,) = load(path).acquisitions
    assert [region.name for region in entry.regions] == ["south"]
    path.write_text(TEXT.replace("FILE", "parks.gpkg, each: nmae"))
    with pytest.raises(
        ManifestError, match=r"no feature of parks\.gpkg has 'nmae'; it has 'name', 'number'; did you mean"
    ):
        load(path)


def test_features_of_plain_geojson_need_no_extra(tmp_path, without):
    squares = [[[x + lon, lat] for lon, lat in SQUARE] for x in (10, 20)]
    features = [
        {"type": "Feature", "properties": {"id": n}, "geometry": {"type": "Polygon", "coordinates": [ring]}}
        for n, ring in enumerate(squares)
    ]
    (tmp_path / "parks.geojson").write_text(json.dumps({"type": "FeatureCollection", "features": features}))
    path = tmp_path / "basin.yaml"
    path.write_text(TEXT.replace("FILE", "parks.geojson, each: id"))
    (entry,) = load(path).acquisitions
    assert [(region.name, region.polygons[0][0][0]) for region in entry.regions] == [("0", (10, 0)), ("1", (20, 0))]
