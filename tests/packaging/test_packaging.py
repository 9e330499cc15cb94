"""The folders shipped with the program are found in a checkout, a wheel, and a wheel built from the sdist."""

import json
import subprocess
import sys
import zipfile
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
FIND = """
import json
from importlib.resources import files
from m2msync.reference import titles
from m2msync.resources import presets, schema, shared
print(json.dumps({
    "schemas": sorted(entry.name for entry in shared("schemas").iterdir() if entry.name.endswith(".json")),
    "configs": sorted(entry.name for entry in shared("configs").iterdir() if entry.name.endswith((".yaml", ".csv"))),
    "presets": sorted(presets()),
    "assets": sorted(entry.name for entry in files("m2msync.report").joinpath("assets").iterdir()),
    "topics": sorted(titles()),
    "title": schema("manifest")["$schema"],
    "from": __import__("m2msync").__file__,
}))
"""


def found(python_path: Path, cwd: Path) -> dict:
    """Ask a fresh interpreter that sees only this copy of the package."""
    answer = subprocess.run(
        [sys.executable, "-c", f"import sys; sys.path.insert(0, {str(python_path)!r})\n{FIND}"],
        cwd=cwd,
        check=True,
        capture_output=True,
        text=True,
    )
    return json.loads(answer.stdout)


@pytest.fixture(scope="module")
def expected() -> dict:
    return {
        "schemas": sorted(p.name for p in (ROOT / "schemas").glob("*.json")),
        "configs": sorted(p.name for p in (ROOT / "configs").iterdir() if p.suffix in (".yaml", ".csv")),
        "presets": sorted(p.stem for p in (ROOT / "configs" / "presets").glob("*.yaml")),
        "assets": sorted(p.name for p in (ROOT / "m2msync" / "report" / "assets").iterdir()),
        "topics": sorted(
            {p.stem.removeprefix("how-to-") for p in (ROOT / "docs").glob("*.md")} - {"README"} | {"datasette"}
        ),
    }


def build(kind: str, source: Path, into: Path) -> Path:
    # --no-isolation: hatchling is in the dev group, and a build that needs the network would not be a unit test.
    subprocess.run(
        [sys.executable, "-m", "build", "--no-isolation", f"--{kind}", "--outdir", str(into), str(source)],
        check=True,
        capture_output=True,
    )
    return next(into.glob("*.whl" if kind == "wheel" else "*.tar.gz"))


def unpacked(wheel: Path, into: Path) -> Path:
    with zipfile.ZipFile(wheel) as archive:
        archive.extractall(into)
    return into


def test_checkout_and_editable_install(expected: dict, tmp_path: Path) -> None:
    seen = found(ROOT, tmp_path)
    assert seen["from"].startswith(str(ROOT))
    assert {k: seen[k] for k in expected} == expected


def test_wheel(expected: dict, tmp_path: Path) -> None:
    copy = unpacked(build("wheel", ROOT, tmp_path / "dist"), tmp_path / "site")
    seen = found(copy, tmp_path)
    assert seen["from"].startswith(str(copy))
    assert {k: seen[k] for k in expected} == expected
    assert (copy / "m2msync" / "py.typed").is_file()


def test_wheel_built_from_the_sdist(expected: dict, tmp_path: Path) -> None:
    sdist = build("sdist", ROOT, tmp_path / "dist")
    subprocess.run(["tar", "-xzf", str(sdist), "-C", str(tmp_path)], check=True)
    source = next(p for p in tmp_path.iterdir() if p.name.startswith("m2msync-"))
    copy = unpacked(build("wheel", source, tmp_path / "dist2"), tmp_path / "site")
    seen = found(copy, tmp_path)
    assert seen["from"].startswith(str(copy))
    assert {k: seen[k] for k in expected} == expected
