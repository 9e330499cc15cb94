"""`m2msync show`: what does it look like?"""

from __future__ import annotations

import sys
from pathlib import Path
from typing import TYPE_CHECKING

import click

from m2msync.cli import options
from m2msync.cli.opening import opened
from m2msync.cli.output import present, progress
from m2msync.report.terminal import is_coloured
from m2msync.report.text import plain

if TYPE_CHECKING:
    from m2msync.quicklook import Quicklook


@click.command(
    epilog=options.examples(
        "show coast.yaml LC09_L1TP_011059_20230328",
        "show coast.yaml LC90110592023087LGN00 --band B10 --out b10.png",
    )
)
@options.manifest
@click.argument("image")
@click.option("--band", metavar="NAME", help="One band, e.g. B10, in the colours of viridis.")
@click.option(
    "--out",
    type=options.RESULT,
    metavar="FILE",
    help="Where the PNG goes; by default IMAGE.png in the current folder.",
)
@options.as_json
@options.verbosity
@options.pass_settings
def command(settings: options.Settings, manifest: str, image: str, *, band: str | None, out: str | None) -> int:
    """Draw an image that is held for MANIFEST as a PNG of at most 1024 pixels, and in the terminal.

    IMAGE is a display id or entity id, or a beginning that only one has. It is shown in natural colours, each band
    stretched from its 2nd to its 98th percentile; nothing is fetched. Needs rasterio: pip install "m2msync[raster]"
    """
    with opened(settings, manifest) as sync, progress(settings, "drawing"):
        look = sync.quicklook(image, band=band)
    path = Path(out or look.name)
    look.save(path)
    if not settings.json and not settings.quiet and is_coloured(sys.stdout):
        _draw(look)
    present(settings, look.to_json() | {"file": str(path)}, [plain(str(path))])
    return 0


def _draw(look: Quicklook) -> None:
    from m2msync.pictures import cells  # noqa: PLC0415 - not needed for --help
    from m2msync.report.drawing import draw  # noqa: PLC0415 - brings rich

    draw(sys.stdout, lambda columns, rows: cells(look.picture, columns, rows))
