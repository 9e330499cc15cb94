"""The flags that several verbs share, and what they set."""

from __future__ import annotations

from types import SimpleNamespace
from typing import TYPE_CHECKING, Any, TypeVar

import click

if TYPE_CHECKING:
    from collections.abc import Callable

    Decorated = TypeVar("Decorated", bound=Callable[..., Any])


class Settings(SimpleNamespace):  # no dataclass: making one takes as long as printing the help
    """What the shared flags ask for; filled in while click reads them, before or after the verb."""

    json: bool = False
    quiet: bool = False
    verbose: bool = False
    sandbox: bool = False


pass_settings = click.make_pass_decorator(Settings)


def _switch(name: str, *flags: str, explain: str) -> Callable[[Decorated], Decorated]:
    def keep(ctx: click.Context, _param: click.Parameter, value: bool) -> None:  # noqa: FBT001 - click's call
        if value:
            setattr(ctx.ensure_object(Settings), name, True)

    return click.option(*flags, is_flag=True, expose_value=False, callback=keep, help=explain)


def verbosity(command: Decorated) -> Decorated:
    """Add -q and -v."""
    command = _switch("verbose", "-v", "--verbose", explain="Tell every change and every file.")(command)
    return _switch("quiet", "-q", "--quiet", explain="Tell only errors and the final lines.")(command)


class _Quantity(click.ParamType[float]):
    """A quantity as a person writes it."""

    def __init__(self, name: str, reader: str) -> None:
        """Say what it is.

        Args:
            name: what the help calls it.
            reader: the function of core/limits.py that reads it; imported when there is something to read.
        """
        self.name, self._reader = name, reader

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> Any:
        """Return it as a number."""
        from m2msync.core import limits  # noqa: PLC0415 - not needed for --help
        from m2msync.core.wording import Unfit  # noqa: PLC0415

        try:
            return getattr(limits, self._reader)(value) if isinstance(value, str) else value
        except Unfit as unfit:
            self.fail(f"{unfit.message}; {unfit.hint}", param, ctx)


SIZE = _Quantity("size", "read_size")
"""Bytes: `500MB`, `2TB`, `4GiB`."""
SPAN = _Quantity("time", "read_span")
"""Seconds: `90s`, `45m`, `8h`."""

manifest = click.argument("manifest", type=click.Path(exists=True, dir_okay=False))
as_json = _switch("json", "--json", explain="Print one JSON object on stdout and nothing else.")
sandbox = _switch("sandbox", "--sandbox", explain="Use a simulated M2M inside this process; needs no account.")
only = click.option(
    "--only", multiple=True, metavar="NAME", help="Only this dataset or region, or glob of them; may be repeated."
)
locked = click.option("--locked", is_flag=True, help="Take what is wanted from the lock; search nothing.")
detailed_exitcode = click.option("--detailed-exitcode", is_flag=True, help="Exit with 2 when changes are pending.")


def examples(*commands: str) -> str:
    """Return the end of a verb's help: commands to copy."""
    return "\n".join(["\b", "Examples:", *(f"  m2msync {command}" for command in commands)])
