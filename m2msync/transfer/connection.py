"""HTTP to file hosts: connections that all threads share, and one TLS context for all of them."""

from __future__ import annotations

import os
import ssl
import threading
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING
from urllib.parse import urljoin, urlsplit

import urllib3
from requests.adapters import HTTPAdapter
from requests.utils import DEFAULT_CA_BUNDLE_PATH, get_environ_proxies, select_proxy

from m2msync.core.errors import Interrupted

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from m2msync.transfer.body import Patience

_LOOPBACK = ("127.0.0.1", "localhost", "::1")
_KEPT = 64  # connections to a host that are kept for the next file
_HOPS = 5  # redirects that are followed
_PAGE = 1 << 16  # bytes of a redirect's body that are read so that its connection can be used again


@dataclass(frozen=True, slots=True)
class Answer:
    """What a host answered, its body still unread."""

    status: int
    headers: Mapping[str, str]
    """By names of any case."""
    url: str
    """Where it came from in the end."""
    redirected: bool
    body: urllib3.BaseHTTPResponse


class Connections:
    """Asks file hosts; thread-safe, as everything in it is.

    Nothing of ours travels along: links are signed, and M2M's key never goes to file hosts (api.md §10.2). So no
    credentials, no cookies, no netrc, which is why this is not a requests session; a session would also read the
    environment anew for every file.
    """

    def __init__(self) -> None:
        """Begin without a connection; certificates and proxies are read when the first file is asked for."""
        self._lock = threading.Lock()
        self._context: ssl.SSLContext | None = None
        self._adapter = HTTPAdapter(pool_maxsize=_KEPT)  # makes, and keeps, what proxies need
        self._managers: dict[tuple[str, str], urllib3.PoolManager] = {}

    @contextmanager
    def ask(self, url: str, headers: Mapping[str, str], patience: Patience) -> Iterator[Answer]:
        """Ask for a file, and leave the connection to the next one if its body is read to the end.

        Args:
            url: of the file; redirects are followed.
            headers: of the request.
            patience: how long to wait for a connection, and for each byte.

        Raises:
            Interrupted: it redirects to where no file can be.
            OSError, ValueError, urllib3.exceptions.HTTPError: there is no connection.
        """
        answer = self._follow(url, {"Accept-Encoding": "identity", **headers}, patience)
        try:
            yield answer
        finally:
            _leave(answer.body)

    def close(self) -> None:
        """Close the connections that nobody uses."""
        self._adapter.close()
        for manager in self._managers.values():
            manager.clear()

    def _follow(self, url: str, headers: Mapping[str, str], patience: Patience) -> Answer:
        timeout = urllib3.Timeout(connect=patience.connect, read=patience.for_bytes)
        for hops in range(_HOPS + 1):
            body = self._manager(url).urlopen(
                "GET", url, headers=headers, timeout=timeout, retries=False, redirect=False, preload_content=False
            )
            location = body.get_redirect_location()
            if not location:
                return Answer(body.status, body.headers, url, hops > 0, body)
            try:
                body.read(_PAGE, decode_content=False)
            finally:
                _leave(body)
            url = _next_hop(url, location)
        raise Interrupted(f"{urlsplit(url).hostname} redirects again and again")

    def _manager(self, url: str) -> urllib3.PoolManager:
        """Return what makes the connections to a URL's host; which proxy stands before it is asked once."""
        parts = urlsplit(url)
        host = (parts.scheme, parts.netloc)
        with self._lock:
            if host not in self._managers:
                self._managers[host] = self._new_manager(url, parts.hostname or "")
            return self._managers[host]

    def _new_manager(self, url: str, hostname: str) -> urllib3.PoolManager:
        # Reading the certificates anew for each connection would cost 17 ms of CPU.
        self._context = self._context or _trusting(_bundle())
        proxy = None if hostname in _LOOPBACK else select_proxy(url, get_environ_proxies(url))
        if proxy is None:
            return urllib3.PoolManager(maxsize=_KEPT, ssl_context=self._context)
        proxy = proxy if "://" in proxy else f"http://{proxy}"
        # It heeds the credentials that the proxy's URL names.
        manager: urllib3.PoolManager = self._adapter.proxy_manager_for(proxy, ssl_context=self._context)
        return manager


def _next_hop(url: str, location: str) -> str:
    """Return where a redirect leads; its Location is UTF-8 where it is not ASCII, though headers are Latin-1."""
    onward = urljoin(url, location.encode("latin-1").decode())
    before, after = urlsplit(url).scheme, urlsplit(onward).scheme
    if after not in ("http", "https") or (before, after) == ("https", "http"):
        raise Interrupted(f"{urlsplit(url).hostname} redirects to where no file can be fetched from")
    return onward


def _leave(body: urllib3.BaseHTTPResponse) -> None:
    """Give a connection back: as it is when its body was read to the end, else closed."""
    body.close()
    body.release_conn()


def _bundle() -> str:
    """Return the certificates that requests would trust; M2M itself is asked by it."""
    return os.environ.get("REQUESTS_CA_BUNDLE") or os.environ.get("CURL_CA_BUNDLE") or DEFAULT_CA_BUNDLE_PATH


def _trusting(bundle: str) -> ssl.SSLContext:
    """Return a context that trusts a bundle, a file or a folder."""
    if Path(bundle).is_dir():
        return ssl.create_default_context(capath=bundle)
    return ssl.create_default_context(cafile=bundle)


HOSTS = Connections()
"""The connections of this process."""
