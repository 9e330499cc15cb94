"""A log of runs in a file."""

import re

import pytest

from m2msync import __version__
from m2msync.core.errors import CatalogError


def log_of(tmp_path):
    """Return the lines of run.log without their times, which must be there."""
    text = (tmp_path / "run.log").read_text(encoding="utf-8")
    lines = [re.fullmatch(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ (.*)", line) for line in text.splitlines()]
    return [re.sub(r"after [\d.]+ s$", "after TIME", line[1]) for line in lines]


@pytest.mark.parametrize(
    "words",
    [
        ["apply", "coast.yaml", "--log-file", "run.log", "--quiet"],
        ["--log-file", "run.log", "-q", "apply", "coast.yaml"],
    ],
)
def test_everything_is_in_it(words, command, tmp_path):
    ended = command(*words)
    assert (ended.code, ended.err) == (0, "")
    path = "landsat_ot_c2_l1/LC09_L1TP_011059_20230328_20230329_02_T1"
    assert log_of(tmp_path) == [
        f"m2msync {__version__}: {' '.join(words)}",
        "searching",
        "searched landsat_ot_c2_l1, coast: 3 images",
        "planned: 2 to get (125 MB), 1 kept, 0 unavailable",
        "fetching",
        f"got {path}/LC09_L1TP_011059_20230328_20230329_02_T1_B2.TIF (62.3 MB)",
        "failed: landsat_ot_c2_l1/LC09_L1TP_011059_20230328_20230329_02_T1_B3.TIF: the connection broke 5 times",
        *ended.out.splitlines(),
        "ended with exit code 0 after TIME",
    ]


def test_runs_follow_each_other(command, tmp_path):
    command("status", "coast.yaml", "--log-file", "run.log")
    command("plan", "coast.yaml", "--log-file", "run.log", "--json")
    lines = log_of(tmp_path)
    assert [line for line in lines if line.startswith("m2msync")] == [
        f"m2msync {__version__}: status coast.yaml --log-file run.log",
        f"m2msync {__version__}: plan coast.yaml --log-file run.log --json",
    ]
    assert [line for line in lines if line.startswith("Plan:")]


def test_what_goes_wrong_is_in_it(command, sync, tmp_path):
    sync.answers["apply"] = CatalogError("held by \x1b[2Janother", hint="wait for it")
    assert command("apply", "coast.yaml", "--log-file", "run.log").code == 1
    assert log_of(tmp_path)[-3:] == [
        "Error: held by ?[2Janother",
        "  wait for it",
        "ended with exit code 1 after TIME",
    ]


def test_a_log_that_cannot_be_written_is_told_before_anything_happens(command, sync):
    ended = command("apply", "coast.yaml", "--log-file", "absent/run.log")
    assert ended.code == 4
    assert "the log cannot be written to absent/run.log: No such file or directory" in ended.err
    assert sync.asked == []
