"""`m2msync sandbox`: a simulated M2M to try things on."""

from __future__ import annotations

import shlex
import textwrap
import threading
from contextlib import suppress

import click

from m2msync.cli import options
from m2msync.cli.opening import serving
from m2msync.sandbox.faults import PROFILES


def _profiles() -> str:
    """Return what each profile does, for the end of the help."""
    width = max(map(len, PROFILES)) + 4
    lines = [
        textwrap.fill(f"  {name:<{width - 2}}{profile.text}", 79, subsequent_indent=" " * width)
        for name, profile in PROFILES.items()
    ]
    return "\n".join(["\b", "Profiles:", *lines])


@click.command(
    epilog="\n\n".join([_profiles(), options.examples("sandbox --port 8642", "sandbox --profile flaky --seed 7")])
)
@click.option(
    "--port", type=click.IntRange(0, 65535), default=0, help="Where the API listens; 0 for any free port."
)
@click.option(
    "--profile",
    type=click.Choice(list(PROFILES)),
    default="calm",
    metavar="NAME",
    help="Which kind of day it plays; see below.",
)
@click.option("--seed", default=0, show_default=True, help="Which world is made.")
@options.verbosity
@options.pass_settings
def command(settings: options.Settings, port: int, profile: str, seed: int) -> int:
    """Serve a simulated M2M on this machine until Ctrl-C.

    The lines it prints point m2msync, in another shell, at it.
    """
    with serving(port=port, seed=seed, profile=profile) as box, suppress(KeyboardInterrupt):
        for name, value in box.env.items():
            click.echo(f"export {name}={shlex.quote(value)}")
        if not settings.quiet:
            click.echo(f"serving {box.url} (profile {profile}, seed {seed}); Ctrl-C stops it", err=True)
        threading.Event().wait()
    return 0
