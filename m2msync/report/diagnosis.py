"""A diagnosis as lines of text: one screen."""

from __future__ import annotations

from textwrap import wrap
from typing import TYPE_CHECKING

from m2msync.report.tables import WIDTH
from m2msync.report.text import count, plain, unpainted

if TYPE_CHECKING:
    from collections.abc import Iterator

    from m2msync.core.diagnosis import Check, Diagnosis
    from m2msync.report.text import Paint

COLOURS = {"ok": "green", "warning": "yellow", "problem": "red"}
INDENT = " " * 22


def diagnosis_lines(diagnosis: Diagnosis, *, paint: Paint = unpainted) -> Iterator[str]:
    """Tell each check with its state and detail, the way out beneath those that need one, and a sum.

    Args:
        diagnosis: what to tell.
        paint: colours a text, given the name of a colour.
    """
    for check in diagnosis.checks:
        yield from _check(check, paint)
    yield _sum(diagnosis)


def _check(check: Check, paint: Paint) -> Iterator[str]:
    head = f"{paint(check.state, COLOURS[check.state])}{' ' * (9 - len(check.state))}{check.name:<13}"
    for line in (line for told in check.detail.split("\n") for line in _wrapped(told)):
        yield head + line
        head = INDENT
    for told in check.hint.split("\n") if check.hint else ():
        yield from (f"{INDENT}{'  ' if i else '> '}{line}" for i, line in enumerate(_wrapped(told, 2)))


def _wrapped(text: str, taken: int = 0) -> list[str]:
    # Long words are paths and commands, which must stay whole to be copied.
    width = WIDTH - len(INDENT) - taken
    return wrap(plain(text), width, break_long_words=False, break_on_hyphens=False) or [""]


def _sum(diagnosis: Diagnosis) -> str:
    states = [check.state for check in diagnosis.checks]
    told = [count(states.count(state), state) for state in ("problem", "warning") if state in states]
    return f"{' and '.join(told)}." if told else "All is well."
