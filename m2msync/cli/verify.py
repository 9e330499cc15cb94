"""`m2msync verify`: is what is held still whole?"""

from __future__ import annotations

import time
from typing import TYPE_CHECKING, Any

import click

from m2msync.cli import options
from m2msync.cli.combined import combined
from m2msync.cli.failure import Trouble, report
from m2msync.cli.interrupts import interruptible
from m2msync.cli.opening import opened
from m2msync.cli.output import apply_command, command_line, paint, present, progress
from m2msync.core.errors import StorageError, UsageError
from m2msync.core.moments import parse_moment, written
from m2msync.report.verification import Commands, verification_lines

if TYPE_CHECKING:
    from collections.abc import Iterator

    from m2msync.core.verification import Depth, Verification

_FLAGS: dict[Depth, tuple[str, ...]] = {"quick": ("--quick",), "digest": (), "deep": ("--deep",)}


@click.command(epilog=options.examples("verify coast.yaml", "verify coast.yaml --deep --repair"))
@options.manifest
@click.option("--quick", is_flag=True, help="Compare only presence and size; read nothing.")
@click.option("--deep", is_flag=True, help="Also open every block of a TIFF and every member of a tar archive.")
@click.option("--repair", is_flag=True, help="Put aside what is damaged, and get exactly that again.")
@click.option("--since", metavar="WHEN", help="Do not read again what was verified since: 12h, 7d, 2026-11-22.")
@click.option("--combined", "listing", type=click.Path(dir_okay=False), help="Write every path with a symbol.")
@click.option("-j", "--jobs", type=click.IntRange(min=1), help="Files read at a time, instead of one a processor.")
@options.as_json
@options.sandbox
@options.verbosity
@options.pass_settings
def command(  # noqa: PLR0913 - one for each flag
    settings: options.Settings,
    manifest: str,
    *,
    quick: bool,
    deep: bool,
    repair: bool,
    since: str | None,
    listing: str | None,
    jobs: int | None,
) -> int:
    """Read every file that is held for MANIFEST, and compare it with the digest recorded when it was fetched.

    Nothing in the store is changed without --repair. The exit code is 8 when something is missing, differs or
    cannot be read. Ctrl-C finishes the files being read and says how to go on; a second one stops at once.

    The lines of --combined begin with = (the same), - (missing), + (in no record), * (differs) or ! (unreadable).
    """
    if quick and (deep or since):
        raise UsageError("--quick reads nothing", hint=f"leave it out, or {'--deep' if deep else '--since'}")
    depth: Depth = "quick" if quick else "deep" if deep else "digest"
    now = time.time()
    how = {"depth": depth, "repair": repair, "jobs": jobs, "since": parse_moment(since, now) if since else None}
    with combined(listing) as write:
        found, store = _carry_out(settings, manifest, how)
        code = found.exit_code
        try:
            write(found.combined())
        except StorageError as error:
            click.echo(f"warning: {error.message}", err=True)
            code = code or error.exit_code
    if found.repair and found.repair.error and not settings.json:
        trouble = Trouble(found.repair.error, found.repair.hint, found.repair.exit_code)
        report(trouble, as_json=False, of_run=True, log=settings.log)
    lines = _lines(settings, manifest, found, store, repair=repair)
    present(settings, found.to_json() | {"exit_code": code}, lines)
    return code


def _carry_out(settings: options.Settings, manifest: str, how: dict[str, Any]) -> tuple[Verification, str]:
    with opened(settings, manifest) as sync, progress(settings) as show, interruptible(show) as stop:
        return sync.verify(show, stop=stop, **how), sync.manifest.store


def _lines(
    settings: options.Settings, manifest: str, found: Verification, store: str, *, repair: bool
) -> Iterator[str]:
    flags = _FLAGS[found.depth]
    onward = (*flags, "--repair") if repair else flags
    if found.resume is not None:
        onward += ("--since", written(found.resume))
    commands = Commands(
        repair=command_line(settings, "verify", manifest, *flags, "--repair"),
        resume=command_line(settings, "verify", manifest, *onward),
        apply=apply_command(settings, manifest),
    )
    return verification_lines(found, store=store, commands=commands, full=settings.verbose, paint=paint)
