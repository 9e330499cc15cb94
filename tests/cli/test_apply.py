"""`apply`: results, exit codes, the events file."""

import json
from datetime import datetime

import pytest

from m2msync.core.crew import THREADS, Crew
from m2msync.core.errors import CredentialsError
from m2msync.core.limits import Limits
from m2msync.core.result import Result
from m2msync.core.terms import Terms

from .standin import EVENTS, FAILURES, PARTIAL, PLAN, SUCCESS

STOPPED = Result("error", 6, got=1, bytes=5, error="M2M is under maintenance", hint="run it again later")


@pytest.mark.parametrize(
    "result", [SUCCESS, PARTIAL, STOPPED, Result("interrupted", 130), Result("capped", 7, error="the disk is full")]
)
def test_the_exit_code_and_the_json_are_the_results_own(result, command, sync):
    sync.answers["apply"] = result
    ended = command("apply", "coast.yaml", "--json")
    assert ended.json == result.to_json()
    assert ended.code == result.exit_code
    assert command("apply", "coast.yaml").code == result.exit_code


def test_the_final_lines_say_what_was_got_and_where(command):
    assert (
        command("apply", "coast.yaml").out
        == "Got 2 files (125 MB) in 1 min 3 s; 1 already in place.\nStore: /data/coast\n"
    )


def test_every_failure_is_named_with_what_to_do(command, sync):
    sync.answers["apply"] = PARTIAL
    out = command("-q", "apply", "coast.yaml").out
    for failure in FAILURES:
        assert failure.key in out
        assert failure.reason in out
    assert "Running again may get 1 of the 2 failed files: m2msync apply coast.yaml\n" in out


def test_what_ended_a_run_early_is_told_on_stderr(command, sync):
    sync.answers["apply"] = STOPPED
    ended = command("-q", "apply", "coast.yaml")
    assert ended.err == "Error: M2M is under maintenance\n  run it again later\n"
    assert ended.out.endswith("To go on: m2msync apply coast.yaml\n")


@pytest.mark.parametrize(
    ("flags", "terms"),
    [
        ("", Terms(5, limits=Limits(9, None, 7))),
        ("-j 3 --wait --fail-fast", Terms(3, wait=True, fail_fast=True, limits=Limits(9, None, 7))),
        ("--no-retry-failed", Terms(5, retry_failed=False, limits=Limits(9, None, 7))),
        ("--max-bytes 2.5GB --max-duration 1h30m", Terms(5, limits=Limits(2_500_000_000, 5400, 7))),
    ],
)
def test_what_flags_ask_for_reaches_the_library_the_rest_is_the_manifests(command, sync, flags, terms):
    command("apply", "coast.yaml", *flags.split())
    assert [asked for asked in sync.asked if asked[0] == "apply"] == [("apply", terms)]


@pytest.mark.parametrize(
    ("flag", "value", "told"),
    [
        ("--max-bytes", "lots", "'lots' is not a number of bytes; write e.g. 500MB, 2TB or 4GiB"),
        ("--max-duration", "5 weeks", "'5 weeks' is not a length of time; write e.g. 90s, 45m, 8h or 1h30m"),
    ],
)
def test_a_limit_that_cannot_be_read_is_refused(command, sync, flag, value, told):
    ended = command("apply", "coast.yaml", flag, value)
    assert ended.code == 4
    assert told in ended.err
    assert sync.asked == []


def read(path):
    return [json.loads(line) for line in path.read_text(encoding="utf-8").splitlines()]


def without_time(line):
    assert datetime.fromisoformat(line.pop("at")).utcoffset().total_seconds() == 0
    return line


def test_the_events_file_holds_every_event_and_the_end(command, tmp_path):
    command("-q", "apply", "coast.yaml", "--events", "run.ndjson")
    lines = [without_time(line) for line in read(tmp_path / "run.ndjson")]
    assert lines == [*(event.to_json() for event in EVENTS), {"event": "finished", **SUCCESS.to_json()}]


def test_the_events_of_a_dry_run_end_with_the_plan(command, tmp_path):
    command("apply", "coast.yaml", "--dry-run", "--events", "run.ndjson")
    assert without_time(read(tmp_path / "run.ndjson")[-1]) == {"event": "finished", **PLAN.to_json()}


def test_the_events_file_also_ends_when_the_run_never_began(command, sync, tmp_path):
    sync.answers["load"] = CredentialsError("none")
    command("apply", "coast.yaml", "--events", "run.ndjson")
    (line,) = read(tmp_path / "run.ndjson")
    assert (line["event"], line["kind"], line["exit_code"]) == ("finished", "result", 5)


def test_an_events_file_that_cannot_be_written_stops_the_run_before_it_begins(command, sync):
    assert command("apply", "coast.yaml", "--events", "absent/run.ndjson").code == 4
    assert sync.asked == []


def test_a_full_disk_under_the_events_file_does_not_end_the_run(command):
    ended = command("apply", "coast.yaml", "--events", "/dev/full")
    assert ended.code == 0
    assert "warning: the events file is incomplete: No space left on device" in ended.err


def test_who_fetches_is_part_of_the_terms(command, sync):
    command("apply", "coast.yaml")
    command("apply", "coast.yaml", "--executor", "dask:local:2")
    asked = [terms.crew for verb, terms in (a for a in sync.asked if a[0] == "apply")]
    assert asked == [THREADS, Crew("local", workers=2)]
