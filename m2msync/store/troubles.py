"""Tells what went wrong between us and an object store, classified by how to react."""

from __future__ import annotations

import errno
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

from m2msync.core.errors import M2MSyncError, StorageError, StorageFull, StoreDown, StoreRefused

if TYPE_CHECKING:
    from collections.abc import Iterator

_CREDENTIALS = "Check AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY, or AWS_PROFILE, and AWS_ENDPOINT_URL_S3."
_AGAIN = "Run it again once the server serves; what has arrived is kept. Check AWS_ENDPOINT_URL_S3 if it never did."
_PERMISSIONS = "Ask for s3:ListBucket, GetObject, PutObject, DeleteObject and AbortMultipartUpload on that prefix."
_ENDPOINT = "Check AWS_ENDPOINT_URL_S3."
_REFUSED = {
    "SignatureDoesNotMatch": ("does not accept the secret key", _CREDENTIALS),
    "InvalidAccessKeyId": ("does not know the access key", _CREDENTIALS),
    "InvalidToken": ("does not accept the session token", _CREDENTIALS),
    "ExpiredToken": ("no longer accepts the session token: it has expired", "Get a new one and run it again."),
    "TokenRefreshRequired": ("wants a new session token", "Get a new one and run it again."),
    "RequestTimeTooSkewed": ("refuses us because this machine's clock is wrong", "Set the clock and run it again."),
    "RequestExpired": ("refuses us because this machine's clock is wrong", "Set the clock and run it again."),
    "AccessDenied": (
        "does not permit this",
        _PERMISSIONS,
    ),
}
_LACKING = {  # botocore's classes that say so before anything is sent
    "NoCredentialsError": "there are no credentials",
    "PartialCredentialsError": "the credentials are not complete",
    "CredentialRetrievalError": "the credentials cannot be had",
    "ProfileNotFound": "the profile does not exist",
    "TokenRetrievalError": "the login has expired",
    "SSOError": "the login has expired",
    "ConfigParseError": "the configuration cannot be read",
}
_OUTAGES = (
    "InternalError",
    "ServiceUnavailable",
    "SlowDown",
    "RequestTimeout",
    "OperationAborted",
    "Throttling",
    "TooManyRequests",
    "RequestLimitExceeded",
)
_FULL = ("QuotaExceeded", "InsufficientStorage", "StorageFull", "XMinioStorageFull", "EDQUOT", "ENOSPC")
_UNREACHED = (
    "HTTPClientError",
    "ConnectionError",
    "ClientError",
    "FSTimeoutError",
    "OSError",
)
_BROKEN = ("ClientPayloadError", "IncompleteRead", "ResponseStreamingError", "AioReadTimeoutError")
_OF_ONE_OBJECT = ("HeadObject", "GetObject", "CopyObject")
_UNAUTHORISED, _FORBIDDEN, _ABSENT, _INSUFFICIENT, _OURS = 401, 403, 404, 507, 500
_BUSY = (408, 429)


@contextmanager
def told(place: str) -> Iterator[None]:
    """Tell a trouble with an object store in a sentence; a mistake of ours stays what it is.

    Args:
        place: the store, as it is told.

    Raises:
        FileNotFoundError: there is no such object.
        StoreRefused: credentials or permissions are lacking.
        StoreDown: the server does not serve.
        StorageFull: it has no room.
        StorageError: there is no such bucket, or the server refuses for another reason.
    """
    try:
        yield
    except M2MSyncError:
        raise
    except Exception as error:
        trouble = _answered(error, place) or _unanswered(error, place)
        if trouble is None:
            raise
        raise trouble from error


def is_broken(error: BaseException) -> bool:
    """Say whether an answer had begun and broke; botocore, which asks again for others, does not for these."""
    return any(kind.__name__ in _BROKEN for kind in type(error).__mro__)


def _answered(error: Exception, place: str) -> Exception | None:
    """Return what an answer of the server means, None when there was none."""
    # s3fs turns botocore's error into one of Python's, with the original as its cause.
    original = error if hasattr(error, "response") else error.__cause__
    answer: Any = getattr(original, "response", None)
    if not isinstance(answer, dict) or "Error" not in answer:
        return None
    code, message = str(answer["Error"].get("Code") or ""), str(answer["Error"].get("Message") or "")
    status = answer.get("ResponseMetadata", {}).get("HTTPStatusCode", 0)
    plain = status == _ABSENT and code in ("", str(_ABSENT))
    if code == "NoSuchKey" or (plain and getattr(original, "operation_name", "") in _OF_ONE_OBJECT):
        return FileNotFoundError(errno.ENOENT, message or "there is no such object")
    if plain:
        return StorageError(f"what answers for {place} is no S3 server ({status})", hint=_ENDPOINT)
    return _refusal(code, status, message, place)


def _refusal(code: str, status: int, message: str, place: str) -> M2MSyncError:
    if code == "NoSuchBucket":
        hint = "Make the bucket, or check its name and AWS_ENDPOINT_URL_S3."
        return StorageError(f"there is no bucket for the store {place}", hint=hint)
    if any(word in code for word in _FULL) or status == _INSUFFICIENT or "no space left" in message:
        return StorageFull(f"the store {place} is full", hint="Make room in it and run it again.")
    if code in _REFUSED or status in (_UNAUTHORISED, _FORBIDDEN):
        what, hint = _REFUSED.get(code, _REFUSED["AccessDenied"])
        return StoreRefused(f"the server of {place} {what}", hint=hint)
    if any(word in code for word in _OUTAGES) or status in _BUSY or status >= _OURS:
        return StoreDown(f"the server of {place} is in trouble ({code or status})", hint=_AGAIN)
    return StorageError(f"the server of {place} refuses: {code or status} {message}".rstrip())


def _unanswered(error: Exception, place: str) -> M2MSyncError | None:
    """Return what it means that no answer came, None when that is a mistake of ours."""
    names = [kind.__name__ for kind in type(error).__mro__]
    for name, what in _LACKING.items():
        if name in names:
            return StoreRefused(f"{what} for the store {place}", hint=_CREDENTIALS)
    if "SSLError" in names:
        hint = "Name the certificate of its authority in AWS_CA_BUNDLE."
        return StorageError(f"the server of {place} has no certificate that is trusted", hint=hint)
    if isinstance(error, FileNotFoundError):
        return None
    if any(name in names for name in _UNREACHED):
        return StoreDown(f"the server of {place} cannot be reached", hint=_AGAIN)
    if "BotoCoreError" in names:
        return StorageError(f"the store {place} cannot be used: {error}", hint=_CREDENTIALS)
    return None
