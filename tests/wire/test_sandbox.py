"""The sandbox against the schemas: every endpoint it offers, over HTTP, asked in every way a client asks."""

from __future__ import annotations

import base64
import json
from typing import TYPE_CHECKING, Any

import pytest
import requests

from m2msync.sandbox.api.endpoints import ENDPOINTS as OFFERED

from .cases import CASES
from .client import Client
from .payloads import BANDS, L1, L2, Known
from .shapes import ENDPOINTS, check
from .test_recorded import FILES

if TYPE_CHECKING:
    from m2msync.sandbox.serve import Sandbox

ABOUT_KEYS = {"login-token", "logout"}


def test_every_endpoint_offered_has_a_schema_and_is_asked() -> None:
    assert set(OFFERED) == set(CASES)
    assert set(OFFERED) | ABOUT_KEYS == ENDPOINTS
    assert [name for name, by_code in CASES.items() if None not in by_code] == ["scene-search-secondary"]


@pytest.fixture(scope="module")
def filled(client: Client, known: Known) -> Client:
    """A client whose account has lists and orders, so that there is something to answer."""
    for name in (L1, L2):
        client.data(
            "scene-list-add",
            {"listId": "mine", "datasetName": name, "entityIds": [known.scenes[name]["entityId"], "X"]},
        )
    files = [pair["entityId"] for pair in known.files]
    client.data("scene-list-add", {"listId": "files", "datasetName": BANDS, "entityIds": files})
    client.data("download-request", {"downloads": known.files[:3], "label": "mine"})
    client.data("download-request", {"downloads": [known.frame], "label": "staged"})
    client.box.reprocess(client.search(L1, (2024, 2024))["results"][0]["entityId"])
    return client


@pytest.mark.parametrize(
    ("endpoint", "payload", "code"),
    [
        pytest.param(endpoint, payload, code, id=f"{endpoint}-{code}-{number}")
        for endpoint, by_code in CASES.items()
        for code, payloads in by_code.items()
        for number, payload in enumerate(payloads)
    ],
)
def test_what_it_answers_fits(filled: Client, known: Known, endpoint: str, payload: Any, code: str | None) -> None:
    asked = payload(known) if callable(payload) else payload
    assert filled.ask(endpoint, asked).json()["errorCode"] == code


@pytest.mark.skipif(not FILES, reason="the recordings are not beside this checkout")
def test_it_takes_the_requests_real_clients_sent(client: Client) -> None:
    (path,) = (path for path in FILES if "__REQUESTS__" in path.name)
    answers = [client.ask("scene-search", payload).json()["errorCode"] for payload in json.loads(path.read_text())]
    assert set(answers) <= {None, "DATASET_INVALID", "INPUT_PARAMETER_INVALID"}
    assert None in answers


def test_a_key_is_opened_used_closed_and_dead(box: Sandbox) -> None:
    mine = Client(box).as_user()
    claims = json.loads(base64.b64decode(mine.key or ""))
    assert list(claims) == ["cid", "s", "r", "p"]
    assert mine.ask("permissions", method="GET").json()["data"] == ["user", "download", "order"]
    assert mine.ask("logout").status_code == 200
    assert mine.ask("logout").status_code == 403
    assert mine.ask("permissions").json()["errorCode"] == "AUTH_KEY_INVALID"


@pytest.mark.parametrize(
    ("url", "body", "code"),
    [
        ("login-token", b'{"username": "sandbox", "token": "wrong"}', "AUTH_INVALID"),
        ("login-token", b"{", "INPUT_FORMAT"),
        ("login-token", b"[]", "INPUT_FORMAT"),
        ("login-token", b"", "AUTH_INVALID"),
        ("login", b'{"username": "sandbox", "password": "x"}', "ENDPOINT_UNAVAILABLE"),
        ("no-such-endpoint", b"{}", "ENDPOINT_UNAVAILABLE"),
        ("permissions", b"{}", "AUTH_KEY_INVALID"),
        ("../development/permissions", b"{}", "VERSION_UNKNOWN"),
    ],
)
def test_errors_before_anyone_is_known(box: Sandbox, url: str, body: bytes, code: str) -> None:
    session = requests.Session()
    prepared = requests.Request("POST", box.url + url, data=body).prepare()
    response = session.send(prepared, timeout=60)
    assert check("permissions", response.text) == []
    assert response.json()["errorCode"] == code
