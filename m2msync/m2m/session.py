"""A logged-in conversation with M2M: one call at a time, renewed when its key dies, patient with trouble."""

from __future__ import annotations

import contextlib
import json
import math
import re
import threading
import time
from concurrent.futures import Future, wait
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Self

import requests
import tenacity

from m2msync.core.errors import (
    ApiError,
    CredentialsError,
    M2MSyncError,
    RateLimited,
    ServiceTrouble,
    SessionExpired,
    Stopped,
    TimeUp,
)
from m2msync.core.events import Sink, Waiting, ignore
from m2msync.core.secrets import Sealed, Secret
from m2msync.m2m import answers
from m2msync.m2m.pace import lane_of

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping
    from types import TracebackType

    from m2msync.m2m.credentials import Credentials

_CONNECT = 10.0  # seconds until a connection stands
_SILENCE = 300.0  # seconds until the first byte of an answer, or the next: large searches are slow
_SHORT_SILENCES = {"login-token": 30.0, "logout": 10.0}  # nobody should have to wait long for these
_LONGEST = 900.0  # seconds until all of an answer is there, however it trickles
_QUIET = 15.0  # seconds after which a person is told that there is no answer yet
_LOOK = 0.25  # seconds after which it is noticed, at the latest, that the run shall end
_GRACE = {"download-request": 10.0}  # seconds more for the answer to an order, or the next run has to look for it
_BREATH = 1.0  # seconds before something else is tried
_HEADER = re.compile(r"[!-~]+")  # what can travel in a header


@dataclass(frozen=True, slots=True)
class Patience:
    """How long, in seconds, a call is repeated while M2M is unreachable or busy, before the run gives up."""

    first: float = 20
    """For the login: nothing is at stake yet, and a mistyped address should be told soon."""
    later: float = 120
    """For calls within a run: M2M has been seen to refuse connections for a minute at a time (api.md §3.1)."""


class Session:
    """One account's conversation with one endpoint; logs in at the first call that needs it."""

    def __init__(
        self,
        endpoint: str,
        credentials: Credentials,
        *,
        patience: Patience | None = None,
        stop: threading.Event | None = None,
        on_event: Sink = ignore,
    ) -> None:
        self.calls = 0
        self.on_event = on_event
        self._endpoint = endpoint
        self._credentials = credentials
        self.patience = patience or Patience()
        self._stop = stop or threading.Event()
        self._key: Secret | None = None
        self._http = open_http(endpoint)
        self._lane = lane_of(endpoint, credentials.username)
        self._until, self._time_up = math.inf, TimeUp(0)

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def call(self, name: str, payload: dict[str, Any], *, repeat: bool = True) -> Any:
        """Return the `data` of one API call, logging in before it and once more if the key has died.

        Args:
            name: the endpoint.
            payload: its parameters.
            repeat: whether the call may be made again when its answer was lost; not for orders, which may have
                been taken. A call that M2M turned away, as too early or with a dead key, is repeated in any case.

        Raises:
            ApiError: the call failed for good, or the service stayed in trouble longer than our patience.
            CredentialsError: the login was refused, or the account may not use this endpoint.
            Stopped: the run was asked to stop.
            TimeUp: it has lasted as long as it may.
        """
        if end := self._end():
            raise end
        worth = _passes if repeat else _turned_away
        if self._key is None:
            self._login()
        with contextlib.suppress(SessionExpired):
            return self._repeat(name, payload, self.patience.later, worth)
        self._login()
        try:
            return self._repeat(name, payload, self.patience.later, worth)
        except SessionExpired as expired:
            raise self._explain(expired) from None

    def limit(self, began: float, seconds: float) -> None:
        """Ask and wait for nothing any more once the run, which began at that moment, has lasted so long."""
        self._until, self._time_up = began + seconds, TimeUp(seconds)

    def rest(self, trouble: M2MSyncError) -> None:
        """Wait a moment, visibly, before something else is tried.

        Raises:
            M2MSyncError: the trouble itself, when the run was asked to stop.
        """
        self._pause(_BREATH, trouble.message)
        if self._stop.is_set():
            raise trouble

    def close(self) -> None:
        """Log out if logged in, whatever becomes of it (api.md §2.5), and close the connection."""
        if self._key is not None:
            with contextlib.suppress(M2MSyncError):
                self._post("logout", {})
            self._key = None
        self._http.close()

    def _login(self) -> None:
        # A stale key in the header of login-token makes the login itself fail (api.md §2.1).
        self._key = None
        who = {"username": self._credentials.username, "token": self._credentials.token}
        try:
            key = self._repeat("login-token", who, self.patience.first)
        except SessionExpired as refused:
            raise CredentialsError(
                f"USGS refused the login ({refused.message})",
                hint=answers.LOGIN_ADVICE,
            ) from None
        if not isinstance(key, str) or not _HEADER.fullmatch(key):
            raise ServiceTrouble("M2M answered the login without a key", endpoint="login-token")
        self._key = Secret(key)

    def _explain(self, expired: SessionExpired) -> M2MSyncError:
        # A fresh key that is refused means that the account lacks the right, not that the key has died.
        try:
            rights = self._repeat("permissions", {}, self.patience.first)
        except M2MSyncError:
            rights = None
        if isinstance(rights, list) and "download" not in rights:
            return answers.no_role(expired.endpoint, expired.code, expired.message)
        return expired

    def _repeat(
        self,
        name: str,
        payload: dict[str, Any],
        patience: float,
        worth: Callable[[BaseException], bool] | None = None,
    ) -> Any:
        left = max(0.0, self._until - time.monotonic())
        retrying = tenacity.Retrying(
            retry=tenacity.retry_if_exception(worth or _passes),
            wait=tenacity.wait_exponential(multiplier=0.5, max=30) + tenacity.wait_random(0, 0.5),
            stop=tenacity.stop_before_delay(min(patience, left)) | tenacity.stop_when_event_set(self._stop),
            sleep=tenacity.sleep_using_event(self._stop),
            before_sleep=self._tell,
            reraise=True,
        )
        try:
            return retrying(self._post, name, payload)
        except ApiError as error:
            if left < patience and _passes(error):
                raise self._time_up from None
            raise

    def _tell(self, state: tenacity.RetryCallState) -> None:
        error = state.outcome.exception() if state.outcome else None
        seconds = state.next_action.sleep if state.next_action else 0.0
        reason = error.message if isinstance(error, M2MSyncError) else "M2M does not answer"
        self.on_event(Waiting(reason, round(seconds, 1)))

    def _pause(
        self, seconds: float, reason: str = "calls come too fast for M2M, or another process uses this account"
    ) -> None:
        if not self._stop.is_set():
            self.on_event(Waiting(reason, round(seconds, 1)))
            self._stop.wait(seconds)

    def _post(self, name: str, payload: dict[str, Any]) -> Any:
        headers: dict[str, str | bytes] = {"Content-Type": "application/json"}
        if self._key is not None:
            headers["X-Auth-Token"] = Sealed(self._key.reveal().encode())
        sent = Sealed(json.dumps(payload, default=Secret.reveal).encode())
        with self._lane.turn(self._pause):
            self.calls += 1
            try:
                answer = self._await(name, self._ask(name, sent, headers))
                # JSON is UTF-8 whatever the header says, and guessing at megabytes takes seconds.
                body = answer.content.decode("utf-8", "replace")
            except OSError as error:  # what requests raises, and a CA bundle that is not there
                raise _unreachable(self._endpoint, name, error) from None
        try:
            data = answers.read(name, answer.status_code, body, *self._secrets)
        except RateLimited as limited:
            if _turned_away(limited):
                self._lane.collide()
            raise
        self._lane.ease()
        return data

    def _ask(self, name: str, sent: bytes, headers: Mapping[str, str | bytes]) -> Future[requests.Response]:
        """Ask in a thread of its own: what waits for a first byte cannot be broken off, only left behind."""
        answer: Future[requests.Response] = Future()

        def ask() -> None:
            try:
                # Not following redirects: token and key are for this address only.
                response = self._http.post(
                    self._endpoint + name,
                    data=sent,
                    headers=headers,
                    timeout=(_CONNECT, _silence(name)),
                    allow_redirects=False,
                )
            except BaseException as error:  # noqa: BLE001 - whatever it is, it belongs to who waits
                answer.set_exception(error)
            else:
                answer.set_result(response)

        threading.Thread(target=ask, name="m2m", daemon=True).start()
        return answer

    def _await(self, name: str, answer: Future[requests.Response]) -> requests.Response:
        """Return the answer, unless the run shall end meanwhile; then there is no more talking in this session.

        M2M takes one request at a time (api.md §4.2), so nothing is asked, not even the logout, beside one that is
        still open.
        """
        try:
            self._wait_for(name, answer)
        except BaseException:
            self._key = None
            raise
        return answer.result()

    def _wait_for(self, name: str, answer: Future[requests.Response]) -> None:
        begun = ended = time.monotonic()
        # The logout of a run that was asked to stop is waited for as any other.
        heeds, told = self._end() is None, False
        while not wait([answer], timeout=_LOOK).done:
            now = time.monotonic()
            if now - begun >= _LONGEST:
                raise _unreachable(self._endpoint, name, requests.exceptions.ReadTimeout())
            if not told and now - begun >= _QUIET:
                self.on_event(Waiting(f"M2M has not answered {name} yet", 0))
                told = True
            end = self._end() if heeds else None
            ended = ended if end else now
            if end and now - ended >= _GRACE.get(name, 0):
                raise end

    @property
    def _secrets(self) -> tuple[Secret, ...]:
        return (self._credentials.token, self._key) if self._key else (self._credentials.token,)

    def _end(self) -> M2MSyncError | None:
        """Return why the run shall end, None while it goes on."""
        if self._stop.is_set():
            return Stopped()
        return self._time_up if time.monotonic() >= self._until else None


def open_http(endpoint: str) -> requests.Session:
    """Return an HTTP session for talking to M2M at `endpoint`, and to nobody else in its name."""
    http = requests.Session()
    # A netrc entry of the same host would add an Authorization header of its own.
    http.auth = _no_auth
    # Plain http is this machine (find_endpoint sees to it), which no proxy should stand in front of.
    http.trust_env = not endpoint.startswith("http:")
    return http


def _passes(error: BaseException) -> bool:
    """Whether repeating the call may help soon; a used-up quota lasts a quarter of an hour and does not."""
    return isinstance(error, ServiceTrouble) or _turned_away(error)


def _turned_away(error: BaseException) -> bool:
    """Whether M2M did not even look at the call, because another one was in flight."""
    return isinstance(error, RateLimited) and not error.after


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


def _no_auth(request: requests.PreparedRequest) -> requests.PreparedRequest:
    return request
