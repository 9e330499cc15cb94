"""A logged-in conversation with M2M: one call at a time, renewed when its key dies, patient with trouble."""

from __future__ import annotations

import contextlib
import json
import math
import re
import threading
import time
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Self

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
from m2msync.m2m.exchange import Exchange
from m2msync.m2m.pace import lane_of

if TYPE_CHECKING:
    from collections.abc import Callable

    from m2msync.m2m.credentials import Credentials

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
        self._credentials = credentials
        self.patience = patience or Patience()
        self._stop = stop or threading.Event()
        self._key: Secret | None = None
        self._exchange = Exchange(endpoint, self._end)
        self._lane = lane_of(endpoint, credentials.username)
        self._until, self._time_up = math.inf, TimeUp(0)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
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
        if self._key is not None and not self._exchange.left:
            with contextlib.suppress(M2MSyncError):
                self._post("logout", {})
        self._key = None
        self._exchange.close()

    def _login(self) -> None:
        # A stale key in the header of login-token makes the login itself fail (api.md §2.1).
        self._key = None
        who = {"username": self._credentials.username, "token": self._credentials.token}
        try:
            key = self._repeat("login-token", who, self.patience.first)
        except SessionExpired as refused:
            raise CredentialsError(
                f"USGS refused the login ({refused.message})", hint=answers.LOGIN_ADVICE
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
        key = Sealed(self._key.reveal().encode()) if self._key else None
        sent = Sealed(json.dumps(payload, default=Secret.reveal).encode())
        with self._lane.turn(self._pause):
            self.calls += 1
            answer = self._exchange.ask(name, sent, key, self.on_event)
        secrets = (secret for secret in (self._credentials.token, self._key) if secret)
        try:
            data = answers.read(name, answer.status_code, answer.text, *secrets)
        except RateLimited as limited:
            if _turned_away(limited):
                self._lane.collide()
            raise
        self._lane.ease()
        return data

    def _end(self) -> M2MSyncError | None:
        """Return why the run shall end, None while it goes on."""
        if self._stop.is_set():
            return Stopped()
        return self._time_up if time.monotonic() >= self._until else None


def _passes(error: BaseException) -> bool:
    """Whether repeating the call may help soon; a used-up quota lasts a quarter of an hour and does not."""
    return isinstance(error, ServiceTrouble) or _turned_away(error)


def _turned_away(error: BaseException) -> bool:
    """Whether M2M did not even look at the call, because another one was in flight."""
    return isinstance(error, RateLimited) and not error.after
