"""`m2msync status`: how do things stand?"""

from __future__ import annotations

import click

from m2msync.cli import options
from m2msync.cli.opening import opened
from m2msync.cli.output import apply_command, paint, present, progress
from m2msync.report.tables import status_lines


@click.command(epilog=options.examples("status coast.yaml", "status coast.yaml --failed --json"))
@options.manifest
@click.option("--failed", is_flag=True, help="List only what failed.")
@options.as_json
@options.verbosity
@options.pass_settings
def command(settings: options.Settings, manifest: str, *, failed: bool) -> int:
    """Compare MANIFEST, the catalog and the disk, without network.

    What is wanted is what the last plan or apply found.
    """
    with opened(settings, manifest) as sync, progress(settings, "comparing"):
        status = sync.status()
    problems = [p for p in status.problems if p.state == "failed" or not failed]
    told = status.to_json()
    told["problems"] = [p for p in told["problems"] if p["state"] == "failed" or not failed]
    again = apply_command(settings, manifest)
    present(settings, told, status_lines(status, problems, command=again, full=settings.verbose, paint=paint))
    return 0
