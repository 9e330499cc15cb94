"""`m2msync lock`: write down exactly which products a manifest stands for."""

from __future__ import annotations

import click

from m2msync.cli import options
from m2msync.cli.opening import opened
from m2msync.cli.output import paint, present, progress
from m2msync.core.errors import UsageError


@click.command(epilog=options.examples("lock coast.yaml", "lock coast.yaml --update galapagos"))
@options.manifest
@click.argument("names", nargs=-1, metavar="[NAME]...")
@click.option("--update", is_flag=True, help="Search again, for the datasets and regions NAME or for all.")
@click.option("--check", is_flag=True, help="Only see whether there is a lock that fits; exit with 9 when not.")
@options.as_json
@options.sandbox
@options.verbosity
@options.pass_settings
def command(settings: options.Settings, manifest: str, names: tuple[str, ...], *, update: bool, check: bool) -> int:
    """Write the lock of MANIFEST beside it: NAME.lock beside NAME.yaml.

    It names every image and product with its size and digest, one a line. `plan --locked` and `apply --locked`
    search nothing and get exactly these. As long as the manifest is not changed, a lock keeps what it has, and only
    sizes and digests are filled in once the files are held; --update replaces it by what is found now.
    """
    from m2msync.report.tables import lock_lines  # noqa: PLC0415

    if names and not update:
        raise UsageError("names go with --update", hint=f"m2msync lock {manifest} --update {' '.join(names)}")
    if check and update:
        raise UsageError("--check changes nothing, and --update does", hint="leave one of them out")
    with opened(settings, manifest) as sync:
        if check:
            sync.check_lock()
            told = {"schema_version": 1, "kind": "lock_check", "manifest": manifest, "fits": True}
            present(settings, told, ["The lock fits the manifest."])
            return 0
        with progress(settings) as show:
            locked = sync.lock(show, update=list(names) if update else None)
    present(settings, locked.to_json(), lock_lines(locked, full=settings.verbose, paint=paint))
    return 0
