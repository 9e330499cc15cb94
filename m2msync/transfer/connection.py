"""HTTP connections to file hosts: one session per thread, one TLS context for all."""

from __future__ import annotations

import ssl
import threading
from functools import cache
from typing import Any
from urllib.parse import urlsplit

import requests
from requests.adapters import HTTPAdapter

_LOOPBACK = ("127.0.0.1", "localhost", "::1")
_threads = threading.local()


class _SharedContext(HTTPAdapter):
    """Gives every connection the same TLS context; building one costs tens of milliseconds of CPU each time."""

    def init_poolmanager(self, *args: Any, **kwargs: Any) -> None:
        super().init_poolmanager(*args, **kwargs, ssl_context=_context())


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
def _context() -> ssl.SSLContext:
    return ssl.create_default_context(cafile=requests.utils.DEFAULT_CA_BUNDLE_PATH)


def connection() -> requests.Session:
    """Return this thread's session; requests sessions are not safe to share between threads."""
    session: requests.Session | None = getattr(_threads, "session", None)
    if session is None:
        session = _Anonymous()
        session.mount("https://", _SharedContext())
        session.headers["Accept-Encoding"] = "identity"
        _threads.session = session
    return session
