"""docs/manifest.md tells every key of the schema; it is written by `GOLDEN=write pytest tests/test_manifest_page.py`.

Every example in it is read by the real reader, in a manifest that has little else.
"""

import json
import os
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import yaml

from m2msync import manifests
from m2msync.resources import schema

PAGE = Path(__file__).parents[1] / "docs" / "manifest.md"
SCHEMA = schema("manifest")
CHOICE = {"images_per_scene": 1}
BESIDE = {
    "columns": {"csv": "regions.csv"},
    "buffer_km": {"point": [-120.03, 39.09]},
    "exact": {"bbox": [-91.7, -1.5, -89.2, 0.7]},
    "per": CHOICE,
    "prefer": CHOICE,
    "unpack": {"products": ["bundle"]},
}
"""What a key cannot do without."""
HEAD = """\
# The manifest, key by key

Written from `schemas/manifest.schema.json`, which editors read too; each example below is a valid value, and is read by a
test. A key without default may be left out, unless it is said to be needed.
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


@pytest.mark.parametrize(("place", "key", "value"), list(examples()))
def test_every_example_can_be_read(tmp_path, place, key, value):
    (tmp_path / "regions.csv").write_text(
        "LL Lat,LL Lon,UR Lat,UR Lon,name,ymin,xmin,ymax,xmax,title,WRS_PATH,WRS_ROW\n0,1,2,3,north,0,1,2,3,north,11,59\n"
    )
    ring = [[0, 0], [1, 0], [1, 1], [0, 0]]
    (tmp_path / "amazon.geojson").write_text(json.dumps({"type": "Polygon", "coordinates": [ring]}))
    document: dict[str, Any] = {
        "version": 1,
        "name": "x",
        "store": "data",
        "regions": {"coast": {"bbox": [-91.7, -1.5, -89.2, 0.7]}},
        "datasets": [{"dataset": "landsat_ot_c2_l1", "bands": ["B2"]}],
    }
    inner = document
    for step in place:
        inner = inner.setdefault(step, {}) if isinstance(inner, dict) else inner[step]
    if "columns" in place:
        document["regions"]["r"]["csv"] = "regions.csv"
    inner |= BESIDE.get(key, {}) | {key: value}
    if key in ("path", "row"):
        inner |= {"path": "WRS_PATH", "row": "WRS_ROW"}
    if key in ("products", "extends"):
        document["datasets"][0].pop("bands")
    (tmp_path / "x.yaml").write_text(yaml.safe_dump(document, sort_keys=False))
    manifests.load(tmp_path / "x.yaml")
