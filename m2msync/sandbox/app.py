"""The web application: the API under its real path, and the file hosts beside it."""

from __future__ import annotations

import asyncio
import logging
from collections import Counter
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

from starlette.applications import Starlette
from starlette.concurrency import run_in_threadpool
from starlette.responses import Response
from starlette.routing import Route

from m2msync.sandbox.api import answer, encode, payload_of, refuse
from m2msync.sandbox.delivery import ERROR_PAGE, Delivery, page
from m2msync.sandbox.errors import Refusal
from m2msync.sandbox.files import Asked, Hosts

if TYPE_CHECKING:
    from collections.abc import Iterator

    from starlette.requests import Request
    from starlette.types import Receive, Scope, Send

    from m2msync.sandbox.api import Answer
    from m2msync.sandbox.faults import Faults, Rule
    from m2msync.sandbox.state import State

API_PATH = "/api/api/json"
CHUNK = 1 << 20
TRANSPORT = "sandbox.transport"
"""Key of the connection in a request's scope, put there by the server so that it can be cut."""

BUSY = Refusal("RATE_LIMIT", "Your account does not support multiple requests at a time")
NOT_POSTED = Refusal("INPUT_INVALID", "login-token takes POST requests only")
STRANGE_VERSION = Refusal("VERSION_UNKNOWN", "Unknown version used")


def application(state: State, faults: Faults) -> Starlette:
    """Return the application over a state and the faults in force."""
    office = Office(state, faults)
    return Starlette(routes=[
        Route(f"{API_PATH}/{{version}}/{{endpoint}}", office.api, methods=["GET", "POST"]),
        Route("/{path:path}", office.files, methods=["GET"]),
    ], exception_handlers={Exception: _broken})  # fmt: skip


async def _broken(request: Request, error: Exception) -> Response:
    """Answer like a broken service, and leave the traceback where whoever mends the sandbox finds it."""
    logging.getLogger(__name__).error("%s %s", request.method, request.url.path, exc_info=error)
    return _json((500, encode({"data": None, "errorCode": "SERVER_ERROR", "errorMessage": "Server error"})))


class Office:
    """Receives requests, and knows which account has how many of them in flight."""

    def __init__(self, state: State, faults: Faults) -> None:
        self.state = state
        self.faults = faults
        self._hosts = Hosts(state, faults)
        self._in_flight: Counter[str] = Counter()

    async def api(self, request: Request) -> Response:
        """Answer an API call, in a thread; while it runs, another of the same account is refused (api.md §4.2)."""
        endpoint, body = request.path_params["endpoint"], await request.body()
        with self._flight(self._caller(request, body)) as together:
            response = await self._call(request, endpoint, body, alone=together == 1)
        self.state.counts.log.append((endpoint, response.status_code))
        return response

    async def files(self, request: Request) -> Response:
        """Answer a GET at one of the file hosts; drawing the file happens in a thread."""
        if request.method == "HEAD":  # not known on signed URLs, where it is usually refused (api.md §10.2)
            return Sending(page(403), self.state)
        asked = Asked(request.url.path, request.query_params, request.headers)
        return Sending(await run_in_threadpool(self._hosts.answer, asked), self.state)

    async def _call(self, request: Request, endpoint: str, body: bytes, *, alone: bool) -> Response:
        self.state.counts.calls[endpoint] += 1
        rule = self.faults.for_api(endpoint)
        slow = rule is not None and rule.kind == "slow"
        await asyncio.sleep(
            self.state.behaviour.latency + (rule.options.get("seconds", 1.0) if rule and slow else 0)
        )
        if rule is None or slow:
            return _json(await self._answer(request, endpoint, body, alone=alone))
        effective = rule.options.get("after", rule.kind == "truncated")
        given = await self._answer(request, endpoint, body, alone=alone) if effective else (200, "")
        return _spoilt(self.state, rule, given)

    async def _answer(self, request: Request, endpoint: str, body: bytes, *, alone: bool) -> Answer:
        if request.path_params["version"] != "stable":
            return self._refuse(STRANGE_VERSION)
        if endpoint == "login-token" and request.method != "POST":
            return self._refuse(NOT_POSTED)
        if not alone and self.state.behaviour.one_at_a_time:
            return self._refuse(BUSY)
        ip = request.client.host if request.client else "127.0.0.1"
        key = request.headers.get("x-auth-token")
        return await run_in_threadpool(answer, self.state, endpoint, body, key, ip)

    def _refuse(self, refusal: Refusal) -> Answer:
        return refuse(self.state, refusal, next(self.state.request_ids))

    def _caller(self, request: Request, body: bytes) -> str:
        """Return whose call this is; a login counts as well."""
        if owner := self.state.sessions.owner(request.headers.get("x-auth-token")):
            return owner
        try:
            return str(payload_of(body).get("username", ""))
        except Refusal:
            return ""

    @contextmanager
    def _flight(self, username: str) -> Iterator[int]:
        self._in_flight[username] += 1
        together = self._in_flight[username] if username else 1
        most = self.state.counts.concurrent
        most[username] = max(most[username], together)
        try:
            yield together
        finally:
            self._in_flight[username] -= 1


def _json(given: Answer) -> Response:
    return Response(given[1], given[0], media_type="application/json")


def _spoilt(state: State, rule: Rule, given: Answer) -> Response:
    """Return an API answer with a fault."""
    options = rule.options
    if rule.kind == "error":
        refusal = Refusal(options.get("code", "UNKNOWN"), options.get("message", "An unknown error occurred"),
                          status=options.get("status", 200))  # fmt: skip
        return _json(refuse(state, refusal, next(state.request_ids)))
    if rule.kind == "truncated":
        return _json((given[0], given[1][: len(given[1]) // 2]))
    if rule.kind == "drop":
        return Sending(Delivery(0, {}, memoryview(b""), None, ending="drop"), state)
    status = options.get("status", 502 if rule.kind == "status" else 200)
    if rule.kind in {"html", "status"}:
        return Response(ERROR_PAGE % status, status, media_type="text/html")
    return _json((status, encode(options["answer"]) if rule.kind == "answer" else ""))


class Sending(Response):
    """Sends a delivery in large pieces without copying it, and breaks off where it is meant to."""

    def __init__(self, delivery: Delivery, state: State) -> None:
        length = {} if delivery.length is None else {"content-length": str(delivery.length)}
        super().__init__(status_code=delivery.status, headers={**delivery.headers, **length})
        if delivery.length is None:
            del self.headers["content-length"]
        self.delivery = delivery
        self.state = state

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Send the delivery."""
        transport = scope[TRANSPORT]
        if self.status_code:
            await send({"type": "http.response.start", "status": self.status_code, "headers": self.raw_headers})
        self._count()  # first, as a client may look at the counts as soon as it has the last byte
        await self._body(send)
        if self.delivery.ending == "whole":
            await send({"type": "http.response.body", "body": b"", "more_body": False})
        else:
            await self._break_off(transport, receive)

    async def _body(self, send: Send) -> None:
        body, rate = self.delivery.body, self.delivery.rate
        step = max(1, int(rate / 10)) if rate else CHUNK
        for start in range(0, len(body), step):
            await send({"type": "http.response.body", "body": body[start : start + step], "more_body": True})
            if rate:
                await asyncio.sleep(step / rate)

    async def _break_off(self, transport: Any, receive: Receive) -> None:
        if self.delivery.ending == "stall":
            await _until_gone(receive, self.delivery.seconds)
        if self.delivery.ending == "reset":
            transport.abort()
        else:
            transport.close()
        await _until_gone(receive, 5.0)

    def _count(self) -> None:
        if self.delivery.name:
            self.state.counts.files[self.delivery.name] += 1
            self.state.counts.bytes[self.delivery.name] += len(self.delivery.body)


async def _until_gone(receive: Receive, seconds: float) -> None:
    """Wait until the client has hung up, at most some seconds."""
    try:
        async with asyncio.timeout(seconds):
            while (await receive())["type"] != "http.disconnect":
                pass
    except TimeoutError:
        pass
