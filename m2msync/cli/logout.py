"""`m2msync logout`: forget the token."""

from __future__ import annotations

import os

import click

from m2msync.cli import options


@click.command(epilog=options.examples("logout", "logout -q"))
@options.verbosity
@options.pass_settings
def command(settings: options.Settings) -> int:
    """Remove what `m2msync login` has stored from the operating system's keyring.

    The token itself stays valid until it expires or you delete it at USGS (Profile > Applications).
    """
    from m2msync.m2m.credentials import find_endpoint, forget, host_of  # noqa: PLC0415

    endpoint = find_endpoint(os.environ)
    removed = forget(endpoint)
    if not settings.quiet:
        told = "Removed the token for {} from the keyring." if removed else "The keyring holds no token for {}."
        click.echo(told.format(host_of(endpoint)))
    return 0
