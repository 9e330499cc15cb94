"""Prints a verb's result on stdout, as lines for people or as one JSON object."""

from __future__ import annotations

import json
import shlex
import sys
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

import click

from m2msync.report.terminal import is_coloured
from m2msync.report.text import plain

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from m2msync.cli.options import Settings
    from m2msync.core.events import Event, Sink
    from m2msync.core.scope import Scope


def present(settings: Settings, value: dict[str, Any], lines: Iterable[str]) -> None:
    """Print the JSON object when that is asked for, else the lines; a log gets the lines."""
    if settings.log:
        lines = list(lines)
        settings.log.write(click.unstyle(line) for line in lines)
    click.echo(json.dumps(value) if settings.json else "\n".join(lines))


@contextmanager
def progress(settings: Settings, doing: str = "") -> Iterator[Sink]:
    """Yield a listener that shows a run on stderr while the block lasts, and writes it to the log.

    Args:
        settings: how much is shown.
        doing: what a terminal shows, and the log is told, before any event.
    """
    from m2msync.core.events import Stage  # noqa: PLC0415 - not needed for --help
    from m2msync.report.listeners import shown  # noqa: PLC0415

    if settings.log and doing:
        settings.log.tell(Stage(doing))
    with shown(sys.stderr, settings, doing or "starting") as show:
        yield both(show, settings.log.tell) if settings.log else show


def both(first: Sink, second: Sink) -> Sink:
    """Return a listener that tells two others."""

    def tell(event: Event) -> None:
        first(event)
        second(event)

    return tell


def paint(text: str, colour: str) -> str:
    """Colour a text for stdout, where colours may be used there."""
    return click.style(text, fg=colour) if is_coloured(sys.stdout) else text


def apply_command(settings: Settings, file: str, scope: Scope | None = None) -> str:
    """Return the command that applies a manifest or a saved plan, ready to be copied into a shell."""
    words = [word for name in scope.only for word in ("--only", name)] if scope else []
    words += ["--locked"] if scope and scope.locked else []
    return command_line(settings, "apply", file, *words)


def command_line(settings: Settings, verb: str, file: str, *flags: str) -> str:
    """Return the command that does something with a manifest, ready to be copied into a shell."""
    return written(verb, file, *flags, *(["--sandbox"] if settings.sandbox else []))


def written(*words: str) -> str:
    """Return a command of ours, ready to be copied into a shell."""
    return plain(shlex.join(["m2msync", *words]))
