"""Pages that tell what the code knows: exit codes, environment variables, columns of exports, topics."""

import re
from pathlib import Path

from m2msync.cli import failure
from m2msync.core import errors
from m2msync.core.exports.tables import IMAGE_COLUMNS, PRODUCT_COLUMNS
from m2msync.core.result import EXIT_CODES
from m2msync.reference import page, titles

ROOT = Path(__file__).parents[1]


def rows(topic):
    """Return the first cells of the tables of a page."""
    return re.findall(r"^\| (.+?) \|", page(topic), re.MULTILINE)


def every(kind):
    return {kind, *(sub for one in kind.__subclasses__() for sub in every(one))}


def test_every_exit_code_is_told_and_no_other():
    told = {int(cell) for cell in rows("exit-codes") if cell.isdigit()}
    ours = {kind.exit_code for kind in every(errors.M2MSyncError)} | {*EXIT_CODES.values()}
    rest = {failure.USAGE, failure.INTERRUPTED, 2, 8}  # pending changes and damage are results, not errors
    assert told == ours | rest
    written = "".join(path.read_text(encoding="utf-8") for path in (ROOT / "m2msync").rglob("*.py"))
    assert {int(code) for code in re.findall(r"exit_code(?:: ClassVar\[int\])? = (\d+)", written)} <= told


def test_every_variable_is_told_and_no_other():
    told = set(re.findall(r"`([A-Z0-9_]+)`", page("environment")))
    written = "".join(
        path.read_text(encoding="utf-8") for path in (ROOT / "m2msync").rglob("*.py") if "sandbox" not in path.parts
    )
    read = set(re.findall(r'environ\.get\("([A-Z_]+)"|"((?:M2M|USGS|M2MSYNC)_[A-Z_]+)"', written))
    ours = {name for pair in read for name in pair if name}
    assert ours <= told
    # What other libraries read: requests, click, rich, keyring, botocore and platformdirs.
    proxies = {"HTTP_PROXY", "HTTPS_PROXY", "ALL_PROXY", "NO_PROXY"}
    buckets = {name for name in told if name.startswith("AWS_")} | {"XDG_CACHE_HOME"}
    assert told - ours == proxies | buckets | {"PAGER", "PYTHON_KEYRING_BACKEND"}


def test_the_columns_of_exports_are_told():
    text = page("export")
    for columns in (PRODUCT_COLUMNS, IMAGE_COLUMNS):
        table = "\n".join(
            ["| column | |", "|---|---|", *(f"| `{name}` | {told} |" for name, told in columns.items())]
        )
        assert table in text, f"write this into docs/how-to-export.md:\n{table}"


def test_every_page_is_a_topic_with_a_title():
    pages = {file.stem.removeprefix("how-to-") for file in (ROOT / "docs").glob("*.md")} - {"README"}
    assert set(titles()) == pages | {"datasette"}
    assert all(title and not title.startswith("#") for title in titles().values())
    assert page("how-to-lock.md") == page("lock") == page("LOCK")
