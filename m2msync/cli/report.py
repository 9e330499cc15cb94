"""`m2msync report`: how do things stand, for people who would rather look?"""

from __future__ import annotations

from pathlib import Path

import click

from m2msync.cli import options
from m2msync.cli.opening import opened
from m2msync.cli.output import present, progress
from m2msync.report.text import plain


@click.command(epilog=options.examples("report coast.yaml", "report coast.yaml -o look.html --thumbnails 60"))
@options.manifest
@click.option(
    "-o",
    "--out",
    type=options.RESULT,
    metavar="FILE",
    help="Where the page goes; by default NAME-report.html beside NAME.yaml.",
)
@click.option("--open", "show", is_flag=True, help="Open it in the browser.")
@click.option(
    "--thumbnails",
    type=click.IntRange(0, 1000),
    metavar="N",
    help="Show small pictures of so many images; 24 by default. They need rasterio.",
)
@options.as_json
@options.verbosity
@options.pass_settings
def command(
    settings: options.Settings, manifest: str, *, out: str | None, show: bool, thumbnails: int | None
) -> int:
    """Write one HTML file that shows how MANIFEST, the catalog and the disk stand: map, charts, pictures, failures.

    It needs no network, now or when it is looked at. Needs jinja2: pip install "m2msync[report]"
    """
    from m2msync.sync import THUMBNAILS  # noqa: PLC0415 - not needed for --help

    path = Path(out) if out else _beside(manifest)
    with opened(settings, manifest) as sync, progress(settings, "reading the catalog") as sink:
        report = sync.report(sink, thumbnails=THUMBNAILS if thumbnails is None else thumbnails)
        report.save(path)
    present(settings, report.to_json(str(path)), [plain(str(path))])
    if show:
        _open(path)
    return 0


def _open(path: Path) -> None:
    import webbrowser  # noqa: PLC0415 - not needed for --help

    if not webbrowser.open(path.absolute().as_uri()):
        click.echo("No browser could be opened.", err=True)


def _beside(manifest: str) -> Path:
    file = Path(manifest)
    return file.with_name(f"{file.stem}-report.html")
