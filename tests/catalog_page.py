"""What docs/catalog.md and docs/datasette.yaml say, taken apart."""

import re
from pathlib import Path

import yaml

DOCS = Path(__file__).parents[1] / "docs"
PAGE = (DOCS / "catalog.md").read_text(encoding="utf-8")
METADATA = yaml.safe_load((DOCS / "datasette.yaml").read_text(encoding="utf-8"))
TABLES = METADATA["databases"]["catalog"]["tables"]
QUERIES = METADATA["databases"]["catalog"]["queries"]
VIEWS = ("files", "failures", "by_scene", "runs")
STATEMENTS = re.findall(r"^```sql\n(.*?)^```", PAGE, re.MULTILINE | re.DOTALL)


def table(view: str) -> str:
    """Return the table of a view's columns as the page has it."""
    rows = [f"| `{name}` | {told} |" for name, told in TABLES[view]["columns"].items()]
    return "\n".join(["| column | |", "|---|---|", *rows])
