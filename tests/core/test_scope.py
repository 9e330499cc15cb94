from __future__ import annotations

import pytest

from m2msync.core.errors import UsageError
from m2msync.core.model import Acquisition, Manifest, Region
from m2msync.core.scope import is_named, narrow

NORTH, SOUTH = Region("north"), Region("south")
L1, L2 = Acquisition("landsat_ot_c2_l1", (NORTH, SOUTH), ("B2",)), Acquisition("landsat_ot_c2_l2", (SOUTH,), ())
MANIFEST = Manifest("m", "m.yaml", "s", "c", (L1, L2))


@pytest.mark.parametrize(
    ("names", "left"),
    [
        ([], {"landsat_ot_c2_l1": "north south", "landsat_ot_c2_l2": "south"}),
        (["north"], {"landsat_ot_c2_l1": "north"}),
        (["south"], {"landsat_ot_c2_l1": "south", "landsat_ot_c2_l2": "south"}),
        (["landsat_ot_c2_l2"], {"landsat_ot_c2_l2": "south"}),
        (["*_l1"], {"landsat_ot_c2_l1": "north south"}),
        (["north", "*_l2"], {"landsat_ot_c2_l1": "north", "landsat_ot_c2_l2": "south"}),
    ],
)
def test_a_manifest_is_narrowed_to_what_is_named(names, left):
    narrowed = narrow(MANIFEST, names)
    assert {a.dataset: " ".join(r.name for r in a.regions) for a in narrowed.acquisitions} == left


@pytest.mark.parametrize(
    ("name", "hint"), [("nroth", "did you mean 'north'?"), ("zzz", "the manifest has landsat")]
)
def test_a_name_that_is_none_is_refused(name, hint):
    with pytest.raises(UsageError, match=f"no dataset or region of the manifest is called '{name}'") as told:
        narrow(MANIFEST, ["north", name])
    assert told.value.hint.startswith(hint)


def test_a_product_is_named_by_its_dataset_or_its_region():
    assert is_named("d", ["south", "north"], ["north"])
    assert is_named("d", ["north"], ["d"])
    assert not is_named("d", ["north", "east"], ["south", "e"])


def test_a_name_with_brackets_means_itself_too():
    boxes = Acquisition("d", (Region("box [1]"), Region("box 1")), ("B2",))
    narrowed = narrow(Manifest("m", "m.yaml", "s", "c", (boxes,)), ["box [1]"])
    assert [r.name for r in narrowed.acquisitions[0].regions] == ["box [1]", "box 1"]
