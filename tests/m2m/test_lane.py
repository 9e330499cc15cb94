"""One request at a time per account, whatever the number of sessions and threads."""

from __future__ import annotations

import threading
from concurrent.futures import ThreadPoolExecutor
from typing import TYPE_CHECKING, Any

import pytest

from m2msync.core.secrets import Secret
from m2msync.m2m.credentials import Credentials
from m2msync.m2m.session import Session

from .service import Reply, data

if TYPE_CHECKING:
    from collections.abc import Callable

    from .service import Service

    Opened = Callable[..., Session]


class Door:
    """Counts how many requests are inside at a time; keeps each for a while, or until another comes in."""

    def __init__(self, seconds: float) -> None:
        self._seconds = seconds
        self._inside, self.most = 0, 0
        self._changed = threading.Condition()

    def __call__(self, _payload: Any) -> Reply:
        with self._changed:
            self._inside += 1
            self.most = max(self.most, self._inside)
            self._changed.notify_all()
            self._changed.wait_for(lambda: self.most > 1, timeout=self._seconds)
            self._inside -= 1
        return data("key")


@pytest.mark.parametrize(
    ("usernames", "most", "seconds"),
    [(["anna"] * 3, 1, 0.1), (["anna", "bert"], 2, 60)],
    ids=["one account", "two accounts"],
)
def test_one_call_at_a_time_per_account(
    service: Service, opened: Opened, usernames: list[str], most: int, seconds: float
) -> None:
    door = Door(seconds)
    service.answers("login-token", door)
    service.answers("dataset", door)
    sessions = [opened(username) for username in usernames]
    with ThreadPoolExecutor(len(sessions)) as threads:
        answers = [threads.submit(session.call, "dataset", {}) for session in sessions]
    assert [answer.result() for answer in answers] == ["key"] * len(sessions)
    assert door.most == most


def test_one_session_used_from_several_threads_keeps_to_the_lane(service: Service, session: Session) -> None:
    door = Door(0.1)
    service.answers("dataset", data(1), door)
    session.call("dataset", {})
    with ThreadPoolExecutor(3) as threads:
        assert list(threads.map(lambda n: session.call("dataset", {"n": n}), range(3))) == ["key"] * 3
    assert door.most == 1


def test_a_session_knows_its_own_account_only(service: Service) -> None:
    """The lane is per account and endpoint, not per token."""
    one = Session(service.endpoint, Credentials("anna", Secret("a")))
    other = Session(service.endpoint, Credentials("anna", Secret("b")))
    stranger = Session(service.endpoint, Credentials("bert", Secret("a")))
    assert one._lane is other._lane is not stranger._lane
