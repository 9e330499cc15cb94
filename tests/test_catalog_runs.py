from __future__ import annotations

from typing import TYPE_CHECKING, get_args

import pytest

from m2msync.catalog import Catalog
from m2msync.core import adoption, verification
from m2msync.core.model import Asset
from m2msync.core.overview import PastRun
from m2msync.core.result import RunStatus

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

NOON = 1_795_348_800.0  # 2026-11-22T12:00:00Z


@pytest.fixture
def catalog(tmp_path: Path) -> Iterator[Catalog]:
    with Catalog.open(tmp_path / "catalog.db") as opened:
        yield opened


def end(catalog: Catalog, run: int, status: RunStatus = "success", ended: float = NOON + 60) -> None:
    catalog.end_run(run, ended=ended, status=status, got=3, failed=1, bytes=700, api_calls=9)


def shown(catalog: Catalog) -> list[tuple]:
    return catalog._connection.execute("SELECT * FROM runs ORDER BY id").fetchall()


def test_a_run_is_shown_from_its_beginning(catalog):
    run = catalog.begin_run("m", "label", NOON)
    assert shown(catalog) == [(run, "2026-11-22T12:00:00.000Z", None, "running", 0, 0, 0, 0)]
    end(catalog, run)
    assert shown(catalog) == [
        (run, "2026-11-22T12:00:00.000Z", "2026-11-22T12:01:00.000Z", "success", 3, 1, 700, 9)
    ]


def test_the_record_of_a_killed_run_tells_what_it_got(catalog):
    run = catalog.begin_run("m", "label", NOON)
    catalog.want("m", [Asset("d/a", "d", "r", "i", "I", "B2", "a", ("p/a",))], at=NOON)
    catalog.record_landed(run, "d/a", paths=["p/a"], size=70, digest=None, at=NOON)
    assert shown(catalog) == [(run, "2026-11-22T12:00:00.000Z", None, "running", 1, 0, 70, 0)]


def test_a_killed_run_is_called_interrupted_when_the_next_begins(catalog):
    killed = catalog.begin_run("m", "one", NOON)
    following = catalog.begin_run("n", "two", NOON)
    assert [(run, status) for run, _, _, status, *_ in shown(catalog)] == [
        (killed, "interrupted"),
        (following, "running"),
    ]


@pytest.mark.parametrize("status", get_args(RunStatus))
def test_labels_stay_open_however_a_run_ends_until_they_are_closed(catalog, status):
    end(catalog, catalog.begin_run("m", "label", NOON), status)
    assert catalog.open_labels("m") == ["label"]
    catalog.close_labels("m", ["label"])
    assert catalog.open_labels("m") == []


@pytest.mark.parametrize("label", [adoption.LABEL, f"{verification.LABEL}-m-0123456789ab"])
def test_an_adoption_and_a_repair_are_no_apply(catalog, label):
    end(catalog, catalog.begin_run("m", "label", NOON), "partial")
    end(catalog, catalog.begin_run("m", label, NOON), ended=NOON + 120)
    assert catalog.last_run("m") == "2026-11-22T12:01:00.000Z"
    assert catalog.last_apply("m").status == "partial"


def test_a_run_that_orders_nothing_leaves_no_label_open(catalog):
    end(catalog, catalog.begin_run("m", "adopt", NOON, orders=False))
    assert catalog.open_labels("m") == []
    assert len(shown(catalog)) == 1


def test_labels_of_killed_runs_are_open_until_closed(catalog):
    catalog.begin_run("m", "one", NOON)
    catalog.begin_run("n", "other", NOON)
    catalog.begin_run("m", "two", NOON)
    assert catalog.open_labels("m") == ["one", "two"]
    catalog.close_labels("m", ["one", "other"])
    assert catalog.open_labels("m") == ["two"]
    assert catalog.open_labels("n") == ["other"]


def test_the_last_run_is_the_last_that_ended(catalog):
    assert catalog.last_run("m") is None
    end(catalog, catalog.begin_run("m", "one", NOON), "error")
    end(catalog, catalog.begin_run("n", "two", NOON), ended=NOON + 120)
    catalog.begin_run("m", "three", NOON + 180)
    assert catalog.last_run("m") == "2026-11-22T12:01:00.000Z"


def test_runs_do_not_outdate_plans(catalog):
    end(catalog, catalog.begin_run("m", "label", NOON))
    assert catalog.serial == 0


def test_the_runs_of_a_manifest_are_told_the_latest_first(catalog):
    first = catalog.begin_run("m", "label", NOON)
    end(catalog, first)
    second = catalog.begin_run("m", "label2", NOON + 120)
    catalog.begin_run("other", "label3", NOON + 180)
    told = catalog.past_runs("m")
    assert [run.number for run in told] == [second, first]
    assert told[0].ended is None
    assert told[1] == PastRun(
        first, "2026-11-22T12:00:00.000Z", "2026-11-22T12:01:00.000Z", "success", 3, 1, 700, 9
    )
    assert catalog.past_runs("nobody") == []
