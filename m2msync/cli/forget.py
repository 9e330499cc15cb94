"""`m2msync forget`: never fetch this again."""

from __future__ import annotations

import click

from m2msync.cli import options
from m2msync.cli.opening import opened
from m2msync.cli.output import paint, present, progress, written
from m2msync.report.upkeep import forget_lines


@click.command(
    epilog=options.examples(
        "forget coast.yaml 'landsat_ot_c2_l1/LC09_*_B2.TIF' --reason 'too cloudy'",
        "forget coast.yaml LC09_L1TP_011059_20230328_20230329_02_T1 --undo",
    )
)
@options.manifest
@click.argument("keys", metavar="KEY...", nargs=-1, required=True)
@click.option("--undo", is_flag=True, help="Remember them: what is wanted is fetched again.")
@click.option("--reason", metavar="TEXT", default="", help="Why; plan tells it.")
@options.as_json
@options.verbosity
@options.pass_settings
def command(settings: options.Settings, manifest: str, *, keys: tuple[str, ...], undo: bool, reason: str) -> int:
    """Have products of MANIFEST never fetched again, though it wants them.

    KEY is a product's key (DATASET/FILE), a file's name or its path in the store, or an image's display id, which
    means all of its products; or a pattern of these such as 'landsat_ot_c2_l1/*_B2.TIF', in quotes. No file is
    deleted: m2msync prune does that with what is still in the store.
    """
    with opened(settings, manifest) as sync, progress(settings, "reading the catalog"):
        forgotten = sync.forget(keys, undo=undo, reason=reason)
    lines = forget_lines(forgotten, command=written("prune", manifest), full=settings.verbose, paint=paint)
    present(settings, forgotten.to_json(), lines)
    return 0
