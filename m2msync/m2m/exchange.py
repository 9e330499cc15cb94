"""One question to M2M and its answer, which is waited for in a thread that can be left behind."""

from __future__ import annotations

import threading
import time
from concurrent.futures import Future, wait
from typing import TYPE_CHECKING

import requests

from m2msync.core.errors import M2MSyncError, ServiceTrouble
from m2msync.core.events import Waiting

if TYPE_CHECKING:
    from collections.abc import Callable

    from m2msync.core.events import Sink

_CONNECT = 10.0  # seconds until a connection stands
_SILENCE = 300.0  # seconds until the first byte of an answer, or the next: large searches are slow
_SHORT_SILENCES = {"login-token": 30.0, "permissions": 30.0, "logout": 10.0}  # where nobody should wait long
_LONGEST = 900.0  # seconds until all of an answer is there, however it trickles
_QUIET = 15.0  # seconds after which a person is told that there is no answer yet
_LOOK = 0.25  # seconds after which it is noticed, at the latest, that the run shall end
_GRACE = {"download-request": 10.0}  # seconds more for the answer to an order, or the next run has to look for it


class Exchange:
    """What questions to one endpoint go through, one at a time."""

    def __init__(self, endpoint: str, end: Callable[[], M2MSyncError | None]) -> None:
        self.left = False
        """Whether the last question was left while it was open; M2M takes no other beside it (api.md §4.2)."""
        self._endpoint, self._end = endpoint, end
        self._http = open_http(endpoint)
        self.close = self._http.close

    def ask(self, name: str, sent: bytes, key: bytes | None, tell: Sink) -> requests.Response:
        """Return the answer, whole.

        Raises:
            ServiceTrouble: nobody answered, or not in time.
            M2MSyncError: why the run shall end, if it shall meanwhile.
        """
        answer: Future[requests.Response] = Future()

        def ask() -> None:
            try:
                answer.set_result(post(self._http, self._endpoint, name, sent, key))
            except BaseException as error:  # noqa: BLE001 - whatever it is, it belongs to who waits
                answer.set_exception(error)

        # What waits for a first byte cannot be broken off, only left behind.
        threading.Thread(target=ask, name="m2m", daemon=True).start()
        self.left = True
        self._wait_for(name, answer, tell)
        self.left = False
        return answer.result()

    def _wait_for(self, name: str, answer: Future[requests.Response], tell: Sink) -> None:
        begun = ended = time.monotonic()
        told = False
        while not wait([answer], timeout=_LOOK).done:
            now = time.monotonic()
            if now - begun >= _LONGEST:
                raise _unreachable(self._endpoint, name, requests.exceptions.ReadTimeout())
            if not told and now - begun >= _QUIET:
                tell(Waiting(f"M2M has not answered {name} yet", 0))
                told = True
            # The logout of a run that shall end is waited for as any other.
            end = self._end() if name != "logout" else None
            ended = ended if end else now
            if end and now - ended >= _GRACE.get(name, 0):
                raise end


def open_http(endpoint: str) -> requests.Session:
    """Return an HTTP session for talking to M2M at `endpoint`, and to nobody else in its name."""
    http = requests.Session()
    http.headers["Content-Type"] = "application/json"
    # A netrc entry of the same host would add an Authorization header of its own.
    http.auth = lambda request: request
    # Plain http is this machine (find_endpoint sees to it), which no proxy should stand in front of.
    http.trust_env = not endpoint.startswith("http:")
    return http


def post(http: requests.Session, endpoint: str, name: str, sent: bytes, key: bytes | None) -> requests.Response:
    """Return the answer to one question.

    Raises:
        ServiceTrouble: nobody answered.
    """
    try:
        answer = http.post(
            endpoint + name,
            data=sent,
            headers={"X-Auth-Token": key},
            timeout=(_CONNECT, _silence(name)),
            allow_redirects=False,  # token and key are for this address only
        )
    except OSError as error:  # what requests raises, and a CA bundle that is not there
        raise _unreachable(endpoint, name, error) from None
    # JSON is UTF-8 whatever the header says, and guessing at megabytes takes seconds.
    answer.encoding = "utf-8"
    return answer


def _unreachable(endpoint: str, name: str, error: OSError) -> ServiceTrouble:
    why = {
        requests.exceptions.SSLError: "its TLS certificate was not accepted",
        requests.exceptions.ProxyError: "the proxy did not let us through",
        requests.exceptions.ConnectTimeout: "no answer to the connection attempt",
        requests.exceptions.ReadTimeout: f"no answer in {_silence(name):.0f} seconds",
        requests.exceptions.ConnectionError: "the connection was refused or broken",
    }
    # The text of an error of requests may hold what was sent.
    other = type(error).__name__ if isinstance(error, requests.RequestException) else str(error)
    reason = next((text for kind, text in why.items() if isinstance(error, kind)), other)
    host = endpoint.split("/")[2].rpartition("@")[2]
    return ServiceTrouble(
        f"M2M cannot be reached at {host}: {reason}",
        hint="Check the network and M2MSYNC_ENDPOINT. Nothing is lost; run the same command again later.",
        endpoint=name,
    )


def _silence(name: str) -> float:
    return _SHORT_SILENCES.get(name, _SILENCE)
