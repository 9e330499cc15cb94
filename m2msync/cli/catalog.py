"""`m2msync catalog`: keep a copy of the catalog in the store."""

from __future__ import annotations

from typing import TYPE_CHECKING

import click

from m2msync.cli import options
from m2msync.cli.opening import opened
from m2msync.cli.output import present, progress
from m2msync.report.upkeep import safekeeping_lines

if TYPE_CHECKING:
    from m2msync.core.safekeeping import Way


@click.command(epilog=options.examples("catalog push coast.yaml", "catalog pull coast.yaml --force"))
@click.argument("way", metavar="push|pull", type=click.Choice(["push", "pull"]))
@options.manifest
@click.option("--force", is_flag=True, help="Replace what is newer, or another catalog.")
@options.as_json
@options.verbosity
@options.pass_settings
def command(settings: options.Settings, way: Way, manifest: str, *, force: bool) -> int:
    """Put a copy of the catalog of MANIFEST into its store (push), or take that copy from there (pull).

    For stores at s3://, whose catalog is a file beside the manifest: push it where the work is done, and pull it
    where it shall go on. What is newer, or another catalog, is replaced only with --force; else this ends with exit
    code 9.
    """
    with opened(settings, manifest) as sync, progress(settings, "copying the catalog"):
        kept = sync.keep_catalog(way, force=force)
    present(settings, kept.to_json(), safekeeping_lines(kept))
    return 0
