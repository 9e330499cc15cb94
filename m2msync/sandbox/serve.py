"""Runs the sandbox: a real server on loopback, in a thread of this process."""

from __future__ import annotations

import socket
import threading
import time
from contextlib import contextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import uvicorn
from uvicorn.protocols.http.h11_impl import H11Protocol

from m2msync.sandbox.app import API_PATH, TRANSPORT, application
from m2msync.sandbox.behaviour import Behaviour
from m2msync.sandbox.faults import PROFILES, Faults
from m2msync.sandbox.sessions import ACCOUNTS
from m2msync.sandbox.state import State
from m2msync.sandbox.world import TODAY, World

if TYPE_CHECKING:
    import asyncio
    from collections.abc import Callable, Iterator
    from datetime import date

    from starlette.types import Receive, Scope, Send

    from m2msync.sandbox.counts import Counts
    from m2msync.sandbox.scene import Scene


@dataclass(frozen=True, slots=True)
class Sandbox:
    """A running sandbox, and what a test may ask of it or do to it."""

    url: str
    """The base of the API, with a final slash."""
    state: State
    faults: Faults
    username: str = ACCOUNTS[0].username
    token: str = ACCOUNTS[0].token

    @property
    def env(self) -> dict[str, str]:
        """The environment variables that make a client use it."""
        return {"M2MSYNC_ENDPOINT": self.url, "M2M_USERNAME": self.username, "M2M_TOKEN": self.token}

    @property
    def world(self) -> World:
        """The archive it serves."""
        return self.state.world

    @property
    def counts(self) -> Counts:
        """What it has seen."""
        return self.state.counts

    def env_of(self, username: str) -> dict[str, str]:
        """Return the same for another account: `searchonly` lacks the MACHINE role, `neighbour` has it."""
        account = self.state.sessions.accounts[username]
        return {**self.env, "M2M_USERNAME": account.username, "M2M_TOKEN": account.token}

    def reprocess(self, entity_id: str) -> list[Scene]:
        """Make a scene come back under new product ids, as when real-time data are made final."""
        with self.state.lock:
            return self.world.reprocess(entity_id)

    def expire_keys(self) -> None:
        """Let every API key expire, as after two idle hours."""
        self.state.sessions.expire()


@contextmanager
def running(  # noqa: PLR0913 - each a word of the vocabulary of tests, all optional
    *,
    port: int = 0,
    seed: int = 0,
    profile: str = "calm",
    pixels: int = 160,
    today: date = TODAY,
    clock: Callable[[], float] = time.time,
    behaviour: Behaviour | None = None,
) -> Iterator[Sandbox]:
    """Serve a sandbox while the context lasts.

    Args:
        port: where to listen on 127.0.0.1; 0 takes a free one.
        seed: which world.
        profile: which faults of PROFILES are in force from the start.
        pixels: the longer side of its pictures; smaller is faster.
        today: the day its world has reached.
        clock: what it takes for the time, in seconds since 1970.
        behaviour: which of the service's ways it plays.
    """
    state = State(World(seed, today), clock, behaviour or Behaviour(), pixels)
    faults = Faults(PROFILES[profile][1])
    with _listening(port) as listener:
        state.origin = f"http://127.0.0.1:{listener.getsockname()[1]}"
        with _serving(state, faults, listener):
            yield Sandbox(f"{state.origin}{API_PATH}/stable/", state, faults)


def serve_forever(port: int, seed: int, profile: str, announce: Callable[[Sandbox], None] | None = None) -> None:
    """Serve a sandbox until Ctrl-C; `announce` is called once it is ready."""
    with running(port=port, seed=seed, profile=profile) as sandbox:
        if announce:
            announce(sandbox)
        try:
            threading.Event().wait()
        except KeyboardInterrupt:
            return


def _listening(port: int) -> socket.socket:
    """Return a listening socket; asyncio switches off Nagle's delays only on sockets that name their protocol."""
    listener = socket.socket(socket.AF_INET, socket.SOCK_STREAM, socket.IPPROTO_TCP)
    listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    listener.bind(("127.0.0.1", port))
    listener.listen(1024)
    return listener


@contextmanager
def _serving(state: State, faults: Faults, listener: socket.socket) -> Iterator[None]:
    config = uvicorn.Config(
        application(state, faults), http=_Protocol, ws="none", lifespan="off", log_config=None, log_level=60,
        access_log=False, proxy_headers=False, server_header=False, timeout_graceful_shutdown=1,
        timeout_keep_alive=65, loop="asyncio",
    )  # fmt: skip
    server = _Server(config)
    thread = threading.Thread(target=server.run, args=([listener],), name="sandbox", daemon=True)
    thread.start()
    try:
        if not server.ready.wait(10):
            raise RuntimeError("the sandbox did not start")
        yield
    finally:
        server.should_exit = server.force_exit = True
        thread.join(10)


class _Server(uvicorn.Server):
    """A server that says when it is ready."""

    def __init__(self, config: uvicorn.Config) -> None:
        super().__init__(config)
        self.ready = threading.Event()

    async def startup(self, sockets: list[socket.socket] | None = None) -> None:
        await super().startup(sockets)
        self.ready.set()


class _Protocol(H11Protocol):
    """Lets the application reach its connection, so that it can cut it."""

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]
        super().connection_made(transport)
        inner = self.app

        async def app(scope: Scope, receive: Receive, send: Send) -> None:
            scope[TRANSPORT] = transport
            await inner(scope, receive, send)

        self.app: Any = app
