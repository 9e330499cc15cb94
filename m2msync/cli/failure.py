"""The one place where errors become a sentence, a hint and an exit code."""

from __future__ import annotations

import errno
import json
import sys
from contextlib import suppress
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from m2msync.cli.misspelling import explain_usage
from m2msync.core.errors import M2MSyncError, ManifestError, Problem, StorageFull
from m2msync.core.result import Result
from m2msync.report.terminal import is_coloured
from m2msync.report.text import plain

if TYPE_CHECKING:
    from collections.abc import Sequence

    from m2msync.cli.logfile import Log
    from m2msync.core.result import RunStatus

USAGE = 4
INTERRUPTED = 130
STATUS: dict[int, RunStatus] = {7: "capped", INTERRUPTED: "interrupted"}
"""What a run is called that ended with one of these exit codes; with any other it is called an error."""


@dataclass(frozen=True, slots=True)
class Trouble:
    """Why the program ends early, for a person and for a script."""

    sentence: str
    hint: str
    exit_code: int
    problems: tuple[Problem, ...] = ()
    """What is wrong with the manifest, when that is the reason; the sentence then names each with its place."""

    def to_json(self) -> dict[str, Any]:
        """Return the object `--json` prints instead of the one that was asked for."""
        told = {
            "schema_version": 1,
            "kind": "error",
            "error": self.sentence,
            "hint": self.hint,
            "exit_code": self.exit_code,
        }
        return told | ({"problems": [asdict(p) for p in self.problems]} if self.problems else {})

    def to_result(self) -> Result:
        """Return the outcome of an apply that ended before it did anything."""
        status = STATUS.get(self.exit_code, "error")
        return Result(status, self.exit_code, error=self.sentence, hint=self.hint)


def explain(error: BaseException, words: Sequence[str] = (), verb: str = "") -> Trouble:
    """Say what an error means for the person at the keyboard; an unexpected one is written to a log first.

    Args:
        error: whatever ended the program.
        words: the command line.
        verb: the verb in it; empty when there is none.
    """
    cause = error.__cause__ if isinstance(error, click.Abort) else error
    if isinstance(cause, M2MSyncError):
        problems = tuple(cause.problems) if isinstance(cause, ManifestError) else ()
        return Trouble(cause.message, cause.hint, cause.exit_code, problems)
    if isinstance(cause, click.UsageError):
        return Trouble(*explain_usage(cause, words, verb), USAGE)
    if isinstance(cause, UnicodeEncodeError) and cause.encoding == sys.getfilesystemencoding():
        told = f"the file name {cause.object!r} cannot be written in this system's encoding, {cause.encoding}"
        return Trouble(told, "set LC_ALL=C.UTF-8, or PYTHONUTF8=1", 1)
    if isinstance(cause, KeyboardInterrupt):
        return Trouble("interrupted", "run the same command again to go on", INTERRUPTED)
    if isinstance(cause, OSError) and cause.errno in (errno.ENOSPC, errno.EDQUOT):
        where = cause.filename or "what is printed, or a temporary file, cannot be written"
        return Trouble(f"the disk is full: {where}", "Make room and run it again.", StorageFull.exit_code)
    return _explain_bug(cause or error)


def as_written(error: BaseException, words: Sequence[str]) -> BaseException:
    """Return an error in which the manifest is called as on the command line.

    Args:
        error: whatever ended the program.
        words: the command line.
    """
    if isinstance(error, ManifestError):
        for word in words:
            if word != error.file and str(Path(word).absolute()) == error.file:
                return ManifestError(word, error.problems)
    return error


def report(trouble: Trouble, *, as_json: bool, of_run: bool, log: Log | None = None) -> None:
    """Tell the trouble: one JSON object on stdout, or a sentence and a hint on stderr.

    Args:
        trouble: what to tell.
        as_json: whether the caller reads JSON.
        of_run: whether the caller expects the result of an apply.
        log: is told as well.
    """
    if log:
        log.write(click.unstyle(line) for line in _lines(trouble))
    if as_json:
        try:
            click.echo(json.dumps(trouble.to_result().to_json() if of_run else trouble.to_json()))
        except BrokenPipeError:
            raise
        except OSError:
            as_json = False
    if not as_json:
        with suppress(OSError):  # where nothing can be told, the exit code still tells
            click.echo("\n".join(_lines(trouble)), err=True)


def _lines(trouble: Trouble) -> list[str]:
    told = [plain(line) for line in trouble.sentence.split("\n")]
    if not trouble.problems:
        # Problems of a manifest begin with their place in the file, which editors recognise.
        mark = click.style("Error:", fg="red") if is_coloured(sys.stderr) else "Error:"
        told[:1] = [f"{mark} {told[0]}"]
    return told + [f"  {plain(line)}" for line in trouble.hint.split("\n") if line]


def _explain_bug(error: BaseException) -> Trouble:
    from m2msync.cli.bug import write_log  # noqa: PLC0415 - seldom needed

    kind = type(error).__name__
    log = write_log(error)
    where = f"please report it with {log}" if log else "please report it; no log could be written"
    return Trouble(f"m2msync met an error it does not know ({kind}); this is a bug", where, 1)
