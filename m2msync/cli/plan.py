"""`m2msync plan`: what would apply do?"""

from __future__ import annotations

from typing import TYPE_CHECKING

import click

from m2msync.cli import options
from m2msync.cli.opening import free_bytes, opened
from m2msync.cli.output import apply_command, both, paint, present, progress
from m2msync.core.events import ignore
from m2msync.core.scope import Scope
from m2msync.report.tables import plan_lines

if TYPE_CHECKING:
    from m2msync.core.events import Sink
    from m2msync.core.plan import Plan

PENDING = 2


@click.command(epilog=options.examples("plan coast.yaml --only galapagos", "plan coast.yaml --out plan.json"))
@options.manifest
@click.option("--out", type=options.RESULT, help="Write the plan to this file, for `m2msync apply FILE`.")
@options.only
@options.locked
@options.as_json
@options.detailed_exitcode
@options.sandbox
@options.verbosity
@options.pass_settings
def command(
    settings: options.Settings,
    manifest: str,
    *,
    out: str | None,
    only: tuple[str, ...],
    locked: bool,
    detailed_exitcode: bool,
) -> int:
    """Show what apply would do to make the store agree with MANIFEST, and why.

    With -v it also tells of every image that was found why it is wanted, or is not.

    Nothing is ordered and no file of the store is touched. An apply may find something else, because time goes by;
    of a plan that was written with --out it does exactly that, or refuses when something has changed.
    """
    return exit_code(preview(settings, manifest, Scope(only, locked), out=out), detailed=detailed_exitcode)


def preview(
    settings: options.Settings, manifest: str, scope: Scope, *, out: str | None = None, record: Sink = ignore
) -> Plan:
    """Make a plan, show it and return it.

    Args:
        settings: what the shared flags ask for.
        manifest: the manifest's file.
        scope: what it is made from.
        out: a file to write it to.
        record: a second listener to the events.
    """
    with opened(settings, manifest) as sync:
        explain = settings.verbose and not settings.json
        with progress(settings) as show:
            plan = sync.plan(
                both(show, record), scope=scope, full=settings.json or out is not None, explain=explain
            )
        free = free_bytes(sync.manifest.store)
        if out:
            sync.save(plan, out)
    again = apply_command(settings, out or manifest, None if out else scope)
    told = plan.to_json() if settings.json else {}  # of a million products it is a gigabyte
    present(settings, told, plan_lines(plan, command=again, free=free, full=settings.verbose, paint=paint))
    return plan


def exit_code(plan: Plan, *, detailed: bool) -> int:
    """Return 2 when that is asked for and changes are pending, else 0."""
    return PENDING if detailed and plan.pending else 0
