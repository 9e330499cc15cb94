"""`m2msync apply`: make it so."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import click

from m2msync.cli import options
from m2msync.cli.failure import Trouble, report
from m2msync.cli.interrupts import stopping
from m2msync.cli.opening import opened
from m2msync.cli.output import apply_command, both, paint, present, progress
from m2msync.cli.plan import exit_code, preview
from m2msync.cli.recording import Recording
from m2msync.core.errors import UsageError
from m2msync.report.tables import result_lines

if TYPE_CHECKING:
    from m2msync.core.result import Result


@click.command(epilog=options.examples("apply coast.yaml", "apply coast.yaml --json --events run.ndjson"))
@options.manifest
@options.as_json
@click.option("--events", type=click.Path(dir_okay=False), help="Write what happens to this file (NDJSON).")
@click.option("-j", "--jobs", type=click.IntRange(min=1), help="Transfers at a time, instead of the manifest's.")
@click.option("--wait", is_flag=True, help="When the download quota is used up, wait for the next window.")
@options.sandbox
@click.option("--dry-run", is_flag=True, help="Only show the plan.")
@options.detailed_exitcode
@options.verbosity
@options.pass_settings
def command(  # noqa: PLR0913 - one for each flag
    settings: options.Settings,
    manifest: str,
    *,
    events: str | None,
    jobs: int | None,
    wait: bool,
    dry_run: bool,
    detailed_exitcode: bool,
) -> int:
    """Make the store agree with MANIFEST: fetch what is missing, failed or damaged, and verify every byte.

    It never deletes and never asks. Ctrl-C finishes the transfers in flight; a second one stops at once. Either
    way the next apply goes on where this one ended.
    """
    if detailed_exitcode and not dry_run:
        raise UsageError("--detailed-exitcode tells of a plan", hint="add --dry-run, or use m2msync plan")
    with Recording(events) as record:
        if dry_run:
            plan = preview(settings, manifest, record)
            record.finish(plan.to_json())
            return exit_code(plan, detailed=detailed_exitcode)
        return _carry_out(settings, manifest, record, {"jobs": jobs, "wait": wait}).exit_code


def _carry_out(settings: options.Settings, manifest: str, record: Recording, how: dict[str, Any]) -> Result:
    """Apply the manifest, record how it ended and print the result."""
    with opened(settings, manifest) as sync:
        with progress(settings) as show, stopping(show) as stop:
            result = sync.apply(both(show, record), stop=stop, **how)
        store = sync.manifest.store
    record.finish(result.to_json())
    if record.failure:
        click.echo(f"warning: the events file is incomplete: {record.failure}", err=True)
    if result.error and not settings.json:
        report(Trouble(result.error, result.hint, result.exit_code), as_json=False, of_run=True)
    again = apply_command(settings, manifest)
    present(settings, result.to_json(), result_lines(result, store=store, command=again, paint=paint))
    return result
