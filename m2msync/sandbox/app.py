"""The web application: the API under its real path, and the file hosts beside it."""

from __future__ import annotations

import asyncio
import json
import logging
from collections import Counter
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

from starlette.applications import Starlette
from starlette.concurrency import run_in_threadpool
from starlette.responses import Response
from starlette.routing import Route

from m2msync.sandbox.api.endpoints import answer, encode, payload_of, refuse
from m2msync.sandbox.errors import Refusal
from m2msync.sandbox.hosts.delivery import ERROR_PAGE, Delivery, page
from m2msync.sandbox.hosts.files import Asked, Hosts

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable, Iterator

    from starlette.requests import Request
    from starlette.types import Receive, Scope, Send

    from m2msync.sandbox.account.state import State
    from m2msync.sandbox.api.endpoints import Answer
    from m2msync.sandbox.faults import Rule

API_PATH = "/api/api/json"
CHUNK = 1 << 20
SIP = 1 << 14  # bytes at a time when a rate is kept, so that little is on the way when a client dies
TRANSPORT = "sandbox.transport"
"""Key of the connection in a request's scope, put there by the server so that it can be cut."""

BUSY = Refusal("RATE_LIMIT", "Your account does not support multiple requests at a time")
NOT_POSTED = Refusal("INPUT_INVALID", "login-token takes POST requests only")
STRANGE_VERSION = Refusal("VERSION_UNKNOWN", "Unknown version used")


def application(state: State, shut: Callable[[float], object]) -> Starlette:
    """Return the application over a state; `shut(seconds)` closes the API's port for a while."""
    office = Office(state, shut)
    return Starlette(routes=[
        Route(f"{API_PATH}/{{version}}/{{endpoint}}", office.api, methods=["GET", "POST"]),
        Route("/{path:path}", office.files, methods=["GET"]),
    ])  # fmt: skip


class Office:
    """Receives requests, and knows which account has how many of them in flight."""

    def __init__(self, state: State, shut: Callable[[float], object]) -> None:
        self.state = state
        self._shut = shut
        self._hosts = Hosts(state)
        self._in_flight: Counter[str] = Counter()

    async def api(self, request: Request) -> Response:
        """Answer an API call, in a thread; while it runs, another of the same account is refused (api.md §4.2)."""
        endpoint, body = request.path_params["endpoint"], await request.body()
        with self._flight(self._caller(request, body)) as together:
            response = await self._guarded(request, self._call(request, endpoint, body, alone=together == 1))
        self.state.counts.log.append((endpoint, response.status_code))
        return response

    async def files(self, request: Request) -> Response:
        """Answer a GET at one of the file hosts; drawing the file happens in a thread."""
        if request.method == "HEAD":  # not known on signed URLs, where it is usually refused (api.md §10.2)
            return Sending(page(403), self.state)
        host = self.state.origins.host_of(request.scope["server"][1])
        asked = Asked(host, request.url.path, request.query_params, request.headers)
        return await self._guarded(request, self._fetch(asked))

    async def _fetch(self, asked: Asked) -> Response:
        return Sending(await run_in_threadpool(self._hosts.answer, asked), self.state)

    async def _guarded(self, request: Request, work: Awaitable[Response]) -> Response:
        """Return what work comes to; a bug looks like a broken service, and leaves a traceback in the log."""
        try:
            return await work
        except Exception:
            logging.getLogger(__name__).exception("%s %s", request.method, request.url.path)
            return _json(self._refuse(Refusal("SERVER_ERROR", "Server error")))

    async def _call(self, request: Request, endpoint: str, body: bytes, *, alone: bool) -> Response:
        self.state.counts.calls[endpoint] += 1
        rule = self.state.faults.for_api(endpoint)
        slow = rule.options.get("seconds", 1.0) if rule and rule.kind == "slow" else 0.0
        await asyncio.sleep(self.state.behaviour.latency + slow)
        if rule and rule.kind == "expire":
            self.state.sessions.expire()
        if rule is None or rule.kind in {"slow", "expire"}:
            return _json(await self._answer(request, endpoint, body, alone=alone))
        if rule.kind == "refuse":
            self._shut(rule.options.get("seconds", 1.0))
        effective = rule.options.get("after", rule.kind in {"truncated", "null"})
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
    if rule.kind == "null":
        return _json((given[0], encode({**json.loads(given[1]), "data": None})))
    if rule.kind in {"drop", "refuse"}:
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
        if self.delivery.name:
            self.state.counts.files[self.delivery.name] += 1
        await self._body(send, transport)
        if self.delivery.ending == "whole":
            await send({"type": "http.response.body", "body": b"", "more_body": False})
        else:
            await self._break_off(transport, receive)

    async def _body(self, send: Send, transport: Any) -> None:
        body, rate = self.delivery.body, self.delivery.rate
        step = max(1, min(int(rate / 10), SIP)) if rate else CHUNK
        for start in range(0, len(body), step):
            if transport.is_closing():  # the client has gone, and what is sent now reaches nobody
                return
            piece = body[start : start + step]
            self._count(len(piece), last=start + step >= len(body))
            await send({"type": "http.response.body", "body": piece, "more_body": True})
            if rate:
                await asyncio.sleep(len(piece) / rate)

    async def _break_off(self, transport: Any, receive: Receive) -> None:
        if self.delivery.ending == "stall":
            await _until_gone(receive, self.delivery.seconds)
        if self.delivery.ending == "reset":
            transport.abort()
        else:
            transport.close()
        await _until_gone(receive, 5.0)

    def _count(self, number: int, *, last: bool) -> None:
        """Count what is about to be sent; first, as a client may look at the counts once it has the last byte."""
        counts, name = self.state.counts, self.delivery.name
        if name:
            counts.bytes[name] += number
            counts.whole[name] += last and len(self.delivery.body) >= self.delivery.size


async def _until_gone(receive: Receive, seconds: float) -> None:
    """Wait until the client has hung up, at most some seconds."""
    try:
        async with asyncio.timeout(seconds):
            while (await receive())["type"] != "http.disconnect":
                pass
    except TimeoutError:
        pass
