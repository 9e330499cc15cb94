"""A session with a scripted M2M over real sockets: login, renewal, rights, logout."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from m2msync.core.errors import CredentialsError, Refused, ServiceTrouble, SessionExpired

from .service import KEYS, TOKEN, Reply, data, error, page

if TYPE_CHECKING:
    from collections.abc import Callable

    from m2msync.m2m.session import Session

    from .service import Service

    Opened = Callable[..., Session]

EXPIRED = error("AUTH_EXPIRED", "API key has expired due to inactivity")
DEAD_KEYS = {
    "expired": EXPIRED,
    "expired with 403": error("AUTH_EXPIRED", status=403),
    "invalid": error("AUTH_KEY_INVALID", "API key invalid"),
    "401": Reply("", 401),
    "403": page(403),
    "403 with an empty envelope": Reply('{"data": null, "errorCode": null}', 403),
}
BUSY = error("RATE_LIMIT", "Your account does not support multiple requests at a time", status=500)


def test_the_first_call_logs_in_and_the_last_logs_out(service: Service, opened: Opened) -> None:
    service.answers("dataset", data({"datasetAlias": "landsat_ot_c2_l1"}))
    with opened() as session:
        assert session.call("dataset", {"datasetName": "landsat_ot_c2_l1"}) == {"datasetAlias": "landsat_ot_c2_l1"}
        session.call("dataset", {})
    assert service.names() == ["login-token", "dataset", "dataset", "logout"]
    assert service.payloads("login-token") == [{"username": "somebody", "token": TOKEN}]
    assert [asked.key for asked in service.asked] == [None, KEYS[0], KEYS[0], KEYS[0]]
    assert session.calls == 4


def test_a_session_that_was_never_used_asks_nothing(service: Service, opened: Opened) -> None:
    with opened():
        pass
    assert service.asked == []


@pytest.mark.parametrize("dead", DEAD_KEYS.values(), ids=DEAD_KEYS)
def test_a_dead_key_is_renewed_once_and_the_call_repeated(service: Service, session: Session, dead: Reply) -> None:
    service.answers("dataset", data(1), dead, data(2))
    assert session.call("dataset", {"a": 1}) == 1
    assert session.call("dataset", {"b": 2}) == 2
    assert service.names() == ["login-token", "dataset", "dataset", "login-token", "dataset"]
    assert service.payloads("dataset") == [{"a": 1}, {"b": 2}, {"b": 2}]
    # A stale key in the header would make the login itself fail.
    assert [asked.key for asked in service.asked] == [None, KEYS[0], KEYS[0], None, KEYS[1]]


@pytest.mark.parametrize("dead", DEAD_KEYS.values(), ids=DEAD_KEYS)
def test_a_key_that_is_dead_at_the_first_call_is_renewed_too(
    service: Service, session: Session, dead: Reply
) -> None:
    service.answers("dataset", dead, data(2))
    assert session.call("dataset", {}) == 2
    assert service.names() == ["login-token", "dataset", "login-token", "dataset"]


@pytest.mark.parametrize("dead", DEAD_KEYS.values(), ids=DEAD_KEYS)
def test_a_session_that_cannot_be_had_is_told_with_a_way_out(
    service: Service, session: Session, dead: Reply
) -> None:
    service.answers("dataset", dead)
    with pytest.raises(SessionExpired) as caught:
        session.call("dataset", {})
    assert "run the same command again" in caught.value.hint


@pytest.mark.parametrize("dead", DEAD_KEYS.values(), ids=DEAD_KEYS)
def test_a_call_is_repeated_with_a_new_key_only_once(service: Service, session: Session, dead: Reply) -> None:
    service.answers("dataset", data(1), dead)
    session.call("dataset", {})
    with pytest.raises(SessionExpired):
        session.call("dataset", {})
    assert service.names().count("dataset") == 3
    assert service.names().count("login-token") == 2


@pytest.mark.parametrize("first", [True, False], ids=["at the first call", "later"])
def test_a_fresh_key_that_is_refused_means_a_missing_role(service: Service, session: Session, first: bool) -> None:
    service.answers("permissions", data(["user"]))
    service.answers("dataset", data(1))
    service.answers("download-options", page(403))
    if not first:
        session.call("dataset", {})
    with pytest.raises(CredentialsError, match="may search but not download") as caught:
        session.call("download-options", {})
    assert "https://ers.cr.usgs.gov/profile/access" in caught.value.hint
    assert caught.value.exit_code == 5
    asked = ["download-options", "login-token", "download-options", "permissions"]
    assert service.names() == ["login-token", *([] if first else ["dataset"]), *asked]


@pytest.mark.parametrize(
    "rights", [data(["download"]), data(None), data({"download": True}), error("AUTH_EXPIRED"), error("SOMETHING")]
)
def test_without_proof_of_a_missing_role_the_refusal_stands(
    service: Service, session: Session, rights: Reply
) -> None:
    service.answers("permissions", rights)
    service.answers("download-options", page(403))
    with pytest.raises(SessionExpired, match="HTTP 403 at download-options"):
        session.call("download-options", {})


@pytest.mark.parametrize("code", ["AUTH_UNAUTHORIZED", "AUTH_UNAUTHROIZED", "UNAUTHORIZED_USER"])
def test_a_missing_role_that_is_named_needs_no_second_question(
    service: Service, session: Session, code: str
) -> None:
    service.answers("download-request", error(code, "Your account does not have access to this endpoint"))
    with pytest.raises(CredentialsError, match="may search but not download"):
        session.call("download-request", {})
    assert service.names() == ["login-token", "download-request"]


@pytest.mark.parametrize("refusal", [error("AUTH_INVALID", "bad"), page(401), page(403), error("AUTH_KEY_INVALID")])
def test_a_refused_login_is_told_at_once(service: Service, session: Session, refusal: Reply) -> None:
    service.answers("login-token", refusal)
    with pytest.raises(CredentialsError, match="USGS refused") as caught:
        session.call("dataset", {})
    assert "M2M_TOKEN" in caught.value.hint
    assert service.names() == ["login-token"]


@pytest.mark.parametrize("key", [None, "", 5, {"apiKey": "x"}, " leading", "two\nlines", "schlüssel", "a b"])
def test_a_login_without_a_usable_key_is_trouble(service: Service, session: Session, key: object) -> None:
    service.answers("login-token", data(key))
    with pytest.raises(ServiceTrouble, match="without a key"):
        session.call("dataset", {})
    assert service.names() == ["login-token"]


@pytest.mark.parametrize("ending", [page(403), error("AUTH_EXPIRED"), page(500), BUSY])
def test_whatever_becomes_of_the_logout_nobody_hears_of_it(service: Service, opened: Opened, ending: Reply) -> None:
    service.answers("dataset", data(1))
    service.answers("logout", ending)
    with opened() as session:
        session.call("dataset", {})
    assert service.names() == ["login-token", "dataset", "logout"]


def test_an_error_inside_is_not_hidden_by_the_logout(service: Service, opened: Opened) -> None:
    service.answers("dataset", error("NOT_FOUND"))
    service.answers("logout", page(403))
    with pytest.raises(Refused, match="NOT_FOUND"), opened() as session:
        session.call("dataset", {})
    assert service.names()[-1] == "logout"


def test_a_closed_session_logs_out_once_and_can_be_used_again(service: Service, session: Session) -> None:
    service.answers("dataset", data(1))
    session.call("dataset", {})
    session.close()
    session.close()
    assert service.names() == ["login-token", "dataset", "logout"]
    assert session.call("dataset", {}) == 1
    assert [asked.key for asked in service.asked][-2:] == [None, KEYS[1]]


@pytest.mark.parametrize("kind", ["application/json", "text/html", "text/plain; charset=latin-1", None])
def test_text_is_utf8_whatever_the_header_says(service: Service, session: Session, kind: str | None) -> None:
    service.answers("placename", Reply('{"data": "Māori Ōkārito, 北", "errorCode": null}', kind=kind))
    assert session.call("placename", {}) == "Māori Ōkārito, 北"
