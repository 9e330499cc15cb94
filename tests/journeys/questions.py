"""Questions a person asks wrongly, group by group; docs/errors-you-may-see.md is written from them."""

from __future__ import annotations

from dataclasses import dataclass, field

BASE = {
    "version": "version: 1",
    "name": "name: coast",
    "store": "store: data",
    "regions": "regions:\n  coast: {bbox: [-78.9, 0.8, -77.0, 2.0]}",
    "datasets": """\
datasets:
  - dataset: landsat_ot_c2_l1
    filters: {acquired: {start: 2022-01-01, end: 2022-06-30}}
    images_per_scene: 3
    bands: [B2, B3, B4, MTL]""",
}
"""The manifest that is right, key by key."""


@dataclass(frozen=True)
class Wrong:
    """One wrong question.

    Args:
        title: what is wrong, for a person.
        says: what stands in the manifest instead of the same keys of BASE, or the command and its words.
        code: how the command ends.
        files: what lies beside the manifest.
        env: what is in the environment.
        folders: what folders lie beside the manifest.
    """

    title: str
    says: str
    code: int = 4
    files: dict[str, str] = field(default_factory=dict)
    env: dict[str, str] = field(default_factory=dict)
    folders: tuple[str, ...] = ()


def regions(text: str) -> str:
    return f"regions:\n  {text}"


def entry(*lines: str, dataset: str = "landsat_ot_c2_l1") -> str:
    return "\n".join(["datasets:", f"  - dataset: {dataset}", *(f"    {line}" for line in lines)])


def acquired(text: str) -> str:
    return entry(f"filters: {{acquired: {{{text}}}}}", "bands: [B2]")


def metadata(text: str) -> str:
    return entry(f"filters: {{metadata: {{{text}}}}}", "bands: [B2]")


BOXES = "LL Lat,LL Lon,UR Lat,UR Lon\n"
SQUARE = '{"type": "Polygon", "coordinates": [[[5e5, 41e5], [6e5, 41e5], [6e5, 42e5], [5e5, 41e5]]]}'
LINE = '{"type": "LineString", "coordinates": [[-78, 0], [-77, 1]]}'
PLAN = '{"schema_version": 1, "kind": "plan", "saved": {}}'
POINT = '{"type": "Point", "coordinates": [-78, 0]}'

MANIFEST = (
    Wrong("A key that is misspelt", "stroe: data"),
    Wrong("A key that stands twice", "name: coast\nname: shore"),
    Wrong("A tab", "transfer:\n\tconnections: 5"),
    Wrong("A manifest of a later version", "version: 2"),
    Wrong("A password or token", "password: hunter2"),
    Wrong("A name that cannot be a file", "name: pacific/coast"),
    Wrong("A field that a layout does not have", 'layout: "{dataset}/{tile}/{filename}"'),
    Wrong("A layout that gives several files one path", 'layout: "{dataset}/{display_id}"'),
    Wrong("Too many connections", "transfer: {connections: 500}"),
    Wrong("A size that is none", "transfer: {max_bytes: lots}"),
    Wrong("A variable in a path", "store: $HOME/landsat"),
    Wrong("A variable of Windows in a path", 'store: "%USERPROFILE%/landsat"'),
    Wrong("The home of a user that there is not", "store: ~nobody-at-all/landsat"),
    Wrong("An address with one slash", "store: s3:/bucket/prefix"),
    Wrong("An address of a file", "store: file:///data/landsat"),
    Wrong("A backslash in double quotes", 'store: "data\\Users"'),
    Wrong("Quotes of a word processor", "name: “coast”"),
    Wrong("A dash of a word processor", "datasets:\n  – dataset: landsat_ot_c2_l1\n    bands: [B2]"),
    Wrong("A colon without its blank", "name:coast"),
    Wrong("An equals sign", "name = coast"),
    Wrong("A merge that was not finished", "<<<<<<< HEAD\nname: coast\n=======\nname: shore\n>>>>>>> theirs"),
    Wrong("A manifest out of a page of text", "```yaml\nname: coast"),
    Wrong("A line that is not aligned", "transfer:\n  connections: 5\n max_bytes: 2TB"),
    Wrong("A list that is not closed", "transfer: {connections: 5\nlayout: x"),
    Wrong("A key of another program", "output: data"),
    Wrong("A number in quotes", 'transfer: {connections: "5"}'),
)
REGIONS = (
    Wrong("Corners that are swapped", regions("coast: {bbox: [-78.9, 2.0, -77.0, 0.8]}")),
    Wrong("Longitude and latitude that are swapped", regions("coast: {bbox: [0.8, -98.9, 2.0, -97.0]}")),
    Wrong("Degrees that are out of range", regions("coast: {bbox: [178, -19, 182, -16]}")),
    Wrong("A box without its last side", regions("coast: {bbox: [-78.9, 0.8, -77.0]}")),
    Wrong("Metres instead of degrees", regions("coast: {point: [500000, 4100000]}")),
    Wrong("Two kinds of region in one", regions("coast: {point: [-78, 1], bbox: [-78.9, 0.8, -77.0, 2.0]}")),
    Wrong("A region that was never named", entry("regions: [cost]", "bands: [B2]")),
    Wrong("A table that is not there", regions("coast: {csv: box.csv}"), files={"boxes.csv": BOXES}),
    Wrong(
        "A table that lacks a column",
        regions("coast: {csv: boxes.csv}"),
        files={"boxes.csv": "south,west,north,east\n0.8,-78.9,2.0,-77.0\n"},
    ),
    Wrong(
        "A table with a word for a number",
        regions("coast: {csv: boxes.csv}"),
        files={"boxes.csv": f"{BOXES}0.8,78.9 W,2.0,-77.0\n"},
    ),
    Wrong("A box as text", regions('coast: {bbox: "-78.9, 0.8, -77.0, 2.0"}')),
    Wrong("A box without its word", regions("coast: [-78.9, 0.8, -77.0, 2.0]")),
    Wrong("Decimal commas", regions("coast: {bbox: [-78,9, 0,8, -77,0, 2,0]}")),
    Wrong("A minus of a word processor", regions("coast: {point: [−78.9, 1.0]}")),
    Wrong("A point of the compass", regions("coast: {point: [78.9W, 1.0]}")),
    Wrong("A distance with its unit", regions("coast: {point: [-78.9, 1.0], buffer_km: 5km}")),
    Wrong("Latitude and longitude by name", regions("coast: {lat: 1.0}")),
    Wrong("A file without its word", regions("coast: amazon.geojson")),
    Wrong("Regions as a list", "regions:\n  - {bbox: [-78.9, 0.8, -77.0, 2.0]}"),
    Wrong("Every region", entry("regions: all", "bands: [B2]")),
    Wrong("A cell without a list", regions('coast: {path_row: "011/059"}')),
    Wrong("A cell with a hyphen", regions('coast: {path_row: ["011-059"]}')),
    Wrong("A cell as a number", regions("coast: {path_row: [11059]}")),
    Wrong("A cell as a list", regions("coast: {path_row: [[11, 59]]}")),
    Wrong("A path that there is not", regions('coast: {path_row: ["311/059"]}')),
    Wrong("A drawing in another reference system", regions("coast: {file: utm.geojson}"), files={"utm.geojson": SQUARE}),
    Wrong("A line instead of an area", regions("coast: {file: river.geojson}"), files={"river.geojson": LINE}),
    Wrong("Points without a distance", regions("coast: {file: sites.geojson}"), files={"sites.geojson": POINT}),
    Wrong("A place that USGS does not know", regions("coast: {place: Quitto}")),
    Wrong("A place of which there are several", regions("coast: {place: Springfield}")),
    Wrong("Cells of a dataset that has none", regions('coast: {path_row: ["011/059"]}') + "\n" + entry("products: [Full Resolution]", dataset="naip")),
    Wrong("A region in the sea", regions("coast: {bbox: [-150, -45, -149, -44]}") + "\n" + entry("products: [Full Resolution]", dataset="naip"), code=0),
)  # fmt: skip
FILTERS = (
    Wrong("A filter that is misspelt", metadata("Satelite: 9")),
    Wrong("A value that the filter does not have", metadata("Collection Category: T9")),
    Wrong("A value of another dataset", metadata("Satellite: 7")),
    Wrong("A word for a number", metadata("WRS Path: eleven")),
    Wrong("A range of what has no order", metadata("Collection Category: {min: T1}")),
    Wrong("A day that the calendar does not have", entry("filters: {acquired: {start: 2022-02-30}}", "bands: [B2]")),
    Wrong(
        "A period that ends before it begins",
        entry("filters: {acquired: {start: 2023-11-06, end: 2022-01-01}}", "bands: [B2]"),
    ),
    Wrong("A day that ends with its year", acquired("start: 31/12/2022")),
    Wrong("A day that can be read in two ways", acquired("start: 06/11/2022")),
    Wrong("A month instead of a day", acquired("start: 2022-11")),
    Wrong("A period up to today", acquired("start: 2022-01-01, end: today")),
    Wrong("A period by other words", acquired("from: 2022-01-01")),
    Wrong("A period in one text", entry("filters: {acquired: 2022-01-01/2022-06-30}", "bands: [B2]")),
    Wrong("A period in which nothing was taken", entry("filters: {acquired: {start: 2012-01-01, end: 2012-12-31}}", "bands: [B2]"), code=0),
    Wrong("A thirteenth month", entry("filters: {months: [12, 13]}", "bands: [B2]")),
    Wrong("A month by its name", entry("filters: {months: [June]}", "bands: [B2]")),
    Wrong("One month without a list", entry("filters: {months: 6}", "bands: [B2]")),
    Wrong("Clouds without max", entry("filters: {cloud_cover: 10}", "bands: [B2]")),
    Wrong("Clouds in percent", entry("filters: {cloud_cover: {max: 10%}}", "bands: [B2]")),
    Wrong("Clouds by another word", entry("filters: {clouds: {max: 10}}", "bands: [B2]")),
    Wrong("Several values without any", metadata("Collection Category: [T1, T2]")),
    Wrong("Clouds as a fraction", entry("filters: {cloud_cover: {max: 0.1}}", "bands: [B2]")),
    Wrong("Clouds the wrong way round", entry("filters: {cloud_cover: {min: 40, max: 10}}", "bands: [B2]")),
    Wrong("Filters beside the word filters", entry("cloud_cover: {max: 10}", "bands: [B2]")),
)  # fmt: skip
CHOICE = (
    Wrong("A dataset that is misspelt", entry("bands: [B2]", dataset="landsat_ot_c2_11")),
    Wrong("A dataset that was withdrawn", entry("bands: [B2]", dataset="landsat_8_c1")),
    Wrong("A dataset of Collection 1, in capitals", entry("bands: [B2]", dataset="LANDSAT_8_C1")),
    Wrong("A dataset by its satellite", entry("bands: [B2]", dataset="landsat_9_c2_l2")),
    Wrong("A dataset by the beginning of its images", entry("bands: [B2]", dataset="LC08")),
    Wrong("A dataset of another agency", entry("bands: [B2]", dataset="sentinel_2a")),
    Wrong("Two datasets in one entry", entry("bands: [B2]", dataset="[landsat_ot_c2_l1, landsat_tm_c2_l1]")),
    Wrong("An entry that is only a name", "datasets:\n  - landsat_ot_c2_l1"),
    Wrong("A dataset by its title", entry("bands: [B2]", dataset="Landsat 8-9 OLI/TIRS C2 L1")),
    Wrong("No bands", entry("images_per_scene: 1")),
    Wrong("A band of another sensor", entry("bands: [SR_B4, MTL]")),
    Wrong("A band by its number", entry("bands: [4]")),
    Wrong("A band by its number, in quotes", entry('bands: ["4"]')),
    Wrong("A band in words", entry("bands: [Band 4]")),
    Wrong("A band with a zero", entry("bands: [B04]")),
    Wrong("Bands in one text", entry("bands: B2, B3, B4")),
    Wrong("All bands", entry("bands: all")),
    Wrong("A star without quotes", entry("bands: [*]")),
    Wrong("A bundle among bands", entry("bands: [bundle]")),
    Wrong("A band among products", entry("products: [B4]")),
    Wrong("A bundle that is misspelt", entry("products: [bundel]", dataset="naip")),
    Wrong("Something that is calculated", entry("bands: [NDVI]")),
    Wrong("A role that is misspelt", entry("bands: [redd, nir]")),
    Wrong("A role of what is not Landsat's", entry("bands: [red]", dataset="naip")),
    Wrong("A product of another dataset", entry("products: [Full Resolutin]", dataset="naip")),
    Wrong("Unpacking without a bundle", entry("bands: [B2]", "unpack: true")),
    Wrong("A preset that there is not", entry("extends: level1-visibel")),
    Wrong("A preset of another level", entry("extends: surface-temperature")),
    Wrong("No images", entry("images_per_scene: 0", "bands: [B2]")),
    Wrong("Fewer than no images", entry("images_per_scene: -5", "bands: [B2]")),
    Wrong("All images", entry("images_per_scene: all", "bands: [B2]")),
    Wrong("How many, by another word", entry("max_results: 5", "bands: [B2]")),
    Wrong("A preference that is misspelt", entry("images_per_scene: 1", "prefer: newst", "bands: [B2]")),
    Wrong("Per month without a number", entry("per: month", "bands: [B2]")),
)
COMMANDS = (
    Wrong("A command that is misspelt", "aply coast.yaml"),
    Wrong("A command of another program", "download coast.yaml"),
    Wrong("A command that deletes", "clean coast.yaml"),
    Wrong("A manifest without a command", "coast.yaml"),
    Wrong("An option before the command", "--sandbox plan coast.yaml"),
    Wrong("An option that is misspelt", "apply coast.yaml --dryrun"),
    Wrong("An option with one hyphen", "apply coast.yaml -dry-run"),
    Wrong("An option with the dash of a word processor", "plan coast.yaml —json"),
    Wrong("Two manifests", "apply coast.yaml shore.yaml"),
    Wrong("Arguments the wrong way round", "adopt notebook coast.yaml", folders=("notebook",)),
    Wrong("A manifest that is not there", "apply cost.yaml"),
    Wrong("A manifest that ends otherwise", "apply coast.yml"),
    Wrong("A folder instead of a manifest", "apply archive", folders=("archive",)),
    Wrong("A manifest in a folder that is not there", "plan $HOME/coast.yaml"),
    Wrong("A lock instead of its manifest", "apply coast.lock", files={"coast.lock": "# m2msync lock 1\n"}),
    Wrong("A plan instead of its manifest", "status plan.json", files={"plan.json": PLAN}),
    Wrong("A plan of another version", "apply plan.json", code=9, files={"plan.json": PLAN.replace("1", "2")}),
    Wrong("A table instead of a manifest", "plan boxes.csv", files={"boxes.csv": BOXES}),
    Wrong("A drawing instead of a manifest", "plan sites.geojson", files={"sites.geojson": POINT}),
    Wrong("A catalog instead of a manifest", "status data/.m2msync/catalog.db"),
    Wrong("A page instead of a manifest", "plan report.html", files={"report.html": "<!doctype html>\n"}),
    Wrong("A name that the manifest does not have", "plan coast.yaml --only cosat"),
    Wrong("A size that is none", "apply coast.yaml --max-bytes plenty"),
    Wrong("A size in two words", "apply coast.yaml --max-bytes 5 GB"),
    Wrong("A size below zero", "apply coast.yaml --max-bytes -1"),
    Wrong("A time with a colon", "apply coast.yaml --max-duration 2:30"),
    Wrong("A result in a folder that is not there", "plan coast.yaml --out plans/plan.json"),
    Wrong("Transfers in words", "apply coast.yaml --jobs many"),
    Wrong("No transfers at a time", "apply coast.yaml --jobs 0"),
    Wrong("A lock that is not there", "plan coast.yaml --locked", code=9),
    Wrong("A manifest that exists already", "init coast.yaml"),
    Wrong("A box that is none", "init shore.yaml --bbox 1,2,3"),
    Wrong("A box in four words", "init shore.yaml --bbox -78.9 0.8 -77.0 2.0"),
    Wrong("A day of a draft that is none", "init shore.yaml --bbox -78.9,0.8,-77.0,2.0 --start 06/11/2022"),
    Wrong("An export without a format", "export coast.yaml"),
    Wrong("A topic that no page has", "help quota"),
    Wrong("A dataset that M2M does not have", "products landsat_ot_c2_11"),
    Wrong("An image that the dataset does not have", "products landsat_ot_c2_l1 LC09_L1TP_011059_20230328"),
    Wrong("A filter that the dataset does not have", 'filters landsat_ot_c2_l1 "Cloud Category"'),
    Wrong("An image that is not held", "show coast.yaml LC07"),
    Wrong("A beginning that several images have", "show coast.yaml LC0"),
    Wrong("A band that is not held", "show coast.yaml LC08_L1TP_010058 --band B5"),
    Wrong("A product that there is not", "forget coast.yaml landsat_ot_c2_l1/LC09_B2.TIF"),
    Wrong("A folder that is not there", "adopt coast.yaml notebook"),
    Wrong("An account that is not told", "plan coast.yaml", code=5, env={"M2M_USERNAME": "", "M2M_TOKEN": ""}),
    Wrong("A token that is refused", "plan coast.yaml", code=5, env={"M2M_TOKEN": "mistyped"}),
    Wrong("Half of the credentials", "plan coast.yaml", code=5, env={"M2M_TOKEN": ""}),
    Wrong("An account that may not download", "validate coast.yaml", code=5, env={"M2M_USERNAME": "searchonly"}),
    Wrong("A service without https", "plan coast.yaml", env={"M2MSYNC_ENDPOINT": "m2m.cr.usgs.gov"}),
    Wrong("A patience that is none", "plan coast.yaml", env={"M2MSYNC_PATIENCE": "long"}),
    Wrong("A service that is not encrypted", "plan coast.yaml", env={"M2MSYNC_ENDPOINT": "http://example.org/api/"}),
    Wrong("A period of verification that is none", "verify coast.yaml --since yesterday"),
)  # fmt: skip
GROUPS = {
    "The manifest": MANIFEST,
    "Regions": REGIONS,
    "Filters": FILTERS,
    "Datasets, bands and images": CHOICE,
    "Commands": COMMANDS,
}
