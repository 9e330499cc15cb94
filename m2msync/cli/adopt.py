"""`m2msync adopt`: take in what is on disk already."""

from __future__ import annotations

from typing import TYPE_CHECKING

import click

from m2msync.cli import options
from m2msync.cli.interrupts import interruptible
from m2msync.cli.opening import opened
from m2msync.cli.output import apply_command, paint, present, progress
from m2msync.core.errors import UsageError
from m2msync.core.scope import Scope
from m2msync.report.adoption import adoption_lines

if TYPE_CHECKING:
    from m2msync.core.adoption import How


@click.command(epilog=options.examples("adopt coast.yaml ~/notebook --dry-run", "adopt coast.yaml data --json"))
@options.manifest
@click.argument("folder", metavar="DIR", type=click.Path(file_okay=False))
@click.option("--link", is_flag=True, help="Make hard links, or copies where there can be none. The default.")
@click.option("--move", is_flag=True, help="Remove each file from DIR once it is recorded.")
@click.option("--copy", is_flag=True, help="Make copies.")
@click.option("--by-digest", is_flag=True, help="Recognise files of any name by their digests; reads more of DIR.")
@click.option("--dry-run", is_flag=True, help="Only tell what would be done.")
@options.locked
@options.as_json
@options.sandbox
@options.verbosity
@options.pass_settings
def command(  # noqa: PLR0913 - one for each flag
    settings: options.Settings,
    manifest: str,
    folder: str,
    *,
    link: bool,
    move: bool,
    copy: bool,
    by_digest: bool,
    dry_run: bool,
    locked: bool,
) -> int:
    """Take the files below DIR that MANIFEST wants into store and catalog, so that they are not fetched again.

    They are recognised by their names, and taken only when they are what USGS announces. DIR may be the store:
    then they stay where they are, and a lost catalog is made anew; with --locked even without network.
    """
    how = _how(link=link, move=move, copy=copy)
    with opened(settings, manifest) as sync, progress(settings) as show, interruptible(show) as stop:
        adoption = sync.adopt(folder, show, how=how, by_digest=by_digest, dry_run=dry_run, locked=locked, stop=stop)
    again = apply_command(settings, manifest, Scope(locked=locked))
    present(
        settings, adoption.to_json(), adoption_lines(adoption, command=again, full=settings.verbose, paint=paint)
    )
    return adoption.exit_code


def _how(**asked: bool) -> How:
    ways: dict[str, How] = {"link": "link", "move": "move", "copy": "copy"}
    chosen = [ways[name] for name, given in asked.items() if given]
    if len(chosen) > 1:
        raise UsageError("a file can be linked, moved or copied", hint=f"give one of --{', --'.join(chosen)}")
    return chosen[0] if chosen else "link"
