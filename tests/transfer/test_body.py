"""The body of an answer, passed on in pieces: all of it, in order, and soon."""

from __future__ import annotations

import threading
from itertools import accumulate, count, repeat
from typing import TYPE_CHECKING

import pytest
import urllib3
from hypothesis import given
from hypothesis import strategies as st

from m2msync.core.errors import Interrupted
from m2msync.transfer.body import CHUNK, Patience, read_body

from .attempt import Attempt, job
from .host import answer

if TYPE_CHECKING:
    import socket
    from collections.abc import Callable


class Body:
    """A body that comes in given bits, and may break."""

    def __init__(self, bits: list[bytes], end: Exception | None = None) -> None:
        self.bits, self.end = list(bits), end

    def read1(self, amount: int, *, decode_content: bool) -> bytes:
        assert amount > 0
        assert not decode_content
        if not self.bits:
            if self.end:
                raise self.end
            return b""
        bit, rest = self.bits[0][:amount], self.bits[0][amount:]
        self.bits[:1] = [rest] if rest else []
        return bit


def gather(pieces: list[bytes]) -> Callable[[memoryview], bool]:
    """Take every piece."""
    return lambda piece: pieces.append(bytes(piece)) is None


def passed_on(body: Body, **told: object) -> list[bytes]:
    pieces: list[bytes] = []
    read_body(body, gather(pieces), Patience(**told))
    return pieces


BITS = st.lists(st.integers(1, CHUNK).map(lambda size: bytes([size % 251]) * size), max_size=5)


@given(BITS, st.sampled_from([0, 0.1, 1]))
def test_all_of_it_is_passed_on(bits: list[bytes], step: float) -> None:
    pieces = passed_on(Body(bits), clock=count(step=step).__next__)
    assert b"".join(pieces) == b"".join(bits)
    assert all(0 < len(piece) <= CHUNK for piece in pieces)


@given(BITS)
def test_what_came_before_a_break_is_passed_on(bits: list[bytes]) -> None:
    pieces: list[bytes] = []
    with pytest.raises(urllib3.exceptions.ProtocolError):
        read_body(Body(bits, urllib3.exceptions.ProtocolError()), gather(pieces), Patience())
    assert b"".join(pieces) == b"".join(bits)


def test_large_pieces_are_whole_buffers() -> None:
    pieces = passed_on(Body([bytes(3 * CHUNK + 7)]), clock=repeat(0.0).__next__)
    assert [len(piece) for piece in pieces] == [CHUNK] * 3 + [7]


def test_it_ends_where_enough_has_come() -> None:
    pieces: list[int] = []
    take = lambda piece: pieces.append(len(piece)) or len(pieces) < 2  # noqa: E731
    read_body(Body([bytes(3 * CHUNK)]), take, Patience(clock=repeat(0.0).__next__))
    assert pieces == [CHUNK, CHUNK]


def test_a_failure_to_take_a_piece_is_not_repeated() -> None:
    taken = []

    def take(piece: memoryview) -> bool:
        taken.append(len(piece))
        raise OSError("full")

    with pytest.raises(OSError, match="full"):
        read_body(Body([bytes(2 * CHUNK)]), take, Patience(clock=repeat(0.0).__next__))
    assert taken == [CHUNK]


@pytest.mark.parametrize(
    ("bits", "stalled"),
    [
        ([1000] * 500, False),
        ([999] * 500, True),
        ([999] * 119, False),
        ([16_000] * 8 + [10] * 300, True),
        ([0] * 52 + [16_000] * 8 + [1000] * 180, False),
    ],
)
def test_the_rate_is_watched_over_each_two_minutes(bits: list[int], stalled: bool) -> None:
    """One bit comes each second, none where it is 0."""
    looks = iter([0, *(second for second, bit in enumerate(bits, 1) if bit)])
    body = Body([bytes(bit) for bit in bits if bit])
    if stalled:
        with pytest.raises(Interrupted, match=r"only \d+ bytes came in 120 seconds"):
            passed_on(body, clock=looks.__next__)
    else:
        assert sum(map(len, passed_on(body, clock=looks.__next__))) == sum(bits)


def test_what_has_come_is_passed_on_before_more_comes(attempt: Attempt) -> None:
    """The host sends the next line only when this one was told."""
    lines = [b"GROUP = A\n", b"  B = 1\n", b"END_GROUP = A\n", b"END\n"]
    told = [threading.Event() for _ in lines]

    def send(connection: socket.socket, head: str) -> None:
        connection.sendall(answer(Content_Length=sum(map(len, lines))))
        for line, event in zip(lines, told, strict=True):
            connection.sendall(line)
            assert event.wait(60)

    def moved(key: str, number: int) -> None:
        attempt.told.append((key, number))
        sums = list(accumulate(map(len, lines)))
        told[sums.index(attempt.received)].set()

    attempt.host.sends(send)
    attempt.on_bytes = moved
    attempt(job("MTL.txt"), patience=Patience(clock=count().__next__))
    assert [number for _, number in attempt.told] == [len(line) for line in lines]
