"""The page about bands and products: its table is that of the code."""

from pathlib import Path

from m2msync.core.roles import ROLES, SENSORS
from m2msync.resources import presets

PAGE = (Path(__file__).parents[2] / "docs" / "how-to-products.md").read_text(encoding="utf-8")


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
