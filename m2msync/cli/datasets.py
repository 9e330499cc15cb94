"""`m2msync datasets`: what is there?"""

from __future__ import annotations

import click

from m2msync.cli import options
from m2msync.cli.opening import exploring
from m2msync.cli.output import present, progress
from m2msync.report.discovery import datasets_lines


@click.command(epilog=options.examples("datasets landsat", "datasets landsat_ot --json"))
@click.argument("text", nargs=-1)
@options.as_json
@options.sandbox
@options.verbosity
@options.pass_settings
def command(settings: options.Settings, text: tuple[str, ...]) -> int:
    """List the datasets of M2M with TEXT in their alias or name; without it, all.

    The alias is what a manifest calls a dataset. When nothing matches, those are named that may have been meant.
    """
    with progress(settings) as show, exploring(settings, show) as explorer:
        datasets = explorer.datasets(" ".join(text))
    present(settings, datasets.to_json(), datasets_lines(datasets, full=settings.verbose))
    return 0
