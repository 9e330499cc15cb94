"""How far a run has come."""

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
    Removed,
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

BAND = "landsat/LC09_L1TP_011059_20230328_20230329_02_T1_B{}.TIF"
MB = 1_000_000


def after(*events):
    progress = Progress("starting", 0)
    for at, event in events:
        progress.follow(event, at)
    return progress


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
)


def test_a_pruning_counts_the_files_that_are_removed():
    assert after((0, Stage("deleting", 12)), (1, Removed("k", "a.TIF", 5))).summary(2) == "deleting: 1 of 12 files"


def test_the_summary():
    assert after(*RUNNING).summary(10) == (
        "fetching: 1 of 4 files, 160 MB of 400 MB (40%), 16.0 MB/s, 15 s left, 1 failed"
    )


def test_searching_is_counted_in_regions():
    progress = after((0, Stage("searching", 40)), (1, Searched("d", "a", 20)), (2, Searched("d", "b", 1)))
    assert progress.summary(3) == "searching: 2 of 40 regions, 21 images"
    assert progress.share == 0.05


VERIFYING = (
    (0, Stage("comparing", 40_000)),
    (1, Counted(10_000)),
    (2, Verifying(4, 400 * MB)),
    (3, Verified(BAND.format(1), 100 * MB)),
    (4, Damaged("k2", BAND.format(2), "file missing on disk")),
    (5, Verified(BAND.format(3), 100 * MB)),
)


def test_a_verify_is_counted_first_in_files_compared_and_then_in_bytes_read():
    assert after(*VERIFYING[:2]).summary(1) == "comparing: 10,000 of 40,000 files"
    told = "verifying: 3 of 4 files, 200 MB of 400 MB (50%), 40.0 MB/s, 5.0 s left, 1 damaged"
    assert after(*VERIFYING).summary(5) == told


def test_the_repair_that_follows_begins_at_nothing():
    progress = after(*VERIFYING, (6, Planned(1, 0, 0, 100 * MB)), (6, Stage("fetching", 1)))
    assert progress.summary(6).startswith("ordering: 0 of 1 file, 0 B of 100 MB (0%)")


def test_a_transfer_that_begins_anew_is_counted_once():
    first = after(*PLANNED, (0, Started("k", "a.TIF", 100)), (1, Moved("k", 80)), (2, Started("k", "a.TIF", 100)))
    assert first.bytes_done == 0


def test_bytes_that_came_twice_count_once():
    progress = after(*PLANNED, (0, Started("k", "a.TIF", 100)), (1, Moved("k", 80)), (2, Moved("k", 80)))
    assert progress.bytes_done == 100


def test_a_file_that_was_linked_moves_no_bytes():
    progress = after(*PLANNED, (1, Landed("k", "a.TIF", 5, "sha256:00")))
    assert (progress.files_done, progress.bytes_done) == (1, 0)


def test_a_stalled_run_says_nothing_of_its_end():
    progress = after(*PLANNED, (0, Started("k", "a.TIF", 400 * MB)))
    assert "left" not in progress.summary(60)


def test_a_folder_is_looked_through_and_its_files_compared():
    looking = (0, Stage("looking through /nb"))
    assert after(looking).summary(0) == "looking through /nb"
    assert after(looking, (1, Seen(5000))).summary(1) == "looking through /nb: 5,000 files"
    matched = (looking, (1, Seen(5000)), (2, Matched(4, 400 * MB)))
    reading = (*matched, (2, Started("a", "a", 100 * MB)), (3, Moved("a", 40 * MB)))
    assert after(*reading).summary(3) == ("comparing: 0 of 4 files, 40.0 MB of 400 MB (10%), 40.0 MB/s, 9.0 s left")
    done = after(*reading, (4, Compared("a", "adopted", "linked", "k", 100 * MB)))
    assert done.summary(4).startswith("comparing: 1 of 4 files, 100 MB of 400 MB (25%)")
    assert done.running == {}


def test_an_unpacking_after_the_fetching_is_counted_in_bundles():
    told = (*RUNNING, (6, Stage("unpacking", 3)), (7, Counted(1)), (7, Landed("m", "m.TIF", 5, "sha256:00")))
    assert after(*told).summary(8) == "unpacking: 1 of 3 bundles, 1 failed"


def test_what_the_transfers_wait_for_is_what_the_run_is_doing():
    assert after(*PLANNED).doing == "ordering"
    assert (
        after(*PLANNED, (1, Staging(4))).summary(2).startswith("staging: 0 of 4 files, 0 B of 400 MB (0%), 4 being")
    )
    assert after(*RUNNING).doing == "fetching"
    assert after(*PLANNED, (0, Started("k", "a", 5)), (1, Landed("k", "a", 5, "sha256:00"))).doing == "fetching"
    assert after(*RUNNING, (6, Staging(3)), (7, Draining(1))).doing == "finishing"


def test_a_wait_lasts_as_long_as_it_was_told():
    progress = after((0, Waiting("M2M is down", 30)), (10, Waiting("M2M prepares it", 0)))
    assert progress.waits(29) == [("M2M is down", 30), ("M2M prepares it", 70)]
    assert progress.waits(31) == [("M2M prepares it", 70)]
    assert after((0, Waiting("M2M is down", 30)), (1, Draining(1))).waits(2) == []
