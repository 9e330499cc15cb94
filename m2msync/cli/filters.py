"""`m2msync filters`: what can a dataset be filtered by?"""

from __future__ import annotations

import click

from m2msync.cli import options
from m2msync.cli.opening import exploring
from m2msync.cli.output import present, progress
from m2msync.report.discovery import filter_lines, filters_lines


@click.command(epilog=options.examples("filters landsat_ot_c2_l1", "filters landsat_ot_c2_l1 satellite"))
@click.argument("dataset")
@click.argument("name", nargs=-1)
@options.as_json
@options.sandbox
@options.verbosity
@options.pass_settings
def command(settings: options.Settings, dataset: str, name: tuple[str, ...]) -> int:
    """List what DATASET can be filtered by below `filters: metadata:` of a manifest, and with which values.

    With NAME, the label or column of one filter, all its values are told. Some take one of a list, some a range of
    numbers or days, others any text.
    """
    with progress(settings) as show, exploring(settings, show) as explorer:
        searchable = explorer.filters(dataset)
    chosen = searchable.only(" ".join(name)) if name else searchable
    lines = filter_lines(chosen) if name else filters_lines(chosen, full=settings.verbose)
    present(settings, chosen.to_json(), lines)
    return 0
