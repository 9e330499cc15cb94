"""A run drawn as lines."""

from textwrap import dedent

import pytest
from hypothesis import given
from hypothesis import strategies as st

from m2msync.core.events import (
    Compared,
    Counted,
    Damaged,
    Draining,
    Failed,
    Landed,
    Matched,
    Moved,
    Planned,
    Searched,
    Seen,
    Stage,
    Staging,
    Started,
    Verified,
    Verifying,
    Waiting,
)
from m2msync.report.progress import Progress
from m2msync.report.screen import Paper, drawing

BAND = "landsat/LC09_L1TP_011059_20230328_20230329_02_T1_B{}.TIF"
MB = 1_000_000
PLANNED = ((0, Planned(4, 1, 0, 400 * MB)), (0, Stage("fetching", 4)))
RUNNING = (
    *PLANNED,
    *((0, Started(f"k{i}", BAND.format(i), 100 * MB)) for i in range(3)),
    (1, Moved("k0", 100 * MB)),
    (2, Landed("k0", BAND.format(0), 100 * MB, "sha256:00")),
    (3, Moved("k1", 50 * MB)),
    (4, Failed("k2", BAND.format(2), "broke", rerun_helps=True)),
    (4, Started("k3", BAND.format(3), None)),
    (5, Moved("k3", 10 * MB)),
    (5, Waiting("M2M is down or under maintenance: download-request answered HTML", 30)),
)


@pytest.fixture(autouse=True)
def greenwich(monkeypatch):
    """A minute of the day is told in the person's own time."""
    import time

    monkeypatch.setenv("TZ", "UTC")
    time.tzset()
    yield
    monkeypatch.undo()
    time.tzset()


def drawn(width, *events, at=10, height=24, plain=False):
    progress = Progress("starting", at)
    for moment, event in events:
        progress.follow(event, moment)
    return "\n".join(drawing(progress, at, Paper(width, height, ascii=plain)))


def test_at_80_columns():
    assert drawn(80, *RUNNING) == dedent("""\
        fetching ━━━━━╌╌╌╌╌╌╌╌  1/4 files  160 MB/400 MB  16.0 MB/s  15 s left  1 failed
          LC09_L1TP_011059_20230328_20230329_02_T1_B1.TIF ━━━━━━━━╌╌╌╌╌╌╌╌  50%  100 MB
          LC09_L1TP_011059_20230328_20230329_02_T1_B3.TIF  10.0 MB
          waiting 25 s: M2M is down or under maintenance: download-request answered HTML""")


def test_at_40_columns_the_least_important_is_left_out():
    assert drawn(40, *RUNNING) == dedent("""\
        fetching ━━━━╌╌╌╌╌╌  1/4 files  1 failed
          …9_20230328_20230329_02_T1_B1.TIF  50%
          …230328_20230329_02_T1_B3.TIF  10.0 MB
          waiting 25 s: M2M is down or under mai""")


def test_without_exotic_characters():
    assert drawn(60, *RUNNING, plain=True).splitlines()[:2] == [
        "fetching #---  1/4 files  160 MB/400 MB  15 s left  1 failed",
        "  .._011059_20230328_20230329_02_T1_B1.TIF ##--  50%  100 MB",
    ]


def test_searching_has_a_bar_too():
    told = ((0, Stage("searching", 12)), *((i, Searched("d", str(i), 7)) for i in range(3)))
    assert drawn(50, *told, at=1) == "searching ━━━╌╌╌╌╌╌╌╌╌╌╌╌  3/12 regions  21 images"
    assert drawn(50, *told, at=10) == "searching ━━╌╌╌╌╌╌╌  3/12 regions  21 images  10 s"


def test_a_stage_that_tells_nothing_tells_that_it_lasts():
    assert drawn(50, (0, Stage("comparing")), at=1) == "comparing"
    assert drawn(50, (0, Stage("comparing")), at=75) == "comparing, 1 min 15 s"
    assert drawn(50, (0, Stage("comparing")), (60, Stage("deleting")), at=63) == "deleting, 3.0 s"
    assert drawn(50, (0, Stage("exporting")), (8, Counted(1)), at=12) == "exporting: 1 image, 12 s"


def test_what_m2m_prepares_is_told():
    told = (*PLANNED, (1, Staging(3)))
    assert drawn(60, *told) == "staging ╌╌╌╌╌╌╌╌╌╌╌╌╌╌╌╌╌╌  0/4 files  0 B/400 MB  staging 3"


def test_a_long_wait_is_told_with_its_end():
    told = (*PLANNED, (0, Waiting("the download quota is used up", 3600)))
    assert drawn(80, *told).endswith("\n  waiting until 01:00: the download quota is used up")


@pytest.mark.parametrize(
    ("height", "rows", "more"), [(50, 20, ""), (24, 10, "  and 10 more"), (5, 1, "  and 19 more")]
)
def test_transfers_take_at_most_half_of_the_screen(height, rows, more):
    events = [(0, Started(f"k{i}", f"{i}.TIF", 5)) for i in range(20)]
    lines = drawn(80, *PLANNED, *events, height=height).splitlines()
    assert len(lines) == rows + 1 + bool(more)
    assert not more or lines[-1] == more


def test_a_long_name_keeps_its_end():
    row = drawn(80, *PLANNED, (0, Started("k", f"{'x' * 100}_B2.TIF", 5))).splitlines()[1]
    assert "…xxx" in row
    assert "_B2.TIF " in row


sizes = st.integers(0, 10**13)
keys = st.sampled_from("abcdefgh")
events = st.one_of(
    st.builds(Planned, sizes, sizes, sizes, sizes),
    st.builds(Stage, st.sampled_from(["searching", "fetching"]) | st.text(min_size=1, max_size=12), sizes),
    st.builds(Searched, st.text(), st.text(), sizes),
    st.builds(Staging, sizes),
    st.builds(Draining, sizes),
    st.builds(Seen, sizes),
    st.builds(Matched, sizes, sizes),
    st.builds(Compared, st.text(), st.text(), st.text(), st.text(), sizes),
    st.builds(Started, keys, st.text(), st.none() | sizes),
    st.builds(Moved, keys, sizes),
    st.builds(Landed, keys, st.text(), sizes, st.text()),
    st.builds(Failed, keys, st.text(), st.text(), st.booleans()),
    st.builds(Counted, sizes),
    st.builds(Verifying, sizes, sizes),
    st.builds(Verified, st.text(), sizes),
    st.builds(Damaged, keys, st.text(), st.text(), sizes),
    st.builds(Waiting, st.text(), st.floats(0, 1e6)),
)


@given(st.lists(events), st.integers(20, 200), st.integers(1, 60), st.booleans())
def test_whatever_happens_can_be_drawn_and_fits(happened, width, height, plain):
    progress = Progress("starting", 0)
    for now, event in enumerate(happened):
        progress.follow(event, now)
    paper = Paper(width, height, ascii=plain)
    lines = drawing(progress, len(happened), paper)
    assert all(line.isprintable() and len(line) <= width for line in lines)
    assert 1 <= len(lines) <= max(paper.lines, 4)
    assert 0 <= progress.share <= 1
    assert progress.summary(len(happened))
