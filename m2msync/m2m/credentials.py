"""Where the user name and the application token come from; never from a manifest."""

from __future__ import annotations

import json
import netrc
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

from m2msync.core.errors import CredentialsError, UsageError
from m2msync.core.secrets import Secret
from m2msync.m2m import keychain

if TYPE_CHECKING:
    from collections.abc import Mapping

PUBLIC_ENDPOINT = "https://m2m.cr.usgs.gov/api/api/json/stable/"
KEYRING = "the keyring"
"""The source of credentials that `m2msync login` has stored."""
_QUOTES = "\"'`\u2018\u2019\u201c\u201d\ufeff"
_LOOPBACK = ("127.0.0.1", "localhost", "::1")
_PAIRS = (("M2M_USERNAME", "M2M_TOKEN"), ("USGS_USERNAME", "USGS_TOKEN"))
CREDENTIALS_ADVICE = (
    "Create an application token at https://ers.cr.usgs.gov (Profile > Applications), then run `m2msync login`, "
    "or set M2M_USERNAME and M2M_TOKEN, or put a line for the host into ~/.netrc. "
    "To try without an account, add --sandbox."
)

EXPIRY_ADVICE = "A token has an expiry date and is not the password."


@dataclass(frozen=True, slots=True)
class Credentials:
    """An ERS user name and its M2M application token (not the password; api.md §2.1)."""

    username: str
    token: Secret
    source: str = field(default="", compare=False)
    """Where they were found, for people: names of variables, `the keyring`, or a file."""


class _Veiled(dict[str, str]):
    """An environment that does not print: tracebacks may show local variables, and it holds tokens."""

    def __repr__(self) -> str:
        return "***"


def find_credentials(environ: Mapping[str, str], endpoint: str | None = None) -> Credentials:
    """Return the credentials of the environment, else of the keyring, else of netrc.

    Those of the environment are the user's explicit choice and serve any endpoint. The keyring and netrc are asked
    for the endpoint's host alone, so that a sandbox's token never goes to USGS, nor the other way round.

    Args:
        environ: the environment variables.
        endpoint: the API's base URL; by default that of the environment.

    Raises:
        CredentialsError: there are none, or only half of a pair.
    """
    environ = _Veiled(environ)
    if found := _from_environment(environ):
        return found
    host, locked = host_of(endpoint or find_endpoint(environ)), None
    try:
        found = _from_keyring(host)
    except keychain.KeyringTrouble as trouble:
        locked = trouble
    found = found or _from_netrc(Path(environ.get("NETRC") or Path.home() / ".netrc"), host)
    if found is None:
        raise locked or CredentialsError(f"no credentials for {host} found", hint=CREDENTIALS_ADVICE)
    return found


def remember(credentials: Credentials, endpoint: str) -> None:
    """Keep credentials in the keyring for the host of an endpoint.

    Raises:
        CredentialsError: there is no keyring, or it did not take them.
    """
    keychain.keep(host_of(endpoint), _packed(credentials))


def forget(endpoint: str) -> bool:
    """Remove what the keyring holds for the host of an endpoint, and return whether there was something.

    Raises:
        CredentialsError: the keyring did not let go of it.
    """
    return keychain.drop(host_of(endpoint))


def chosen(environ: Mapping[str, str]) -> str:
    """Return which variables hold credentials, and so go before keyring and netrc; empty when none do."""
    environ = _Veiled(environ)
    return next((" and ".join(pair) for pair in _PAIRS if any(_told(environ, name) for name in pair)), "")


def _told(environ: Mapping[str, str], name: str) -> str:
    return cleaned(environ.get(name, ""))


def cleaned(told: str) -> str:
    """Return a user name or token without what came along when it was pasted: quotes, blanks and ends of lines.

    Neither has any in it. Docker's --env-file and some editors keep quotes, and a terminal may break a long token.
    """
    return "".join(told.split()).strip(_QUOTES)


def _from_environment(environ: _Veiled) -> Credentials | None:
    for pair in _PAIRS:
        absent = [name for name in pair if not _told(environ, name)]
        if not absent:
            user, token = pair
            return Credentials(_told(environ, user), Secret(_told(environ, token)), " and ".join(pair))
        if len(absent) == 1:
            raise CredentialsError(f"{absent[0]} is not set, its counterpart is", hint=CREDENTIALS_ADVICE)
    return None


def _packed(credentials: Credentials) -> Secret:
    return Secret(json.dumps({"username": credentials.username, "token": credentials.token.reveal()}))


def _from_keyring(host: str) -> Credentials | None:
    kept = keychain.recall(host)
    try:
        entry = json.loads(kept.reveal()) if kept else {}
        return Credentials(entry["username"], Secret(entry["token"]), KEYRING)
    except (ValueError, LookupError, TypeError):
        return None  # not written by us


def _from_netrc(file: Path, host: str) -> Credentials | None:
    try:
        # Not `authenticators`: it falls back to the default entry, whose password is meant for others.
        entry = netrc.netrc(file).hosts.get(host)
    except FileNotFoundError:
        return None
    except netrc.NetrcParseError as error:
        # Its text quotes what it did not understand, which may be a password.
        where = f"line {error.lineno} of {file} is not understood"
        raise CredentialsError(where, hint=CREDENTIALS_ADVICE) from None
    except (OSError, UnicodeDecodeError) as error:
        why = getattr(error, "strerror", None) or "it is not text"
        raise CredentialsError(f"{file} cannot be read: {why}", hint=CREDENTIALS_ADVICE) from None
    return Credentials(entry[0], Secret(entry[2]), str(file)) if entry and entry[0] and entry[2] else None


def find_endpoint(environ: Mapping[str, str]) -> str:
    """Return the API's base URL with a final slash: M2MSYNC_ENDPOINT or the public service.

    Raises:
        UsageError: not a URL, one with a password, or plain http to anything but this machine (a token would travel
            unprotected).
    """
    environ = _Veiled(environ)
    endpoint = _told(environ, "M2MSYNC_ENDPOINT") or PUBLIC_ENDPOINT
    if "@" in endpoint:
        raise UsageError(
            "M2MSYNC_ENDPOINT holds a user name or password, which would be shown",
            hint="leave out what stands before the @; M2M asks for none",
        )
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


def host_of(endpoint: str) -> str:
    """Return the host of an endpoint, under which the keyring and netrc know it."""
    return urlsplit(endpoint).hostname or ""


def origin_of(endpoint: str) -> str:
    """Return where products of an endpoint come from: its host, or `sandbox` for this machine."""
    host = host_of(endpoint)
    return "sandbox" if host in _LOOPBACK else host
