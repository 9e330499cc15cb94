"""`m2msync export`: for other programs."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import TYPE_CHECKING, cast

import click

from m2msync.cli import options
from m2msync.core.errors import Stopped, UsageError

if TYPE_CHECKING:
    from m2msync.core.exports.outcome import Exported, TableFormat
    from m2msync.sync import Sync

ENDINGS = {
    "stac": "-stac",
    "geoparquet": ".parquet",
    "geojson": ".geojson",
    "csv": ".csv",
    "urls": "-urls.txt",
}
"""The formats, and what follows the manifest's name when nobody says where the export goes."""
_TEXTS = ("geojson", "csv", "urls")


@click.command(epilog=options.examples("export coast.yaml --format stac", "export coast.yaml --format csv -o -"))
@options.manifest
@click.option("--format", "form", type=click.Choice(list(ENDINGS)), required=True, help="What to write; see above.")
@click.option(
    "-o",
    "--out",
    type=click.Path(),
    metavar="PATH",
    help="Where it goes; - is stdout. By default a name made of the manifest's, in the current folder.",
)
@options.as_json
@options.verbosity
@options.pass_settings
def command(settings: options.Settings, manifest: str, *, form: str, out: str | None) -> int:
    """Write what MANIFEST wants, and what of it is held, for other programs.

    \b
    stac        a static STAC catalog, a folder: an item for each image
    geoparquet  a row for each image; needs pip install "m2msync[geo]"
    geojson     a feature for each image
    csv         a row for each product
    urls        links to what is missing, as an input file for aria2

    Only urls asks M2M: it orders what is missing. Its links let anybody fetch under your name until they expire, so
    the file can be read by you alone. It is written in one step, like all of them.
    """  # noqa: D301 - click's mark
    if out == "-" and (settings.json or form not in _TEXTS):
        what = "--json and -o - both want stdout" if settings.json else f"{form} is not for stdout"
        raise UsageError(what, hint="name a file with -o")
    from m2msync.cli.opening import opened  # noqa: PLC0415 - not needed for --help
    from m2msync.cli.output import present  # noqa: PLC0415
    from m2msync.report.exports import export_lines  # noqa: PLC0415

    with opened(settings, manifest) as sync:
        path = None if out == "-" else Path(out or f"{sync.manifest.name}{ENDINGS[form]}")
        done = _links(settings, sync, path) if form == "urls" else _table(settings, sync, form, path)
    if path:
        present(settings, done.to_json(), export_lines(done))
    else:
        click.echo("\n".join(export_lines(done)), err=True)
    return done.exit_code


def _table(settings: options.Settings, sync: Sync, form: str, path: Path | None) -> Exported:
    from m2msync.cli.output import progress  # noqa: PLC0415 - not needed for --help

    if path is None:  # what is written shows how far it is, maybe on the very terminal
        return sync.export(cast("TableFormat", form), sys.stdout.write)
    with progress(settings, "exporting") as show:
        return sync.export(cast("TableFormat", form), path, show)


def _links(settings: options.Settings, sync: Sync, path: Path | None) -> Exported:
    """Order what is missing, and write the links to it.

    Raises:
        M2MSyncError: M2M stands in the way; links it gave before that are lost, and given again by the next call.
    """
    from m2msync.cli.interrupts import interruptible  # noqa: PLC0415
    from m2msync.cli.output import progress  # noqa: PLC0415
    from m2msync.core.exports.aria2 import input_lines  # noqa: PLC0415
    from m2msync.core.exports.outcome import Exported  # noqa: PLC0415
    from m2msync.linking import write_private  # noqa: PLC0415
    from m2msync.report.exports import HEAD, WARNING  # noqa: PLC0415

    with progress(settings) as show, interruptible(show) as stop:
        links = sync.links(show, stop=stop)
    if links.error:
        raise links.error
    if stop.is_set():
        raise Stopped
    lines = input_lines(links.linked, HEAD)
    if path:
        write_private(path, lines)
    else:
        sys.stdout.writelines(lines)
    if links.linked:
        click.echo(WARNING, err=True)
    name = sync.manifest.name
    return Exported(
        name, "urls", str(path) if path else None, links.images, len(links.linked), links.bytes, links.failed
    )
