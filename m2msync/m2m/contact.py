"""Whether anybody is there: one question to the API without credentials, and what the answer tells."""

from __future__ import annotations

import time
from dataclasses import dataclass
from email.utils import parsedate_to_datetime
from urllib.parse import urlsplit

import requests

from m2msync.core.errors import ApiError, CredentialsError, RateLimited, ServiceTrouble, SessionExpired
from m2msync.m2m import answers
from m2msync.m2m.session import open_http

_TIMEOUT = (10, 30)  # seconds to connect, and to wait for the answer
_WRONG_PLACE = {"", "VERSION_UNKNOWN", "ENDPOINT_UNAVAILABLE"}
"""Codes with which it is not the M2M we look for; the empty one means that it did not answer in M2M's way."""


@dataclass(frozen=True, slots=True)
class Contact:
    """An answer of whatever is at the endpoint."""

    seconds: float
    """From the question to the answer, opening the connection included."""
    ahead: float | None
    """How many seconds its clock is ahead of this machine's, to about one second; None when it tells no time."""
    trouble: ApiError | None = None
    """What is wrong with the answer, if it is not one of a healthy M2M."""


def knock(endpoint: str) -> Contact:
    """Ask the endpoint what a stranger may do there, and return how it answered.

    Raises:
        ServiceTrouble: nobody answered.
    """
    with open_http(endpoint) as http:
        asked, begun = time.time(), time.monotonic()
        try:
            answer = http.post(
                f"{endpoint}permissions",
                data="{}",
                headers={"Content-Type": "application/json"},
                timeout=_TIMEOUT,
                allow_redirects=False,
            )
        except OSError as error:
            raise _unanswered(endpoint, error) from None
        seconds = time.monotonic() - begun
    trouble = _judged(answer.status_code, answer.content.decode("utf-8", "replace"))
    return Contact(seconds, _ahead(answer.headers.get("Date"), asked + seconds / 2), trouble)


def _judged(status: int, body: str) -> ApiError | None:
    try:
        answers.read("permissions", status, body)
    except (SessionExpired, CredentialsError, RateLimited):
        return None  # that is how M2M answers a stranger
    except ApiError as error:
        return error if error.code in _WRONG_PLACE else None
    return None


def _ahead(date: str | None, at: float) -> float | None:
    try:
        # The header is cut to whole seconds; on average half a second has gone since.
        return parsedate_to_datetime(date or "").timestamp() + 0.5 - at
    except ValueError:
        return None


def _unanswered(endpoint: str, error: OSError) -> ServiceTrouble:
    why = {
        requests.exceptions.SSLError: "its TLS certificate was not accepted",
        requests.exceptions.ProxyError: "the proxy did not let us through",
        requests.exceptions.Timeout: "no answer in time",
        requests.exceptions.ConnectionError: "the connection was refused or broken",
    }
    reason = next((text for kind, text in why.items() if isinstance(error, kind)), type(error).__name__)
    return ServiceTrouble(
        f"M2M cannot be reached at {urlsplit(endpoint).hostname}: {reason}",
        hint="Check the network, the proxy settings and M2MSYNC_ENDPOINT, or come back later.",
        endpoint="permissions",
    )
