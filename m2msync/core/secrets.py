"""Types for what must never be printed: tokens, and links that carry a signature."""

from __future__ import annotations

import re
from dataclasses import dataclass
from urllib.parse import urlsplit


@dataclass(frozen=True, slots=True, repr=False)
class Secret:
    """A value that prints as `***` wherever it ends up; `reveal()` is the only way to it."""

    _value: str

    def reveal(self) -> str:
        """Return the secret itself, for the one call that needs it."""
        return self._value

    def __repr__(self) -> str:
        return "***"

    __str__ = __repr__


class Sealed(bytes):
    """Bytes on their way out, which print as `***`: the frames of other libraries in a traceback hold them too."""

    def __repr__(self) -> str:
        return "***"

    __str__ = __repr__


@dataclass(frozen=True, slots=True, repr=False)
class Link:
    """A download URL; prints without its path's secrets and query, which hold the signature (api.md §10.1)."""

    _url: str

    def reveal(self) -> str:
        """Return the whole URL, for the request that fetches it."""
        return self._url

    @property
    def host(self) -> str:
        """The host and port the link points at; empty when it is no URL at all."""
        try:
            return urlsplit(self._url).netloc.rpartition("@")[2]
        except ValueError:
            return ""

    def __repr__(self) -> str:
        # The path of a dds link is itself a credential, so only the host is shown.
        return f"{self._url.partition('://')[0]}://{self.host}/…" if self.host else "…"

    __str__ = __repr__


_URL = re.compile(r"https?://[^\s\"'<>,;)]+")
_SIGNATURE = re.compile(r"(requestSignature=)[^\s\"'&<>,;)]+", re.IGNORECASE)


def veiled(told: str, *secrets: Secret) -> str:
    """Return what a server tells, without our secrets and signed links, should it repeat them."""
    for secret in secrets:
        told = told.replace(secret.reveal() or "\0", str(secret))
    return _SIGNATURE.sub(r"\1***", _URL.sub(lambda url: _plain(url[0]), told))


def _plain(url: str) -> str:
    # What follows the host is a credential if there is a query, and in the links of dds.
    return str(Link(url)) if "?" in url or "@" in url or "/download" in url else url
