"""HTTP connections to file hosts: one session per thread, one TLS context for all."""

from __future__ import annotations

import ssl
import threading
from functools import cache
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import requests
from requests.adapters import HTTPAdapter

_LOOPBACK = ("127.0.0.1", "localhost", "::1")
_threads = threading.local()


class _SharedContext(HTTPAdapter):
    """Gives every connection the same TLS context; reading the certificates anew costs each 17 ms of CPU."""

    def build_connection_pool_key_attributes(self, request: Any, verify: Any, cert: Any = None) -> tuple[Any, Any]:
        """Hand urllib3 a context that holds the bundle already."""
        host, pool = super().build_connection_pool_key_attributes(request, verify, cert)
        if not verify:
            return host, pool
        bundle = requests.utils.DEFAULT_CA_BUNDLE_PATH if verify is True else verify
        return host, {**pool, "ssl_context": _context(bundle)}

    def cert_verify(self, conn: Any, url: Any, verify: Any, cert: Any) -> None:
        """Take the path of the bundle away, or urllib3 would read it again for every connection."""
        super().cert_verify(conn, url, verify, cert)  # type: ignore[no-untyped-call]
        if verify:
            conn.ca_certs = conn.ca_cert_dir = None


class _Anonymous(requests.Session):
    """Adds no credentials: links are signed, and M2M's key never goes to file hosts (api.md §10.2)."""

    def __init__(self) -> None:
        super().__init__()
        self.auth = lambda request: request  # or a netrc entry would be used

    def rebuild_auth(self, *_: Any) -> None:
        """Leave a redirected request without credentials too."""

    def merge_environment_settings(self, url: Any, *settings: Any) -> Any:
        """Leave out the proxy before this machine, where the sandbox is."""
        merged = super().merge_environment_settings(url, *settings)
        return merged | {"proxies": {}} if urlsplit(url).hostname in _LOOPBACK else merged


@cache
def _context(bundle: str) -> ssl.SSLContext:
    """Return the context that trusts a bundle, a file or a folder; REQUESTS_CA_BUNDLE may name another one."""
    if Path(bundle).is_dir():
        return ssl.create_default_context(capath=bundle)
    return ssl.create_default_context(cafile=bundle)


def connection() -> requests.Session:
    """Return this thread's session; requests sessions are not safe to share between threads."""
    session: requests.Session | None = getattr(_threads, "session", None)
    if session is None:
        session = _Anonymous()
        session.mount("https://", _SharedContext())
        session.headers["Accept-Encoding"] = "identity"
        _threads.session = session
    return session
