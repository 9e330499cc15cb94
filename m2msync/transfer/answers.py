"""What a file host's answer means before its body is read (api.md §10.2)."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

from m2msync.core.errors import Corrupt, Gone, Interrupted, LinkExpired
from m2msync.transfer.partial import begin, discard, edition_of

if TYPE_CHECKING:
    from pathlib import Path

    import requests

    from m2msync.transfer.partial import Kept

OK, PARTIAL = 200, 206
_LOGIN = re.compile(r"(^|\.)ers\.|/login", re.IGNORECASE)
_UNRANGED = (400, 405, 416, 500, 501)  # with these a host may mean the Range; it is not asked for that part again


def accept(
    answer: requests.Response, partial: Path, kept: Kept | None, *, host: str, filename: str
) -> tuple[int, int | None]:
    """Make the partial file ready for an answer; return the byte it goes on from, and the whole length if told.

    Args:
        answer: its body still unread.
        partial: where the file is gathered.
        kept: the part whose rest was asked for, None if the whole was.
        host: whom the link led to.
        filename: the name of the product.

    Raises:
        TransferError: it is not the file; the partial file is as it was, or gone if it is no use.
        StorageError: the partial file cannot be written.
    """
    if kept and answer.status_code in _UNRANGED:
        discard(partial)
    _check(answer, host, filename)
    if kept and "html" in answer.headers.get("Content-Type", "") and "htm" not in filename:
        raise Corrupt(f"{host} sent an HTML page instead of the file")  # not worth giving up what is kept
    if answer.status_code == OK:
        begin(partial, edition_of(answer.headers))
        announced = answer.headers.get("Content-Length", "")
        return 0, int(announced) if announced.isdecimal() else None
    if kept and kept.is_continued_by(answer.headers):
        return kept.start, kept.edition.total
    discard(partial)
    raise Interrupted(f"{host} sent another part of the file than it was asked for")


def _check(answer: requests.Response, host: str, filename: str) -> None:
    status = answer.status_code
    if status in (401, 403) or (answer.history and is_login(answer.url)):
        raise LinkExpired(f"the link to {host} has expired (HTTP {status})")
    if status in (404, 410):
        raise Gone(f"{host} does not have this file (HTTP {status})")
    if status not in (OK, PARTIAL):
        raise Interrupted(f"HTTP {status} from {host}")
    if "json" in answer.headers.get("Content-Type", "") and "json" not in filename:
        # Some hosts say in JSON, under HTTP 200, that a signature is no longer good.
        raise LinkExpired(f"{host} sent a JSON message instead of the file")
    if answer.headers.get("Content-Encoding", "identity") != "identity":
        raise Corrupt(f"{host} sent the file {answer.headers['Content-Encoding']}-encoded though asked not to")


def is_login(url: str) -> bool:
    """Say whether a URL leads to USGS's login page, where unsigned links are sent to."""
    parts = urlsplit(url)
    return bool(_LOGIN.search(f"{parts.netloc}{parts.path}"))


def explain(error: BaseException) -> str:
    """Return why a connection failed; the text of a requests error holds the whole signed URL, so only its kind."""
    return {
        "ConnectTimeout": "no answer to the connection attempt",
        "ReadTimeout": "no byte for a minute",
        "ReadTimeoutError": "no byte for a minute",
        "SSLError": "its TLS certificate was not accepted",
        "IncompleteRead": "it ended before the file was complete",
        "ProtocolError": "it broke in the middle",
        "ConnectionError": "it was refused or broke",
    }.get(type(error).__name__, type(error).__name__)
