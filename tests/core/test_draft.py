"""Whatever a draft says, the manifest that is written of it says the same."""

from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from m2msync.core.draft import Draft, read_bbox, text_of, usable_name, usual_bands, usual_cloud
from m2msync.core.manifest.reading import parse_manifest
from m2msync.core.manifest.regions import Readers
from m2msync.core.roles import meant_role
from m2msync.core.wording import Unfit
from m2msync.resources import schema

SCHEMA = schema("manifest")
TABLE = [["LL Lat", "LL Lon", "UR Lat", "UR Lon"], ["1", "2", "3", "4"]]
READERS = Readers(
    table=lambda _file: TABLE,
    areas=lambda _file: pytest.fail("no file of areas is drafted"),
    features=lambda *_: (),
)
letters = st.characters(codec="utf-8", exclude_categories=["Cn", "Co", "Cs"])
names = st.text(letters, min_size=1, max_size=30).map(usable_name)
sides = st.tuples(st.floats(-180, 0), st.floats(-90, 0), st.floats(0, 180), st.floats(0, 90))
days = st.dates(date(1980, 1, 1), date(2030, 1, 1))
words = st.from_regex(r"[A-Za-z0-9_.*?!\[\]-]+", fullmatch=True).filter(lambda word: not meant_role(word))
bands = st.lists(words, min_size=1, max_size=4, unique_by=str.casefold)


def parsed(draft):
    text = text_of(draft, "x.yaml", "file:///schema.json")
    return text, parse_manifest(text, file="x.yaml", schema=SCHEMA, readers=READERS, locate=lambda path: f"/{path}")


@given(
    names,
    st.one_of(sides, names.map(lambda name: f"../tables/{name}.csv")),
    st.one_of(st.none(), days),
    st.one_of(st.none(), days),
    st.one_of(st.none(), st.integers(0, 100)),
    bands.map(tuple),
    st.one_of(st.none(), st.integers(1, 999)),
)
def test_what_is_written_is_read(  # noqa: PLR0917 - one for each thing a draft says
    name, area, start, end, cloud, chosen, images
):
    if start and end and start > end:
        start, end = end, start
    text, manifest = parsed(Draft(name, "landsat_ot_c2_l1", area, start, end, cloud, chosen, images))
    (entry,) = manifest.acquisitions
    (region,) = entry.regions
    assert (manifest.name, entry.bands, entry.images_per_scene) == (name, chosen, images)
    if isinstance(area, tuple):
        (box,) = region.boxes
        assert (box.west, box.south, box.east, box.north) == area
    acquired = entry.filters.acquired
    assert (acquired.start if acquired else None, acquired.end if acquired else None) == (start, end)
    assert (entry.filters.cloud_cover.maximum if entry.filters.cloud_cover else None) == cloud
    assert text.startswith("# yaml-language-server: $schema=file:///schema.json\n")
    assert all(line == line.rstrip() for line in text.splitlines())


@pytest.mark.parametrize("name", ["true", "null", "12", "1e5", "NO", "on", "#x", "[x", "a{b", "-", "~"])
def test_names_that_yaml_would_read_otherwise(name):
    _, manifest = parsed(Draft(name, "landsat_ot_c2_l1", f"{name}.csv", None, None, None, ("B2",)))
    assert manifest.name == name


def test_a_draft_to_the_letter():
    text, _ = parsed(
        Draft("coast", "landsat_ot_c2_l1", (-91.7, -1.5, -89.2, 0.7), date(2022, 1, 1), None, 10, ("B2", "MTL"))
    )
    assert text == GOLDEN


@pytest.mark.parametrize(
    ("dataset", "first", "cloud"),
    [
        ("landsat_ot_c2_l1", "B2", 10),
        ("landsat_ot_c2_l2", "SR_B2", 10),
        ("landsat_etm_c2_l1", "B1", 10),
        ("landsat_tm_c2_l2", "SR_B1", 10),
        ("naip", "*", None),
    ],
)
def test_what_is_usual_depends_on_the_dataset(dataset, first, cloud):
    assert usual_bands(dataset)[0] == first
    assert usual_cloud(dataset) == cloud


@pytest.mark.parametrize("text", ["1,2,3,4", "1 2 3 4", "1, 2, 3, 4", " 1  2,3 4 "])
def test_a_box_is_written_as_people_do(text):
    assert read_bbox(text) == (1, 2, 3, 4)


@pytest.mark.parametrize("text", ["", "1,2,3", "1,2,3,4,5", "a,b,c,d", "1;2;3;4"])
def test_what_is_no_box(text):
    with pytest.raises(Unfit, match="is not west,south,east,north"):
        read_bbox(text)


GOLDEN = """\
# yaml-language-server: $schema=file:///schema.json
#
# What this folder shall hold of the USGS archive.
#
#   m2msync validate x.yaml             # are all names right, and how much is it?
#   m2msync search   x.yaml             # which images are there, and which are chosen?
#   m2msync apply    x.yaml             # fetch what is missing; run it again at any time
version: 1
name: coast
store: data                         # a folder beside this file, or a whole path
# layout: "{dataset}/{region}/{display_id}/{filename}"    # a folder for each region

regions:
  area: {bbox: [-91.7, -1.5, -89.2, 0.7]}           # west, south, east, north
  # boxes: {csv: boxes.csv}                         # one region per row: LL Lat, LL Lon, UR Lat, UR Lon [, name]
  # lake: {point: [-120.03, 39.09], buffer_km: 5}   # longitude, latitude
  # cells: {path_row: ["011/059", "010/060"]}       # WRS-2

datasets:
  - dataset: landsat_ot_c2_l1       # m2msync datasets lists them
    filters:
      acquired: {start: 2022-01-01}                 # without an end it keeps growing
      cloud_cover: {max: 10}                        # percent
      # months: [6, 7, 8]
      # metadata: {Satellite: "9"}                  # m2msync filters landsat_ot_c2_l1 lists them
    images_per_scene: 5             # of each region; left out: all
    # prefer: least_cloudy          # else the newest
    bands: [B2, MTL]                # m2msync products landsat_ot_c2_l1 lists them
"""
