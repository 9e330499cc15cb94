"""One API call: from an endpoint's name and a body to a status and an envelope (api.md §1.1, §3)."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

from m2msync.sandbox.account.sessions import EXPIRED
from m2msync.sandbox.account.state import Call
from m2msync.sandbox.api import dataset_calls, list_calls, order_calls, queue_calls, scene_calls
from m2msync.sandbox.errors import Refusal

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from m2msync.sandbox.account.state import State

Answer = tuple[int, str]
"""HTTP status and body."""


def _permissions(call: Call) -> Any:
    return list(call.account.permissions)


ENDPOINTS: Mapping[str, Callable[[Call], Any]] = {
    "permissions": _permissions,
    **dataset_calls.CALLS,
    **scene_calls.CALLS,
    **list_calls.CALLS,
    **order_calls.CALLS,
    **queue_calls.CALLS,
}
"""Every endpoint but login-token and logout, which are about the key itself."""


def answer(state: State, endpoint: str, body: bytes, key: str | None, ip: str) -> Answer:
    """Return what the service answers to one call."""
    with state.lock:
        request_id = next(state.request_ids)
        try:
            data = _data(state, endpoint, body, key, (request_id, ip))
        except Refusal as refusal:
            return refuse(state, refusal, request_id, key)
    return 200, encode(_envelope(state, request_id, data if endpoint == "login-token" else key, data=data))


def payload_of(body: bytes) -> dict[str, Any]:
    """Return the parameters of a body, which may be empty or `null`; its Content-Type does not matter (§1)."""
    try:
        payload = json.loads(body, parse_constant=_no_number) if body.strip() else None
    except (ValueError, RecursionError):
        raise Refusal("INPUT_FORMAT", "Input is not valid JSON") from None
    if not isinstance(payload, dict | None):
        raise Refusal("INPUT_FORMAT", "Input is not a JSON object")
    return payload or {}


def _no_number(name: str) -> None:
    raise ValueError(f"{name} is no JSON")


def refuse(state: State, refusal: Refusal, request_id: int, key: str | None = None) -> Answer:
    """Return an error; an expired key is answered outside of any session (api.md §3.1)."""
    told = {"errorCode": refusal.code, "errorMessage": refusal.message}
    if refusal.code == EXPIRED:
        return refusal.status, encode({**told, "data": None, "requestId": 0, "sessionId": None, "version": None})
    return refusal.status, encode({**_envelope(state, request_id, key, data=None), **told})


def encode(value: Any) -> str:
    r"""Return JSON with the escaped slashes of the service's PHP, `\/` (api.md §1)."""
    return json.dumps(value, separators=(",", ":")).replace("/", "\\/")


def _data(state: State, endpoint: str, body: bytes, key: str | None, request: tuple[int, str]) -> Any:
    payload = payload_of(body)
    if endpoint == "login-token":
        return state.sessions.login(payload.get("username"), payload.get("token"), key)
    if endpoint == "logout":
        return state.sessions.logout(key)
    if (serve := ENDPOINTS.get(endpoint)) is None:
        raise Refusal("ENDPOINT_UNAVAILABLE", f"The {endpoint} endpoint is not available to the requested version")
    account = state.sessions.account_of(key)
    return serve(Call(state, account, payload, *request, state.sessions.number(key)))


def _envelope(state: State, request_id: int, key: str | None, *, data: Any) -> dict[str, Any]:
    session = {"sessionId": state.sessions.number(key)} if state.behaviour.session_id else {}
    return {
        "requestId": request_id,
        "version": "stable",
        **session,
        "data": data,
        "errorCode": None,
        "errorMessage": None,
    }
