"""Who makes the attempts of a run, as far as that can be told without a cluster."""

from __future__ import annotations

import pytest

from m2msync.core.crew import THREADS, Crew
from m2msync.core.errors import ClusterGone, UsageError
from m2msync.transfer import executors
from m2msync.transfer.fetch import Transfer


def employed(crew, store):
    told = {"jobs": 1, "patience": 1, "on_event": lambda _: None, "stop": None}
    with executors.employing(crew, store, **told) as new_transfer:
        return new_transfer


def test_threads_need_nothing_and_make_transfers(store):
    executors.check_crew(THREADS)
    assert employed(THREADS, store) is Transfer


def test_a_cluster_needs_distributed(monkeypatch):
    monkeypatch.setattr(executors, "find_spec", lambda _: None)
    executors.check_crew(THREADS)
    with pytest.raises(UsageError, match="a cluster needs distributed") as told:
        executors.check_crew(Crew("local", workers=2))
    assert told.value.hint == 'pip install "m2msync[cluster]"'


@pytest.mark.parametrize("text", [None, "", "[]", "{}", "nothing"])
def test_a_file_that_tells_no_scheduler_is_refused(text, store, tmp_path):
    file = tmp_path / "scheduler.json"
    if text is not None:
        file.write_text(text)
    with pytest.raises(UsageError, match="does not tell a scheduler's address") as told:
        employed(Crew("file", str(file)), store)
    assert "--scheduler-file" in told.value.hint


def test_a_scheduler_that_does_not_answer_is_told_with_its_address(store):
    with pytest.raises(ClusterGone, match="no dask scheduler answers at tcp"):
        employed(Crew("address", "tcp://127.0.0.1:9"), store)


def test_an_address_by_tls_needs_certificates(store):
    with pytest.raises(UsageError, match="needs certificates") as told:
        employed(Crew("address", "tls://127.0.0.1:9"), store)
    assert "distributed.comm.tls" in told.value.hint
