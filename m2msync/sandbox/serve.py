"""Runs the sandbox: a real server on loopback, in a thread of this process."""

from __future__ import annotations

import asyncio
import socket
import threading
import time
from contextlib import contextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import uvicorn
from uvicorn.protocols.http.h11_impl import H11Protocol

from m2msync.sandbox.account.sessions import ACCOUNTS
from m2msync.sandbox.account.state import State
from m2msync.sandbox.app import API_PATH, TRANSPORT, application
from m2msync.sandbox.faults import PROFILES, Faults
from m2msync.sandbox.world.archive import TODAY, World

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from datetime import date

    from starlette.types import Receive, Scope, Send

    from m2msync.sandbox.behaviour import Behaviour
    from m2msync.sandbox.counts import Counts
    from m2msync.sandbox.world.scene import Scene


@dataclass(frozen=True, slots=True)
class Sandbox:
    """A running sandbox, and what a test may ask of it or do to it."""

    url: str
    """The base of the API, with a final slash."""
    state: State
    faults: Faults
    server: Server
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

    def calm(self) -> None:
        """Let nothing go wrong from now on: no faults, and today's service."""
        self.faults.clear()
        with self.state.lock:
            self.state.play(PROFILES["calm"].behaviour)

    def refuse(self, seconds: float) -> None:
        """Close the API's port for some seconds; the file hosts stay."""
        self.server.shut(seconds).wait(5)

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
        port: where the API listens on 127.0.0.1, 0 for any free port; each file host has a free port of its own.
        seed: which world.
        profile: which of PROFILES is played from the start.
        pixels: the longer side of its pictures; smaller is faster.
        today: the day its world has reached.
        clock: what it takes for the time, in seconds since 1970.
        behaviour: which of the service's ways it plays; the profile's unless told.
    """
    chosen = PROFILES[profile]
    faults = Faults(chosen.rules)
    played = behaviour or chosen.behaviour
    state = State(World(seed, today, envelopes=played.envelopes), clock, played, pixels, faults)
    with _listening(port) as api, _listening(0) as landsatlook, _listening(0) as dds:
        state.origins.landsatlook, state.origins.dds = _origin(landsatlook), _origin(dds)
        with _serving(state, [api, landsatlook, dds]) as server:
            yield Sandbox(f"{_origin(api)}{API_PATH}/stable/", state, faults, server)


def _origin(listener: socket.socket) -> str:
    return f"http://127.0.0.1:{listener.getsockname()[1]}"


def _listening(port: int) -> socket.socket:
    """Return a listening socket; asyncio switches off Nagle's delays only on sockets that name their protocol."""
    listener = socket.socket(socket.AF_INET, socket.SOCK_STREAM, socket.IPPROTO_TCP)
    try:
        listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        listener.bind(("127.0.0.1", port))
        listener.listen(1024)
    except OSError:
        listener.close()
        raise
    return listener


@contextmanager
def _serving(state: State, listeners: list[socket.socket]) -> Iterator[Server]:
    server = Server(state)
    thread = threading.Thread(target=server.run, args=(listeners,), name="sandbox", daemon=True)
    thread.start()
    try:
        if not server.ready.wait(10):
            raise RuntimeError("the sandbox did not start")
        yield server
    finally:
        server.should_exit = server.force_exit = True
        thread.join(10)


class Server(uvicorn.Server):
    """A server that says when it is ready, and whose first port, the API's, can be closed for a while."""

    def __init__(self, state: State) -> None:
        super().__init__(uvicorn.Config(
            application(state, self.shut), http=_Protocol, ws="none", lifespan="off", log_config=None, log_level=60,
            access_log=False, proxy_headers=False, server_header=False, timeout_graceful_shutdown=1,
            timeout_keep_alive=65, loop="asyncio",
        ))  # fmt: skip
        self.ready = threading.Event()
        self._opening: asyncio.Task[None] | None = None

    async def startup(self, sockets: list[socket.socket] | None = None) -> None:
        """Listen, and say so."""
        await super().startup(sockets)
        self._port: int = (sockets or [])[0].getsockname()[1]
        self._loop = asyncio.get_running_loop()
        self.ready.set()

    def shut(self, seconds: float) -> threading.Event:
        """Refuse connections to the API for some seconds and hang up on those there are; the event tells when."""
        closed = threading.Event()
        self._loop.call_soon_threadsafe(self._close, seconds, closed)
        return closed

    def _close(self, seconds: float, closed: threading.Event) -> None:
        # Shut already, the first listener is a file host's.
        if self._opening is None or self._opening.done():
            self.servers.pop(0).close()
            self._opening = self._loop.create_task(self._open_after(seconds))
        for connection in list(self.server_state.connections):
            if connection.transport.get_extra_info("sockname")[1] == self._port:
                connection.transport.close()
        closed.set()

    async def _open_after(self, seconds: float) -> None:
        await asyncio.sleep(seconds)
        made = await self._loop.create_server(self._protocol, sock=_listening(self._port))
        self.servers.insert(0, made)

    def _protocol(self) -> _Protocol:
        return _Protocol(config=self.config, server_state=self.server_state, app_state={})


class _Protocol(H11Protocol):
    """Lets the application reach its connection, so that it can cut it."""

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]
        super().connection_made(transport)
        inner = self.app

        async def app(scope: Scope, receive: Receive, send: Send) -> None:
            scope[TRANSPORT] = transport
            await inner(scope, receive, send)

        self.app: Any = app
