"""The surplus as a whole: its counts, its JSON, and when it must not be deleted."""

from __future__ import annotations

import pytest

from m2msync.core.errors import Unsafe
from m2msync.core.holding import Known
from m2msync.core.surplus import Leftover, Surplus, check_amount, check_applied

PRODUCT = Known("ds/i_B2.TIF", "ds", "coast", "E", "i", "B2", "held", ("a",), 7, claimed=True)


def leftover(verb, frees=0, path="a"):
    return Leftover(PRODUCT, path, 7, verb, "because", frees)


def test_a_surplus_counts_its_files_by_what_becomes_of_them():
    verbs = ["delete", "delete", "move", "gone", "leave", "leave", "leave", "failed"]
    surplus = Surplus("coast", tuple(leftover(verb, 5) for verb in verbs), 99, done=True, trash="/t")
    assert surplus.summary() == {
        "failed": 1,
        "delete": 2,
        "move": 1,
        "gone": 1,
        "leave": 3,
        "bytes": 15,
        "held": 99,
    }
    assert surplus.exit_code == 3
    assert Surplus("coast", (leftover("leave"),), 1).exit_code == 0
    told = surplus.to_json()
    assert list(told) == ["schema_version", "kind", "manifest", "done", "trash", "summary", "actions"]
    assert told["actions"][0] == {
        "key": PRODUCT.key,
        "verb": "delete",
        "reason": "because",
        "dataset": "ds",
        "region": "coast",
        "image": "E",
        "display_id": "i",
        "product": "B2",
        "path": "a",
        "size": 7,
    }
    assert Surplus("coast", (), 0).to_json()["trash"] is None


@pytest.mark.parametrize(
    ("leaving", "held", "most", "refused"),
    [
        (0, 0, None, False),
        (1, 2, None, False),
        (2, 3, None, True),
        (1, 1, None, True),
        (3, 3, 3, False),
        (3, 3, 2, True),
        (1, 100, 0, True),
        (0, 100, 0, False),
    ],
)
def test_more_than_expected_is_refused(leaving, held, most, refused):
    surplus = Surplus("coast", (*(leftover("delete") for _ in range(leaving)), leftover("gone")), held)
    assert surplus.exceeds(most) == refused
    if refused:
        with pytest.raises(Unsafe, match="nothing was deleted") as told:
            check_amount(surplus, most)
        assert f"--max-delete {leaving}" in told.value.hint
    else:
        check_amount(surplus, most)


@pytest.mark.parametrize("status", ["success", "partial"])
def test_a_manifest_that_was_applied_as_it_is_may_be_pruned(status):
    check_applied(status, "d1", "d1")


@pytest.mark.parametrize(
    ("status", "applied", "sentence"),
    [
        (None, None, "this manifest has never been applied here"),
        (None, "d1", "this manifest has never been applied here"),
        ("error", "d1", r"ended early \(error\)"),
        ("interrupted", "d1", r"ended early \(interrupted\)"),
        ("capped", "d1", r"ended early \(capped\)"),
        ("running", "d1", "has not ended"),
        ("success", None, "it is not recorded what the manifest was like"),
        ("success", "d2", "the manifest has been edited"),
        ("partial", "d2", "the manifest has been edited"),
    ],
)
def test_any_doubt_about_what_is_wanted_now_is_a_refusal(status, applied, sentence):
    with pytest.raises(Unsafe, match=sentence) as told:
        check_applied(status, applied, "d1")
    assert "m2msync apply" in told.value.hint
    assert told.value.exit_code == 1
