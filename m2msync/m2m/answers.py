"""What an answer of the M2M API means: the data, or a typed error that says how to react (api.md §3)."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

from m2msync.core.errors import (
    ApiError,
    CredentialsError,
    M2MSyncError,
    RateLimited,
    Refused,
    ServiceTrouble,
    SessionExpired,
)
from m2msync.core.secrets import veiled

if TYPE_CHECKING:
    from collections.abc import Callable

    from m2msync.core.secrets import Secret

WINDOW = 15 * 60  # seconds over which M2M counts downloads (api.md §4.1)
_RUN_AGAIN = "Nothing is lost; run the same command again later."
_ROLE_ADVICE = (
    "Ask for M2M access at https://ers.cr.usgs.gov/profile/access (it takes USGS some days), "
    "and check that the token was created with the M2M API scope."
)
LOGIN_ADVICE = "Check M2M_USERNAME and M2M_TOKEN; a token has an expiry date and is not the password."
_TOO_MANY_REQUESTS = 429
_REQUEST_TIMEOUT = 408


def read(endpoint: str, status: int, body: str, *secrets: Secret) -> Any:
    """Return the `data` of an answer.

    The body is judged before the status, because errors travel with 200, 403 and 500 alike.

    Args:
        endpoint: the endpoint's name, for messages.
        status: the HTTP status.
        body: the answer's text.
        secrets: what is not told, though M2M may repeat it.

    Raises:
        ApiError: classified by how to react.
        CredentialsError: the credentials or the account's rights are the problem.
    """
    envelope = _parse(body)
    if envelope is None:
        raise _from_status(endpoint, status)
    code = envelope.get("errorCode")
    if code:
        raise _from_code(endpoint, str(code), veiled(str(envelope.get("errorMessage") or ""), *secrets))
    if status >= 400 or "data" not in envelope:  # noqa: PLR2004
        raise _from_status(endpoint, status)
    return envelope["data"]


def _parse(body: str) -> dict[str, Any] | None:
    try:
        parsed = json.loads(body.removeprefix("\ufeff"))  # PHP sends one when a file of the service has one
        if "\\ud" in body or "\\uD" in body:  # perhaps half a character, which neither file nor catalog can hold
            parsed = json.loads(json.dumps(parsed, ensure_ascii=False).encode("utf-8", "replace"))
    except (ValueError, RecursionError):
        return None
    return parsed if isinstance(parsed, dict) else None


def _from_status(endpoint: str, status: int) -> ApiError:
    if status == _TOO_MANY_REQUESTS:
        return RateLimited(f"M2M is overloaded (HTTP 429 at {endpoint})", hint=_RUN_AGAIN, endpoint=endpoint)
    if status in (401, 403):
        told = f"M2M refused the session (HTTP {status} at {endpoint})"
        return SessionExpired(
            told, hint=f"{_RUN_AGAIN} `m2msync doctor` shows what the account may do.", endpoint=endpoint
        )
    if status == 404:  # noqa: PLR2004
        return Refused(
            f"there is no M2M endpoint {endpoint} at this address (HTTP 404)",
            hint="check M2MSYNC_ENDPOINT",
            endpoint=endpoint,
        )
    if 400 <= status < 500 and status != _REQUEST_TIMEOUT:  # noqa: PLR2004
        # USGS's own client takes 400 for final (api.md §3.1).
        return Refused(f"M2M refused {endpoint} (HTTP {status})", endpoint=endpoint)
    what = "something that is not JSON" if status < 300 else f"HTTP {status}"  # noqa: PLR2004
    if 300 <= status < 400:  # noqa: PLR2004
        what = f"with a redirect, which is not followed (HTTP {status})"
    return ServiceTrouble(
        f"M2M is down or under maintenance: {endpoint} answered {what}",
        hint=f"{_RUN_AGAIN} Service notices: https://m2m.cr.usgs.gov",
        endpoint=endpoint,
    )


def _from_code(endpoint: str, code: str, message: str) -> M2MSyncError:
    told = f"{code}: {message}" if message else code
    build = next((build for codes, build in _REACTIONS if code in codes), _refused)
    return build(endpoint, code, told)


def _renew(endpoint: str, code: str, told: str) -> M2MSyncError:
    return SessionExpired(f"the M2M session is over ({told})", hint=_RUN_AGAIN, endpoint=endpoint, code=code)


def _quota(endpoint: str, code: str, told: str) -> M2MSyncError:
    hint = "The window is 15 minutes; what was ordered is kept. Or let the run wait by itself: --wait."
    text = f"the M2M download quota is used up ({told})"
    return RateLimited(text, hint=hint, endpoint=endpoint, code=code, after=WINDOW)


def _busy(endpoint: str, code: str, told: str) -> M2MSyncError:
    text = f"M2M allows one request at a time per account ({told})"
    return RateLimited(text, hint=_RUN_AGAIN, endpoint=endpoint, code=code)


def _login_refused(endpoint: str, code: str, told: str) -> M2MSyncError:  # noqa: ARG001 - one signature for all
    return CredentialsError(f"USGS refused the user name or token ({told})", hint=LOGIN_ADVICE)


def no_role(endpoint: str, code: str, told: str) -> M2MSyncError:  # noqa: ARG001
    """Return the explanation of an account without the M2M role (api.md §2.6)."""
    text = f"this USGS account may search but not download ({endpoint}: {told})"
    return CredentialsError(text, hint=_ROLE_ADVICE)


def _trouble(endpoint: str, code: str, told: str) -> M2MSyncError:
    return ServiceTrouble(
        f"M2M is in trouble at {endpoint} ({told})", hint=_RUN_AGAIN, endpoint=endpoint, code=code
    )


def _refused(endpoint: str, code: str, told: str) -> M2MSyncError:
    hint = _REFUSED_HINTS.get(code, "")
    return Refused(f"M2M refused {endpoint} ({told})", hint=hint, endpoint=endpoint, code=code)


_REACTIONS: tuple[tuple[frozenset[str], Callable[[str, str, str], M2MSyncError]], ...] = (
    (frozenset({"AUTH_EXPIRED", "AUTH_KEY_INVALID"}), _renew),
    (frozenset({"RATE_LIMIT_USER_DL"}), _quota),
    (frozenset({"RATE_LIMIT", "RATE_LIMIT_USER"}), _busy),
    (frozenset({"AUTH_INVALID"}), _login_refused),
    # The second spelling was on the wire for years (api.md §3.2).
    (frozenset({"AUTH_UNAUTHORIZED", "AUTH_UNAUTHROIZED", "UNAUTHORIZED_USER"}), no_role),
    (frozenset({"SERVER_ERROR", "UNKNOWN", "SEARCH_UNAVAILABLE"}), _trouble),
)
_REFUSED_HINTS = {
    "DATASET_INVALID": "check the dataset's alias in the manifest, e.g. landsat_ot_c2_l1",
    "DATASET_AUTH": "the dataset was withdrawn, or is not open to this account",
    "DATASET_UNAUTHORIZED": "the dataset is not open to this account",
    "VERSION_UNKNOWN": "check M2MSYNC_ENDPOINT; it should end in /api/api/json/stable/",
    "ENDPOINT_UNAVAILABLE": "check M2MSYNC_ENDPOINT; it should end in /api/api/json/stable/",
}
