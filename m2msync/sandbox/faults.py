"""Scripted trouble: which call, file or ordered product goes wrong, when, and how.

API kinds:   html, status(status), error(code, message, status), empty, truncated, drop, slow(seconds),
             answer(answer), null (data is null), expire (every key dies first),
             refuse(seconds: the API's port is closed so long)
File kinds:  status(status, retry_after: seconds or a date), truncate(keep, length), drop(keep), reset(keep),
             stall(keep, seconds), html200, json200, empty, wrong_bytes, ignore_range, wrong_content_range,
             changed_etag, gzip, chunked, trickle(rate: bytes a second), login, expired
Order kinds: lost (ordered, but in no list of the answer), invalid (raises numInvalidScenes), failed(message)

`keep` is the share of the body that still arrives. An API fault with `after=True` strikes when the call has already
taken effect, as when an answer is lost on its way.
"""

from __future__ import annotations

import threading
from collections import Counter
from dataclasses import dataclass, field
from fnmatch import fnmatchcase
from typing import TYPE_CHECKING, Any

from m2msync.sandbox.profiles import PROFILES

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping

__all__ = ["API_KINDS", "FILE_KINDS", "ORDER_KINDS", "PROFILES", "Faults", "Rule"]

API_KINDS = frozenset({
    "html", "status", "error", "empty", "truncated", "drop", "slow", "answer", "null", "expire", "refuse",
})  # fmt: skip
FILE_KINDS = frozenset({
    "status", "truncate", "drop", "reset", "stall", "html200", "json200", "empty", "wrong_bytes", "ignore_range",
    "wrong_content_range", "changed_etag", "gzip", "chunked", "trickle", "login", "expired",
})  # fmt: skip
ORDER_KINDS = frozenset({"lost", "invalid", "failed"})


@dataclass(slots=True)
class Rule:
    """One fault; `api`, `file` or `order` is a glob; it strikes on the `nth` matches, the first `times`, and so on.

    With `each` the matches are counted for each endpoint, file or product on its own.
    """

    kind: str
    api: str | None = None
    file: str | None = None
    order: str | None = None
    host: str | None = None
    nth: frozenset[int] = frozenset()
    times: int | None = None
    every: int | None = None
    each: bool = False
    options: dict[str, Any] = field(default_factory=dict)
    seen: Counter[str] = field(default_factory=Counter)
    struck: int = 0

    def strikes(self, name: str) -> bool:
        """Count a match and say whether the fault happens this time."""
        subject = name if self.each else ""
        self.seen[subject] += 1
        count = self.seen[subject]
        due = (
            (not self.nth or count in self.nth)
            and (self.times is None or count <= self.times)
            and (self.every is None or count % self.every == 0)
        )
        self.struck += due
        return due


class Faults:
    """The rules in force; the first that strikes wins, but every matching one counts."""

    def __init__(self, rules: Iterable[Mapping[str, Any]] = ()) -> None:
        self._rules: list[Rule] = []
        self._lock = threading.Lock()
        for rule in rules:
            self.add(**rule)

    def add(  # noqa: PLR0913 - the vocabulary of tests, each word optional
        self,
        *,
        api: str | None = None,
        file: str | None = None,
        order: str | None = None,
        host: str | None = None,
        kind: str = "",
        nth: Iterable[int] = (),
        times: int | None = None,
        every: int | None = None,
        each: bool = False,
        **options: Any,
    ) -> Rule:
        """Put a rule in force and return it, so that a test can ask how often it struck.

        Args:
            api: glob of endpoint names, such as `download-*`.
            file: glob of file names, such as `*_B3.TIF`.
            order: glob of the entityIds ordered, such as `*_B3_TIF`.
            host: the file host that is struck, `landsatlook` or `dds`; both when not told.
            kind: what happens; `answer=...` alone means kind "answer", whose value replaces the whole JSON body.
            nth: the matches that are struck, counted from 1.
            times: only the first so many matches are struck.
            every: every so manieth match is struck.
            each: count for each endpoint, file or product on its own.
            options: what the kind needs, such as status=502.
        """
        kind = kind or ("answer" if "answer" in options else "")
        subjects = {"API": (api, API_KINDS), "file": (file, FILE_KINDS), "order": (order, ORDER_KINDS)}
        told = [(name, kinds) for name, (glob, kinds) in subjects.items() if glob is not None]
        if len(told) != 1 or kind not in told[0][1] or (host and file is None):
            raise ValueError(f"there is no {' and '.join(name for name, _ in told) or 'such'} fault {kind!r}")
        rule = Rule(kind, api, file, order, host, frozenset(nth), times, every, each, options)
        with self._lock:
            self._rules.append(rule)
        return rule

    def clear(self) -> None:
        """Take every rule out of force."""
        with self._lock:
            self._rules.clear()

    def for_api(self, endpoint: str) -> Rule | None:
        """Return the fault that strikes this call of an endpoint."""
        return self._first(endpoint, lambda rule: rule.api)

    def for_file(self, name: str, host: str = "") -> Rule | None:
        """Return the fault that strikes this fetch of a file from a host."""
        return self._first(name, lambda rule: rule.file if rule.host in {None, host} else None)

    def for_order(self, entity_id: str) -> Rule | None:
        """Return the fault that strikes this product of an order."""
        return self._first(entity_id, lambda rule: rule.order)

    def _first(self, name: str, glob: Callable[[Rule], str | None]) -> Rule | None:
        with self._lock:
            matching = [rule for rule in self._rules if fnmatchcase(name, glob(rule) or "")]
            struck = [rule for rule in matching if rule.strikes(name)]
        return struck[0] if struck else None
