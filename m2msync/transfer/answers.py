"""What a file host's answer means before its body is read (api.md §10.2)."""

from __future__ import annotations

import re
from email.message import Message
from email.utils import parsedate_to_datetime
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

from m2msync.core.errors import Corrupt, Gone, Interrupted, LinkExpired

if TYPE_CHECKING:
    from m2msync.transfer.connection import Answer
    from m2msync.transfer.partial import Missing

OK, PARTIAL = 200, 206
_LOGIN = re.compile(r"(^|\.)ers\.|/login", re.IGNORECASE)
_OVERLOADED = (429, 503)
_UNSERVED = (502, 503, 504)
_UNRANGED = (400, 405, 416, 500, 501)  # with these a host may mean the Range; it is not asked for that part again
_GZIP, _GZIPPED = ("gzip", "x-gzip"), (".gz", ".tgz")
_UNREACHABLE = ("ConnectTimeoutError", "NewConnectionError", "NameResolutionError", "ProxyError", "SSLError")


class NotContinued(Interrupted):
    """The host does not continue what is kept; the file has to come from its first byte."""


def accept(answer: Answer, missing: Missing | None, *, host: str, filename: str) -> bool:
    """Say whether an answer brings the stretch that is missing, rather than the whole file.

    Args:
        answer: its body still unread.
        missing: the stretch that was asked for, None if the whole was.
        host: whom the link led to.
        filename: the name of the product.

    Raises:
        NotContinued: it is of no use for what is kept.
        TransferError: it is not the file.
    """
    if missing and answer.status in _UNRANGED:
        raise NotContinued(f"{host} does not continue files (HTTP {answer.status})")
    _check(answer, host, filename)
    if missing and "html" in answer.headers.get("Content-Type", "") and "htm" not in filename:
        raise Corrupt(f"{host} sent an HTML page instead of the file")  # not worth giving up what is kept
    if answer.status == OK:
        return False
    if missing is None or not missing.is_brought_by(answer.headers):
        raise NotContinued(f"{host} sent another part of the file than it was asked for")
    return True


def announced_length(answer: Answer) -> int | None:
    """Return the length in bytes that an answer announces, None if it does not."""
    told = answer.headers.get("Content-Length", "")
    return int(told) if told.isascii() and told.isdecimal() else None


def told_name(answer: Answer) -> str:
    """Return the file name that an answer tells (Content-Disposition, RFC 6266), empty when it tells none."""
    message = Message()
    message["Content-Disposition"] = re.sub(r"[\r\n]", "", answer.headers.get("Content-Disposition", ""))
    return message.get_filename("")


def _check(answer: Answer, host: str, filename: str) -> None:
    status = answer.status
    if status in (401, 403) or (answer.redirected and is_login(answer.url)):
        raise LinkExpired(f"the link to {host} has expired (HTTP {status})")
    if status in (404, 410):
        raise Gone(f"{host} does not have this file (HTTP {status})")
    if status not in (OK, PARTIAL):
        raise Interrupted(
            f"HTTP {status} from {host}",
            overloaded=status in _OVERLOADED,
            unserved=status in _UNSERVED,
            after=_told_wait(answer),
        )
    if "json" in answer.headers.get("Content-Type", "") and "json" not in filename:
        # Some hosts say in JSON, under HTTP 200, that a signature is no longer good.
        raise LinkExpired(f"{host} sent a JSON message instead of the file")
    # Of a file that is packed itself, some hosts say that by naming the packing an encoding.
    encoding = answer.headers.get("Content-Encoding", "identity")
    if encoding != "identity" and not (encoding in _GZIP and filename.lower().endswith(_GZIPPED)):
        raise Corrupt(f"{host} sent the file {encoding}-encoded though asked not to")


def _told_wait(answer: Answer) -> float:
    """Return the seconds that an answer asks to wait (Retry-After, RFC 9110 §10.2.3), 0 when it does not."""
    told = answer.headers.get("Retry-After", "")
    if told.isascii() and told.isdecimal():
        return float(told)
    try:
        seconds = (
            parsedate_to_datetime(told) - parsedate_to_datetime(answer.headers.get("Date", ""))
        ).total_seconds()
    except (TypeError, ValueError):
        return 0
    return max(0.0, seconds)


def is_login(url: str) -> bool:
    """Say whether a URL leads to USGS's login page, where unsigned links are sent to."""
    parts = urlsplit(url)
    return bool(_LOGIN.search(f"{parts.netloc}{parts.path}"))


def is_stall(error: BaseException) -> bool:
    """Say whether a connection failed because nothing came in time."""
    return "Timeout" in type(error).__name__


def is_turned_away(error: BaseException) -> bool:
    """Say whether the host has refused or broken a connection, rather than that there is no way to it."""
    return type(error).__name__ in ("NewConnectionError", "ProtocolError")


def is_unreachable(error: BaseException) -> bool:
    """Say whether there was no connection at all."""
    return type(error).__name__ in _UNREACHABLE


def explain(error: BaseException) -> str:
    """Return why a connection failed; the text of such an error may hold the whole signed URL, so only its kind."""
    return {
        "ConnectTimeoutError": "no answer to the connection attempt",
        "ReadTimeoutError": "nothing came in time",
        "SSLError": "its TLS certificate was not accepted",
        "IncompleteRead": "it ended before the file was complete",
        "ProtocolError": "it broke in the middle",
        "NewConnectionError": "it was refused",
        "NameResolutionError": "its address was not found",
        "ProxyError": "the proxy does not connect to it",
    }.get(type(error).__name__, type(error).__name__)
