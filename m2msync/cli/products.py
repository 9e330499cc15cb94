"""`m2msync products`: what can be had of a dataset?"""

from __future__ import annotations

import click

from m2msync.cli import options
from m2msync.cli.opening import exploring
from m2msync.cli.output import present, progress
from m2msync.report.discovery import offer_lines


@click.command(
    epilog=options.examples(
        "products landsat_ot_c2_l2", "products landsat_ot_c2_l1 LC09_L1TP_011059_20230328_20230329_02_T1 --json"
    )
)
@click.argument("dataset")
@click.argument("image", required=False)
@options.as_json
@options.sandbox
@options.verbosity
@options.pass_settings
def command(settings: options.Settings, dataset: str, image: str | None) -> int:
    """List the bands and bundles that M2M can deliver of DATASET, with their sizes.

    M2M tells it image by image: it is asked about IMAGE, a display id or entity id, or about the newest one that
    has products. Other images of the dataset may lack some, and sizes differ. Nothing is ordered.
    """
    with progress(settings) as show, exploring(settings, show) as explorer:
        offer = explorer.products(dataset, image)
    present(settings, offer.to_json(), offer_lines(offer))
    return 0
