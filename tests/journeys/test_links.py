"""`export --format urls` on days when M2M does not answer with a link at once."""

import hashlib
import signal

import jsonschema
import pytest
import requests

from m2msync.resources import schema
from m2msync.sandbox.behaviour import Behaviour, Limits, Staging
from m2msync.sandbox.serve import running

NEVER = Behaviour(staging=Staging(systems=frozenset({"ls_s3"}), polls=10_000))
WANTED = 12
"""Products of the journey's manifest: two images in each of two regions, three products of each."""


def links(journey, *words, code=0):
    """Return what is told, and what is written as lists of link, place and digest."""
    told = journey.json("export", "coast.yaml", "--format", "urls", *words, code=code)
    jsonschema.validate(told, schema("export"))
    lines = (journey.folder / "coast-urls.txt").read_text(encoding="utf-8").splitlines()[1:]
    return told, list(zip(lines[::3], lines[1::3], lines[2::3], strict=True))


@pytest.fixture
def elsewhere(journey):
    """Have another kind of day serve the journey."""
    boxes = []

    def begin(**how):
        manager = running(pixels=32, **how)
        boxes.append(manager)
        journey.environment |= manager.__enter__().env
        return journey

    yield begin
    for manager in boxes:
        manager.__exit__(None, None, None)


def test_what_is_staged_is_waited_for_and_every_link_leads_to_its_file(elsewhere):
    journey = elsewhere(behaviour=Behaviour(staging=Staging(systems=frozenset({"ls_s3"}), polls=1)))
    told, written = links(journey)
    assert told["summary"] | {"bytes": 0} == {"images": 4, "products": WANTED, "bytes": 0, "failed": 0}
    for link, place, digest in written:
        answer = requests.get(link, timeout=30)
        assert answer.ok
        assert place.endswith((".TIF", ".txt"))
        assert digest.removeprefix("  checksum=sha-512=") == hashlib.sha512(answer.content).hexdigest()
    assert journey.files() == {}


def test_answers_that_tell_little_are_matched_all_the_same(elsewhere):
    journey = elsewhere(profile="stingy")
    assert journey.json("export", "coast.yaml", "--format", "urls")["summary"]["products"] == WANTED
    lines = (journey.folder / "coast-urls.txt").read_text(encoding="utf-8").splitlines()
    assert len(lines) == 1 + 2 * WANTED  # this service tells no digests


def test_the_apply_after_it_gets_everything(journey):
    _, written = links(journey)
    assert journey.apply()["summary"]["got"] == len(written) == WANTED
    assert links(journey)[1] == []


def test_what_is_refused_is_named_and_the_others_are_written(journey, box):
    box.faults.add(order="*_B4*", kind="failed", message="no such file")
    told, written = links(journey, code=3)
    assert told["summary"]["failed"] == len(told["failed"]) == 4
    assert {failure["reason"] for failure in told["failed"]} == {"M2M could not deliver it: no such file"}
    assert len(written) == WANTED - 4
    shown = journey.run("export", "coast.yaml", "--format", "urls").stdout
    assert shown.count("no link: ") == 4


def test_without_quota_there_is_no_file_and_the_exit_code_says_why(elsewhere):
    journey = elsewhere(behaviour=Behaviour(limits=Limits(5, 5, 5)))
    done = journey.run("export", "coast.yaml", "--format", "urls")
    assert done.returncode == 6
    assert "quota" in done.stderr
    assert "http" not in done.stderr + done.stdout
    assert [p.name for p in journey.folder.iterdir() if "urls" in p.name] == []


def test_ctrl_c_while_waiting_ends_it_without_a_file(elsewhere):
    journey = elsewhere(behaviour=NEVER)
    with journey.start("export", "coast.yaml", "--format", "urls", "-v") as running_one:
        for line in running_one.stderr:
            if "listing" in line or "order" in line:
                break
        running_one.send_signal(signal.SIGINT)
        assert running_one.wait(60) == 130
    assert not (journey.folder / "coast-urls.txt").exists()
