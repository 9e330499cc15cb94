"""Whether anybody is there: one question to the API without credentials, and what the answer tells."""

from __future__ import annotations

import time
from dataclasses import dataclass
from email.utils import parsedate_to_datetime

from m2msync.core.errors import ApiError, CredentialsError, RateLimited, SessionExpired
from m2msync.m2m import answers
from m2msync.m2m.exchange import open_http, post

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
        answer = post(http, endpoint, "permissions", b"{}", None)
        seconds = time.monotonic() - begun
    trouble = _judged(answer.status_code, answer.text)
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
