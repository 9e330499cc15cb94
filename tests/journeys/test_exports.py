"""What is held, read back by the programs it is exported for."""

import csv
import io
import json
import re
import shutil
import stat
import subprocess
from contextlib import redirect_stderr, redirect_stdout
from dataclasses import dataclass
from pathlib import Path
from types import SimpleNamespace

import duckdb
import geopandas
import jsonschema
import pandas as pd
import pystac
import pytest
import rasterio
import yaml
from pystac.validation.stac_validator import JsonSchemaSTACValidator
from shapely.geometry import box as rectangle
from shapely.geometry import shape

from m2msync.cli.program import run
from m2msync.resources import schema
from m2msync.sandbox.serve import running

SCHEMAS = Path(__file__).parents[1] / "data" / "stac"
MANIFEST = {
    "version": 1,
    "name": "coast",
    "store": "data",
    "layout": "{dataset}/{region}/{display_id}/{filename}",
    "regions": {
        "north": {"bbox": [-78.9, 2.3, -77.0, 3.5]},
        "=fiji": {"bbox": [179.2, -17.5, -179.3, -16.0]},
    },
    "defaults": {"acquired": {"start": "2022-01-01", "end": "2023-12-31"}, "images_per_scene": 2},
    "datasets": [
        {"dataset": "landsat_ot_c2_l1", "regions": ["north"], "bands": ["B4", "B8", "B10", "QA_*", "MTL"]},
        {"dataset": "landsat_ot_c2_l1", "regions": ["=fiji"], "bands": ["B4"]},
        {"dataset": "landsat_etm_c2_l2", "regions": ["north"], "bands": ["SR_B3", "ST_B6", "QA_PIXEL", "MTL"]},
    ],
}


@dataclass
class Place:
    """A folder in which everything of a manifest is held."""

    folder: Path
    environment: dict

    def run(self, *words, code=0):
        """Run a command in this process: geopandas is imported once, and not for every export."""
        out, err = io.StringIO(), io.StringIO()
        with pytest.MonkeyPatch.context() as patch, redirect_stdout(out), redirect_stderr(err):
            patch.chdir(self.folder)
            for name, value in self.environment.items():
                patch.setenv(name, value)
            ended = run(list(words))
        assert ended == code, err.getvalue() + out.getvalue()
        return SimpleNamespace(stdout=out.getvalue(), stderr=err.getvalue())

    def export(self, form, *words, code=0):
        told = json.loads(self.run("export", "coast.yaml", "--format", form, *words, "--json", code=code).stdout)
        if not code:
            jsonschema.validate(told, schema("export"))
        return told

    def status(self):
        return json.loads(self.run("status", "coast.yaml", "--json").stdout)["summary"]


@pytest.fixture(scope="module")
def place(tmp_path_factory):
    folder = tmp_path_factory.mktemp("coast")
    (folder / "coast.yaml").write_text(yaml.safe_dump(MANIFEST, sort_keys=False), encoding="utf-8")
    with running(pixels=32) as box:
        made = Place(folder, {**box.env, "M2MSYNC_PATIENCE": "3"})
        made.run("apply", "coast.yaml", "-q")
        yield made


def offline_validator():
    """Return pystac's validator, knowing the extensions' schemas; whatever else it asked for would be refused."""
    validator = JsonSchemaSTACValidator()
    for file in SCHEMAS.glob("*.json"):
        name, _, version = file.stem.rpartition("-")
        uri = f"https://stac-extensions.github.io/{name}/{version}/schema.json"
        validator.schema_cache[uri] = json.loads(file.read_text(encoding="utf-8"))
    return validator


@pytest.fixture(scope="module")
def stac(place):
    told = place.export("stac")
    pystac.validation.set_validator(offline_validator())
    return told, pystac.Catalog.from_file(str(place.folder / "coast-stac" / "catalog.json"))


def documents(place):
    """Return everything as it is written; what pystac makes of it when reading may name newer extensions."""
    return [json.loads(file.read_text(encoding="utf-8")) for file in (place.folder / "coast-stac").rglob("*.json")]


def test_pystac_finds_everything_valid(place, stac):
    told, catalog = stac
    extensions = set()
    for document in documents(place):
        pystac.validation.validate_dict(document)
        extensions.update(document.get("stac_extensions", ()))
    assert {uri.split("/")[3] for uri in extensions} == {
        "classification",
        "eo",
        "file",
        "landsat",
        "projection",
        "view",
    }
    assert len(list(catalog.get_items(recursive=True))) == told["summary"]["images"]
    assert [child.id for child in catalog.get_children()] == ["landsat_etm_c2_l2", "landsat_ot_c2_l1"]


@pytest.mark.parametrize(
    ("change", "told"),
    [
        (lambda item: item["properties"].update({"eo:cloud_cover": 101}), "/eo/"),
        (lambda item: item["properties"].update({"proj:code": 32617}), "/projection/"),
        (lambda item: item["properties"].update({"view:sun_azimuth": -1}), "/view/"),
        (lambda item: item["properties"].pop("landsat:scene_id"), "/landsat/"),
        (lambda item: item["assets"]["MTL"].update({"file:checksum": "SHA"}), "/file/"),
        (lambda item: item["assets"]["QA_PIXEL"]["classification:bitfields"][0].pop("offset"), "/classification/"),
        (lambda item: item["properties"].pop("datetime"), "item.json"),
    ],
)
def test_the_validation_would_find_something(place, stac, change, told):
    item = next(d for d in documents(place) if "QA_PIXEL" in d.get("assets", {}))
    change(item)
    with pytest.raises(pystac.errors.STACValidationError, match=told):
        pystac.validation.validate_dict(item)


def test_assets_are_the_files_with_their_digests(place, stac):
    _, catalog = stac
    count = 0
    for item in catalog.get_items(recursive=True):
        for asset in item.assets.values():
            file = Path(asset.get_absolute_href())
            assert not asset.href.startswith("/")
            assert file.stat().st_size == asset.extra_fields["file:size"]
            assert asset.extra_fields["file:checksum"].startswith("1340")
            assert len(asset.extra_fields["file:checksum"]) == 4 + 128
            count += 1
    assert count == place.status()["held"]


def test_pixels_are_told_as_rasterio_finds_them(stac):
    _, catalog = stac
    seen = set()
    for item in catalog.get_items(recursive=True):
        for name, asset in item.assets.items():
            if "proj:shape" not in asset.extra_fields:
                continue
            with rasterio.open(asset.get_absolute_href()) as picture:
                assert item.properties["proj:code"] == str(picture.crs)
                assert tuple(asset.extra_fields["proj:shape"]) == picture.shape
                assert asset.extra_fields["gsd"] == picture.transform.a
                if transform := asset.extra_fields.get("proj:transform"):
                    assert tuple(transform) == tuple(picture.transform)[:6]
                    seen.add(name)
    assert {"B4", "B10", "QA_PIXEL", "SR_B3", "ST_B6"} <= seen


def test_bands_have_their_common_names(stac):
    _, catalog = stac
    names = {
        name: asset.extra_fields["eo:bands"][0]["common_name"]
        for item in catalog.get_items(recursive=True)
        for name, asset in item.assets.items()
        if "eo:bands" in asset.extra_fields
    }
    assert names == {"B4": "red", "B8": "pan", "B10": "lwir11", "SR_B3": "red", "ST_B6": "lwir"}


def test_a_day_is_told_where_the_moment_is_not_known(stac):
    _, catalog = stac
    items = list(catalog.get_items(recursive=True))
    assert {("MTL" in item.assets) == (item.datetime is not None) for item in items} == {True}
    day = next(item for item in items if item.datetime is None).properties
    assert day["start_datetime"][:10] == day["end_datetime"][:10]


def test_footprints_across_the_antimeridian(place, stac):
    _, catalog = stac
    split = [item for item in catalog.get_items(recursive=True) if item.geometry["type"] == "MultiPolygon"]
    assert split
    for item in split:
        west, south, east, north = item.bbox
        assert west > 0 > east
        outline = shape(item.geometry)
        assert outline.is_valid
        assert outline.area < 10
        both = [rectangle(west, south, 180, north), rectangle(-180, south, east, north)]
        assert all(any(side.buffer(1e-9).contains(part) for side in both) for part in outline.geoms)


def test_a_second_export_is_the_same_bytes_and_replaces_only_its_own(place):
    for form, name in (("stac", "coast-stac"), ("geoparquet", "coast.parquet"), ("geojson", "coast.geojson")):
        place.export(form)
        before = contents(place.folder / name)
        place.export(form)
        assert contents(place.folder / name) == before
    assert not [p for p in place.folder.iterdir() if p.name.startswith(".")]
    stranger = place.folder / "coast-stac" / "notes.txt"
    stranger.write_text("mine", encoding="utf-8")
    assert "notes.txt" in place.run("export", "coast.yaml", "--format", "stac", code=4).stderr
    assert stranger.read_text(encoding="utf-8") == "mine"
    stranger.unlink()
    (place.folder / "mine").mkdir()
    (place.folder / "mine" / "catalog.json").write_text("{}", encoding="utf-8")
    assert "no export" in place.run("export", "coast.yaml", "--format", "stac", "-o", "mine", code=4).stderr


def contents(place):
    files = [place] if place.is_file() else sorted(p for p in place.rglob("*") if p.is_file())
    return {str(file.relative_to(place.parent)): file.read_bytes() for file in files}


def test_geoparquet_opens_in_geopandas_and_in_duckdb(place):
    told = place.export("geoparquet")
    table = geopandas.read_parquet(place.folder / "coast.parquet")
    assert table.crs == 4326
    assert len(table) == told["summary"]["images"] == table["display_id"].nunique()
    assert table.geometry.is_valid.all()
    assert pd.api.types.is_datetime64_dtype(table["acquired"])
    held, kept = place.status(), table["held"].sum()
    assert kept == held["held"] == table["paths"].map(len).sum()
    assert table["bytes"].sum() == held["bytes_held"]
    few = geopandas.read_parquet(place.folder / "coast.parquet", bbox=(-80, 0, -70, 10))
    assert 0 < len(few) < len(table)
    with duckdb.connect() as db:
        db.execute(f"CREATE VIEW t AS SELECT * FROM '{place.folder}/coast.parquet'")
        types = dict(db.execute("SELECT column_name, column_type FROM (DESCRIBE t)").fetchall())
        assert types["acquired"] == "TIMESTAMP"
        assert types["cloud_cover"] == "DOUBLE"
        assert types["wanted"] == "BIGINT"
        assert types["products"] == "VARCHAR[]"
        paths = {p for (p,) in db.execute("SELECT unnest(paths) FROM t").fetchall()}
        assert len(db.execute("SELECT * FROM t WHERE bbox.xmin > -80 AND bbox.xmax < -70").fetchall()) == len(few)
    assert all((place.folder / "data" / path).is_file() for path in paths)


def test_geojson_opens_in_geopandas(place):
    place.export("geojson")
    document = json.loads((place.folder / "coast.geojson").read_text(encoding="utf-8"))
    assert document["type"] == "FeatureCollection"
    table = geopandas.read_file(place.folder / "coast.geojson")
    assert table.geometry.is_valid.all()
    assert table["held"].sum() == place.status()["held"]
    assert place.run("export", "coast.yaml", "--format", "geojson", "-o", "-").stdout == (
        place.folder / "coast.geojson"
    ).read_text(encoding="utf-8")


def test_csv_opens_in_pandas_with_the_right_types(place):
    told = place.export("csv")
    days = ["acquired", "fetched_at"]
    table = pd.read_csv(place.folder / "coast.csv", parse_dates=days).convert_dtypes()
    assert len(table) == told["summary"]["products"] == table["key"].nunique()
    assert {name: str(table[name].dtype) for name in ("size", "wrs_path", "attempts")} == dict.fromkeys(
        ("size", "wrs_path", "attempts"), "Int64"
    )
    assert pd.api.types.is_datetime64_any_dtype(table["acquired"])
    assert str(table["fetched_at"].dt.tz) == "UTC"
    assert pd.api.types.is_numeric_dtype(table["cloud_cover"])
    assert all((place.folder / "data" / path).is_file() for path in table["path"])
    assert (table["size"] == [(place.folder / "data" / p).stat().st_size for p in table["path"]]).all()


def test_what_a_spreadsheet_would_calculate_is_told_as_text(place):
    printed = place.run("export", "coast.yaml", "--format", "csv", "-o", "-").stdout
    rows = list(csv.DictReader(printed.splitlines()))
    assert {row["region"] for row in rows} == {"north", "'=fiji"}
    assert not [cell for row in rows for cell in row.values() if cell.startswith(("=", "+", "-", "@"))]


def test_what_is_not_for_stdout_says_so(place):
    for words in (["--format", "stac", "-o", "-"], ["--format", "csv", "-o", "-", "--json"]):
        assert (
            "stdout"
            in place.run("export", "coast.yaml", *words, code=4).stderr
            + place.run("export", "coast.yaml", *words, code=4).stdout
        )


@pytest.fixture
def lacking(place):
    """Have two files be missing, and put them back."""
    lost = (
        sorted((place.folder / "data").rglob("*_MTL.txt"))[:1]
        + sorted((place.folder / "data").rglob("*_B8.TIF"))[:1]
    )
    aside = [file.rename(place.folder / file.name) for file in lost]
    yield lost
    for file, kept in zip(lost, aside, strict=True):
        kept.rename(file) if not file.exists() else kept.unlink()


def test_links_for_aria2_are_told_to_their_owner_alone(place, lacking):
    done = place.run("export", "coast.yaml", "--format", "urls")
    file = place.folder / "coast-urls.txt"
    assert stat.S_IMODE(file.stat().st_mode) == 0o600
    assert "secrets" in done.stderr
    assert "http" not in done.stdout + done.stderr
    head, *lines = file.read_text(encoding="utf-8").splitlines()
    assert head.startswith("# ")
    written = [re.sub(r"^http://127\S+$", "LINK", re.sub(r"=[0-9a-f]{128}$", "=DIGEST", line)) for line in lines]
    expected = [
        line
        for path in sorted(f.relative_to(place.folder / "data").as_posix() for f in lacking)
        for line in ("LINK", f"  out={path}", "  checksum=sha-512=DIGEST")
    ]
    assert written == expected
    file.unlink()


def test_links_on_stdout_are_asked_for(place, lacking):
    done = place.run("export", "coast.yaml", "--format", "urls", "-o", "-")
    assert len(re.findall(r"^http://\S+$", done.stdout, re.MULTILINE)) == 2
    assert "http" not in done.stderr
    assert "secrets" in done.stderr


@pytest.mark.skipif(not shutil.which("aria2c"), reason="aria2 is not installed; its format is compared above")
def test_aria2_fetches_and_adopt_takes_it_in(place, lacking):
    place.run("export", "coast.yaml", "--format", "urls", "-q")
    command = ["aria2c", "--no-conf", "-q", "--input-file=coast-urls.txt", "--dir=inbox"]
    subprocess.run(command, cwd=place.folder, check=True, timeout=60)
    place.run("adopt", "coast.yaml", "inbox", "-q")
    assert all(file.is_file() for file in lacking)
    assert place.status()["missing"] == 0


def test_nothing_missing_is_an_empty_list(place):
    told = place.export("urls")
    assert told["summary"] == {"images": 0, "products": 0, "bytes": 0, "failed": 0}


def test_odd_names_are_texts_everywhere(journey):
    name, (north, south) = "=1+1, '\U0001f600' & co; $(touch x)", ("-@SUM(A1), 'x'", "\u05d0\u05d1 & %41")
    regions = dict(zip([north, south], journey.document["regions"].values(), strict=True))
    journey.write(name=name, regions=regions, layout="{dataset}/{region}/{display_id}/{filename}")
    journey.apply()
    for form, ending in (("csv", ".csv"), ("geojson", ".geojson"), ("stac", "-stac"), ("geoparquet", ".parquet")):
        assert journey.json("export", "coast.yaml", "--format", form)["path"] == f"{name}{ending}"
    assert set(pd.read_csv(journey.folder / f"{name}.csv")["region"]) == {f"'{north}", south}
    table = geopandas.read_parquet(journey.folder / f"{name}.parquet")
    assert {region for several in table["regions"] for region in several} == {north, south}
    features = json.loads((journey.folder / f"{name}.geojson").read_text(encoding="utf-8"))["features"]
    assert {region for f in features for region in f["properties"]["regions"]} == {north, south}
    catalog = pystac.Catalog.from_file(str(journey.folder / f"{name}-stac" / "catalog.json"))
    assert catalog.id == name
    for item in catalog.get_items(recursive=True):
        for asset in item.assets.values():
            assert Path(asset.get_absolute_href()).is_file()


def test_an_export_that_a_killed_run_had_put_aside_is_not_lost(place):
    """It was killed between two renames; then the next one fails, as something else has come to lie there."""
    place.export("stac", "-o", "killed")
    aside = place.folder / ".killed.old"
    (place.folder / "killed").rename(aside)
    (aside / "stranger.txt").write_text("mine", encoding="utf-8")
    place.export("stac", "-o", "killed", code=4)
    assert (place.folder / "killed" / "catalog.json").exists()
    assert (place.folder / "killed" / "stranger.txt").read_text(encoding="utf-8") == "mine"
