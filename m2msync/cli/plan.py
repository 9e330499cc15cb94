"""`m2msync plan`: what would apply do?"""

from __future__ import annotations

from typing import TYPE_CHECKING

import click

from m2msync.cli import options
from m2msync.cli.opening import free_bytes, opened
from m2msync.cli.output import apply_command, both, paint, present, progress
from m2msync.core.events import ignore
from m2msync.report.tables import plan_lines

if TYPE_CHECKING:
    from m2msync.core.events import Sink
    from m2msync.core.plan import Plan

PENDING = 2


@click.command(
    epilog=options.examples("plan coast.yaml", "plan coast.yaml --json --detailed-exitcode > pending.json")
)
@options.manifest
@options.as_json
@options.detailed_exitcode
@options.sandbox
@options.verbosity
@options.pass_settings
def command(settings: options.Settings, manifest: str, *, detailed_exitcode: bool) -> int:
    """Show what apply would do to make the store agree with MANIFEST, and why.

    Nothing is ordered and no file of the store is touched.
    """
    return exit_code(preview(settings, manifest), detailed=detailed_exitcode)


def preview(settings: options.Settings, manifest: str, record: Sink = ignore) -> Plan:
    """Make a plan, show it and return it.

    Args:
        settings: what the shared flags ask for.
        manifest: the manifest's file.
        record: a second listener to the events.
    """
    with opened(settings, manifest) as sync:
        with progress(settings) as show:
            plan = sync.plan(both(show, record))
        free = free_bytes(sync.manifest.store)
    again = apply_command(settings, manifest)
    present(
        settings, plan.to_json(), plan_lines(plan, command=again, free=free, full=settings.verbose, paint=paint)
    )
    return plan


def exit_code(plan: Plan, *, detailed: bool) -> int:
    """Return 2 when that is asked for and changes are pending, else 0."""
    return PENDING if detailed and plan.pending else 0
