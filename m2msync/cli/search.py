"""`m2msync search`: which images are there, and which are chosen?"""

from __future__ import annotations

import json
from pathlib import Path

import click

from m2msync.cli import options
from m2msync.cli.opening import opened
from m2msync.cli.output import paint, present, progress
from m2msync.core.errors import UsageError
from m2msync.report.discovery import survey_lines


@click.command(epilog=options.examples("search coast.yaml -v", "search coast.yaml --out footprints.geojson"))
@options.manifest
@options.only
@click.option("--geojson", is_flag=True, help="Print the footprints as a GeoJSON FeatureCollection instead.")
@click.option("--out", type=options.RESULT, metavar="FILE", help="Write that to this file.")
@options.as_json
@options.sandbox
@options.verbosity
@options.pass_settings
def command(
    settings: options.Settings, manifest: str, *, only: tuple[str, ...], geojson: bool, out: str | None
) -> int:
    """List the images that the searches of MANIFEST find, and which of them it chooses.

    Nothing is ordered, and nothing is written but what --out names.
    """
    if geojson and settings.json and not out:
        raise UsageError("--json and --geojson both want stdout", hint="leave one out, or add --out FILE")
    with opened(settings, manifest) as sync, progress(settings) as show:
        survey = sync.search(show, only=only)
    if out:
        from m2msync.store import write_whole  # noqa: PLC0415 - seldom needed

        write_whole(Path(out), [json.dumps(survey.to_geojson()), "\n"])
    if geojson and not out:
        click.echo(json.dumps(survey.to_geojson()))
    else:
        present(settings, survey.to_json(), survey_lines(survey, full=settings.verbose, paint=paint))
    return 0
