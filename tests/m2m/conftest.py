"""A scripted M2M, and sessions with it."""

from __future__ import annotations

import socket
from collections import defaultdict
from contextlib import ExitStack
from typing import TYPE_CHECKING

import pytest
from pytest_httpserver import HTTPServer

from m2msync.core.secrets import Secret
from m2msync.m2m import pace
from m2msync.m2m.credentials import Credentials
from m2msync.m2m.session import Session

from .service import TOKEN, Impatient, Service

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator


@pytest.fixture(autouse=True)
def empty_lanes(monkeypatch: pytest.MonkeyPatch) -> None:
    """Let no test go slower because another one has collided: lanes live as long as their process."""
    monkeypatch.setattr(pace, "_lanes", defaultdict(pace.Lane))


@pytest.fixture(scope="module")
def http() -> Iterator[HTTPServer]:
    with HTTPServer(host="127.0.0.1", threaded=True) as server:
        yield server


@pytest.fixture
def service(http: HTTPServer) -> Iterator[Service]:
    yield Service(http)
    http.clear()


@pytest.fixture
def opened(service: Service) -> Iterator[Callable[..., Session]]:
    """Open sessions that do not really wait; they are closed when the test ends."""
    with ExitStack() as stack:

        def open_one(username: str = "somebody", **options: object) -> Session:
            options = {"endpoint": service.endpoint, "stop": Impatient()} | options
            return stack.enter_context(Session(credentials=Credentials(username, Secret(TOKEN)), **options))

        yield open_one


@pytest.fixture
def session(opened: Callable[..., Session]) -> Session:
    return opened()


@pytest.fixture
def unanswered() -> Iterator[int]:
    """A port of this machine that refuses connections; kept, or another test's server might get it."""
    with socket.socket() as silent:
        silent.bind(("127.0.0.1", 0))
        yield silent.getsockname()[1]
