"""Tracebacks that show local variables, as error reporters make them, hold neither token nor key."""

import http.client
import traceback

import pytest
import requests

from m2msync.core.errors import M2MSyncError
from m2msync.m2m.session import Patience

from .service import KEYS, TOKEN, data, error, page


def told(caught) -> str:
    """Return all that a traceback may show below the frame of the test."""
    inner = caught.value.with_traceback(caught.tb.tb_next)
    return "".join(traceback.TracebackException.from_exception(inner, capture_locals=True).format())


def assert_silent(caught):
    text = told(caught)
    assert "_post" in text
    for secret in (TOKEN, *KEYS):
        assert secret not in text


@pytest.mark.parametrize(
    "scripted",
    [
        {"login-token": error("AUTH_INVALID", "User credential verification failed")},
        {"login-token": page(404)},
        {"dataset": error("AUTH_UNAUTHORIZED")},
        {"dataset": error("RATE_LIMIT_USER_DL")},
        {"dataset": page(404)},
    ],
)
def test_of_expected_errors(service, session, scripted):
    for name, reply in scripted.items():
        service.answers(name, reply)
    with pytest.raises(M2MSyncError) as caught:
        session.call("dataset", {})
    assert_silent(caught)


def test_when_nobody_answers(opened, unanswered):
    with pytest.raises(M2MSyncError) as caught:
        opened(endpoint=f"http://127.0.0.1:{unanswered}/", patience=Patience(0, 0)).call("dataset", {})
    assert_silent(caught)


@pytest.mark.parametrize("call", [1, 2], ids=["login", "call"])
@pytest.mark.parametrize(
    ("owner", "name"), [(requests.adapters.HTTPAdapter, "send"), (http.client.HTTPConnection, "getresponse")]
)
def test_of_a_bug_deep_in_a_library(service, session, monkeypatch, owner, name, call):
    service.answers("dataset", data(1))
    real, calls = getattr(owner, name), []

    def broken(*given, **options):
        calls.append(1)
        if len(calls) == call:
            raise ZeroDivisionError
        return real(*given, **options)

    monkeypatch.setattr(owner, name, broken)
    with pytest.raises(ZeroDivisionError) as caught:
        session.call("dataset", {})
    assert_silent(caught)
