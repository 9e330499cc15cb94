"""Everything a file host can do wrong, at the first try, always, and when a broken transfer is resumed.

One job for each of the three: an image for every fault, of which a picture, a text and a bundle are fetched. Each file
ends right or is reported with its reason; it is never wrong under its final name, and never in the way of the others.
"""

import hashlib
from collections import Counter
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass

import pytest

from m2msync.sandbox.behaviour import Behaviour
from m2msync.sandbox.imagery import content
from m2msync.sandbox.serve import running
from m2msync.sandbox.world.catalogue import DATASETS

DATASET = "landsat_etm_c2_l1"
PIXELS = 260  # so that the panchromatic band is longer than what a resumption fetches again
KINDS = ("_B8.TIF", "_MTL.txt", ".tar")
BROKE = "it broke in the middle"
LANDS = ""
BRINGS_NOTHING = {BROKE, "HTTP 429", "HTTP 500", "HTTP 503"}
"""Reasons after a minute of trying for what no byte ever came of, so that it makes no difference what is announced."""


@dataclass(frozen=True)
class Fault:
    """A fault of the sandbox, and why a file is given up when it always happens."""

    options: dict
    always: str | tuple[str, str, str] = LANDS
    """For all, or for each of KINDS."""
    once: str = LANDS
    """The same if it happens once."""


FAULTS = {
    "cut short": Fault({"kind": "truncate", "keep": 0}, BROKE),
    "cut short, no length told": Fault(
        {"kind": "truncate", "length": False},
        (
            "the TIFF's data should reach byte",
            "the metadata ends inside group",
            "the tar archive is cut short after",
        ),
    ),
    "closed": Fault({"kind": "drop", "keep": 0}, BROKE),
    "reset": Fault({"kind": "reset", "keep": 0}, BROKE),
    "page": Fault({"kind": "html200"}, "an HTML page came instead of the file"),
    "message": Fault({"kind": "json200"}, "sent a JSON message instead of the file"),
    "nothing": Fault({"kind": "empty"}, "the file is empty"),
    "wrong bytes": Fault({"kind": "wrong_bytes"}, "the sha512 digest differs from the announced one"),
    "range ignored": Fault({"kind": "ignore_range"}),
    "another range": Fault({"kind": "wrong_content_range"}),
    "another edition": Fault({"kind": "changed_etag"}),
    "zipped": Fault({"kind": "gzip"}, "sent the file gzip-encoded though asked not to"),
    "in chunks": Fault({"kind": "chunked"}),
    "slow": Fault({"kind": "trickle", "rate": 600_000}),
    "busy": Fault({"kind": "status", "status": 429}, "HTTP 429"),
    "busy, says until when": Fault({"kind": "status", "status": 429, "retry_after": 1}, "HTTP 429"),
    "broken": Fault({"kind": "status", "status": 500}, "HTTP 500"),
    "down": Fault({"kind": "status", "status": 503}, "HTTP 503"),
    "gone": Fault({"kind": "status", "status": 404}, "does not have this file (HTTP 404)", once="HTTP 404"),
    "login": Fault({"kind": "login"}, "has expired (HTTP 200)"),
    "expired": Fault({"kind": "expired"}, "has expired (HTTP 403)"),
    "none": Fault({}),
}
# Apart, as it needs a short patience; how far a stalled transfer has come when it is given up is a matter of moments.
STALL = Fault({"kind": "stall", "keep": 0, "seconds": 10}, "came in time")


def at_the_first_try(box, name: str, fault: Fault) -> str:
    box.faults.add(file=name, times=1, **fault.options)
    return fault.once


def always(box, name: str, fault: Fault) -> str:
    box.faults.add(file=name, **fault.options)
    if isinstance(fault.always, str):
        return fault.always
    return next(reason for kind, reason in zip(KINDS, fault.always, strict=True) if name.endswith(kind))


def when_resumed(box, name: str, fault: Fault) -> str:
    box.faults.add(file=name, nth=[1], kind="drop", keep=0.95)
    box.faults.add(file=name, nth=[2], **fault.options)
    return fault.once


@pytest.fixture(scope="module")
def box() -> Iterator:
    with running(pixels=PIXELS) as sandbox:
        yield sandbox


@pytest.fixture
def images(box, journey) -> Callable[[int], list[str]]:
    """Want three files of so many images, and tell their display ids."""

    def want(number: int) -> list[str]:
        entry = {
            "dataset": DATASET,
            "filters": {"acquired": {"start": "2000-01-01", "end": "2011-12-31"}},
            "images_per_scene": number,
        }
        journey.write(
            regions={"north": journey.document["regions"]["north"]},
            datasets=[{**entry, "bands": ["B8", "MTL"]}, {**entry, "products": ["bundle"]}],
        )
        box.faults.clear()
        return sorted({action["display_id"] for action in journey.plan()["actions"]})

    return want


def true_digest(box, name: str) -> str:
    scene = box.world.by_display_id(DATASETS[DATASET], name[:40])
    bundle = name.endswith(".tar")
    data = content.bundle_bytes(scene, pixels=PIXELS) if bundle else content.file_bytes(scene, name, pixels=PIXELS)
    return hashlib.sha512(data).hexdigest()


def assert_right_or_reported(box, journey, expected: Mapping[str, str], unknowable: set[str]) -> None:
    """Apply; every file must be what it should be, or reported with the expected reason, and in the end be there.

    Args:
        box: the sandbox.
        journey: the job.
        expected: per file name, LANDS or (part of) the reason why not.
        unknowable: names of files that may land though they are wrong, as nothing tells.
    """
    failing = {name for name, reason in expected.items() if reason}
    result = journey.apply("-j", "70", code=3 if failing else 0)
    reasons = {failure["key"].partition("/")[2]: failure["reason"] for failure in result["failed"]}
    assert reasons.keys() == failing
    assert {name: reason for name, reason in reasons.items() if expected[name] not in reason} == {}
    landed = {path.name: path for path in journey.files().values()}
    assert landed.keys() == expected.keys() - failing
    for name, path in landed.items():
        right = hashlib.sha512(path.read_bytes()).hexdigest() == true_digest(box, name)
        assert right or name in unknowable, name
    box.faults.clear()
    again = journey.apply()["summary"]
    assert (again["got"], again["kept"]) == (len(failing), len(landed))
    assert not list((journey.store / ".m2msync" / "partial").iterdir())


@pytest.mark.parametrize("when", [at_the_first_try, always, when_resumed], ids=lambda when: when.__name__)
@pytest.mark.parametrize("announced", [True, False], ids=["digests announced", "no digests"])
def test_a_file_ends_right_or_is_reported(box, journey, images, announced: bool, when: Callable[..., str]) -> None:
    box.state.play(Behaviour(checksums=announced))
    expected, unknowable, whole = {}, set(), Counter(box.counts.whole)
    barren = when is always and not announced
    faults = {what: fault for what, fault in FAULTS.items() if not (barren and fault.always in BRINGS_NOTHING)}
    image_of = dict(zip(faults, images(len(faults)), strict=True))
    for what, fault in faults.items():
        image = image_of[what]
        for name in (image + kind for kind in KINDS):
            expected[name] = LANDS if what == "none" else when(box, name, fault)
            if what == "wrong bytes" and (name.endswith(".tar") or not announced):
                # As long as announced, a whole container, and no digest to hold it against; of bundles M2M tells none.
                unknowable.add(name)
                expected[name] = LANDS
    assert_right_or_reported(box, journey, expected, unknowable)
    if when is when_resumed:  # that it really was, where the host let it
        assert not (box.counts.whole - whole).keys() & {image_of["slow"] + kind for kind in ("_B8.TIF", ".tar")}


def test_a_stalled_file_ends_right_or_is_reported(box, journey, images) -> None:
    journey.environment["M2MSYNC_PATIENCE"] = "1"
    four = images(4)
    expected = {
        image + kind: when(box, image + kind, STALL)
        for image, when in zip(four, [at_the_first_try, always, when_resumed], strict=False)
        for kind in KINDS
    }
    assert_right_or_reported(box, journey, {**{four[3] + kind: LANDS for kind in KINDS}, **expected}, set())
