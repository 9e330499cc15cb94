"""A file host on loopback that sends exactly the bytes it is told to, broken framing included."""

from __future__ import annotations

import socket
import socketserver
import struct
import threading
from http import HTTPStatus
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable

    Act = Callable[[socket.socket, str], None]
    Reply = bytes | Act


class Host:
    """Answers each connection with its replies in turn; the last of them stays."""

    def __init__(self) -> None:
        self.asked: list[str] = []
        """The heads of the requests that arrived."""
        self._replies: list[Reply] = []
        self._server = socketserver.ThreadingTCPServer(("127.0.0.1", 0), self._handler())
        self._server.daemon_threads = True
        self.url = f"http://127.0.0.1:{self._server.server_address[1]}"
        self._thread = threading.Thread(target=self._server.serve_forever, args=(0.01,), daemon=True)
        self._thread.start()

    def sends(self, *replies: Reply) -> None:
        """Script the host; a reply may also be something done with the connection and the request's head."""
        self.asked.clear()
        self._replies = list(replies)

    @property
    def starts(self) -> list[int]:
        """From which byte each request asked."""
        asked = [headers(head).get("range", "bytes=0-") for head in self.asked]
        return [int(told.removeprefix("bytes=").partition("-")[0]) for told in asked]

    def close(self) -> None:
        self._server.shutdown()
        self._server.server_close()
        self._thread.join()

    def _handler(self) -> type[socketserver.BaseRequestHandler]:
        host = self

        class Handler(socketserver.BaseRequestHandler):
            def handle(self) -> None:
                head = b""
                while b"\r\n\r\n" not in head:
                    received = self.request.recv(65536)
                    if not received:
                        return
                    head += received
                host.asked.append(head.decode("latin-1"))
                reply = host._replies.pop(0) if len(host._replies) > 1 else host._replies[0]
                try:
                    self.request.sendall(reply) if isinstance(reply, bytes) else reply(self.request, host.asked[-1])
                except OSError:
                    return  # the client has gone

        return Handler


def answer(body: bytes = b"", status: int = 200, **headers: object) -> bytes:
    """Return a whole answer; a header that is None is left out, underscores stand for hyphens."""
    told = {
        "Content_Length": len(body),
        "Content_Type": "application/octet-stream",
        "Connection": "close",
    } | headers
    lines = [f"{name.replace('_', '-')}: {value}" for name, value in told.items() if value is not None]
    head = "\r\n".join([f"HTTP/1.1 {status} {HTTPStatus(status).phrase}", *lines, "", ""])
    return head.encode("latin-1") + body


def redirect(location: str, status: int = 302) -> bytes:
    """Return a redirect."""
    return answer(status=status, Location=location)


def chunked(*chunks: bytes, end: bytes = b"0\r\n\r\n") -> bytes:
    """Return an answer in chunks; another end than the right one breaks it."""
    body = b"".join(b"%x\r\n%s\r\n" % (len(chunk), chunk) for chunk in chunks) + end
    return answer(Content_Length=None, Transfer_Encoding="chunked") + body


def reset(start: bytes) -> Act:
    """Send the start of an answer, then break the connection off without a word."""

    def reply(connection: socket.socket, head: str) -> None:
        connection.sendall(start)
        connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        connection.close()

    return reply


def stall(start: bytes, until: threading.Event) -> Act:
    """Send the start of an answer, then nothing."""

    def reply(connection: socket.socket, head: str) -> None:
        connection.sendall(start)
        until.wait(60)

    return reply


def repeat(piece: bytes, times: int) -> Act:
    """Send a long body without ever holding it."""

    def reply(connection: socket.socket, head: str) -> None:
        connection.sendall(answer(Content_Length=len(piece) * times))
        for _ in range(times):
            connection.sendall(piece)

    return reply


def headers(head: str) -> dict[str, str]:
    """Return the headers of a request, their names in lower case."""
    lines = head.split("\r\n")[1:]
    return {name.lower(): value for name, _, value in (line.partition(": ") for line in lines)}


def ranged(body: bytes, *, keep: int | None = None, status: int = 206, told: str = "", **more: object) -> Act:
    """Send a file, or the rest of it that is asked for, as a host does that knows ranges.

    `keep` bytes of the body arrive; `told` replaces the Content-Range. A request whose If-Range is another ETag than
    this one gets the whole.
    """
    more = {"ETag": '"one"'} | more

    def reply(connection: socket.socket, head: str) -> None:
        asked = headers(head)
        first, _, last = asked.get("range", "bytes=0-").removeprefix("bytes=").partition("-")
        start, stop = int(first), int(last) + 1 if last else len(body)
        if "range" in asked and asked["if-range"] in (more["ETag"], more.get("Last_Modified")):
            where = told or f"bytes {start}-{stop - 1}/{len(body)}"
            whole = answer(body[start:stop], status, Content_Range=where, **more)
        else:
            start, whole = 0, answer(body, **more)
        missing = 0 if keep is None else max(0, len(body) - start - keep)
        connection.sendall(whole[: len(whole) - missing])

    return reply
