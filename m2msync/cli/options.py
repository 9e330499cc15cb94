"""The flags that several verbs share, and what they set."""

from __future__ import annotations

from types import SimpleNamespace
from typing import TYPE_CHECKING, Any, TypeVar

import click

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from click.shell_completion import CompletionItem

    from m2msync.cli.logfile import Log

    Decorated = TypeVar("Decorated", bound=Callable[..., Any])


class Settings(SimpleNamespace):  # no dataclass: making one takes as long as printing the help
    """What the shared flags ask for; filled in while click reads them, before or after the verb."""

    json: bool = False
    quiet: bool = False
    verbose: bool = False
    sandbox: bool = False
    words: tuple[str, ...] = ()
    """The whole command line."""
    log: Log | None = None


pass_settings = click.make_pass_decorator(Settings)


def _switch(name: str, *flags: str, explain: str) -> Callable[[Decorated], Decorated]:
    def keep(ctx: click.Context, _param: click.Parameter, value: bool) -> None:  # noqa: FBT001 - click's call
        if value:
            setattr(ctx.ensure_object(Settings), name, True)

    return click.option(*flags, is_flag=True, expose_value=False, callback=keep, help=explain)


def verbosity(command: Decorated) -> Decorated:
    """Add -q, -v and --log-file."""
    command = _log_file(command)
    command = _switch("verbose", "-v", "--verbose", explain="Tell every change and every file.")(command)
    return _switch("quiet", "-q", "--quiet", explain="Tell only errors and the final lines.")(command)


def _log_file(command: Decorated) -> Decorated:
    def begin(ctx: click.Context, _param: click.Parameter, value: str | None) -> None:
        settings = ctx.ensure_object(Settings)
        if value is not None and settings.log is None:
            from m2msync.cli.logfile import Log  # noqa: PLC0415 - not needed for --help

            settings.log = Log(value, settings.words)

    return click.option(
        "--log-file",
        type=click.Path(dir_okay=False),
        metavar="FILE",
        expose_value=False,
        callback=begin,
        help="Add everything that happens to this file, with times.",
    )(command)


class _Told(click.ParamType[Any]):
    """A value as a person writes it."""

    def __init__(self, name: str, module: str, reader: str) -> None:
        """Say what it is.

        Args:
            name: what the help calls it.
            module: the module of core that knows it; imported when there is something to read.
            reader: its function that reads it.
        """
        self.name, self._module, self._reader = name, module, reader

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> Any:
        """Return what it means."""
        from importlib import import_module  # noqa: PLC0415 - not needed for --help

        from m2msync.core.wording import Unfit  # noqa: PLC0415

        try:
            return (
                getattr(import_module(f"m2msync.core.{self._module}"), self._reader)(value)
                if isinstance(value, str)
                else value
            )
        except Unfit as unfit:
            self.fail(f"{unfit.message}; {unfit.hint}", param, ctx)


SIZE = _Told("size", "limits", "read_size")
"""Bytes: `500MB`, `2TB`, `4GiB`."""
SPAN = _Told("time", "limits", "read_span")
"""Seconds: `90s`, `45m`, `8h`."""
CREW = _Told("executor", "crew", "read_crew")
"""Who fetches: `threads`, `dask:tcp://host:8786`, `dask:local:4`."""


class _Manifest(click.Path):
    """A manifest's file; of one that is not there, the error names what may have been meant."""

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> Any:
        """Return its name.

        Raises:
            UsageError: there is no such file.
        """
        from os.path import expanduser  # noqa: PLC0415 - not needed for --help

        # Not every shell fills in the ~, nor any in quotes.
        name = expanduser(value)  # noqa: PTH111 - no error for an unknown user
        try:
            return super().convert(name, param, ctx)
        except click.BadParameter:
            from pathlib import Path  # noqa: PLC0415

            from m2msync.core.errors import UsageError  # noqa: PLC0415

            path = Path(name)
            if path.is_dir():
                raise UsageError(f"{value} is a folder", hint=_inside(path, ctx)) from None
            if path.exists() and not value.endswith("/"):
                raise
            raise UsageError(f"there is no file {value}", hint=_beside(path)) from None

    def shell_complete(self, ctx: click.Context, param: click.Parameter, incomplete: str) -> list[CompletionItem]:
        """Return the YAML files that begin so, else what the shell itself finds."""
        from m2msync.cli.suggestions import manifests  # noqa: PLC0415 - only for a shell that completes

        return manifests(incomplete) or super().shell_complete(ctx, param, incomplete)


def _inside(folder: Path, ctx: click.Context | None) -> str:
    """Return what to name instead of a folder."""
    if ctx and ctx.info_name == "adopt":
        return "the manifest comes first, then the folder"
    from m2msync.core.manifest import ENDINGS  # noqa: PLC0415

    found = [one for one in folder.iterdir() if one.suffix in ENDINGS]
    return f"did you mean {found[0]}?" if len(found) == 1 else "name a manifest in it"


def _beside(path: Path) -> str:
    """Return what to name instead of a file that is not there."""
    from m2msync.cli.misspelling import TAKEN  # noqa: PLC0415 - not needed for --help
    from m2msync.core.wording import meant  # noqa: PLC0415

    if not path.parent.is_dir():
        return f"there is no folder {path.parent} either; check the path"
    siblings = sorted(one.name for one in path.parent.iterdir() if one.suffix in TAKEN)
    maker = f"plan MANIFEST --out {path}" if path.suffix == ".json" else f"init {path}"
    return meant(path.name, siblings, otherwise=f"`m2msync {maker}` writes one")


class _Result(click.Path):
    """A file that a verb writes; that its folder is not there is told before the work, not after it."""

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> Any:
        """Return its name.

        Raises:
            UsageError: there is no folder for it.
        """
        from os.path import expanduser  # noqa: PLC0415 - not needed for --help
        from pathlib import Path  # noqa: PLC0415

        from m2msync.core.errors import UsageError  # noqa: PLC0415

        name = str(super().convert(expanduser(value), param, ctx))  # noqa: PTH111
        if not (folder := Path(name).parent).is_dir():
            raise UsageError(f"there is no folder {folder}", hint="make it first, or name another file")
        return name


RESULT = _Result(dir_okay=False)
"""A file that a verb writes."""


def _suggest_names(ctx: click.Context, _param: click.Parameter, incomplete: str) -> list[str]:
    from m2msync.cli.suggestions import names  # noqa: PLC0415 - only for a shell that completes

    # An option that still lacks its value ends click's parsing before the arguments have found their names.
    return names(ctx.params.get("manifest") or next(iter(ctx.args), None), incomplete)


MANIFEST = _Manifest(exists=True, dir_okay=False)
"""A manifest's file."""
manifest = click.argument("manifest", type=MANIFEST)
as_json = _switch("json", "--json", explain="Print one JSON object on stdout and nothing else.")
sandbox = _switch("sandbox", "--sandbox", explain="Use a simulated M2M inside this process; needs no account.")
only = click.option(
    "--only",
    multiple=True,
    metavar="NAME",
    shell_complete=_suggest_names,
    help="Only this dataset or region, or glob of them; may be repeated.",
)
locked = click.option("--locked", is_flag=True, help="Take what is wanted from the lock; search nothing.")
detailed_exitcode = click.option("--detailed-exitcode", is_flag=True, help="Exit with 2 when changes are pending.")


def examples(*commands: str) -> str:
    """Return the end of a verb's help: commands to copy."""
    return "\n".join(["\b", "Examples:", *(f"  m2msync {command}" for command in commands)])
