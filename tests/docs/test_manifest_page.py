"""docs/manifest.md tells every key of the schema; it is written by `GOLDEN=write pytest tests/docs/test_manifest_page.py`.

Every example in it is planned against the sandbox, in a manifest that has little else.
"""

import json
import os
from collections.abc import Iterator
from copy import deepcopy
from pathlib import Path
from typing import Any

import pytest
import yaml

from m2msync.cli.program import run
from m2msync.resources import schema
from m2msync.sandbox.serve import Sandbox, running

PAGE = Path(__file__).parents[2] / "docs" / "manifest.md"
SCHEMA = schema("manifest")
CHOICE = {"images_per_scene": 1}
NAIP = {"regions": {"r": {"bbox": [-101.02, 31.02, -100.95, 31.05]}}, "datasets": [{"dataset": "naip"}]}
COAST = {
    "regions": {"coast": {"bbox": [-79, 0, -73, 1]}},
    "datasets": [{"dataset": "landsat_ot_c2_l1", "bands": ["B2"]}],
    "defaults": {"acquired": {"start": "2022-01-01", "end": "2022-08-31"}},
}
SETTINGS = {
    "Full Resolution": NAIP,
    "landsat_tm_c2_l1": COAST | {"defaults": {"acquired": {"start": "2005-01-01", "end": "2005-08-31"}}},
}
"""Manifests for what a shore in 2022 does not have; all others begin as COAST."""
TEXTS = {True: "Collection Category", False: "Date Product Generated L1 (YYYY/MM/DD)"}
"""Filters of texts, and of days."""
BESIDE = {
    "columns": {"csv": "regions.csv"},
    "buffer_km": {"point": [-120.03, 39.09]},
    "each": {"file": "parks.geojson"},
    "exact": {"bbox": [-91.7, -1.5, -89.2, 0.7]},
    "per": CHOICE,
    "prefer": CHOICE,
    "unpack": {"products": ["bundle"]},
    "scratch": {"store": "s3://bucket/prefix"},
}
"""What a key cannot do without."""
HEAD = """\
# The manifest, key by key

Written from `schemas/manifest.schema.json`, which editors read too; each example below is a valid value, with which a
test runs `m2msync plan`. A key without default may be left out, unless it is said to be needed.
"""
SECTIONS = {
    "The manifest": ((), SCHEMA),
    "A region": (("regions", "r"), SCHEMA["$defs"]["region"]),
    "columns of a region": (("regions", "r", "columns"), SCHEMA["$defs"]["region"]["properties"]["columns"]),
    "An entry of datasets": (("datasets", 0), SCHEMA["$defs"]["entry"]),
    "filters of an entry": (("datasets", 0, "filters"), SCHEMA["$defs"]["entry"]["properties"]["filters"]),
    "acquired, ingested": (("datasets", 0, "filters", "acquired"), SCHEMA["$defs"]["acquired"]),
    "cloud_cover": (("datasets", 0, "filters", "cloud_cover"), SCHEMA["$defs"]["cloud_cover"]),
    "metadata": (("datasets", 0, "filters", "metadata"), SCHEMA["$defs"]["metadata"]),
    "A condition of metadata": (("datasets", 0, "filters", "metadata", "WRS Path"), SCHEMA["$defs"]["condition"]),
    "defaults": (("defaults",), SCHEMA["properties"]["defaults"]),
    "transfer": (("transfer",), SCHEMA["properties"]["transfer"]),
}
"""Title: where such a mapping stands, and its schema."""


def whole(part: dict[str, Any]) -> dict[str, Any]:
    """Return a schema with what it refers to."""
    if "$ref" not in part:
        return part
    return whole(SCHEMA["$defs"][part["$ref"].rpartition("/")[2]]) | {k: v for k, v in part.items() if k != "$ref"}


def keys(part: dict[str, Any]) -> Iterator[tuple[str, dict[str, Any]]]:
    for key, told in part["properties"].items():
        yield key, whole(told)


def flow(value: Any) -> str:
    return (
        yaml.safe_dump(value, default_flow_style=True, width=10**6, sort_keys=False).removesuffix("\n...\n").strip()
    )


def row(key: str, told: dict[str, Any], needed: list[str]) -> str:
    default = "needed" if key in needed else f"`{flow(told['default'])}`" if "default" in told else ""
    choices = f" One of {', '.join(f'`{choice}`' for choice in told['enum'])}." if "enum" in told else ""
    example = "<br>".join(f"`{key}: {flow(value)}`" for value in told.get("examples", ()))
    return f"| `{key}` | {told['description']}{choices} | {default} | {example} |"


def page() -> str:
    tables = []
    for title, (_, part) in SECTIONS.items():
        rows = [row(key, told, part.get("required", [])) for key, told in keys(part)]
        tables.append("\n".join([f"## {title}\n", "| key | | default | examples |", "|---|---|---|---|", *rows]))
    return "\n\n".join([HEAD.strip(), *tables]) + "\n"


def test_it_tells_every_key():
    if os.environ.get("GOLDEN") == "write":
        PAGE.write_text(page(), encoding="utf-8")
    assert PAGE.read_text(encoding="utf-8") == page()


def test_no_part_of_the_schema_is_left_out():
    told = [part for _, part in SECTIONS.values()]
    left = [name for name, part in SCHEMA["$defs"].items() if "properties" in part and part not in told]
    assert left == ["ingested"]  # as acquired


def examples() -> Iterator[Any]:
    for title, (place, part) in SECTIONS.items():
        for key, told in keys(part):
            assert told.get("examples"), (title, key)
            for number, value in enumerate(told["examples"]):
                yield pytest.param(place, key, value, id=f"{title}-{key}-{number}")


@pytest.fixture(scope="module")
def folder(tmp_path_factory) -> Path:
    """Return where all the examples are planned; what M2M has told of one is remembered for the next."""
    made = tmp_path_factory.mktemp("examples")
    (made / "regions.csv").write_text(
        "LL Lat,LL Lon,UR Lat,UR Lon,name,ymin,xmin,ymax,xmax,title,WRS_PATH,WRS_ROW\n0,-79,1,-78,north,0,-79,1,-78,north,11,59\n"
    )
    ring = [[-60, -3], [-59, -3], [-59, -2], [-60, -3]]
    park = {
        "type": "Feature",
        "properties": {"name": "Manu"},
        "geometry": {"type": "Polygon", "coordinates": [ring]},
    }
    (made / "parks.geojson").write_text(json.dumps({"type": "FeatureCollection", "features": [park]}))
    (made / "amazon.geojson").write_text(json.dumps({"type": "Polygon", "coordinates": [ring]}))
    return made


@pytest.fixture(scope="module")
def box() -> Iterator[Sandbox]:
    with running(pixels=16) as sandbox:
        yield sandbox


@pytest.fixture
def account(box, monkeypatch) -> None:
    for name, told in box.env.items():
        monkeypatch.setenv(name, told)


def filter_for(value: Any) -> str:
    """Return the metadata filter that takes such a value, or such values."""
    first = value[0] if isinstance(value, list) else value
    return TEXTS[first.isalnum()] if isinstance(first, str) else "WRS Path"


def document_with(place: tuple[Any, ...], key: str, value: Any) -> dict[str, Any]:
    """Return a small manifest with a value at its place."""
    (sole,) = value if isinstance(value, list) and len(value) == 1 else (value,)
    chosen = SETTINGS.get(sole, COAST) if isinstance(sole, str) else COAST
    document: dict[str, Any] = {"version": 1, "name": "x", "store": "data", **deepcopy(chosen)}
    inner = document
    for name in place:
        step = filter_for(value) if name == "WRS Path" else name
        inner = inner.setdefault(step, {}) if isinstance(inner, dict) else inner[step]
    if "columns" in place:
        document["regions"]["r"]["csv"] = "regions.csv"
    inner |= deepcopy(BESIDE.get(key, {}) | {key: value})
    if key in ("path", "row"):
        inner |= {"path": "WRS_PATH", "row": "WRS_ROW"}
    if key in ("products", "extends"):
        document["datasets"][0].pop("bands", None)
    for entry in document["datasets"]:
        entry.setdefault("images_per_scene", 1)
    return document


@pytest.fixture
def bucket_of_examples(moto_server, monkeypatch):
    """Have what `s3://bucket/prefix` names."""
    moto_server.client.create_bucket(Bucket="bucket")
    for name, setting in moto_server.environment.items():
        monkeypatch.setenv(name, setting)


@pytest.mark.usefixtures("account")
@pytest.mark.parametrize(("place", "key", "value"), list(examples()))
def test_every_example_is_executed(folder, capsys, place, key, value, *, request):
    manifest, document = folder / "x.yaml", document_with(place, key, value)
    manifest.write_text(yaml.safe_dump(document, sort_keys=False))
    if "://" in document["store"]:
        request.getfixturevalue("bucket_of_examples")

    code = run(["plan", str(manifest), "--json"])

    said = capsys.readouterr()
    assert code == 0, said.err
    assert json.loads(said.out)["actions"], "nothing is found"
