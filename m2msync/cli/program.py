"""The program: finds the verb, and ends with the exit code the contract promises."""

from __future__ import annotations

import io
import os
import signal
import sys
from importlib import import_module
from typing import TYPE_CHECKING, NoReturn

import click

from m2msync import __version__
from m2msync.cli.options import Settings, verbosity

if TYPE_CHECKING:
    from collections.abc import Sequence

VERBS = {
    "init": "Write a manifest to begin with.",
    "datasets": "Find the datasets there are.",
    "filters": "List what a dataset can be filtered by.",
    "products": "List the bands and bundles of a dataset.",
    "validate": "Check a manifest, and its names with M2M.",
    "search": "List the images a manifest finds and chooses.",
    "plan": "Show what apply would do, and why.",
    "lock": "Pin exactly which products a manifest stands for.",
    "apply": "Make the store agree with the manifest.",
    "status": "Compare manifest, catalog and disk.",
    "show": "Draw an image that is held.",
    "verify": "Read what is held, and tell what is damaged.",
    "prune": "List what is wanted no longer; delete it with --yes.",
    "forget": "Never fetch a product again, though it is wanted.",
    "adopt": "Take in files that are on disk already.",
    "login": "Keep your token in the system's keyring.",
    "logout": "Remove it from there.",
    "doctor": "Tell whether it can work here, and what is wrong.",
    "sandbox": "Serve a simulated M2M on this machine.",
}
"""Every verb with its one-line help, in the order of the work; each lives in the module of its name."""


class Workflow(click.Group):
    """Knows the verbs by name and imports one only when it is asked for."""

    def list_commands(self, ctx: click.Context) -> list[str]:
        """Return the verbs in the order of the work."""
        del ctx
        return list(VERBS)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        """Return the command of a verb.

        Raises:
            click.UsageError: there is no such verb.
        """
        if cmd_name in VERBS:
            command: click.Command = import_module(f"m2msync.cli.{cmd_name}").command
            return command
        if cmd_name.startswith("-") or ctx.resilient_parsing:
            return None
        raise click.UsageError(f"There is no command {cmd_name!r}{_near(cmd_name)}", ctx)

    def format_commands(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        """Write the list of verbs without importing them."""
        del ctx
        with formatter.section("Commands"):
            formatter.write_dl(list(VERBS.items()))


@click.command(
    cls=Workflow,
    no_args_is_help=False,
    context_settings={"help_option_names": ["-h", "--help"]},
    epilog="\b\nTo see it work without an account:\n  m2msync apply configs/demo.yaml --sandbox",
)
@click.version_option(__version__, prog_name="m2msync", message="%(prog)s %(version)s")
@verbosity
def program() -> None:
    """Make a local store agree with a manifest of USGS files, fetching only what is missing."""


def main(words: Sequence[str] | None = None) -> NoReturn:
    """Run the command line and exit.

    Args:
        words: the arguments after the program's name, by default the process's own.
    """
    # A service manager's stop is treated like a person's: what is open gets closed.
    signal.signal(signal.SIGTERM, signal.default_int_handler)
    for stream in (sys.stdout, sys.stderr):
        # A name that the terminal's encoding cannot show must not end the run.
        if isinstance(stream, io.TextIOWrapper):
            stream.reconfigure(errors="backslashreplace")
    try:
        code = run(sys.argv[1:] if words is None else list(words))
    except BrokenPipeError:
        # Nobody reads any more: be quiet, also when the interpreter flushes at its end.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        code = 1
    sys.exit(code)


def run(words: list[str]) -> int:
    """Run the command line and return its exit code; whatever goes wrong is told here, in one way."""
    try:
        return program.main(words, prog_name="m2msync", standalone_mode=False, obj=Settings()) or 0
    except (Exception, KeyboardInterrupt) as error:  # noqa: BLE001 - the last place that can turn a bug into a sentence
        from m2msync.cli.failure import explain, report  # noqa: PLC0415 - not needed for --help

        trouble = explain(error)
        # Read from the words, because parsing them may be what went wrong; no flag before the verb takes a value.
        verb = next((word for word in words if not word.startswith("-")), "")
        report(trouble, as_json="--json" in words, of_run=verb == "apply")
        return trouble.exit_code


def _near(name: str) -> str:
    from difflib import get_close_matches  # noqa: PLC0415 - not needed for --help

    near = get_close_matches(name, VERBS, n=1)
    return f"; did you mean {near[0]!r}?" if near else ""
