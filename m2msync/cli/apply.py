"""`m2msync apply`: make it so."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from m2msync.cli import options
from m2msync.cli.failure import Trouble, report
from m2msync.cli.interrupts import interruptible
from m2msync.cli.opening import opened, read_plan
from m2msync.cli.output import apply_command, both, paint, present, progress
from m2msync.cli.plan import exit_code, preview
from m2msync.cli.recording import Recording
from m2msync.core.errors import UsageError
from m2msync.core.scope import ALL, Scope
from m2msync.report.tables import result_lines

if TYPE_CHECKING:
    from m2msync.core.result import Result
    from m2msync.core.saved import Saved
    from m2msync.core.terms import Terms


@click.command(epilog=options.examples("apply coast.yaml", "apply coast.yaml --json --events run.ndjson"))
@options.manifest
@options.only
@options.locked
@options.as_json
@click.option("--events", type=click.Path(dir_okay=False), help="Write what happens to this file (NDJSON).")
@click.option("-j", "--jobs", type=click.IntRange(min=1), help="Transfers at a time, instead of the manifest's.")
@click.option(
    "--executor",
    "crew",
    type=options.CREW,
    default="threads",
    metavar="WHO",
    help="Who fetches: threads (default), dask:local:4, dask:tcp://host:8786, dask:file:scheduler.json.",
)
@click.option(
    "--max-bytes", type=options.SIZE, metavar="SIZE", help="Fetch at most so much in this run, e.g. 500GB."
)
@click.option(
    "--max-duration", type=options.SPAN, metavar="TIME", help="Stop after so long, e.g. 8h or 45m; exit code 7."
)
@click.option("--retry-failed/--no-retry-failed", default=True, help="Whether to try again what failed before.")
@click.option("--fail-fast", is_flag=True, help="Stop at the first file that fails.")
@click.option("--wait", is_flag=True, help="When the download quota is used up, wait for the next window.")
@options.sandbox
@click.option("--dry-run", is_flag=True, help="Only show the plan.")
@options.detailed_exitcode
@options.verbosity
@options.pass_settings
def command(  # noqa: PLR0913 - one for each flag
    settings: options.Settings,
    /,
    manifest: str,
    *,
    only: tuple[str, ...],
    locked: bool,
    events: str | None,
    dry_run: bool,
    detailed_exitcode: bool,
    **asked: Any,
) -> int:
    """Make the store agree with MANIFEST: fetch what is missing, failed or damaged, and verify every byte.

    MANIFEST may also be a plan that was written with `m2msync plan --out`: then exactly that is done, or, when the
    manifest or the catalog has changed since, nothing (exit code 9).

    It never deletes and never asks. Ctrl-C finishes the transfers in flight; a second one stops at once. Either
    way the next apply goes on where this one ended.
    """
    if detailed_exitcode and not dry_run:
        raise UsageError("--detailed-exitcode tells of a plan", hint="add --dry-run, or use m2msync plan")
    scope, (file, saved) = Scope(only, locked), read_plan(manifest)
    if saved and (scope != ALL or dry_run):
        raise UsageError("a saved plan is done as it is", hint=f"m2msync apply {manifest}")
    with Recording(events) as record:
        if dry_run:
            plan = preview(settings, manifest, scope, record=record)
            record.finish(plan.to_json())
            return exit_code(plan, detailed=detailed_exitcode)
        return _carry_out(settings, file, record, asked, scope=scope, saved=saved).exit_code


def _carry_out(
    settings: options.Settings,
    manifest: str,
    record: Recording,
    asked: dict[str, Any],
    *,
    scope: Scope,
    saved: Saved | None,
) -> Result:
    """Apply the manifest, record how it ended and print the result."""
    with opened(settings, manifest) as sync:
        with progress(settings) as show, interruptible(show) as stop:
            terms = _terms(sync.terms, **asked)
            result = sync.apply(both(show, record), terms=terms, scope=scope, saved=saved, stop=stop)
        store = sync.manifest.store
    record.finish(result.to_json())
    if record.failure:
        click.echo(f"warning: the events file is incomplete: {record.failure}", err=True)
    if result.error and not settings.json:
        error = result.error.replace(f"{Path(manifest).absolute()}:", f"{manifest}:")
        trouble = Trouble(error, result.hint, result.exit_code)
        report(trouble, as_json=False, of_run=True, log=settings.log)
    again = apply_command(settings, manifest, scope)
    present(settings, result.to_json(), result_lines(result, store=store, command=again, paint=paint))
    return result


def _terms(
    terms: Terms, *, jobs: int | None, max_bytes: int | None, max_duration: float | None, **asked: Any
) -> Terms:
    """Return the manifest's terms with what the flags ask for instead."""
    limits = replace(
        terms.limits,
        max_bytes=terms.limits.max_bytes if max_bytes is None else max_bytes,
        max_seconds=max_duration,
    )
    return replace(terms, jobs=jobs or terms.jobs, limits=limits, **asked)
