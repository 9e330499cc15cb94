"""A scripted M2M on loopback: it answers what the test tells it to, and remembers what it was asked."""

from __future__ import annotations

import json
import re
import threading
from collections import defaultdict
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from werkzeug import Request, Response

if TYPE_CHECKING:
    from collections.abc import Callable

    from pytest_httpserver import HTTPServer

TOKEN = "canary-token-7f3a"
KEYS = ("canary-key-1", "canary-key-2", "canary-key-3", "canary-key-4")


@dataclass(frozen=True, slots=True)
class Asked:
    """One request that arrived."""

    name: str
    payload: Any
    key: str | None
    """The X-Auth-Token header."""
    authorization: str | None = None


@dataclass(frozen=True, slots=True)
class Reply:
    """One answer, as it goes over the wire."""

    body: str
    status: int = 200
    kind: str | None = "application/json"
    location: str | None = None

    def response(self) -> Response:
        answer = Response(self.body, self.status, content_type=self.kind)
        if self.location:
            answer.headers["Location"] = self.location
        return answer


def data(value: Any, **envelope: Any) -> Reply:
    """Return a success."""
    told = {"requestId": 1, "version": "stable", "data": value, "errorCode": None, "errorMessage": None}
    return Reply(json.dumps(told | envelope))


def error(code: str, message: str = "", *, status: int = 200) -> Reply:
    """Return a failure that M2M itself explains."""
    told = {"requestId": 0, "version": None, "data": None, "errorCode": code, "errorMessage": message}
    return Reply(json.dumps(told), status)


def page(status: int = 200) -> Reply:
    """Return an HTML page, as a maintenance window or a proxy sends it."""
    return Reply("<html><body>Down for maintenance</body></html>", status, "text/html")


class Service:
    """Answers each endpoint with its replies in turn; the last of them stays."""

    def __init__(self, server: HTTPServer) -> None:
        self.endpoint = server.url_for("/api/api/json/stable/")
        self.asked: list[Asked] = []
        self._replies: dict[str, list[Reply | Callable[[Any], Reply]]] = defaultdict(list)
        self._guard = threading.Lock()
        self.answers("login-token", *(data(key) for key in KEYS))
        self.answers("logout", data(None))
        self.answers("permissions", data(["user", "download", "order"]))
        server.expect_request(re.compile(".*")).respond_with_handler(self._handle)

    def answers(self, name: str, *replies: Reply | Callable[[Any], Reply]) -> None:
        """Script an endpoint; a reply may be computed from the payload."""
        self._replies[name] = list(replies)

    def names(self) -> list[str]:
        """Return the endpoints that were called, in order."""
        return [asked.name for asked in self.asked]

    def payloads(self, name: str) -> list[Any]:
        """Return what an endpoint was asked."""
        return [asked.payload for asked in self.asked if asked.name == name]

    def _handle(self, request: Request) -> Response:
        name = request.path.rpartition("/")[2]
        payload = json.loads(request.get_data() or b"null")
        header = request.headers.get
        with self._guard:
            self.asked.append(Asked(name, payload, header("X-Auth-Token"), header("Authorization")))
            replies = self._replies[name]
            reply = replies.pop(0) if len(replies) > 1 else replies[0] if replies else Reply("", 404, "text/html")
        return (reply if isinstance(reply, Reply) else reply(payload)).response()


class Impatient(threading.Event):
    """A request to stop that is never made; waiting for it takes no time and is remembered."""

    def __init__(self) -> None:
        super().__init__()
        self.waits: list[float] = []

    def wait(self, timeout: float | None = None) -> bool:
        self.waits.append(timeout or 0)
        return self.is_set()
