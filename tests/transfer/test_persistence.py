"""How long a transfer that breaks is kept at, what that costs, and that it never becomes another file."""

from __future__ import annotations

import tempfile
from typing import TYPE_CHECKING

from hypothesis import given, settings
from hypothesis import strategies as st

from m2msync.core import persistence as module
from m2msync.core.errors import Interrupted, TransferError
from m2msync.store import LocalStore
from m2msync.transfer.partial import ROLLBACK

from .attempt import LARGE, OTHER, Attempt, job, sha512
from .host import ranged
from .test_resume import KEEP, REFUSALS

if TYPE_CHECKING:
    from .host import Host, Reply


def test_a_transfer_that_moves_is_not_given_up(attempt: Attempt, host: Host) -> None:
    dropped = ranged(LARGE, keep=ROLLBACK + 40_000)
    host.sends(*[dropped] * 8, ranged(LARGE))
    attempt(job(digest=sha512(LARGE)))
    assert attempt.pauses == [1] * 8
    assert attempt.received == len(LARGE) + 8 * ROLLBACK


def test_a_transfer_that_only_repeats_itself_is_given_up(attempt: Attempt, host: Host) -> None:
    host.sends(ranged(LARGE, keep=KEEP), ranged(LARGE, keep=ROLLBACK))
    attempt.fails(job(), Interrupted)
    assert len(host.asked) == module.TRIES


def test_a_transfer_that_breaks_without_end_is_given_up(attempt: Attempt, host: Host) -> None:
    host.sends(ranged(LARGE, keep=ROLLBACK + 1000))
    attempt.fails(job(), Interrupted)
    assert len(host.asked) == module.RESUMPTIONS + 1


CUTS = st.integers(0, len(LARGE))


@settings(max_examples=60)
@given(cuts=st.lists(CUTS, max_size=6))
def test_each_interruption_costs_at_most_what_is_rolled_back(host: Host, cuts: list[int]) -> None:
    with tempfile.TemporaryDirectory() as folder:
        attempt = Attempt(host, LocalStore(folder))
        host.sends(*[ranged(LARGE, keep=keep) for keep in cuts], ranged(LARGE))
        for _ in range(3):
            try:
                assert attempt(job(digest=sha512(LARGE))).digest == sha512(LARGE)
                break
            except Interrupted:
                continue
        assert list(attempt.visible().values()) == [LARGE]
    assert attempt.received <= len(LARGE) + ROLLBACK * (len(host.asked) - 1)


ODD = st.sampled_from(list(REFUSALS.values()))
CUT = st.builds(
    lambda keep, edition: ranged(edition[0], keep=keep, ETag=edition[1]),
    CUTS,
    st.sampled_from([(LARGE, '"one"'), (OTHER, '"two"')]),
)


@settings(max_examples=80)
@given(replies=st.lists(CUT | ODD, max_size=8), digest=st.sampled_from([sha512(LARGE), None]))
def test_however_it_breaks_it_is_never_another_file(host: Host, replies: list[Reply], digest: str | None) -> None:
    with tempfile.TemporaryDirectory() as folder:
        attempt = Attempt(host, LocalStore(folder))
        host.sends(*replies, ranged(LARGE))
        for _ in range(3):
            try:
                attempt(job(digest=digest))
            except TransferError:
                assert attempt.visible() == {}
            else:
                assert list(attempt.visible().values()) in ([LARGE], [OTHER] if digest is None else [])
                assert attempt.left() == []
                break
