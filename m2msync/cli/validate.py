"""`m2msync validate`: is this manifest usable?"""

from __future__ import annotations

import click

from m2msync.cli import options
from m2msync.cli.opening import opened
from m2msync.cli.output import present, progress
from m2msync.report.text import plain


@click.command(epilog=options.examples("validate coast.yaml", "validate coast.yaml --offline"))
@options.manifest
@click.option("--offline", is_flag=True, help="Check the file alone; ask M2M nothing.")
@options.as_json
@options.sandbox
@options.verbosity
@options.pass_settings
def command(settings: options.Settings, manifest: str, *, offline: bool) -> int:
    """Check MANIFEST: first the file itself, then its datasets and your account with M2M.

    Every problem is told at once, each with its line and column.
    """
    with opened(settings, manifest) as sync, progress(settings) as show:
        if not offline:
            sync.validate(show)
    told = {"schema_version": 1, "kind": "validation", "manifest": manifest, "offline": offline}
    checked = "the file is" if offline else "the file, its datasets and your account are"
    present(settings, told, [f"{plain(manifest)}: {checked} in order."])
    return 0
