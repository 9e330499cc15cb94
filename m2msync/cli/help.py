"""`m2msync help`: the pages of docs/, wherever it is installed."""

from __future__ import annotations

import sys

import click

from m2msync.cli import options


@click.command(epilog=options.examples("help", "help exit-codes"))
@click.argument("topic", required=False, shell_complete=lambda _ctx, _param, start: _begun(start))
@options.verbosity
@options.pass_settings
def command(settings: options.Settings, topic: str | None) -> int:
    """Print what there is to read about TOPIC, or without one, the topics.

    A topic is also a command; then its --help is printed. On a terminal the pager named by PAGER shows the page.
    """
    del settings
    from m2msync import reference  # noqa: PLC0415 - not needed for --help
    from m2msync.cli.program import VERBS, program  # noqa: PLC0415 - it imports this module

    if topic is None:
        click.echo("\n".join(_contents(reference.titles())))
    elif topic in VERBS and topic not in reference.titles():
        program.main([topic, "--help"], prog_name="m2msync", standalone_mode=False)
    else:
        text = reference.page(topic)
        if sys.stdout.isatty() and topic != reference.FILE:
            _show(text)
        else:
            click.echo(text, nl=False)
    return 0


def _contents(titles: dict[str, str]) -> list[str]:
    width = max(map(len, titles)) + 2
    lines = [f"  {name:<{width}}{title}" for name, title in titles.items()]
    return ["Topics:", *lines, "", "m2msync help TOPIC prints one; m2msync help COMMAND the help of a command."]


def _show(text: str) -> None:
    from rich.console import Console  # noqa: PLC0415 - only for a person at a terminal
    from rich.markdown import Markdown  # noqa: PLC0415

    from m2msync.report.terminal import is_coloured  # noqa: PLC0415

    console = Console(width=min(Console().width, 100))
    with console.pager(styles=is_coloured(sys.stdout)):
        console.print(Markdown(text))


def _begun(start: str) -> list[str]:
    from m2msync import reference  # noqa: PLC0415 - only for a shell that completes
    from m2msync.cli.program import VERBS  # noqa: PLC0415

    return [name for name in {**reference.titles(), **VERBS} if name.startswith(start)]
