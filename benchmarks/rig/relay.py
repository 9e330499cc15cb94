"""Puts a distance between clients and servers: passes bytes on after half a round trip, and limits nothing.

    python relay.py SECONDS PORT...

A round trip takes SECONDS. For every PORT of this machine it prints, as one JSON list, the port that leads there;
it ends with its standard input. It knows nothing of TLS. A connection is accepted at once, so its first bytes wait
the round trip that the handshake would have taken.
"""

from __future__ import annotations

import asyncio
import json
import sys
from collections import deque
from functools import partial
from typing import cast


class Line:
    """One direction of a connection: what is put in comes out later, in order."""

    def __init__(self, delay: float, not_before: float = 0.0) -> None:
        self._loop = asyncio.get_running_loop()
        self._delay, self._not_before = delay, not_before
        self._moving: deque[tuple[float, bytes | None]] = deque()
        self.out: asyncio.Transport | None = None

    def put(self, data: bytes | None) -> None:
        """Take bytes; None is the end."""
        self._moving.append((max(self._loop.time(), self._not_before) + self._delay, data))
        if len(self._moving) == 1:
            self._loop.call_at(self._moving[0][0], self._arrive)

    def _arrive(self) -> None:
        now = self._loop.time() + 0.0005  # what is due within the clock's resolution goes along
        while self._moving and self._moving[0][0] <= now:
            _, data = self._moving.popleft()
            if self.out is None or self.out.is_closing():
                continue
            if data is None:
                self.out.close()
            else:
                self.out.write(data)
        if self._moving:
            self._loop.call_at(self._moving[0][0], self._arrive)


class End(asyncio.Protocol):
    """One end of a connection: reads into one line and is written to by the other."""

    def __init__(self, away: Line, home: Line) -> None:
        self._away, self._home = away, home
        self.other: End | None = None
        self.transport: asyncio.Transport | None = None

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """Become what the home line comes out at."""
        self.transport = self._home.out = cast("asyncio.Transport", transport)

    def data_received(self, data: bytes) -> None:
        """Send it away."""
        self._away.put(data)

    def connection_lost(self, _: Exception | None) -> None:
        """Tell the other end, after what is still under way."""
        self._away.put(None)

    def pause_writing(self) -> None:
        """Stop reading at the other end while this one cannot keep up."""
        if self.other and self.other.transport:
            self.other.transport.pause_reading()

    def resume_writing(self) -> None:
        """Read on."""
        if self.other and self.other.transport:
            self.other.transport.resume_reading()


class Near(End):
    """The client's end, which makes the connection to the server."""

    def __init__(self, trip: float, port: int) -> None:
        loop = asyncio.get_running_loop()
        super().__init__(Line(trip / 2, not_before=loop.time() + trip), Line(trip / 2))
        self._port = port

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """Connect to the server; until then nothing is read."""
        super().connection_made(transport)
        cast("asyncio.Transport", transport).pause_reading()
        self._joining = asyncio.get_running_loop().create_task(self._join())

    async def _join(self) -> None:
        loop = asyncio.get_running_loop()
        far = End(self._home, self._away)
        self.other, far.other = far, self
        await loop.create_connection(lambda: far, "127.0.0.1", self._port)
        if self.transport:
            self.transport.resume_reading()


async def main(trip: float, ports: list[int]) -> None:
    """Serve until standard input ends."""
    loop = asyncio.get_running_loop()
    servers = [await loop.create_server(partial(Near, trip, port), "127.0.0.1", 0, backlog=1024) for port in ports]
    print(json.dumps([server.sockets[0].getsockname()[1] for server in servers]), flush=True)
    await loop.run_in_executor(None, sys.stdin.read)


if __name__ == "__main__":
    asyncio.run(main(float(sys.argv[1]), [int(port) for port in sys.argv[2:]]))
