"""Who may call: accounts, their application tokens, and the API keys they are given (api.md §2)."""

from __future__ import annotations

import base64
import json
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from m2msync.sandbox.errors import Refusal

if TYPE_CHECKING:
    from collections.abc import Callable


@dataclass(frozen=True, slots=True)
class Account:
    """One user; without the MACHINE role the permissions are just "user" (api.md §2.6)."""

    username: str
    token: str
    contact_id: int
    permissions: tuple[str, ...]

    @property
    def machine(self) -> bool:
        """Whether the account may order downloads."""
        return "download" in self.permissions


ACCOUNTS = (
    Account("sandbox", "sandbox-token", 10_000_001, ("user", "download", "order")),
    Account("searchonly", "searchonly-token", 10_000_002, ("user",)),
    Account("neighbour", "neighbour-token", 10_000_003, ("user", "download", "order")),
)

EXPIRED = "AUTH_EXPIRED"


@dataclass(slots=True)
class Session:
    """A key in use; the idle clock restarts with every request."""

    account: Account
    used: float
    number: int


@dataclass(slots=True)
class Sessions:
    """Every key handed out and not yet logged out."""

    clock: Callable[[], float]
    idle_seconds: float
    accounts: dict[str, Account] = field(
        default_factory=lambda: {account.username: account for account in ACCOUNTS}
    )
    _open: dict[str, Session] = field(default_factory=dict)
    _logins: int = 0

    def login(self, username: object, token: object, stale_key: str | None) -> str:
        """Return a new key; a dead key in the header makes even the login fail (api.md §2.1)."""
        if stale_key:
            self.account_of(stale_key)
        account = self.accounts.get(str(username))
        if account is None or account.token != token:
            raise Refusal("AUTH_INVALID", "User credential verification failed")
        now = self.clock()
        self._logins += 1
        claims = {"cid": account.contact_id, "s": str(int(now)), "r": self._logins * 7919 % 1000,
                  "p": list(account.permissions)}  # fmt: skip
        key = base64.b64encode(json.dumps(claims, separators=(",", ":")).encode()).decode()
        self._open[key] = Session(account, now, 253_652_142 + self._logins)
        return key

    def account_of(self, key: str | None) -> Account:
        """Return whose key this is, and restart its idle clock."""
        session = self._open.get(key or "")
        if session is None:
            raise Refusal("AUTH_KEY_INVALID", "API key is invalid")
        now = self.clock()
        if now - session.used > self.idle_seconds:
            raise Refusal(EXPIRED, "API key has expired due to inactivity")
        session.used = now
        return session.account

    def owner(self, key: str | None) -> str | None:
        """Return the user name behind a key, expired or not, without counting it as a request."""
        session = self._open.get(key or "")
        return session.account.username if session else None

    def number(self, key: str | None) -> int | None:
        """Return the sessionId that envelopes show for a key."""
        session = self._open.get(key or "")
        return session.number if session else None

    def logout(self, key: str | None) -> None:
        """Forget a key; one that no longer works is answered with 403 (api.md §2.5)."""
        try:
            self.account_of(key)
        except Refusal as refusal:
            raise Refusal(refusal.code, refusal.message, status=403) from None
        del self._open[key or ""]

    def expire(self) -> None:
        """Let every key expire now, as if it had been idle too long."""
        for session in self._open.values():
            session.used = float("-inf")
