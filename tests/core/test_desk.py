"""When M2M is asked: each product ordered once, just ahead of the transfers, and polled at growing intervals."""

from __future__ import annotations

from itertools import pairwise

import pytest
from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, precondition, rule

from m2msync.core.desk import Ask, Desk
from m2msync.core.match import Wish
from m2msync.core.model import Route


def wish(name):
    return Wish(f"ds/{name}", name, "X", Route(name, "p1", "ls_zip", available=True))


def desk(*, batch=3, backlog=10, patience=600.0):
    return Desk(batch=batch, backlog=backlog, patience=patience)


A, B, C, D = (wish(name) for name in "ABCD")


def test_a_new_desk_has_nothing_to_ask():
    fresh = desk()
    assert fresh.empty
    assert fresh.staging == 0
    assert fresh.next_ask(0.0, 0) is None
    assert fresh.overdue(1e9) == ()


def test_products_are_ordered_in_batches_in_the_order_they_came():
    some = desk()
    for each in (A, B, C, D):
        some.add(each)
    assert not some.empty
    assert some.next_ask(0.0, 0) == Ask((A, B, C))
    assert some.next_ask(0.0, 0) == Ask((D,))
    assert some.next_ask(0.0, 0) is None
    assert some.empty


@pytest.mark.parametrize(("in_hand", "asked"), [(0, True), (9, True), (10, False), (11, False)])
def test_no_more_is_ordered_than_can_soon_be_fetched(in_hand, asked):
    some = desk()
    some.add(A)
    assert (some.next_ask(0.0, in_hand) is not None) == asked
    assert some.empty == asked


def test_what_m2m_prepares_is_polled_for_at_doubling_intervals_up_to_a_minute():
    some = desk()
    some.settle((), [A, B], ["label"], 100.0)
    assert some.staging == 2
    assert not some.empty
    polls = [now for now in range(100, 400) if some.next_ask(float(now), 0)]
    assert polls[0] == 102
    assert [later - sooner for sooner, later in pairwise(polls)] == [4, 8, 16, 32, 60, 60, 60]


def test_a_poll_asks_for_all_that_is_prepared_and_for_one_label_after_the_other():
    some = desk()
    some.settle((), [A], ["mine", "earlier"], 0.0)
    some.settle((), [B], ["mine"], 0.0)
    asks = [ask for now in range(60) if (ask := some.next_ask(float(now), 0))]
    assert [ask.label for ask in asks[:4]] == ["mine", "earlier", "mine", "earlier"]
    assert {ask.wishes for ask in asks} == {(A, B)}


def test_with_several_labels_each_is_polled_at_the_interval():
    some = desk()
    some.settle((), [A], ["mine", "earlier"], 0.0)
    asks = [(now, ask.label) for now in range(2000) if (ask := some.next_ask(float(now), 0))]
    last = [now for now, label in asks if label == "mine"][-5:]
    assert [later - sooner for sooner, later in pairwise(last)] == [60, 60, 60, 60]


def test_polling_goes_on_while_transfers_are_plenty_and_orders_come_before_polls():
    some = desk()
    some.settle((), [A], ["label"], 0.0)
    some.add(B)
    assert some.next_ask(2.0, 10) == Ask((A,), "label")
    some.settle((), [C], ["label"], 2.0)
    assert some.next_ask(4.0, 9) == Ask((B,))
    assert some.next_ask(4.0, 9) == Ask((A, C), "label")


def test_what_has_been_delivered_is_not_polled_for():
    some = desk()
    some.settle((), [A, B], ["label"], 0.0)
    some.settle([A.key, "ds/unheard-of"], (), (), 0.0)
    assert some.next_ask(2.0, 0) == Ask((B,), "label")
    some.settle([B.key], (), (), 0.0)
    assert some.empty
    assert some.next_ask(1e6, 0) is None


def test_news_of_nothing_starts_no_waiting():
    some = desk()
    some.settle((), [A], ["label"], 0.0)
    some.next_ask(2.0, 0)
    some.settle((), [A], ["label"], 3.0)
    assert some.next_ask(5.9, 0) is None
    assert some.next_ask(6.0, 0) == Ask((A,), "label")


def test_a_newly_prepared_product_is_looked_for_soon():
    some = desk()
    some.settle((), [A], ["label"], 0.0)
    polls = [now for now in range(200) if some.next_ask(float(now), 0)]
    some.settle((), [B], ["label"], 200.0)
    assert polls[-1] < 190
    assert some.next_ask(201.9, 0) is None
    assert some.next_ask(202.0, 0) == Ask((A, B), "label")


def test_what_is_prepared_for_too_long_is_given_up_once():
    some = desk(patience=600.0)
    some.settle((), [A, B], ["label"], 10.0)
    some.settle([B.key], (), (), 0.0)
    assert some.overdue(610.0) == ()
    assert some.overdue(610.1) == (A,)
    assert some.empty
    assert some.overdue(1e6) == ()
    assert some.next_ask(1e6, 0) is None


def test_orders_shrink_to_what_the_transfers_can_use_soon_but_not_to_crumbs():
    some = desk(batch=500)
    some.add(*(wish(str(n)) for n in range(500)))
    assert len(some.next_ask(0.0, 0, soon=60).wishes) == 60
    assert len(some.next_ask(0.0, 0, soon=1).wishes) == 20
    assert len(some.next_ask(0.0, 0, soon=None).wishes) == 420


def test_no_more_is_ordered_than_the_quota_leaves_and_at_least_one_to_learn_when_it_is_used_up():
    some = desk(batch=500)
    some.add(*(wish(str(n)) for n in range(100)))
    some.limit(30)
    assert len(some.next_ask(0.0, 0).wishes) == 30
    some.limit(0)
    assert len(some.next_ask(0.0, 0).wishes) == 1
    some.limit(None)
    assert len(some.next_ask(0.0, 0).wishes) == 69


def test_while_orders_pause_polls_go_on():
    some = desk()
    some.add(A)
    some.settle((), [B], ["label"], 0.0)
    some.pause(100.0)
    assert some.next_ask(50.0, 0) == Ask((B,), "label")
    assert some.next_ask(51.0, 0) is None
    assert some.next_ask(100.0, 0) == Ask((A,))


def test_what_a_run_that_was_cut_short_ordered_is_asked_for_before_anything_is_ordered():
    some = Desk(batch=3, backlog=10, patience=600.0, earlier=("old", "older"))
    some.add(A, B, C, D)
    assert some.next_ask(0.0, 0) == Ask((A, B, C, D), "old")
    some.settle([A.key], [B], ["old"], 0.0)
    assert some.next_ask(0.0, 0) == Ask((C, D), "older")
    assert some.next_ask(0.0, 0) == Ask((C, D))
    assert some.next_ask(2.0, 0) == Ask((B,), "old")


def test_with_nothing_to_order_earlier_runs_are_not_asked_about():
    assert Desk(batch=3, backlog=10, patience=600.0, earlier=("old",)).next_ask(0.0, 0) is None


def test_a_closed_desk_asks_for_nothing_whatever_is_answered_meanwhile():
    some = desk()
    some.add(A)
    some.settle((), [B], ["label"], 0.0)
    some.close()
    some.settle((), [A], ["label"], 0.0)
    some.add(B)
    assert some.empty
    assert some.next_ask(1e6, 0) is None


class Office(RuleBasedStateMachine):
    """M2M and the transfers around a desk: every product is ordered once for every time it was added."""

    @initialize(batch=st.integers(1, 3), backlog=st.integers(1, 3), patience=st.sampled_from([30.0, 300.0]))
    def open(self, batch, backlog, patience):
        self.desk = Desk(batch=batch, backlog=backlog, patience=patience)
        self.batch, self.backlog, self.patience = batch, backlog, patience
        self.now, self.number = 1000.0, 0
        self.waiting, self.prepared, self.in_hand = [], {}, 0
        self.due, self.gap, self.labels = 0.0, 2.0, set()

    @rule(count=st.integers(1, 5))
    def add(self, count):
        for _ in range(count):
            self.number += 1
            self.waiting.append(wish(str(self.number)))
            self.desk.add(self.waiting[-1])

    @rule(seconds=st.sampled_from([0.5, 2.0, 7.0, 45.0, 90.0]))
    def wait(self, seconds):
        self.now += seconds

    @rule()
    def fetch(self):
        self.in_hand = max(0, self.in_hand - 1)

    @rule(share=st.floats(0, 1), label=st.sampled_from(["mine", "earlier"]), soon=st.none() | st.integers(0, 9))
    def ask(self, share, label, soon):
        ask = self.desk.next_ask(self.now, self.in_hand, soon)
        if ask is None:
            assert not self.waiting or self.in_hand >= self.backlog
            assert not self.prepared or self.now < self.due
        elif ask.label is None:
            self._ordered(ask, share, label)
        else:
            self._polled(ask)

    def _ordered(self, ask, share, label):
        assert self.in_hand < self.backlog
        assert 0 < len(ask.wishes) <= self.batch
        assert list(ask.wishes) == self.waiting[: len(ask.wishes)]
        del self.waiting[: len(ask.wishes)]
        ready = ask.wishes[: round(share * len(ask.wishes))]
        self.in_hand += len(ready)
        staged = ask.wishes[len(ready) :]
        self.desk.settle([w.key for w in ready], staged, [label], self.now)
        self.prepared |= {w.key: (w, self.now) for w in staged}
        if staged:
            self.gap, self.due = 2.0, self.now + 2.0
            self.labels.add(label)

    def _polled(self, ask):
        assert set(ask.wishes) == {wish for wish, _ in self.prepared.values()}
        assert self.prepared
        assert self.now >= self.due
        assert ask.label in self.labels
        self.gap = min(2 * self.gap, 60.0)
        self.due = self.now + self.gap / len(self.labels)

    @precondition(lambda self: self.prepared)
    @rule(share=st.floats(0, 1))
    def deliver(self, share):
        ready = list(self.prepared)[: round(share * len(self.prepared))]
        self.desk.settle(ready, (), (), 0.0)
        self.in_hand += len(ready)
        for key in ready:
            del self.prepared[key]

    @rule()
    def give_up(self):
        late = self.desk.overdue(self.now)
        assert set(late) == {wish for wish, since in self.prepared.values() if self.now - since > self.patience}
        for gone in late:
            del self.prepared[gone.key]

    @invariant()
    def counts(self):
        if hasattr(self, "desk"):
            assert self.desk.staging == len(self.prepared)
            assert self.desk.empty == (not self.waiting and not self.prepared)


TestOffice = Office.TestCase
TestOffice.settings = settings(max_examples=60, stateful_step_count=40)
