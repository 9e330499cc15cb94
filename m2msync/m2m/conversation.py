"""Opens a conversation with M2M as the environment, or a caller, says."""

from __future__ import annotations

import math
import os
from typing import TYPE_CHECKING

from m2msync.core.errors import UsageError
from m2msync.core.events import Sink, ignore
from m2msync.m2m.credentials import find_credentials, find_endpoint
from m2msync.m2m.session import Patience, Session

if TYPE_CHECKING:
    import threading

    from m2msync.m2m.credentials import Credentials


def address_of(endpoint: str | None) -> str:
    """Return the API's base URL: the one given, else M2MSYNC_ENDPOINT, else the public service.

    Raises:
        UsageError: it is no address to send a token to.
    """
    return find_endpoint({"M2MSYNC_ENDPOINT": endpoint} if endpoint else os.environ)


def converse(
    endpoint: str | None,
    credentials: Credentials | None,
    *,
    stop: threading.Event | None = None,
    on_event: Sink = ignore,
) -> Session:
    """Return a session, which logs in when it is first needed.

    Args:
        endpoint: the API's base URL; None for that of the environment.
        credentials: None for those of the environment, the keyring or netrc.
        stop: once set, nothing new is asked.
        on_event: told when it has to wait.

    Raises:
        CredentialsError: there are none.
        UsageError: the environment makes no sense.
    """
    address = address_of(endpoint)
    # The environment is never a variable here: it holds tokens, and tracebacks may show those.
    credentials = credentials or find_credentials(os.environ, address)
    return Session(address, credentials, patience=_patience(), stop=stop, on_event=on_event)


def _patience() -> Patience:
    told = os.environ.get("M2MSYNC_PATIENCE")
    if not told:
        return Patience()
    try:
        seconds = float(told)
    except ValueError:
        seconds = math.nan
    if math.isnan(seconds) or seconds < 0:
        raise UsageError(f"M2MSYNC_PATIENCE is not a number of seconds: {told!r}", hint="write e.g. 300")
    return Patience(first=seconds, later=seconds)
