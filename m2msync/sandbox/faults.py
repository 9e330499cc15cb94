"""Scripted trouble: which call or which file goes wrong, when, and how.

API kinds:   html, status(status), error(code, message, status), empty, truncated, drop, slow(seconds),
             answer(answer)
File kinds:  status(status), truncate(keep, length), drop(keep), reset(keep), stall(keep, seconds), html200,
             json200, empty, wrong_bytes, ignore_range, wrong_content_range, changed_etag, gzip, chunked,
             trickle(rate: bytes a second), login, expired

`keep` is the share of the body that still arrives. An API fault with `after=True` strikes when the call has already
taken effect, as when an answer is lost on its way.
"""

from __future__ import annotations

import threading
from collections import Counter
from dataclasses import dataclass, field
from fnmatch import fnmatchcase
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

API_KINDS = frozenset({"html", "status", "error", "empty", "truncated", "drop", "slow", "answer"})
FILE_KINDS = frozenset({
    "status", "truncate", "drop", "reset", "stall", "html200", "json200", "empty", "wrong_bytes", "ignore_range",
    "wrong_content_range", "changed_etag", "gzip", "chunked", "trickle", "login", "expired",
})  # fmt: skip


@dataclass(slots=True)
class Rule:
    """One fault; `api` or `file` is a glob; it strikes on the `nth` matches, the first `times`, every `every`-th.

    With `each` the matches are counted for each endpoint or file on its own.
    """

    kind: str
    api: str | None = None
    file: str | None = None
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
            kind: what happens; `answer=...` alone means kind "answer", whose value replaces the whole JSON body.
            nth: the matches that are struck, counted from 1.
            times: only the first so many matches are struck.
            every: every so manieth match is struck.
            each: count for each endpoint or file on its own.
            options: what the kind needs, such as status=502.
        """
        kind = kind or ("answer" if "answer" in options else "")
        if (api is None) == (file is None) or kind not in (FILE_KINDS if api is None else API_KINDS):
            raise ValueError(f"there is no {'file' if api is None else 'API'} fault {kind!r}")
        rule = Rule(kind, api, file, frozenset(nth), times, every, each, options)
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

    def for_file(self, name: str) -> Rule | None:
        """Return the fault that strikes this fetch of a file."""
        return self._first(name, lambda rule: rule.file)

    def _first(self, name: str, glob: Any) -> Rule | None:
        with self._lock:
            struck = [
                rule for rule in self._rules if glob(rule) and fnmatchcase(name, glob(rule)) and rule.strikes(name)
            ]
        return struck[0] if struck else None


PROFILES: dict[str, tuple[str, tuple[dict[str, Any], ...]]] = {
    "calm": ("Nothing goes wrong.", ()),
    "flaky": (
        "A bad day: now and then the API answers with HTML or drops the line, and transfers break off.",
        (
            {"api": "*", "every": 13, "kind": "html"},
            {"api": "*", "every": 17, "kind": "status", "status": 502},
            {"api": "*", "every": 29, "kind": "drop"},
            {"file": "*", "every": 5, "kind": "drop", "keep": 0.5},
            {"file": "*", "every": 7, "kind": "status", "status": 503},
            {"file": "*.tar", "times": 1, "each": True, "kind": "status", "status": 504},
        ),
    ),
    "damaged": (
        "The first fetch of every file arrives, but not as it should.",
        (
            {"file": "*.TIF", "times": 1, "each": True, "kind": "truncate", "keep": 0.7, "length": False},
            {"file": "*.txt", "times": 1, "each": True, "kind": "html200"},
            {"file": "*", "times": 1, "each": True, "kind": "empty"},
        ),
    ),
}
"""Named lists of rules with one sentence each."""
