"""The same run from Python: events and a result, and not a word printed."""

import threading

import pytest

import m2msync
from m2msync.core.events import Landed, Moved, Planned


@pytest.fixture
def sync(journey, monkeypatch):
    for name, value in journey.environment.items():
        monkeypatch.setenv(name, value)
    return m2msync.load(journey.manifest)


def test_plan_apply_status(sync, journey, capfd):
    events = []
    plan = sync.plan()
    result = sync.apply(events.append)
    assert result.status == "success"
    assert result.got == len(plan.to_fetch) == len(journey.files())
    assert [type(e) for e in events].count(Landed) == result.got
    assert [type(e) for e in events].count(Planned) == 1
    assert sync.status().summary() == {
        "wanted": result.got,
        "held": result.got,
        "missing": 0,
        "failed": 0,
        "damaged": 0,
        "orphan": 0,
        "bytes_held": result.bytes,
    }
    assert not sync.plan().pending
    assert capfd.readouterr() == ("", "")


def test_status_before_the_first_apply_asks_nobody(sync, box):
    assert sync.status().summary()["wanted"] == 0
    assert not box.counts.calls


def test_a_stop_before_the_start_begins_nothing(sync, journey):
    stop = threading.Event()
    stop.set()
    result = sync.apply(stop=stop)
    assert (result.status, result.exit_code, result.got) == ("interrupted", 130, 0)
    assert not journey.files()


def test_ctrl_c_in_a_notebook_breaks_off_what_is_being_fetched_and_the_next_call_goes_on(sync, journey, box):
    journey.entry(bands=["MTL"])
    sync = m2msync.load(journey.manifest)
    box.faults.add(file="*", kind="trickle", rate=5_000)

    def listen(event):
        if isinstance(event, Moved):
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        sync.apply(listen)
    assert not journey.files()
    box.faults.clear()
    assert sync.apply().status == "success"


def test_an_error_is_a_result_and_names_the_way_out(sync, box, monkeypatch):
    monkeypatch.setenv("M2M_TOKEN", "wrong")
    result = sync.apply()
    assert (result.status, result.exit_code) == ("error", 5)
    assert result.error
    assert result.hint


def test_public_names_are_sorted_and_all_there():
    assert m2msync.__all__ == sorted(m2msync.__all__)
    for name in m2msync.__all__:
        assert getattr(m2msync, name) is not None
    with pytest.raises(AttributeError):
        m2msync.no_such_name  # noqa: B018
