"""A run shown on a terminal and elsewhere."""

import io
from dataclasses import dataclass

import pytest

from m2msync.core.events import (
    Draining,
    Failed,
    Landed,
    Moved,
    Ordered,
    Planned,
    Searched,
    Stage,
    Started,
    Waiting,
    Warned,
    ignore,
)
from m2msync.report.listeners import Lines, shown
from m2msync.report.live import live

MB = 1_000_000
EVIL = "a\x1b[2J\r[red]b"


@dataclass
class Loudness:
    quiet: bool = False
    verbose: bool = False


class Terminal(io.StringIO):
    def isatty(self):
        return True


class Clock:
    now = 1_700_000_000.0

    def __call__(self):
        return self.now


@pytest.fixture
def clock():
    return Clock()


def lines_of(stream):
    return [line.partition(" ")[2] for line in stream.getvalue().splitlines()]


@pytest.fixture
def terminal(monkeypatch):
    monkeypatch.setenv("TERM", "xterm-256color")
    monkeypatch.setenv("COLUMNS", "80")
    return Terminal()


def test_one_line_a_stage_with_its_time(clock):
    stream = io.StringIO()
    lines = Lines(stream, clock=clock)
    lines(Stage("searching", 2))
    lines(Planned(20, 12, 1, 1_200 * MB))
    lines(Ordered(20, 15, 4, 1))
    lines(Waiting("4 files are being prepared", 30))
    lines(Draining(2))
    assert stream.getvalue() == (
        "2023-11-14T22:13:20Z searching\n"
        "2023-11-14T22:13:20Z planned: 20 to get (1.2 GB), 12 kept, 1 unavailable\n"
        "2023-11-14T22:13:20Z ordered 20 files: 15 ready, 4 being prepared, 1 refused\n"
        "2023-11-14T22:13:20Z waiting 30 s: 4 files are being prepared\n"
        "2023-11-14T22:13:20Z finishing 2 transfers in flight, beginning nothing new\n"
    )


def test_progress_every_ten_seconds_or_tenth(clock):
    stream = io.StringIO()
    lines = Lines(stream, clock=clock)
    for event in (Stage("searching", 1), Searched("d", "r", 1)):
        lines(event)
    stream.truncate(stream.seek(0))
    for event in (Planned(1, 0, 0, 100 * MB), Started("k", "a.TIF", 100 * MB)):
        lines(event)
    for _ in range(100):
        clock.now += 0.2
        lines(Moved("k", MB))
    told = [line for line in lines_of(stream) if "%" in line]
    assert [line.partition("(")[2][:3] for line in told] == [
        "10%",
        "20%",
        "30%",
        "40%",
        "50%",
        "60%",
        "70%",
        "80%",
        "90%",
    ]
    stream.truncate(stream.seek(0))
    for _ in range(100):
        clock.now += 0.5
        lines(Moved("k", 0))
    assert len(lines_of(stream)) == 5


def test_a_quick_run_is_not_told_tenth_by_tenth(clock):
    stream = io.StringIO()
    lines = Lines(stream, clock=clock)
    for event in (Planned(1, 0, 0, 100 * MB), Started("k", "a.TIF", 100 * MB)):
        lines(event)
    for _ in range(100):
        clock.now += 0.015
        lines(Moved("k", MB))
    assert len([line for line in lines_of(stream) if "%" in line]) == 1


@pytest.mark.parametrize("verbose", [False, True])
def test_details_are_told_on_request(verbose, clock):
    stream = io.StringIO()
    lines = Lines(stream, verbose=verbose, clock=clock)
    lines(Searched("landsat", "coast", 3))
    lines(Landed("k", "a.TIF", 5, "sha256:00"))
    told = ["searched landsat, coast: 3 images", "got a.TIF (5 B)"]
    assert lines_of(stream) == (told if verbose else [])


def test_lines_hold_no_control_characters(clock):
    stream = io.StringIO()
    lines = Lines(stream, verbose=True, clock=clock)
    for event in (Stage(EVIL), Failed(EVIL, EVIL, EVIL, rerun_helps=False), Warned(EVIL), Searched(EVIL, EVIL, 1)):
        lines(event)
    assert stream.getvalue().count("\n") == 4
    assert all(line.isprintable() for line in stream.getvalue().splitlines())


def test_a_log_that_nobody_reads_does_not_end_the_run(clock):
    class Closed(io.StringIO):
        def write(self, _text):
            raise BrokenPipeError

    Lines(Closed(), clock=clock)(Stage("searching"))


def test_elsewhere_there_are_lines_and_on_a_terminal_a_display(terminal, monkeypatch):
    elsewhere = io.StringIO()
    with shown(elsewhere, Loudness()) as show:
        show(Stage("searching"))
    assert elsewhere.getvalue().endswith("Z searching\n")
    with shown(terminal, Loudness()) as show:
        show(Stage("searching"))
    assert "\x1b[?25l" in terminal.getvalue()
    assert terminal.getvalue().endswith("\x1b[2K")
    monkeypatch.setenv("TERM", "dumb")
    dumb = Terminal()
    with shown(dumb, Loudness()) as show:
        show(Stage("searching"))
    assert "\x1b" not in dumb.getvalue()


def test_quiet_is_silent():
    with shown(io.StringIO(), Loudness(quiet=True)) as show:
        assert show is ignore


def test_the_display_keeps_failures_and_draws_transfers(terminal, clock):
    with live(terminal, clock=clock) as show:
        show(Planned(2, 0, 0, 200 * MB))
        show(Stage("fetching", 2))
        show(Started("k", "data/a.TIF", 100 * MB))
        show(Failed("landsat/b.TIF", "x/b.TIF", f"the connection broke {'again ' * 20}", rerun_helps=True))
    seen = terminal.getvalue()
    assert f"failed: landsat/b.TIF: the connection broke {'again ' * 20}" in seen
    assert "a.TIF" in seen
    assert "0/2 files" in seen


def test_the_display_lets_no_markup_or_escape_through(terminal, clock, monkeypatch):
    monkeypatch.setenv("NO_COLOR", "1")
    with live(terminal, verbose=True, clock=clock) as show:
        show(Planned(2, 0, 0, 5))
        show(Started("k", EVIL, 5))
        show(Warned(EVIL))
    assert "\x1b[2J" not in terminal.getvalue()
    assert "a?[2J?[red]b" in terminal.getvalue()
