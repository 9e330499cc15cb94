"""`m2msync doctor`: can it work here?"""

from __future__ import annotations

import click

from m2msync.cli import options
from m2msync.cli.output import paint, present
from m2msync.report.diagnosis import diagnosis_lines


@click.command(epilog=options.examples("doctor", "doctor coast.yaml --json"))
@click.argument("manifest", required=False, type=options.MANIFEST)
@options.as_json
@options.verbosity
@options.pass_settings
def command(settings: options.Settings, manifest: str | None) -> int:
    """Look at everything a run depends on, and tell what is wrong and how to mend it.

    That is the service, its notices, your account and its quota, the keyring and the installed versions; with
    MANIFEST also the disk and the catalog. Nothing is changed. The exit code is that of the worst problem: 5 for
    credentials, 6 for an outage, 1 for others; warnings are no problem.
    """
    from m2msync.checkup import examine  # noqa: PLC0415 - brings requests

    diagnosis = examine(manifest)
    present(settings, diagnosis.to_json(), diagnosis_lines(diagnosis, paint=paint))
    return diagnosis.exit_code
