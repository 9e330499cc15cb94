"""`m2msync prune`: delete what is wanted no longer."""

from __future__ import annotations

import click

from m2msync.cli import options
from m2msync.cli.opening import opened
from m2msync.cli.output import paint, present, progress, written
from m2msync.report.upkeep import prune_lines


@click.command(epilog=options.examples("prune coast.yaml", "prune coast.yaml --yes --trash ../trash"))
@options.manifest
@click.option("--yes", is_flag=True, help="Delete the files; without it they are only listed.")
@click.option(
    "--max-delete",
    type=click.IntRange(min=0),
    metavar="N",
    help="Delete nothing when it would be more than N files. By default: more than half of all held.",
)
@click.option("--trash", type=click.Path(file_okay=False), metavar="DIR", help="Move the files there instead.")
@options.as_json
@options.verbosity
@options.pass_settings
def command(
    settings: options.Settings, manifest: str, *, yes: bool, max_delete: int | None, trash: str | None
) -> int:
    """List the files that MANIFEST wanted once and no manifest of its catalog wants now; with --yes, delete them.

    It asks M2M nothing: what is wanted is what the last apply found, so that has to have ended well, and with the
    manifest as it is now. Files the catalog does not know, and files that were changed, are left alone. What was
    pruned is fetched again only once an edited manifest wants it.
    """
    with opened(settings, manifest) as sync, progress(settings, "comparing") as show:
        surplus = sync.prune(show, delete=yes, max_delete=max_delete, trash=trash)
    again = written("prune", manifest, "--yes", *(["--trash", trash] if trash else []))
    lines = prune_lines(surplus, command=again, most=max_delete, full=settings.verbose, paint=paint)
    present(settings, surplus.to_json(), lines)
    return surplus.exit_code
