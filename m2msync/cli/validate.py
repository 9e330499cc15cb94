"""`m2msync validate`: is this manifest usable?"""

from __future__ import annotations

import click

from m2msync.cli import options
from m2msync.cli.opening import opened
from m2msync.cli.output import paint, present, progress
from m2msync.core.validation import to_json
from m2msync.report.discovery import validation_lines


@click.command(epilog=options.examples("validate coast.yaml", "validate coast.yaml --offline"))
@options.manifest
@click.option("--offline", is_flag=True, help="Check the file alone; ask M2M nothing.")
@options.as_json
@options.sandbox
@options.verbosity
@options.pass_settings
def command(settings: options.Settings, manifest: str, *, offline: bool) -> int:
    """Check MANIFEST: first the file itself, then with M2M your account, its datasets, filters, bands and regions.

    Every problem is told at once, each with its line and column. When there is none it tells how many images and
    bytes an apply would get. Nothing is ordered and nothing is written.
    """
    with opened(settings, manifest) as sync, progress(settings) as show:
        validation = None if offline else sync.validate(show)
    present(settings, to_json(manifest, validation), validation_lines(manifest, validation, paint=paint))
    return 0
