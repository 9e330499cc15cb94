"""Orders: staged products, runs cut short, lost answers, duplicates, and the quota."""

import signal
import time

import pytest
from test_interruption import wait_until

import m2msync
from m2msync.core.events import Waiting
from m2msync.core.terms import Terms
from m2msync.m2m import answers
from m2msync.sandbox.behaviour import Behaviour, Limits, Staging
from m2msync.sandbox.serve import running

SOON, NOT_YET = (Behaviour(staging=Staging(frozenset({"ls_s3"}), polls=polls)) for polls in (2, 10_000))
"""Have every Landsat file prepared first, ready at the second poll; or for as long as a test needs."""


@pytest.fixture
def staged(journey):
    with running(behaviour=SOON) as box:
        journey.environment |= box.env
        yield box


def test_staged_products_are_polled_for_and_their_label_removed_when_done(staged, journey):
    result = journey.apply()
    assert result["status"] == "success"
    assert staged.counts.calls["download-retrieve"] >= 2
    assert staged.counts.calls["download-request"] == 1
    assert staged.counts.calls["download-order-remove"] == 1
    assert all(label.startswith("m2msync-coast-") for label in staged.counts.removed)


def test_killed_while_staging_the_next_run_orders_nothing_again(staged, journey):
    staged.state.play(NOT_YET)
    killed = journey.start("apply", "coast.yaml")
    wait_until(lambda: staged.counts.calls["download-request"] == 1)
    wait_until(lambda: staged.counts.calls["download-retrieve"] >= 1)
    killed.kill()
    killed.communicate(timeout=60)
    assert not journey.files()
    staged.state.play(SOON)
    result = journey.apply()
    assert result["status"] == "success"
    assert result["summary"]["got"] == len(journey.files()) > 0
    assert staged.counts.calls["download-request"] == 1
    assert max(staged.counts.ordered.values()) == 1


def test_interrupted_while_staging_the_next_run_picks_it_up(staged, journey):
    staged.state.play(NOT_YET)
    stopped = journey.start("apply", "coast.yaml", "--json")
    wait_until(lambda: staged.counts.calls["download-request"] == 1)
    stopped.send_signal(signal.SIGINT)
    stopped.communicate(timeout=60)
    assert stopped.returncode == 130
    staged.state.play(SOON)
    assert journey.apply()["status"] == "success"
    assert staged.counts.calls["download-request"] == 1


def test_an_order_whose_answer_was_lost_is_not_placed_twice(box, journey):
    rule = box.faults.add(api="download-request", kind="drop", times=1, after=True)
    assert journey.apply()["status"] == "success"
    assert rule.struck == 1
    assert max(box.counts.ordered.values()) == 1


def test_an_order_that_never_arrived_is_placed(box, journey):
    rule = box.faults.add(api="download-request", kind="html", times=1)
    assert journey.apply()["status"] == "success"
    assert rule.struck == 1
    assert max(box.counts.ordered.values()) == 1


class Clock:
    """The sandbox's clock, which a test can put forward."""

    def __init__(self):
        self.ahead = 0.0

    def __call__(self):
        return time.time() + self.ahead


def test_with_wait_the_next_quota_window_is_waited_for(journey, monkeypatch):
    clock = Clock()
    monkeypatch.setattr(answers, "WINDOW", 0.5)
    waited = []

    def listen(event):
        if isinstance(event, Waiting) and "quota" in event.reason:
            waited.append(event)
            clock.ahead += 16 * 60

    with running(clock=clock, behaviour=Behaviour(limits=Limits(recent=8))) as box:
        for name, value in box.env.items():
            monkeypatch.setenv(name, value)
        result = m2msync.load(journey.manifest).apply(listen, terms=Terms(wait=True))
    assert result.status == "success"
    assert result.got == 12
    assert waited
    assert max(box.counts.files.values()) == 1


def test_without_wait_what_was_ordered_is_fetched_and_the_time_to_come_back_told(journey):
    with running(behaviour=Behaviour(limits=Limits(recent=8))) as box:
        journey.environment |= box.env
        plan = journey.plan()
        assert plan["quota"] == {"needed": 12, "left": 8}
        assert "does not fit" in journey.run("plan", "coast.yaml").stdout
        result = journey.apply(code=6)
    assert "Come back at" in result["hint"]
    assert result["summary"]["got"] == len(journey.files()) == 8
