"""What M2M tells an account about itself: its rights, its quota, and what the service wants it to know."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from m2msync.core.diagnosis import Allowance, Notice
from m2msync.core.markup import without_markup
from m2msync.m2m import answers, wire
from m2msync.m2m.order import QUOTAS

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from m2msync.core.errors import M2MSyncError
    from m2msync.m2m.session import Session


def rights_of(session: Session) -> tuple[str, ...]:
    """Return what the account may do; without `download` it may only search (api.md §2.6).

    Raises:
        M2MSyncError: the login was refused, or M2M is in trouble.
    """
    told = session.call("permissions", {})
    return tuple(map(str, told)) if isinstance(told, list) else ()


def lacking_role(rights: Iterable[str]) -> M2MSyncError | None:
    """Return the explanation for an account that has no M2M access yet, None for one that may download."""
    held = tuple(rights)
    return None if "download" in held else answers.no_role("permissions", "", ", ".join(held) or "none")


def allowances_of(session: Session) -> tuple[Allowance, ...]:
    """Return what may still be ordered, by the account and from this address (api.md §8.5).

    Raises:
        M2MSyncError: M2M is in trouble.
    """
    summary = wire.mapping(session.call("rate-limit-summary", {}))
    initial = next(iter(wire.records(summary.get("initialLimits"))), {})
    return tuple(
        Allowance(str(entry.get("limitType") or "all"), left)
        for entry in wire.records(summary.get("remainingLimits"))
        if (left := tuple(_left(entry, initial)))
    )


def notices_for(session: Session) -> tuple[Notice, ...]:
    """Return the service's notices about M2M, without their HTML (api.md §6.8).

    Raises:
        M2MSyncError: M2M is in trouble.
    """
    return tuple(map(_notice, wire.records(session.call("notifications", {"systemId": "M2M"}))))


def _left(entry: dict[str, Any], initial: dict[str, Any]) -> Iterator[tuple[str, int, int | None]]:
    for name in QUOTAS:
        left, most = entry.get(name), initial.get(name)
        if isinstance(left, int):
            yield name, left, most if isinstance(most, int) else None


def _notice(told: dict[str, Any]) -> Notice:
    return Notice(
        day=str(told.get("dateUpdated") or "")[:10],
        subject=without_markup(str(told.get("subject") or "")),
        text=without_markup(str(told.get("messageContent") or "")),
        grave=told.get("severityCode") != "I",
    )
