"""Prints a verb's result on stdout, as lines for people or as one JSON object."""

from __future__ import annotations

import json
import shlex
import sys
from typing import TYPE_CHECKING, Any

import click

from m2msync.report.terminal import is_coloured
from m2msync.report.text import plain

if TYPE_CHECKING:
    from collections.abc import Iterable
    from contextlib import AbstractContextManager

    from m2msync.cli.options import Settings
    from m2msync.core.events import Event, Sink
    from m2msync.core.scope import Scope


def present(settings: Settings, value: dict[str, Any], lines: Iterable[str]) -> None:
    """Print the JSON object when that is asked for, else the lines."""
    click.echo(json.dumps(value) if settings.json else "\n".join(lines))


def progress(settings: Settings) -> AbstractContextManager[Sink]:
    """Return a listener that shows a run on stderr while it is entered."""
    from m2msync.report.listeners import shown  # noqa: PLC0415 - not needed for --help

    return shown(sys.stderr, settings)


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
