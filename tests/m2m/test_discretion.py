"""Token and key go to M2M and nowhere else: no redirect, no proxy, no error text, no event."""

from __future__ import annotations

import json
import traceback
from typing import TYPE_CHECKING

import pytest
import requests

from m2msync.core.errors import M2MSyncError, ServiceTrouble
from m2msync.m2m.credentials import PUBLIC_ENDPOINT
from m2msync.m2m.exchange import open_http
from m2msync.m2m.session import Patience, Session

from .service import KEYS, TOKEN, Reply, data, error, page

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from m2msync.core.events import Event

    from .service import Service

    Opened = Callable[..., Session]

EXPIRED = error("AUTH_EXPIRED", "API key has expired due to inactivity")
BUSY = error("RATE_LIMIT", "Your account does not support multiple requests at a time", status=500)


@pytest.mark.parametrize("status", [301, 302, 303, 307, 308])
def test_neither_token_nor_key_follow_a_redirect(service: Service, opened: Opened, status: int) -> None:
    elsewhere = Reply("", status, location=service.endpoint + "elsewhere")
    service.answers("elsewhere", data("key"))
    service.answers("login-token", elsewhere)
    with pytest.raises(ServiceTrouble, match="login-token"):
        opened(patience=Patience(0, 0)).call("dataset", {})
    service.answers("login-token", data(KEYS[0]))
    service.answers("dataset", elsewhere)
    with pytest.raises(ServiceTrouble, match="dataset"):
        opened(patience=Patience(0, 0)).call("dataset", {})
    assert "elsewhere" not in service.names()


def test_no_credentials_of_netrc_travel_along(
    service: Service, session: Session, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "netrc").write_text("default login carl password secret")
    monkeypatch.setenv("NETRC", str(tmp_path / "netrc"))
    service.answers("dataset", data(1))
    session.call("dataset", {})
    assert [asked.authorization for asked in service.asked] == [None, None]


def test_nor_with_a_request_to_the_public_service(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "netrc").write_text("machine m2m.cr.usgs.gov login carl password secret")
    monkeypatch.setenv("NETRC", str(tmp_path / "netrc"))
    with open_http(PUBLIC_ENDPOINT) as http:
        request = http.prepare_request(requests.Request("POST", f"{PUBLIC_ENDPOINT}dataset"))
    assert "Authorization" not in request.headers


def test_no_proxy_stands_before_this_machine(
    service: Service, opened: Opened, unanswered: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name in ("http_proxy", "HTTP_PROXY", "all_proxy"):
        monkeypatch.setenv(name, f"http://127.0.0.1:{unanswered}")
    service.answers("dataset", data(1))
    assert opened(patience=Patience(0, 0)).call("dataset", {}) == 1


FAILURES = {
    "refused": {"login-token": error("AUTH_INVALID", "User credential verification failed")},
    "maintenance": {"login-token": page()},
    "odd key": {"login-token": data(f"{KEYS[0]}\r\n")},
    "dead": {"dataset": EXPIRED},
    "no role": {"dataset": page(403), "permissions": data([])},
    "busy": {"dataset": BUSY},
    "quota": {"dataset": error("RATE_LIMIT_USER_DL")},
    "redirect": {"dataset": Reply("", 302, location="http://127.0.0.1:9/")},
    "garbage": {"dataset": Reply("\x00", 200)},
}


@pytest.mark.parametrize("scripted", FAILURES.values(), ids=FAILURES)
def test_neither_token_nor_key_is_ever_told(service: Service, opened: Opened, scripted: dict[str, Reply]) -> None:
    told: list[Event] = []
    for name, reply in scripted.items():
        service.answers(name, reply)
    session = opened(patience=Patience(1.1, 1.1), on_event=told.append)
    with pytest.raises(M2MSyncError) as caught:
        session.call("dataset", {"datasetName": "landsat_ot_c2_l1"})
    _assert_silent(caught.value, told, session)


def test_nor_when_nobody_answers(unanswered: int, opened: Opened) -> None:
    told: list[Event] = []
    endpoint = f"http://somebody:{TOKEN}@127.0.0.1:{unanswered}/api/"
    session = opened(endpoint=endpoint, patience=Patience(1.1, 1.1), on_event=told.append)
    with pytest.raises(ServiceTrouble, match=r"at 127\.0\.0\.1") as caught:
        session.call("dataset", {})
    assert told
    _assert_silent(caught.value, told, session)


def _assert_silent(error: BaseException | None, told: list[Event], session: Session) -> None:
    texts = [repr(session), repr(vars(session)), *map(repr, told), *(json.dumps(e.to_json()) for e in told)]
    texts += traceback.format_exception(error)
    while error is not None:
        texts += [str(error), repr(error), repr(vars(error))]
        error = error.__context__ if not error.__suppress_context__ else None
    everything = "\n".join(texts)
    for secret in (TOKEN, *KEYS):
        assert secret not in everything


def test_what_m2m_repeats_of_them_is_not_told(service: Service, opened: Opened) -> None:
    told = f"no {TOKEN} or {KEYS[0]} at https://dds.cr.usgs.gov/download/abc, https://h/f?requestSignature=def"
    service.answers("dataset", error("INPUT_INVALID", told))
    with pytest.raises(M2MSyncError) as caught:
        opened().call("dataset", {})
    assert str(caught.value).startswith(
        "M2M refused dataset (INPUT_INVALID: no *** or *** at https://dds.cr.usgs.gov/…, https://h/…)"
    )
