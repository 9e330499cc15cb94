"""The page about bands and products: its table is that of the code, and its examples are manifests."""

import re
from pathlib import Path

import pytest

from m2msync.core.roles import ROLES, SENSORS
from m2msync.manifests import load
from m2msync.resources import presets

PAGE = (Path(__file__).parents[1] / "docs" / "how-to-products.md").read_text(encoding="utf-8")
HEAD = """\
version: 1
name: one
store: data
regions:
  r: {bbox: [0, 0, 1, 1]}
datasets:
"""


def table() -> str:
    """Return the table of roles as the page has it; sensors that call everything alike share a column."""
    columns: dict[str, list[str]] = {}
    for (sensor, level), bands in SENSORS.items():
        cells = " | ".join(", ".join(bands.get(role, ("\u2013",))) for role in ROLES)
        columns.setdefault(cells, []).append(f"{sensor.removeprefix('Landsat ')} {level}")
    rows = [
        f"| {', '.join(names)} | {cells} |"
        for cells, names in sorted(columns.items(), key=lambda c: (" L1" not in c[1][0], list(columns).index(c[0])))
    ]
    return "\n".join([f"| | {' | '.join(ROLES)} |", "|---" * (len(ROLES) + 1) + "|", *rows])


def test_the_table_is_that_of_the_code():
    assert table() in PAGE, f"write this into docs/how-to-products.md:\n{table()}"


def test_every_role_and_preset_is_told():
    assert [name for name in (*ROLES, *presets()) if f"`{name}`" not in PAGE] == []


@pytest.mark.parametrize("block", re.findall(r"^```yaml\n(.*?)^```", PAGE, re.MULTILINE | re.DOTALL))
def test_every_example_is_a_manifest(tmp_path, block):
    (tmp_path / "m.yaml").write_text(HEAD + block, encoding="utf-8")
    assert load(tmp_path / "m.yaml").acquisitions
