"""The program: finds the verb, and ends with the exit code the contract promises."""

from __future__ import annotations

import gc
import io
import os
import signal
import sys
from importlib import import_module
from typing import TYPE_CHECKING, NoReturn, TextIO

import click

from m2msync import __version__
from m2msync.cli.options import Settings, verbosity

if TYPE_CHECKING:
    from collections.abc import Sequence

    from click.shell_completion import CompletionItem

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
    "report": "Write a web page that shows how things stand.",
    "export": "Write what is held for other programs.",
    "verify": "Read what is held, and tell what is damaged.",
    "prune": "List what is wanted no longer; delete it with --yes.",
    "forget": "Never fetch a product again, though it is wanted.",
    "adopt": "Take in files that are on disk already.",
    "catalog": "Keep a copy of the catalog in the store.",
    "login": "Keep your token in the system's keyring.",
    "logout": "Remove it from there.",
    "doctor": "Tell whether it can work here, and what is wrong.",
    "sandbox": "Serve a simulated M2M on this machine.",
    "help": "Read about a topic.",
    "completion": "Have the shell complete commands.",
}
"""Every verb with its one-line help, in the order of the work; each lives in the module of its name."""


_ELSEWHERE = {
    **dict.fromkeys(("sync", "run", "download", "fetch", "get", "pull", "update", "up", "resume"), "apply"),
    **dict.fromkeys(("diff", "preview", "dry-run"), "plan"),
    **dict.fromkeys(("ls", "list", "info", "failures"), "status"),
    **dict.fromkeys(("delete", "rm", "clean", "gc", "purge"), "prune"),
    **dict.fromkeys(("lint", "test"), "validate"),
    **dict.fromkeys(("check", "fsck"), "verify"),
    **dict.fromkeys(("import", "add"), "adopt"),
    **dict.fromkeys(("new", "create"), "init"),
    **dict.fromkeys(("view", "quicklook", "preview-image"), "show"),
    "repair": "verify --repair",
    "version": "--version",
    "scenes": "search",
    "demo": "apply configs/demo.yaml --sandbox",
}
"""What other programs call our verbs, or what is meant by their names."""


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
        raise _unknown(cmd_name)

    def shell_complete(self, ctx: click.Context, incomplete: str) -> list[CompletionItem]:
        """Return the verbs and flags that begin so, without importing the verbs."""
        from click.shell_completion import CompletionItem  # noqa: PLC0415 - only for a shell that completes

        verbs = [CompletionItem(verb, help=told) for verb, told in VERBS.items() if verb.startswith(incomplete)]
        return verbs + click.Command.shell_complete(self, ctx, incomplete)

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
    _replace_closed()
    for stream in (sys.stdout, sys.stderr):
        # A name that the terminal's encoding cannot show must not end the run.
        if isinstance(stream, io.TextIOWrapper):
            stream.reconfigure(errors="backslashreplace")
    # A plan makes millions of objects that live until its end; looking through them costs a tenth of its time.
    gc.freeze()
    gc.set_threshold(100_000, 50, 50)
    try:
        code = run(sys.argv[1:] if words is None else list(words))
    except BrokenPipeError:
        # Nobody reads any more: be quiet, also when the interpreter flushes at its end.
        code = 1
        _silence(sys.stdout)
    for stream in (sys.stdout, sys.stderr):
        try:
            stream.flush()
        except OSError:
            _silence(stream)  # or the interpreter fails once more at its end, and gives an exit code of its own
    gc.freeze()  # nor need the interpreter look through all that is left before it goes
    sys.exit(code)


def _replace_closed() -> None:
    """Have something behind each of the standard streams: what is opened next would take a closed one's place."""
    for number in range(3):
        try:
            os.fstat(number)
        except OSError:
            os.open(os.devnull, os.O_RDWR)
    for name, mode in (("stdin", "r"), ("stdout", "w"), ("stderr", "w")):
        if getattr(sys, name) is None:
            setattr(sys, name, open(os.devnull, mode, encoding="utf-8"))  # noqa: PTH123, SIM115


def _silence(stream: TextIO) -> None:
    os.dup2(os.open(os.devnull, os.O_WRONLY), stream.fileno())


def run(words: list[str]) -> int:
    """Run the command line and return its exit code; a log gets its last line."""
    settings = Settings(words=tuple(words))
    code = _attempt(words, settings)
    if settings.log:
        settings.log.close(code)
    return code


def _attempt(words: list[str], settings: Settings) -> int:
    """Return the exit code; whatever goes wrong is told here, in one way."""
    try:
        return program.main(words, prog_name="m2msync", standalone_mode=False, obj=settings) or 0
    except (Exception, KeyboardInterrupt) as error:  # noqa: BLE001 - the last place that can turn a bug into a sentence
        from m2msync.cli.failure import as_written, explain, report  # noqa: PLC0415 - not needed for --help

        # Read from the words, because parsing them may be what went wrong.
        verb = next((word for word in words if word in VERBS), "")
        trouble = explain(as_written(error, words), words, verb)
        report(trouble, as_json="--json" in words, of_run=verb == "apply", log=settings.log)
        return trouble.exit_code


def _unknown(name: str) -> Exception:
    """Return what to say about a word that is no verb."""
    from m2msync.cli.misspelling import TAKEN  # noqa: PLC0415 - not needed for --help
    from m2msync.core.errors import UsageError  # noqa: PLC0415
    from m2msync.core.wording import nearest  # noqa: PLC0415

    if name.endswith(TAKEN):
        return UsageError(f"a command comes before {name}", hint=f"e.g. m2msync plan {name}")
    near = _ELSEWHERE.get(name.casefold()) or nearest(name, VERBS)
    hint = f"did you mean `m2msync {near}`?" if near else "`m2msync --help` lists the commands"
    return UsageError(f"There is no command {name!r}", hint=hint)
