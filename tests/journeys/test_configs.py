"""Every manifest in configs/ is applied, and the notebook's job does what the notebook did, better."""

import hashlib
import shutil
from collections import defaultdict
from pathlib import Path

import pytest
import yaml

from m2msync.core import naming

CONFIGS = Path(__file__).parents[2] / "configs"
MANIFESTS = sorted(path.name for path in CONFIGS.glob("*.yaml"))


@pytest.fixture
def workplace(journey):
    """Return the journey in a copy of configs/, so that stores beside the manifests are made there."""
    shutil.copytree(CONFIGS, journey.folder / "configs", ignore=shutil.ignore_patterns("data"))
    return journey


@pytest.mark.parametrize("name", MANIFESTS)
def test_applied_twice(workplace, box, name):
    first = workplace.json("apply", f"configs/{name}", "-j", "8")
    assert first["status"] == "success"
    assert first["summary"]["got"] > 0
    calls = dict(box.counts.calls)
    second = workplace.json("apply", f"configs/{name}")
    assert second["summary"]["got"] == 0
    assert second["summary"]["kept"] == first["summary"]["got"]
    new = {name for name, count in box.counts.calls.items() if count > calls.get(name, 0)}
    assert new == {"login-token", "scene-search", "logout"}


def test_the_notebooks_job(workplace, box):
    document = yaml.safe_load((CONFIGS / "pacific-coast.yaml").read_text())
    rows = (CONFIGS / "wrs2_r56_r60_p6_p10.csv").read_text().splitlines()[1:]
    assert len(rows) == 6
    plan = workplace.json("plan", "configs/pacific-coast.yaml")
    store = (workplace.folder / "configs" / document["store"]).resolve()
    assert workplace.json("apply", "configs/pacific-coast.yaml", "-j", "8")["status"] == "success"

    wanted: defaultdict[str, set[str]] = defaultdict(set)
    for action in plan["actions"]:
        wanted[action["image"]].add(action["product"])
    assert all(bands == {"B2", "B3", "B4", "MTL"} for bands in wanted.values())
    regions = defaultdict(set)
    for path in (p for p in store.rglob("*") if p.is_file() and ".m2msync" not in p.parts):
        assert "?" not in path.name
        assert "requestSignature" not in path.name
        display_id = "_".join(path.name.split("_")[:7])
        assert naming.parse_display_id(display_id)
        regions[path.relative_to(store).parts[1]].add(display_id)
        if path.name.endswith("_MTL.txt"):
            assert path.read_text().startswith("GROUP = LANDSAT_METADATA_FILE")
        else:
            assert path.suffix == ".TIF"
            assert path.read_bytes()[:2] in (b"II", b"MM")
    assert len(regions) == 6
    assert all(0 < len(images) <= 5 for images in regions.values())


def test_digests_of_the_notebooks_job(workplace, box):
    from test_main_job import sha512_by_file

    workplace.json("apply", "configs/pacific-coast.yaml", "-j", "8")
    shutil.copy(workplace.folder / "configs" / "pacific-coast.yaml", workplace.folder / "configs" / "coast.yaml")
    document = yaml.safe_load((CONFIGS / "pacific-coast.yaml").read_text())
    store = (workplace.folder / "configs" / document["store"]).resolve()
    workplace.folder = workplace.folder / "configs"
    announced = sha512_by_file(box, workplace)
    files = [p for p in store.rglob("*.*") if p.is_file() and ".m2msync" not in p.parts]
    assert len(files) >= 6 * 4
    assert {p.name: hashlib.sha512(p.read_bytes()).hexdigest() for p in files} == {
        p.name: announced[p.name] for p in files
    }
