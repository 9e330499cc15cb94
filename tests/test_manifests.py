import codecs
import os
import subprocess
import sys
from pathlib import Path

import pytest

from m2msync.core.errors import ManifestError
from m2msync.core.model import Box
from m2msync.manifests import load
from m2msync.resources import shared

TEXT = """version: 1
name: lakes
store: data
regions:
  lakes: {csv: lakes.csv}
datasets:
  - {dataset: landsat_ot_c2_l1, bands: [B2]}
"""
CONFIGS = sorted(path for path in Path(str(shared("configs"))).iterdir() if path.suffix == ".yaml")


@pytest.fixture
def folder(tmp_path):
    (tmp_path / "lakes.csv").write_text("LL Lat,LL Lon,UR Lat,UR Lon\n1,2,3,4\n")
    (tmp_path / "lakes.yaml").write_text(TEXT)
    return tmp_path


def boxes(manifest):
    return {region.name: region.boxes for entry in manifest.acquisitions for region in entry.regions}


def said(path):
    with pytest.raises(ManifestError) as caught:
        load(path)
    return str(caught.value)


def with_csv(folder, data):
    (folder / "lakes.csv").write_bytes(data)
    return folder / "lakes.yaml"


def test_paths_are_beside_the_manifest_wherever_one_stands(folder, monkeypatch):
    monkeypatch.chdir(folder.parent)

    manifest = load(Path(folder.name, "lakes.yaml"))

    assert manifest.file == str(folder / "lakes.yaml")
    assert manifest.store == str(folder / "data")
    assert manifest.catalog == str(folder / "data" / ".m2msync" / "catalog.db")


def test_paths_may_begin_at_home_or_at_the_root(folder):
    text = TEXT.replace("store: data", "store: ~/data\ncatalog: /var/catalog.db")
    (folder / "lakes.yaml").write_text(text)

    manifest = load(folder / "lakes.yaml")

    assert manifest.store == str(Path(os.environ["HOME"], "data"))
    assert manifest.catalog == "/var/catalog.db"


def test_a_store_behind_a_link_stays_behind_it(folder, tmp_path):
    (folder / "real").mkdir()
    (folder / "data").symlink_to(folder / "real")

    assert load(folder / "lakes.yaml").store == str(folder / "data")


def test_a_byte_order_mark_and_carriage_returns_are_no_part_of_a_file(folder):
    with_csv(folder, b"\xef\xbb\xbfLL Lat,LL Lon,UR Lat,UR Lon\r\n1,2,3,4\r\n")
    (folder / "lakes.yaml").write_bytes(b"\xef\xbb\xbf" + TEXT.replace("\n", "\r\n").encode())

    assert boxes(load(folder / "lakes.yaml")) == {"lakes-1": (Box(2, 1, 4, 3),)}


@pytest.mark.parametrize(
    "data",
    [
        b"LL Lat;LL Lon;UR Lat;UR Lon\n1;2;3;4\n",
        b" ll lat ,LL LON, Ur Lat,ur lon\n 1 , 2,3,4\n",
        b'"LL Lat","LL Lon","UR Lat","UR Lon"\n"1","2","3","4"',
        b"note,UR Lon,UR Lat,LL Lon,LL Lat\nany,4,3,2,1\n,,,,\n\n\n",
        b"LL Lat,LL Lon,UR Lat,UR Lon,\n1,2,3,4,\n",
    ],
)
def test_tables_are_read_as_they_come(folder, data):
    assert boxes(load(with_csv(folder, data))) == {"lakes-1": (Box(2, 1, 4, 3),)}


def test_a_short_header_does_not_make_the_first_column_an_index(folder):
    message = said(with_csv(folder, b"LL Lat,LL Lon,UR Lat,UR Lon\n9,1,2,3,4\n"))

    assert "line 2 of lakes.csv: the row has more cells than the header" in message


def test_rows_after_blank_ones_keep_their_line(folder):
    message = said(with_csv(folder, b"LL Lat,LL Lon,UR Lat,UR Lon\n1,2,3,4\n\n\nx,2,3,4\n"))

    assert [m.split(": ")[1] for m in message.splitlines()] == [f"line {n} of lakes.csv" for n in (3, 4, 5)]


def test_a_missing_manifest_is_told_with_its_neighbours(folder):
    assert said(folder / "lake.yaml") == (
        f"{folder}/lake.yaml:1:1: there is no file {folder}/lake.yaml; did you mean 'lakes.yaml'?"
    )


def test_a_folder_is_no_manifest(folder):
    assert said(folder) == f"{folder}:1:1: {folder} is a folder; name a file in it"


@pytest.mark.skipif(os.geteuid() == 0, reason="root may read everything")
def test_a_manifest_that_may_not_be_read(folder):
    (folder / "lakes.yaml").chmod(0)

    assert "cannot be read: Permission denied; check who may read it" in said(folder / "lakes.yaml")


def test_a_manifest_that_cannot_be_read_for_another_reason(folder):
    (folder / "loop.yaml").symlink_to(folder / "loop.yaml")

    assert "loop.yaml cannot be read: Too many levels of symbolic links" in said(folder / "loop.yaml")


def test_the_first_bad_byte_is_found_among_others(folder):
    (folder / "lakes.yaml").write_bytes(codecs.BOM_UTF8 + b"a: 1\n\xc3\xa9\xc3\xa9: \xe9\n")

    assert "lakes.yaml:2:5: this is not UTF-8 text" in said(folder / "lakes.yaml")
    (folder / "lakes.yaml").write_bytes(codecs.BOM_UTF8 + b"\xe9")
    assert "lakes.yaml:1:1: this is not UTF-8 text" in said(folder / "lakes.yaml")


def test_utf_16_is_told_by_its_first_byte(folder):
    (folder / "lakes.yaml").write_text(TEXT, encoding="utf-16")

    assert said(folder / "lakes.yaml").endswith("lakes.yaml:1:1: this is not UTF-8 text; save the file as UTF-8")


def test_a_manifest_without_tables_does_without_pandas(folder):
    (folder / "lakes.yaml").write_text(TEXT.replace("csv: lakes.csv", "bbox: [1, 2, 3, 4]"))
    program = f"import sys, m2msync.manifests as m; m.load({str(folder / 'lakes.yaml')!r}); print('pandas' in sys.modules)"

    done = subprocess.run([sys.executable, "-c", program], check=True, capture_output=True, text=True)

    assert done.stdout == "False\n"


@pytest.mark.parametrize("path", CONFIGS, ids=lambda path: path.stem)
def test_shipped_configs_load_and_name_their_schema(path):
    assert load(path).name == path.stem
    assert path.read_text().startswith("# yaml-language-server: $schema=../schemas/manifest.schema.json\n")


def test_the_notebooks_job():
    (entry,) = load(shared("configs") / "pacific-coast.yaml").acquisitions

    assert [region.name for region in entry.regions] == [f"coast-{n}" for n in range(1, 7)]
    assert entry.regions[0].boxes == (Box(west=-81.071, south=-0.685, east=-79.031, north=0.685),)
    assert (entry.dataset, entry.images_per_scene, entry.bands) == (
        "landsat_ot_c2_l1",
        5,
        ("B2", "B3", "B4", "MTL"),
    )
