"""Whether somebody is there: how an endpoint answers a stranger."""

import time
from email.utils import formatdate
from http.server import BaseHTTPRequestHandler

import pytest

from m2msync.core.errors import ServiceTrouble
from m2msync.m2m.contact import knock

from .service import Reply, data, error, page

STRANGER = error("AUTH_KEY_INVALID", "API key is invalid")
AT_MOST = 60
"""Seconds that an answer may take on a busy machine, by which the clocks then seem to differ."""


@pytest.fixture
def dated(monkeypatch):
    """Let the service tell another time, or none."""
    return lambda date: monkeypatch.setattr(BaseHTTPRequestHandler, "date_time_string", lambda *_: date)


@pytest.mark.parametrize(
    "reply",
    [
        STRANGER,
        error("AUTH_INVALID", status=403),
        error("AUTH_UNAUTHROIZED"),
        error("RATE_LIMIT", status=500),
        error("UNKNOWN", status=500),
        page(401),
        data(["user"]),
    ],
)
def test_a_healthy_service_refuses_a_stranger(service, reply):
    service.answers("permissions", reply)
    contact = knock(service.endpoint)
    assert contact.trouble is None
    assert 0 < contact.seconds < AT_MOST


@pytest.mark.parametrize(
    ("reply", "code", "told"),
    [
        (page(), 6, "maintenance"),
        (page(503), 6, "503"),
        (page(404), 4, "404"),
        (error("VERSION_UNKNOWN", "Unknown version used", status=500), 4, "Unknown version"),
        (Reply("", 302, location="http://127.0.0.1:9/"), 6, "a redirect"),
    ],
)
def test_something_else_at_the_address_is_trouble_but_still_tells_the_time(service, reply, code, told):
    service.answers("permissions", reply)
    contact = knock(service.endpoint)
    assert contact.trouble.exit_code == code
    assert told in contact.trouble.message
    assert abs(contact.ahead) < AT_MOST


@pytest.mark.parametrize("ahead", [0, 3600, -86400])
def test_the_clocks_are_compared(service, dated, ahead):
    service.answers("permissions", STRANGER)
    dated(formatdate(time.time() + ahead, usegmt=True))
    assert abs(knock(service.endpoint).ahead - ahead) < AT_MOST


@pytest.mark.parametrize("date", ["yesterday", "Mon, 99 Foo 2026 00:00:00 GMT"])
def test_a_time_that_is_none_is_left_out(service, dated, date):
    service.answers("permissions", STRANGER)
    dated(date)
    contact = knock(service.endpoint)
    assert contact.ahead is None
    assert contact.trouble is None


def test_nothing_that_belongs_to_anybody_is_sent(service, tmp_path, monkeypatch):
    (tmp_path / "netrc").write_text("default login carl password secret")
    monkeypatch.setenv("NETRC", str(tmp_path / "netrc"))
    monkeypatch.setenv("http_proxy", "http://127.0.0.1:9")
    knock(service.endpoint)
    (asked,) = service.asked
    assert (asked.name, asked.payload, asked.key, asked.authorization) == ("permissions", {}, None, None)


def test_nobody_there_is_trouble_that_passes(unanswered):
    with pytest.raises(
        ServiceTrouble, match=rf"at 127\.0\.0\.1:{unanswered}: the connection was refused"
    ) as caught:
        knock(f"http://127.0.0.1:{unanswered}/")
    assert caught.value.exit_code == 6


def test_a_certificate_that_is_none_is_told(service):
    with pytest.raises(ServiceTrouble, match="TLS certificate was not accepted"):
        knock(service.endpoint.replace("http:", "https:"))
