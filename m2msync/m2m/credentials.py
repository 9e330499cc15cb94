"""Where the user name and the application token come from; never from a manifest."""

from __future__ import annotations

import netrc
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

from m2msync.core.errors import CredentialsError, UsageError
from m2msync.core.secrets import Secret

if TYPE_CHECKING:
    from collections.abc import Mapping

PUBLIC_ENDPOINT = "https://m2m.cr.usgs.gov/api/api/json/stable/"
_LOOPBACK = ("127.0.0.1", "localhost", "::1")
_PAIRS = (("M2M_USERNAME", "M2M_TOKEN"), ("USGS_USERNAME", "USGS_TOKEN"))
CREDENTIALS_ADVICE = (
    "Create an application token at https://ers.cr.usgs.gov (Profile > Applications) and set "
    "M2M_USERNAME and M2M_TOKEN, or put a line for m2m.cr.usgs.gov into ~/.netrc. "
    "To try without an account, add --sandbox."
)


@dataclass(frozen=True, slots=True)
class Credentials:
    """An ERS user name and its M2M application token (not the password; api.md §2.1)."""

    username: str
    token: Secret


def find_credentials(environ: Mapping[str, str]) -> Credentials:
    """Return the credentials of the environment, else of netrc.

    Raises:
        CredentialsError: there are none, or only half of a pair.
    """
    for user_name, token_name in _PAIRS:
        user, token = environ.get(user_name, "").strip(), environ.get(token_name, "").strip()
        if user and token:
            return Credentials(user, Secret(token))
        if user or token:
            absent = token_name if user else user_name
            raise CredentialsError(f"{absent} is not set, its counterpart is", hint=CREDENTIALS_ADVICE)
    found = _from_netrc(Path(environ.get("NETRC") or Path.home() / ".netrc"))
    if found is None:
        raise CredentialsError("no USGS credentials found", hint=CREDENTIALS_ADVICE)
    return found


def _from_netrc(file: Path) -> Credentials | None:
    try:
        # Not `authenticators`: it falls back to the default entry, whose password is meant for others.
        entry = netrc.netrc(file).hosts.get("m2m.cr.usgs.gov")
    except FileNotFoundError:
        return None
    except netrc.NetrcParseError as error:
        # Its text quotes what it did not understand, which may be a password.
        where = f"line {error.lineno} of {file} is not understood"
        raise CredentialsError(where, hint=CREDENTIALS_ADVICE) from None
    except (OSError, UnicodeDecodeError) as error:
        why = getattr(error, "strerror", None) or "it is not text"
        raise CredentialsError(f"{file} cannot be read: {why}", hint=CREDENTIALS_ADVICE) from None
    return Credentials(entry[0], Secret(entry[2])) if entry and entry[0] and entry[2] else None


def find_endpoint(environ: Mapping[str, str]) -> str:
    """Return the API's base URL with a final slash: M2MSYNC_ENDPOINT or the public service.

    Raises:
        UsageError: not a URL, or plain http to anything but this machine (a token would travel unprotected).
    """
    endpoint = environ.get("M2MSYNC_ENDPOINT", "").strip() or PUBLIC_ENDPOINT
    try:
        parts = urlsplit(endpoint)
        usable = parts.scheme in ("http", "https") and parts.hostname and parts.port != 0
    except ValueError:  # half an IPv6 address, or a port that is no number
        usable = False
    if not usable:
        raise UsageError(
            f"M2MSYNC_ENDPOINT is not a URL: {endpoint!r}", hint=f"the public service is {PUBLIC_ENDPOINT}"
        )
    if parts.scheme == "http" and parts.hostname not in _LOOPBACK:
        raise UsageError(
            f"M2MSYNC_ENDPOINT uses plain http to {parts.hostname}; your token would travel unprotected",
            hint="use https; http is accepted for this machine (127.0.0.1) only",
        )
    return endpoint.rstrip("/") + "/"


def origin_of(endpoint: str) -> str:
    """Return where products of an endpoint come from: its host, or `sandbox` for this machine."""
    host = urlsplit(endpoint).hostname or ""
    return "sandbox" if host in _LOOPBACK else host
