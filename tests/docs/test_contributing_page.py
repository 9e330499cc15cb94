"""CONTRIBUTING tells where everything is."""

from pathlib import Path

ROOT = Path(__file__).parents[2]


def test_every_file_and_folder_of_the_package_is_told():
    told = (ROOT / "CONTRIBUTING.md").read_text(encoding="utf-8")
    here = [place for place in (ROOT / "m2msync").iterdir() if not place.name.startswith("__")]
    files = [f"`{place.name}`" for place in here if place.suffix == ".py"]
    folders = [f"`m2msync/{place.name}/`" for place in here if (place / "__init__.py").exists()]
    assert [name for name in (*files, *folders) if name not in told] == []
