"""One run as the catalog records it: from its number and label to how it ended."""

from __future__ import annotations

import re
import time
import uuid
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from typing import TYPE_CHECKING

from m2msync.core.errors import M2MSyncError, RateLimited
from m2msync.core.outcome import Outcome, Run
from m2msync.core.result import EXIT_CODES, Failure, Result

if TYPE_CHECKING:
    import threading
    from collections.abc import Iterable, Iterator

    from m2msync.catalog import Catalog
    from m2msync.core.plan import Action
    from m2msync.core.result import RunStatus
    from m2msync.m2m.session import Session


@dataclass(slots=True)
class Running:
    """A run under way; whoever does its work fills in what is known of it."""

    run: Run
    outcome: Outcome
    kept: int = 0
    session: Session | None = None
    """Its conversation with M2M, once there is one."""
    result: Result = field(default_factory=lambda: Result("error", EXIT_CODES["error"]))
    """How it ended; not before it has."""

    def ended(self, stop: threading.Event) -> Result:
        """Return how it ended, as far as is known now."""
        calls = self.session.calls if self.session else 0
        return replace(ended(self.outcome, kept=self.kept, stop=stop), api_calls=calls)

    def note_unavailable(self, catalog: Catalog, actions: Iterable[Action]) -> None:
        """Record the products that M2M cannot deliver now; they count as failed unless that is tolerated."""
        lacking = [a for a in actions if a.verb == "unavailable"]
        for reason in sorted({a.reason for a in lacking}):
            keys = [a.key for a in lacking if a.reason == reason]
            catalog.record_state(self.run.number, keys, "unavailable", reason, at=time.time())
        self.outcome.failed += [
            Failure(a.key, a.path, a.reason, rerun_helps=True) for a in lacking if not a.tolerated
        ]

    def note_failed_before(self, catalog: Catalog, manifest: str, actions: Iterable[Action]) -> None:
        """Count those of the actions that have failed in earlier runs as failed in this one, which leaves them."""
        failed = [a for a in actions if a.attempts]
        known = catalog.known(manifest, [a.key for a in failed])
        self.outcome.failed += [Failure(a.key, a.path, a.reason, known[a.key].rerun_helps) for a in failed]


@contextmanager
def recorded(
    catalog: Catalog, manifest: str, stop: threading.Event, *, began: float, kind: str = "m2msync"
) -> Iterator[Running]:
    """Record the block as a run of a manifest; an expected error ends it, and is told in its result.

    Args:
        catalog: where it is recorded.
        manifest: its name.
        stop: set when the run was asked to stop.
        began: when the run began, in monotonic seconds.
        kind: how its label begins.
    """
    # At most 50 plain characters (api.md §4.3).
    label = f"{kind}-{re.sub(r'[^A-Za-z0-9_.-]', '_', manifest)[:20]}-{uuid.uuid4().hex[:12]}"
    earlier = tuple(catalog.open_labels(manifest))
    run = Run(catalog.begin_run(manifest, label, time.time()), label, earlier, began)
    running = Running(run, Outcome(settled=(label,)))
    try:
        yield running
    except M2MSyncError as error:
        running.outcome.error = error
    running.result = running.ended(stop)
    try:
        _record_end(catalog, manifest, running)
    except M2MSyncError as error:  # then it tells what was got before the catalog failed
        running.outcome.error = running.outcome.error or error
        running.result = running.ended(stop)


def _record_end(catalog: Catalog, manifest: str, running: Running) -> None:
    result = running.result
    catalog.end_run(
        running.run.number,
        ended=time.time(),
        status=result.status,
        got=result.got,
        failed=len(result.failed),
        bytes=result.bytes,
        api_calls=result.api_calls,
    )
    catalog.close_labels(manifest, running.outcome.settled)


def ended(outcome: Outcome, *, kept: int, stop: threading.Event) -> Result:
    """Return what the deliveries came to as the result of a run."""
    error, status = outcome.error, _status(outcome, stop)
    message, hint = (
        (error.message, error.hint) if error else (outcome.capped, "Run the same command again to go on.")
    )
    if isinstance(error, RateLimited) and error.after:
        hint = f"Come back at {datetime.now().astimezone() + timedelta(seconds=error.after):%H:%M %Z}. {hint}"
    told = status in {"error", "capped"}
    return Result(
        status=status,
        exit_code=error.exit_code if error and told else EXIT_CODES[status],
        got=outcome.got,
        kept=kept,
        bytes=outcome.bytes,
        failed=tuple(outcome.failed),
        error=message if told else "",
        hint=hint if told else "",
    )


def _status(outcome: Outcome, stop: threading.Event) -> RunStatus:
    if stop.is_set():
        return "interrupted"
    if outcome.error is not None:
        return "capped" if outcome.error.exit_code == EXIT_CODES["capped"] else "error"
    if outcome.capped:
        return "capped"
    return "partial" if outcome.failed else "success"
