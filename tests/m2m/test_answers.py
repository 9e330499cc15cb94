"""What an answer means, whatever it looks like."""

from __future__ import annotations

import json
from contextlib import suppress

import pytest
from hypothesis import given
from hypothesis import strategies as st

from m2msync.core.errors import CredentialsError, M2MSyncError, RateLimited, Refused, ServiceTrouble, SessionExpired
from m2msync.m2m import answers

REACTIONS = {
    SessionExpired: ("AUTH_EXPIRED", "AUTH_KEY_INVALID"),
    RateLimited: ("RATE_LIMIT", "RATE_LIMIT_USER", "RATE_LIMIT_USER_DL"),
    CredentialsError: ("AUTH_INVALID", "AUTH_UNAUTHORIZED", "AUTH_UNAUTHROIZED", "UNAUTHORIZED_USER"),
    ServiceTrouble: ("SERVER_ERROR", "UNKNOWN", "SEARCH_UNAVAILABLE"),
    Refused: (
        *("ENDPOINT_UNAVAILABLE", "VERSION_UNKNOWN", "NOT_FOUND", "INPUT_FORMAT", "INPUT_INVALID"),
        *("INPUT_PARAMETER_INVALID", "INPUT_PARAMETER_REQUIRED", "DOWNLOAD_ERROR", "EXPORT_ERROR"),
        *("DATASET_ERROR", "DATASET_UNAUTHORIZED", "DATASET_AUTH", "DATASET_INVALID", "DATASET_CUSTOM_CLEAR_ERROR"),
        *("SEARCH_CREATE_ERROR", "SEARCH_ERROR", "SEARCH_EXECUTE_ERROR", "SEARCH_FAILED", "SEARCH_RESULT_ERROR"),
        *("ORDER_ERROR", "ORDER_AUTH", "ORDER_INVALID", "RESTORE_ORDER_ERROR", "SUBSCRIPTION_ERROR"),
        "SOMETHING_NEW",
    ),
}
CODES = [(code, kind) for kind, codes in REACTIONS.items() for code in codes]
EXIT_CODES = {SessionExpired: 5, RateLimited: 6, CredentialsError: 5, ServiceTrouble: 6, Refused: 4}
STATUSES = [
    (200, ServiceTrouble),
    (204, ServiceTrouble),
    (302, ServiceTrouble),
    (400, Refused),
    (401, SessionExpired),
    (403, SessionExpired),
    (404, Refused),
    (405, Refused),
    (408, ServiceTrouble),
    (413, Refused),
    (429, RateLimited),
    (500, ServiceTrouble),
    (502, ServiceTrouble),
    (503, ServiceTrouble),
    (504, ServiceTrouble),
]


def envelope(**told: object) -> str:
    return json.dumps({"requestId": 1, "version": "stable", "data": None, "errorCode": None} | told)


def failure(status: int, body: str) -> M2MSyncError:
    with pytest.raises(M2MSyncError) as caught:
        answers.read("scene-search", status, body)
    return caught.value


def test_half_a_character_is_none() -> None:
    body = envelope(data=["a\ud83dz", "\N{SATELLITE}", "\\ud83d"])
    assert answers.read("scene-search", 200, body) == ["a?z", "\N{SATELLITE}", "\\ud83d"]


@pytest.mark.parametrize("status", [200, 403, 500])
@pytest.mark.parametrize(("code", "kind"), CODES)
def test_a_code_decides_whatever_the_status(code: str, kind: type[M2MSyncError], status: int) -> None:
    error = failure(status, envelope(errorCode=code, errorMessage="some detail"))
    assert type(error) is kind
    assert error.exit_code == EXIT_CODES[kind]
    assert code in error.message
    assert "some detail" in error.message


@pytest.mark.parametrize(("status", "kind"), STATUSES)
@pytest.mark.parametrize("body", ["", "<html>", "[]", '"text"', "{}", "{", "[" * 100_000, "1" * 5000])
def test_without_an_envelope_the_status_decides(status: int, kind: type[M2MSyncError], body: str) -> None:
    error = failure(status, body)
    assert type(error) is kind
    assert "scene-search" in error.message


@pytest.mark.parametrize(("status", "kind"), [(s, k) for s, k in STATUSES if s >= 400])
@pytest.mark.parametrize("told", [{}, {"data": []}, {"errorCode": "", "errorMessage": ""}])
def test_an_envelope_without_a_code_is_no_success_under_an_error_status(
    status: int, kind: type[M2MSyncError], told: dict[str, object]
) -> None:
    assert type(failure(status, envelope(**told))) is kind


def test_only_the_quota_asks_for_a_quarter_of_an_hour() -> None:
    assert failure(500, envelope(errorCode="RATE_LIMIT")).after == 0
    assert failure(429, "").after == 0
    used_up = failure(200, envelope(errorCode="RATE_LIMIT_USER_DL"))
    assert used_up.after == answers.WINDOW == 900
    assert "15 minutes" in used_up.hint


@pytest.mark.parametrize(
    ("code", "way_out"),
    [
        ("AUTH_INVALID", "M2M_TOKEN"),
        ("AUTH_UNAUTHROIZED", "https://ers.cr.usgs.gov/profile/access"),
        ("DATASET_AUTH", "withdrawn"),
        ("DATASET_INVALID", "alias"),
        ("VERSION_UNKNOWN", "M2MSYNC_ENDPOINT"),
        ("RATE_LIMIT", "again"),
        ("SERVER_ERROR", "again"),
    ],
)
def test_an_error_tells_the_way_out(code: str, way_out: str) -> None:
    assert way_out in failure(200, envelope(errorCode=code)).hint


@pytest.mark.parametrize("value", [None, [], {}, "key", 0, False, 3.5, [{"a": 1}]])
@pytest.mark.parametrize("told", [{}, {"sessionId": 5}, {"errorMessage": ""}, {"errorCode": ""}])
def test_any_data_comes_through(value: object, told: dict[str, object]) -> None:
    assert answers.read("logout", 200, envelope(data=value, **told)) == value


def test_escaped_slashes_are_slashes() -> None:
    assert answers.read("download-request", 200, r'{"data": "https:\/\/host\/file"}') == "https://host/file"


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(), inner, max_size=3),
    max_leaves=8,
)
ENVELOPES = st.fixed_dictionaries(
    {},
    optional={"data": JSON, "errorCode": JSON | st.sampled_from(CODES).map(lambda c: c[0]), "errorMessage": JSON},
)


@given(st.integers(100, 599), st.text() | JSON.map(json.dumps) | ENVELOPES.map(json.dumps))
def test_nothing_but_our_errors_ever_comes_of_an_answer(status: int, body: str) -> None:
    with suppress(M2MSyncError):
        answers.read("scene-search", status, body)


def test_a_mark_before_the_json_does_not_matter() -> None:
    assert answers.read("dataset", 200, '\ufeff{"data": 1, "errorCode": null}') == 1


def test_a_redirect_is_called_one() -> None:
    with pytest.raises(
        ServiceTrouble, match=r"dataset answered with a redirect, which is not followed \(HTTP 302\)"
    ):
        answers.read("dataset", 302, "")
